# Run by `cmake --install --component gpu`: LibTorch's CUDA half and NVIDIA's libraries from `torch_folder` and the folders of the wheels
# beside it into `folder` below the prefix, which the base looks through first. Nothing that the base has is touched.
file(GLOB libraries ${torch_folder}/libtorch_cuda*.so* ${torch_folder}/libc10_cuda.so* ${torch_folder}/libcaffe2_nvrtc.so*
  ${torch_folder}/../../nvidia/*/lib/*.so*)
include(${CMAKE_CURRENT_LIST_DIR}/install_libraries.cmake)
