// LibTorch's wheel holds Gloo but not its headers, and c10d's header names a few of its classes. These are those names
// and nothing more: no object of them is made or looked into by this project (core/training/ranks.cpp).
#pragma once

#include <chrono>

namespace gloo {

class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};

}  // namespace gloo
