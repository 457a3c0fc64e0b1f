# Read by cpack in front of every generator: packages carry the commit's time, so that the same commit gives the same bytes.
if(NOT DEFINED ENV{SOURCE_DATE_EPOCH})
  execute_process(COMMAND ${CPACK_XLLM_PYTHON} ${CPACK_XLLM_SOURCE}/packaging/linux/commit_time.py ${CPACK_XLLM_SOURCE}
    OUTPUT_VARIABLE time OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set(ENV{SOURCE_DATE_EPOCH} ${time})
endif()

# Debian's packages each bring a synopsis of their own; this one would stand in front of it.
if(CPACK_GENERATOR STREQUAL "DEB")
  set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")
endif()
