// `xllm inspect`: what a pack or a checkpoint file holds, without loading it.
#pragma once

#include <string>

namespace xllm::cli {

struct InspectArguments {
  std::string target;
  bool tensors = false;  // every tensor, not only totals
  bool json = false;
};

int runInspect(const InspectArguments& arguments);

}  // namespace xllm::cli
