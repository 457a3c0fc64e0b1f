# What is installed on Windows, and the installer that CPack makes of it with NSIS: for one person, without an administrator
# (docs/packaging-windows-macos.md). Components as on Linux: base, starter.
include(GNUInstallDirs)
set(package_source ${PROJECT_SOURCE_DIR}/packaging/windows)
set(package_folder ${PROJECT_BINARY_DIR}/packaging)
file(MAKE_DIRECTORY ${package_folder}/icons)

set(programs xllm)
if(TARGET xllm-decoder)
  list(APPEND programs xllm-decoder)
endif()
install(TARGETS ${programs} RUNTIME_DEPENDENCY_SET xllm_libraries RUNTIME DESTINATION bin COMPONENT base)
if(TARGET xllm-desktop)
  # The icon, painted from the SVG file, and what Windows reads of a program.
  set(icon_sizes 16 24 32 48 64 128 256)
  set(icon ${PROJECT_SOURCE_DIR}/resources/icons/app.svg)
  list(TRANSFORM icon_sizes REPLACE "(.+)" "${package_folder}/icons/\\1x\\1.png" OUTPUT_VARIABLE icons)
  add_executable(xllm_paint_icons ${PROJECT_SOURCE_DIR}/packaging/linux/paint_icons.cpp)
  target_link_libraries(xllm_paint_icons PRIVATE xllm::options xllm::qt Qt6::Gui Qt6::Svg)
  set(XLLM_ICON_FILE ${package_folder}/xllm-desktop.ico)
  add_custom_command(OUTPUT ${XLLM_ICON_FILE}
    COMMAND xllm_paint_icons ${icon} ${package_folder}/icons ${icon_sizes}
    COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/packaging/make_icon.py ${XLLM_ICON_FILE} ${icons}
    DEPENDS ${icon} ${PROJECT_SOURCE_DIR}/packaging/make_icon.py VERBATIM)
  configure_file(${package_source}/xllm-desktop.rc.in ${package_folder}/xllm-desktop.rc @ONLY)
  set_source_files_properties(${package_folder}/xllm-desktop.rc PROPERTIES OBJECT_DEPENDS ${XLLM_ICON_FILE})
  enable_language(RC)
  target_sources(xllm-desktop PRIVATE ${package_folder}/xllm-desktop.rc ${package_source}/xllm-desktop.manifest)
  set_target_properties(xllm-desktop PROPERTIES WIN32_EXECUTABLE ON)
  install(TARGETS xllm-desktop RUNTIME_DEPENDENCY_SET xllm_libraries RUNTIME DESTINATION bin COMPONENT base)
  set(deploy_output OUTPUT_SCRIPT)
  if(Qt6_VERSION VERSION_LESS 6.5)
    set(deploy_output FILENAME_VARIABLE)
  endif()
  qt_generate_deploy_app_script(TARGET xllm-desktop ${deploy_output} deploy_qt NO_UNSUPPORTED_PLATFORM_ERROR)
  install(SCRIPT ${deploy_qt} COMPONENT base)  # windeployqt: Qt's libraries and plug-ins
endif()
foreach(program IN LISTS programs)
  target_sources(${program} PRIVATE ${package_source}/xllm-desktop.manifest)
endforeach()
install(RUNTIME_DEPENDENCY_SET xllm_libraries
  PRE_EXCLUDE_REGEXES "^api-ms-" "^ext-ms-" "^hvsifiletrust" "^Qt6"
  POST_EXCLUDE_REGEXES "[/\\\\][Ww]indows[/\\\\]" "[Ss]ystem32"
  DIRECTORIES ${LibTorch_LIBRARY_DIR} ${VCPKG_INSTALLED_DIR}/${VCPKG_TARGET_TRIPLET}/bin
  RUNTIME DESTINATION bin COMPONENT base)

install(CODE "
  execute_process(COMMAND \"${Python3_EXECUTABLE}\" \"${PROJECT_SOURCE_DIR}/packaging/setup/assemble_starter.py\"
    --out \"${package_folder}/starter\" COMMAND_ERROR_IS_FATAL ANY)
  file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/share/xllm/packs\" TYPE DIRECTORY FILES \"${package_folder}/starter\")"
  COMPONENT starter)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/resources/presets DESTINATION share/xllm COMPONENT base)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md DESTINATION share/doc/xllm COMPONENT base)

# --- the installer ---

set(CPACK_GENERATOR NSIS)
set(CPACK_PACKAGE_NAME "X-LLM Desktop")
set(CPACK_PACKAGE_VENDOR "X-LLM Desktop")
set(CPACK_PACKAGE_INSTALL_DIRECTORY "X-LLM Desktop")
set(CPACK_PACKAGE_FILE_NAME xllm-desktop-${PROJECT_VERSION}-windows-x64)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_PACKAGE_EXECUTABLES xllm-desktop "X-LLM Desktop")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_MONOLITHIC_INSTALL ON)
set(CPACK_NSIS_INSTALL_ROOT "$LOCALAPPDATA\\\\Programs")
set(CPACK_NSIS_UNIQUE_NAME xllm-desktop)  # a newer version goes over the older one
set(CPACK_NSIS_ENABLE_UNINSTALL_BEFORE_INSTALL ON)
set(CPACK_NSIS_INSTALLED_ICON_NAME bin\\\\xllm-desktop.exe)
set(CPACK_NSIS_MANIFEST_DPI_AWARE ON)
set(CPACK_NSIS_IGNORE_LICENSE_PAGE ON)
set(CPACK_NSIS_MODIFY_PATH OFF)
execute_process(COMMAND ${CMAKE_COMMAND} -DTEMPLATE=${CMAKE_ROOT}/Modules/Internal/CPack/NSIS.template.in
  -DOUT=${package_folder}/nsis/NSIS.template.in -P ${package_source}/per_user_nsis.cmake COMMAND_ERROR_IS_FATAL ANY)
list(PREPEND CMAKE_MODULE_PATH ${package_folder}/nsis)  # CPack looks for its template there first
include(CPack)
