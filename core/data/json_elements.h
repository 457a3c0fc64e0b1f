// Large JSON files cut into the elements of their lists, without building a tree of the whole file: each element is a
// stretch of the text, small enough to parse alone. Nothing is checked inside an element but its brackets and quotes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "core/base/result.h"

namespace xllm::data {

// `list` is the key of the list inside the outer object, or empty when the file is one list; `number` counts from 1.
using TakeElement = std::function<void(std::string_view list, std::int64_t number, std::string_view element)>;

// For "[…]" and for "{"key": […], …}"; values of the outer object that are no lists are passed over. BadInput, saying
// at which byte, when the brackets do not match, nest more than 64 deep or the text ends early; `name` opens the
// sentence.
Result<void> forEachElement(std::string_view text, std::string_view name, const TakeElement& take);

// Where the JSON value that starts at `at` ends (one past it); nothing when it does not end.
std::optional<std::size_t> endOfValue(std::string_view text, std::size_t at);
// The next place at or behind `at` that is no white space; text.size() if there is none.
std::size_t skipWhite(std::string_view text, std::size_t at);

}  // namespace xllm::data
