# What is installed, and the packages for Linux that CPack makes of it (docs/packaging.md).
#
#   program  component base: programs, LibTorch, texts, icons; component starter: the starter pack
#   carried  libraries that newer distributions have in other versions only; private copies for them
#   gpu      LibTorch's CUDA half, where XLLM_LIBTORCH has one; only adds files
include(GNUInstallDirs)
find_package(Python3 REQUIRED COMPONENTS Interpreter)

set(package_source ${PROJECT_SOURCE_DIR}/packaging/linux)
set(private lib/xllm)  # below the prefix on every distribution, multiarch or lib64: nothing else links to what is in it

# Private libraries first, then those carried for newer distributions. DT_RPATH, which holds for the libraries of libraries, too.
file(RELATIVE_PATH to_private /${CMAKE_INSTALL_BINDIR} /${private})
set(programs xllm)
if(TARGET xllm-desktop)
  list(APPEND programs xllm-desktop)
endif()
set_target_properties(${programs} PROPERTIES INSTALL_RPATH "$ORIGIN/${to_private}:$ORIGIN/${to_private}/carried")
foreach(program IN LISTS programs)
  target_link_options(${program} PRIVATE LINKER:--disable-new-dtags)
endforeach()
install(TARGETS ${programs} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT base)

# --- LibTorch ---

file(GLOB torch_libraries ${LibTorch_LIBRARY_DIR}/libgomp*.so*)
list(APPEND torch_libraries ${LibTorch_CPU_LIBRARY} ${LibTorch_C10_LIBRARY})
install(CODE "set(libraries \"${torch_libraries}\")\nset(folder \"${private}\")\nset(strip \"${CMAKE_STRIP}\")" COMPONENT base)
install(SCRIPT ${package_source}/install_libraries.cmake COMPONENT base)

if(EXISTS ${LibTorch_NVIDIA_DIR}/libcudart.so.13)
  foreach(name IN ITEMS cudart cupti)
    add_library(xllm_no_${name} SHARED ${package_source}/no_profiler.c)
    set_target_properties(xllm_no_${name} PROPERTIES OUTPUT_NAME ${name} SOVERSION 13 LINK_DEPENDS ${package_source}/lib${name}.map
      LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/packaging/lib)
    target_link_options(xllm_no_${name} PRIVATE LINKER:--version-script,${package_source}/lib${name}.map)
    install(TARGETS xllm_no_${name} LIBRARY DESTINATION ${private} COMPONENT base NAMELINK_SKIP)
  endforeach()
  target_compile_definitions(xllm_no_cudart PRIVATE XLLM_CUDART)
endif()

# --- starter pack, presets, documentation ---

install(CODE "
  execute_process(COMMAND \"${Python3_EXECUTABLE}\" \"${PROJECT_SOURCE_DIR}/packaging/setup/assemble_starter.py\"
    --out \"${PROJECT_BINARY_DIR}/packaging/starter\" COMMAND_ERROR_IS_FATAL ANY)
  file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/xllm/packs\" TYPE DIRECTORY
    FILES \"${PROJECT_BINARY_DIR}/packaging/starter\")" COMPONENT starter)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/resources/presets DESTINATION ${CMAKE_INSTALL_DATADIR}/xllm COMPONENT base)
install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT base)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT base PATTERN "*.sh" EXCLUDE)

# Man pages and completions say what --help says; dates are those of the commit.
set(texts "\"${Python3_EXECUTABLE}\" \"${package_source}/make_texts.py\" --xllm \"$<TARGET_FILE:xllm>\"")
if(TARGET xllm-desktop)
  string(APPEND texts " --desktop \"$<TARGET_FILE:xllm-desktop>\"")
endif()
install(CODE "
  execute_process(COMMAND ${texts} --version ${PROJECT_VERSION} --source \"${PROJECT_SOURCE_DIR}\"
    --out \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}\" COMMAND_ERROR_IS_FATAL ANY)" COMPONENT base)

# --- what desktops read ---

if(TARGET xllm-desktop)
  set(icon_sizes 16 22 24 32 48 64 128 256 512)
  set(icon ${PROJECT_SOURCE_DIR}/resources/icons/app.svg)
  set(icon_folder ${PROJECT_BINARY_DIR}/packaging/icons)
  list(TRANSFORM icon_sizes REPLACE "(.+)" "${icon_folder}/\\1x\\1.png" OUTPUT_VARIABLE icons)
  add_executable(xllm_paint_icons ${package_source}/paint_icons.cpp)
  target_link_libraries(xllm_paint_icons PRIVATE xllm::options xllm::qt Qt6::Gui Qt6::Svg)
  file(MAKE_DIRECTORY ${icon_folder})
  add_custom_command(OUTPUT ${icons} COMMAND xllm_paint_icons ${icon} ${icon_folder} ${icon_sizes} DEPENDS ${icon} VERBATIM)
  add_custom_target(xllm_icons ALL DEPENDS ${icons})
  foreach(size IN LISTS icon_sizes)
    install(FILES ${icon_folder}/${size}x${size}.png RENAME xllm-desktop.png COMPONENT base
      DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/${size}x${size}/apps)
  endforeach()
  install(FILES ${icon} RENAME xllm-desktop.svg DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps COMPONENT base)
  install(FILES ${package_source}/xllm-desktop.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications COMPONENT base)
endif()
install(FILES ${package_source}/xllm.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/mime/packages COMPONENT base)
