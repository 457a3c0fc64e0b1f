// The door where exceptions of work on another thread stop, and leave as an Error.
#pragma once

#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

#include "core/base/caught.h"

namespace xllm::ui {

template <typename T>
constexpr bool kIsResult = false;
template <typename T>
constexpr bool kIsResult<Result<T>> = true;

// What `work` returns, as a Result unless it is one.
template <typename Work>
auto attempt(Work&& work) {
  using Made = std::invoke_result_t<Work>;
  using Answer = std::conditional_t<kIsResult<Made>, Made, Result<Made>>;
  try {
    return Answer(std::invoke(std::forward<Work>(work)));
  } catch (const std::exception& problem) {
    return Answer(tl::unexpected(xllm::errorOf(problem)));
  }
}

}  // namespace xllm::ui
