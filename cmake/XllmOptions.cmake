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
if(MSVC)  # clang-cl: cl itself knows no instruction sets of single functions, on which core/kernels is built
  target_compile_options(xllm_options INTERFACE /W4 /utf-8 /EHsc /bigobj -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
  target_compile_definitions(xllm_options INTERFACE UNICODE _UNICODE NOMINMAX WIN32_LEAN_AND_MEAN _CRT_SECURE_NO_WARNINGS)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "On Windows the compiler is clang-cl: cmake --preset windows")
  endif()
else()
  target_compile_options(xllm_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wextra-semi
    # ccache and the shared precompiled header need it
    -fpch-preprocess)
  target_compile_options(xllm_options INTERFACE $<$<CONFIG:Release>:-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=>)
endif()
if(APPLE)  # std::jthread and std::stop_token of LLVM's library
  target_compile_options(xllm_options INTERFACE -fexperimental-library)
  target_link_options(xllm_options INTERFACE -fexperimental-library)
endif()
if(XLLM_WARNINGS_AS_ERRORS)
  target_compile_options(xllm_options INTERFACE $<IF:$<BOOL:${MSVC}>,/WX,-Werror>)
endif()
foreach(sanitizer IN LISTS XLLM_SANITIZE)
  target_compile_options(xllm_options INTERFACE -fsanitize=${sanitizer} -fno-omit-frame-pointer)
  target_link_options(xllm_options INTERFACE -fsanitize=${sanitizer})
endforeach()
set_property(GLOBAL PROPERTY USE_FOLDERS ON)
set(CMAKE_CXX_EXTENSIONS OFF)
