// A loader reads as a list of what it takes, though each of its places can fail: need() throws, and the function that
// was asked for a Result catches. Internal to core/llm.
#pragma once

#include <utility>

#include "core/base/result.h"

namespace xllm::llm {

struct Failed {
  Error error;
};

// Moves a result's value out, or throws its error.
template <typename T>
T need(Result<T> result) {
  if (!result) throw Failed{std::move(result.error())};
  return *std::move(result);
}

}  // namespace xllm::llm
