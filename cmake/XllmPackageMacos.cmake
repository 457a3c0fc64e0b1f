# The bundle of macOS, and the disk image that CPack makes of it (docs/packaging-windows-macos.md). One drags it into a folder of one's own;
# no administrator is needed. The command line and what decodes media lie in the bundle beside the window's program, as it expects them.
include(GNUInstallDirs)
set(package_source ${PROJECT_SOURCE_DIR}/packaging/macos)
set(package_folder ${PROJECT_BINARY_DIR}/packaging)
file(MAKE_DIRECTORY ${package_folder}/icons)
if(NOT TARGET xllm-desktop)
  return()
endif()

set(icon_sizes 16 32 64 128 256 512 1024)
set(icon ${PROJECT_SOURCE_DIR}/resources/icons/app.svg)
list(TRANSFORM icon_sizes REPLACE "(.+)" "${package_folder}/icons/\\1x\\1.png" OUTPUT_VARIABLE icons)
add_executable(xllm_paint_icons ${PROJECT_SOURCE_DIR}/packaging/linux/paint_icons.cpp)
target_link_libraries(xllm_paint_icons PRIVATE xllm::options xllm::qt Qt6::Gui Qt6::Svg)
set(icon_file ${package_folder}/xllm-desktop.icns)
add_custom_command(OUTPUT ${icon_file}
  COMMAND xllm_paint_icons ${icon} ${package_folder}/icons ${icon_sizes}
  COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/packaging/make_icon.py ${icon_file} ${icons}
  DEPENDS ${icon} ${PROJECT_SOURCE_DIR}/packaging/make_icon.py VERBATIM)

target_sources(xllm-desktop PRIVATE ${icon_file})
set_source_files_properties(${icon_file} PROPERTIES MACOSX_PACKAGE_LOCATION Resources GENERATED ON)
set_target_properties(xllm-desktop PROPERTIES MACOSX_BUNDLE ON MACOSX_BUNDLE_INFO_PLIST ${package_source}/Info.plist.in
  INSTALL_RPATH "@executable_path/../Frameworks")
set_target_properties(xllm xllm-decoder PROPERTIES INSTALL_RPATH "@executable_path/../Frameworks")

set(bundle xllm-desktop.app)
install(TARGETS xllm-desktop BUNDLE DESTINATION . COMPONENT base)
install(TARGETS xllm xllm-decoder RUNTIME DESTINATION ${bundle}/Contents/MacOS COMPONENT base)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/resources/presets DESTINATION ${bundle}/Contents/share/xllm COMPONENT base)
install(CODE "
  execute_process(COMMAND \"${Python3_EXECUTABLE}\" \"${PROJECT_SOURCE_DIR}/packaging/setup/assemble_starter.py\"
    --out \"${package_folder}/starter\" COMMAND_ERROR_IS_FATAL ANY)
  file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${bundle}/Contents/Resources/packs\" TYPE DIRECTORY
    FILES \"${package_folder}/starter\")" COMPONENT starter)
# macdeployqt: Qt's frameworks and plug-ins, and every other library that the three programs need.
set(deploy_output OUTPUT_SCRIPT)
if(Qt6_VERSION VERSION_LESS 6.5)
  set(deploy_output FILENAME_VARIABLE)
endif()
qt_generate_deploy_app_script(TARGET xllm-desktop ${deploy_output} deploy_qt NO_UNSUPPORTED_PLATFORM_ERROR)
install(SCRIPT ${deploy_qt} COMPONENT base)
install(CODE "
  include(BundleUtilities)
  fixup_bundle(\"\${CMAKE_INSTALL_PREFIX}/${bundle}\" \"\" \"${LibTorch_LIBRARY_DIR}\")
  execute_process(COMMAND \"${package_source}/sign_and_notarise.sh\" \"\${CMAKE_INSTALL_PREFIX}/${bundle}\" COMMAND_ERROR_IS_FATAL ANY)"
  COMPONENT starter)  # behind everything that is put into the bundle

set(CPACK_GENERATOR DragNDrop)
set(CPACK_PACKAGE_NAME "X-LLM Desktop")
set(CPACK_PACKAGE_VENDOR "X-LLM Desktop")
set(CPACK_PACKAGE_FILE_NAME xllm-desktop-${PROJECT_VERSION}-macos-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_MONOLITHIC_INSTALL ON)
set(CPACK_DMG_VOLUME_NAME "X-LLM Desktop")
include(CPack)
