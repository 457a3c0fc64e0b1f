// The right name nearest to a wrong one, for "did you mean" sentences.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace xllm {

// How many insertions, deletions, replacements or swaps of neighbouring bytes turn `a` into `b`; upper and lower case
// of ASCII letters count as equal.
std::size_t editDistance(std::string_view a, std::string_view b);

// The choice with the smallest distance, the first of several equals; empty when there are no choices.
std::string nearest(std::string_view wrong, std::span<const std::string> choices);

}  // namespace xllm
