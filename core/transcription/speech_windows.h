// Cuts a long recording where it is quiet, so that no word is torn.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace xllm::transcription {

// [begin, end) of windows of at most `longest` samples, one after the other. Each but the last ends in the middle of
// the quietest fifth of a second of its last fifth.
std::vector<std::pair<std::int64_t, std::int64_t>> quietWindows(std::span<const float> samples, std::int64_t longest,
                                                                int sampleRateHz);

}  // namespace xllm::transcription
