# xllm::options: language level, warnings and sanitizers of every target of this project.

find_program(XLLM_CCACHE ccache)
if(XLLM_CCACHE)
  # The precompiled header is part of what ccache hashes, so its time stamps may be ignored.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${XLLM_CCACHE})
endif()

add_library(xllm_options INTERFACE)
add_library(xllm::options ALIAS xllm_options)
target_compile_features(xllm_options INTERFACE cxx_std_20)
target_include_directories(xllm_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(xllm_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wextra-semi
  # ccache and the shared precompiled header need it
  -fpch-preprocess)
if(XLLM_WARNINGS_AS_ERRORS)
  target_compile_options(xllm_options INTERFACE -Werror)
endif()
foreach(sanitizer IN LISTS XLLM_SANITIZE)
  target_compile_options(xllm_options INTERFACE -fsanitize=${sanitizer} -fno-omit-frame-pointer)
  target_link_options(xllm_options INTERFACE -fsanitize=${sanitizer})
endforeach()
set_property(GLOBAL PROPERTY USE_FOLDERS ON)
set(CMAKE_CXX_EXTENSIONS OFF)
