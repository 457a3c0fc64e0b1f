# What tells people what they run and whose work it is: version and commit of the programs, the list of all parts (SPDX), and
# the licences of those that are of others. Made of packaging/trust at build time; installed with component base.
include(GNUInstallDirs)
find_package(Python3 REQUIRED COMPONENTS Interpreter)

# The source of app/version, see write_version.cmake.
set(XLLM_VERSION_SOURCE ${PROJECT_BINARY_DIR}/generated/version.cpp)
add_custom_target(xllm_version_source
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DVERSION=${PROJECT_VERSION} -DOUT=${XLLM_VERSION_SOURCE}
    -P ${PROJECT_SOURCE_DIR}/cmake/write_version.cmake
  BYPRODUCTS ${XLLM_VERSION_SOURCE}
  COMMENT "" VERBATIM)

set(XLLM_TRUST_FOLDER ${PROJECT_BINARY_DIR}/trust)
file(MAKE_DIRECTORY ${XLLM_TRUST_FOLDER})
set(_trust ${PROJECT_SOURCE_DIR}/packaging/trust)
file(GLOB _trust_texts CONFIGURE_DEPENDS ${_trust}/texts/*)
set(_trust_made_of ${_trust}/components.json ${_trust}/components.py ${_trust_texts} ${PROJECT_SOURCE_DIR}/LICENSE
  ${PROJECT_SOURCE_DIR}/packaging/setup/parts.json)
set(_trust_asked --libtorch ${XLLM_LIBTORCH} --platform ${CMAKE_SYSTEM_NAME})
foreach(prefix IN LISTS CMAKE_PREFIX_PATH)  # where vcpkg and Homebrew keep licences
  list(APPEND _trust_asked --prefix ${prefix})
endforeach()
add_custom_command(OUTPUT ${XLLM_TRUST_FOLDER}/third-party-licences.txt ${XLLM_TRUST_FOLDER}/parts.json
  COMMAND Python3::Interpreter ${_trust}/licences.py ${_trust_asked} --text ${XLLM_TRUST_FOLDER}/third-party-licences.txt
    --json ${XLLM_TRUST_FOLDER}/parts.json
  DEPENDS ${_trust}/licences.py ${_trust_made_of}
  COMMENT "Collecting the licences of others" VERBATIM)
add_custom_command(OUTPUT ${XLLM_TRUST_FOLDER}/xllm.spdx.json
  COMMAND Python3::Interpreter ${_trust}/sbom.py ${_trust_asked} --built ${XLLM_VERSION_SOURCE} --out ${XLLM_TRUST_FOLDER}/xllm.spdx.json
  DEPENDS ${_trust}/sbom.py ${_trust_made_of} ${XLLM_VERSION_SOURCE} xllm_version_source
  COMMENT "Listing all parts (SPDX)" VERBATIM)
add_custom_target(xllm_trust ALL
  DEPENDS ${XLLM_TRUST_FOLDER}/third-party-licences.txt ${XLLM_TRUST_FOLDER}/parts.json ${XLLM_TRUST_FOLDER}/xllm.spdx.json)
install(FILES ${XLLM_TRUST_FOLDER}/third-party-licences.txt ${XLLM_TRUST_FOLDER}/xllm.spdx.json
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/xllm COMPONENT base)
