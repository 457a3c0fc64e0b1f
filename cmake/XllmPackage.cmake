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
foreach(program IN ITEMS xllm-desktop xllm-decoder)
  if(TARGET ${program})
    list(APPEND programs ${program})
  endif()
endforeach()
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
    target_link_options(xllm_no_${name} PRIVATE LINKER:--no-as-needed LINKER:--version-script,${package_source}/lib${name}.map)
    install(TARGETS xllm_no_${name} LIBRARY DESTINATION ${private} COMPONENT base NAMELINK_SKIP)
  endforeach()
  target_compile_definitions(xllm_no_cudart PRIVATE XLLM_CUDART)
endif()

add_custom_target(xllm_package_parts)  # all that an installation needs beside the programs
if(TARGET xllm_no_cudart)
  add_dependencies(xllm_package_parts xllm_no_cudart xllm_no_cupti)
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
set(fixed_texts "\"${Python3_EXECUTABLE}\" \"${package_source}/make_texts.py\" --version ${PROJECT_VERSION} --source \"${PROJECT_SOURCE_DIR}\"
  --out \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}\"")
set(texts "${fixed_texts} --xllm \"$<TARGET_FILE:xllm>\"")
if(TARGET xllm-desktop)
  string(APPEND texts " --desktop \"$<TARGET_FILE:xllm-desktop>\"")
endif()
install(CODE "execute_process(COMMAND ${texts} COMMAND_ERROR_IS_FATAL ANY)" COMPONENT base)

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
  add_dependencies(xllm_package_parts xllm_icons)
  foreach(size IN LISTS icon_sizes)
    install(FILES ${icon_folder}/${size}x${size}.png RENAME xllm-desktop.png COMPONENT base
      DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/${size}x${size}/apps)
  endforeach()
  install(FILES ${icon} RENAME xllm-desktop.svg DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps COMPONENT base)
  install(FILES ${package_source}/xllm-desktop.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications COMPONENT base)
endif()
install(FILES ${package_source}/xllm.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/mime/packages COMPONENT base)

# --- the add-ons ---

# Made at packing time by script; in a tree for oneself (`cmake --install`) nobody wants them, hence EXCLUDE_FROM_ALL.
list(TRANSFORM programs REPLACE "(.+)" "\"$<TARGET_FILE:\\1>\"" OUTPUT_VARIABLE program_files)
list(JOIN program_files " " program_files)
install(CODE "
  set(prefix \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}\")
  execute_process(COMMAND \"${Python3_EXECUTABLE}\" \"${package_source}/carry_libraries.py\"
    --packages \"${package_source}/carried.txt\" --into \"\${prefix}/${private}/carried\"
    --copyright \"\${prefix}/share/doc/xllm-carried/carried-copyright.gz\" ${program_files} COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${fixed_texts} --package xllm-carried COMMAND_ERROR_IS_FATAL ANY)" COMPONENT carried EXCLUDE_FROM_ALL)

set(gpu_component)
if(EXISTS ${LibTorch_LIBRARY_DIR}/libtorch_cuda.so)
  set(gpu_component gpu)
  install(CODE "set(torch_folder \"${LibTorch_LIBRARY_DIR}\")\nset(folder \"${private}/gpu\")\nset(strip \"${CMAKE_STRIP}\")"
    COMPONENT gpu EXCLUDE_FROM_ALL)
  install(SCRIPT ${package_source}/install_gpu.cmake COMPONENT gpu EXCLUDE_FROM_ALL)
  install(CODE "execute_process(COMMAND ${fixed_texts} --package xllm-gpu COMMAND_ERROR_IS_FATAL ANY)" COMPONENT gpu EXCLUDE_FROM_ALL)
endif()

# --- packages ---

set(CPACK_GENERATOR DEB RPM)
set(CPACK_PACKAGE_NAME xllm)
set(CPACK_PACKAGE_VENDOR "X-LLM Desktop maintainers")
set(CPACK_PACKAGE_CONTACT "X-LLM Desktop maintainers <maintainers@xllm.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "local language model that sees pictures and hears speech")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL base starter carried ${gpu_component})
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_COMPONENT_BASE_GROUP program)
set(CPACK_COMPONENT_STARTER_GROUP program)
set(CPACK_COMPONENT_CARRIED_GROUP carried)
set(CPACK_COMPONENT_GPU_GROUP gpu)
set(CPACK_THREADS 2)  # xz cuts its blocks otherwise with one

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz CACHE STRING "xz is smallest; zstd packs in seconds")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME xllm)
set(CPACK_DEBIAN_CARRIED_PACKAGE_NAME xllm-carried)
set(CPACK_DEBIAN_GPU_PACKAGE_NAME xllm-gpu)
set(CPACK_DEBIAN_CARRIED_PACKAGE_SECTION libs)
# First line: the synopsis.
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION "local language model that sees pictures and hears speech
A language model that runs on this computer: it answers questions about
pictures, clips and recordings, listens and speaks, and can be taught with
data of one's own. Nothing leaves the machine.

