# Finds LibTorch and defines xllm::torch.
#
# LibTorch's own package file demands a CUDA toolkit when the library was built for CUDA, even where only the CPU half is
# used. So the two libraries are imported by hand. Accepted at XLLM_LIBTORCH (the folder with include/ and lib/):
#   - the `torch` folder that packaging/setup unpacks from the PyPI wheel (CPU half);
#   - an official CPU or CUDA archive (libtorch-…-cpu.zip of Windows and macOS, too).
# When libtorch_cuda is there it is not linked: it is loaded at run time.

set(XLLM_LIBTORCH "" CACHE PATH "LibTorch: the folder that holds include/ and lib/")
if(NOT XLLM_LIBTORCH)
  if(DEFINED ENV{XLLM_CACHE})
    set(_xllm_cache $ENV{XLLM_CACHE})
  elseif(DEFINED ENV{XDG_CACHE_HOME})
    set(_xllm_cache $ENV{XDG_CACHE_HOME}/xllm)
  else()
    set(_xllm_cache $ENV{HOME}/.cache/xllm)
  endif()
  set(XLLM_LIBTORCH ${_xllm_cache}/libtorch/2.11.0/torch)
endif()

find_path(LibTorch_INCLUDE_DIR torch/csrc/api/include/torch/torch.h PATHS ${XLLM_LIBTORCH}/include NO_DEFAULT_PATH)
find_library(LibTorch_CPU_LIBRARY torch_cpu PATHS ${XLLM_LIBTORCH}/lib NO_DEFAULT_PATH)
find_library(LibTorch_C10_LIBRARY c10 PATHS ${XLLM_LIBTORCH}/lib NO_DEFAULT_PATH)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY LibTorch_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "looked in ${XLLM_LIBTORCH} - run packaging/setup/setup.sh or set XLLM_LIBTORCH")

if(LibTorch_FOUND AND NOT TARGET xllm_torch)
  add_library(xllm_torch INTERFACE)
  add_library(xllm::torch ALIAS xllm_torch)
  target_include_directories(xllm_torch SYSTEM INTERFACE
    ${LibTorch_INCLUDE_DIR} ${LibTorch_INCLUDE_DIR}/torch/csrc/api/include)
  target_link_libraries(xllm_torch INTERFACE ${LibTorch_CPU_LIBRARY} ${LibTorch_C10_LIBRARY})
  if(UNIX)
    # Checks in LibTorch's headers say in which file they stand; what people run does not name folders of who built it.
    target_compile_options(xllm_torch INTERFACE
      $<$<CONFIG:Release>:-fmacro-prefix-map=${LibTorch_INCLUDE_DIR}=libtorch>)
  endif()
  if(UNIX AND NOT APPLE)
    get_filename_component(LibTorch_LIBRARY_DIR ${LibTorch_CPU_LIBRARY} DIRECTORY)
    # Without the flag at::parallel_for of LibTorch's headers is a loop on one thread. Its threads are LibTorch's: the library is the one
    # that came with it, so that there is one pool.
    target_compile_options(xllm_torch INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fopenmp>)
    file(GLOB LibTorch_OPENMP_LIBRARY ${LibTorch_LIBRARY_DIR}/libgomp*.so*)
    if(NOT LibTorch_OPENMP_LIBRARY)
      set(LibTorch_OPENMP_LIBRARY gomp)
    endif()
    target_link_libraries(xllm_torch INTERFACE ${LibTorch_OPENMP_LIBRARY})
    # The wheel's libtorch_cpu needs libcudart and libcupti, which lie beside it; it finds them by its own RPATH.
    get_filename_component(LibTorch_NVIDIA_DIR ${LibTorch_LIBRARY_DIR}/../../nvidia/cu13/lib ABSOLUTE)
    target_link_options(xllm_torch INTERFACE LINKER:-rpath-link,${LibTorch_NVIDIA_DIR})
  endif()
endif()
