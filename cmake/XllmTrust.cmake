# What tells people what they run: version and commit of the programs.

# The source of app/version, see write_version.cmake.
set(XLLM_VERSION_SOURCE ${PROJECT_BINARY_DIR}/generated/version.cpp)
add_custom_target(xllm_version_source
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DVERSION=${PROJECT_VERSION} -DOUT=${XLLM_VERSION_SOURCE}
    -P ${PROJECT_SOURCE_DIR}/cmake/write_version.cmake
  BYPRODUCTS ${XLLM_VERSION_SOURCE}
  COMMENT "" VERBATIM)
