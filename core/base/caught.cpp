#include "core/base/caught.h"

#include <new>
#include <string>
#include <string_view>

namespace xllm {

// LibTorch's exceptions are known here by their words alone: who only passes them on does not link it.
bool isOutOfMemory(const std::exception& problem) {
  const std::string_view said = problem.what();
  const auto says = [&](std::string_view words) { return said.find(words) != std::string_view::npos; };
  return dynamic_cast<const std::bad_alloc*>(&problem) != nullptr || says("DefaultCPUAllocator: ") ||
         says("out of memory");
}

Error errorOf(const std::exception& problem) {
  if (isOutOfMemory(problem)) {
    return {ErrorCode::OutOfMemory, "There is not enough memory for this. Close other programs or use a smaller pack."};
  }
  return {ErrorCode::Internal, std::string("Internal error: ") + problem.what()};
}

}  // namespace xllm
