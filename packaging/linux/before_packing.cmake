# Run by cpack between installing into its folder and packing it: what the Debian packages depend on.
if(CPACK_GENERATOR STREQUAL "DEB")
  foreach(group IN ITEMS program carried)
    string(TOUPPER ${group} upper)
    execute_process(COMMAND ${CPACK_XLLM_PYTHON} ${CPACK_XLLM_SOURCE}/packaging/linux/debian_depends.py
      --tree ${CPACK_TEMPORARY_DIRECTORY}/${group} --carried ${CPACK_XLLM_SOURCE}/packaging/linux/carried.txt
      --version ${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE} --package ${CPACK_DEBIAN_${upper}_PACKAGE_NAME}
      OUTPUT_VARIABLE depends OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${depends}")
  endforeach()
endif()