This package holds the window, the command line, LibTorch for processors,
and a small starter model.")
set(CPACK_DEBIAN_CARRIED_DESCRIPTION "libraries of Debian 12 for X-LLM Desktop on newer systems
FFmpeg 5, OpenCV 4.6 and what they need, in the versions that X-LLM Desktop
is built with. Wanted only where the distribution has other versions of them.")
set(CPACK_DEBIAN_GPU_DESCRIPTION "LibTorch for NVIDIA GPUs, for X-LLM Desktop
The CUDA half of the LibTorch that X-LLM Desktop carries. It only adds files.")
set(CPACK_DEBIAN_GPU_PACKAGE_DEPENDS "xllm (= ${PROJECT_VERSION}-1)")
# What the programs load by name: plug-ins of Qt.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS "qt6-wayland, qt6-speech-speechd-plugin | qt6-speech-flite-plugin, fonts-noto-cjk | fonts-wqy-microhei")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "qt6-gtk-platformtheme, pulseaudio | pipewire-pulse")
set(CPACK_PRE_BUILD_SCRIPTS ${package_source}/before_packing.cmake)
set(CPACK_PROJECT_CONFIG_FILE ${package_source}/packing_options.cmake)
set(CPACK_XLLM_SOURCE ${PROJECT_SOURCE_DIR})
set(CPACK_XLLM_PYTHON ${Python3_EXECUTABLE})

set(CPACK_RPM_COMPONENT_INSTALL ON)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE "Apache-2.0 AND BSD-3-Clause AND MIT")
set(CPACK_RPM_PACKAGE_GROUP "Applications/Multimedia")
set(CPACK_RPM_PROGRAM_PACKAGE_NAME xllm)
set(CPACK_RPM_CARRIED_PACKAGE_NAME xllm-carried)
set(CPACK_RPM_GPU_PACKAGE_NAME xllm-gpu)
set(CPACK_RPM_GPU_PACKAGE_REQUIRES "xllm = ${PROJECT_VERSION}")
set(CPACK_RPM_COMPRESSION_TYPE zstd)
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION /usr/share/applications /usr/share/metainfo /usr/share/mime /usr/share/mime/packages
  /usr/share/icons /usr/share/icons/hicolor /usr/share/icons/hicolor/scalable /usr/share/icons/hicolor/scalable/apps
  /usr/share/bash-completion /usr/share/bash-completion/completions /usr/share/zsh /usr/share/zsh/vendor-completions /usr/share/fish
  /usr/share/fish/vendor_completions.d /usr/share/lintian /usr/share/lintian/overrides /usr/share/man /usr/share/man/man1)
foreach(size IN LISTS icon_sizes)
  list(APPEND CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION /usr/share/icons/hicolor/${size}x${size} /usr/share/icons/hicolor/${size}x${size}/apps)
endforeach()
# Private libraries are neither offered to others nor asked of them; what is carried is optional.
set(CPACK_RPM_SPEC_MORE_DEFINE "%global __provides_exclude_from ^/usr/${private}/.*$
%global __requires_exclude ^(libtorch_cpu|libc10|libgomp|libcudart|libcupti|lib(av|sw)[a-z]+|libopencv_[a-z]+|libwebrtc_audio_processing)\\\\.so.*$|CURL_OPENSSL_4
%global __requires_exclude_from ^/usr/${private}/carried/.*$
%global _build_id_links none
%global source_date_epoch_from_changelog 0
%global use_source_date_epoch_as_buildtime 1
%global clamp_mtime_to_source_date_epoch 1
%global _buildhost reproducible")
include(CPack)
