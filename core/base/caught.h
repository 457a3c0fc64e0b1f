// What an exception says to a person once it was caught, most of all at the doors at which all of them stop: the
// engine's, and main() of a program.
#pragma once

#include <exception>

#include "core/base/result.h"

namespace xllm {

// std::bad_alloc, or what LibTorch's allocators throw in its place.
bool isOutOfMemory(const std::exception& problem);

// OutOfMemory or Internal.
Error errorOf(const std::exception& problem);

}  // namespace xllm
