// What every speech encoder does with a recording before its own arithmetic: refuse what cannot be heard, and cut what
// is longer than its window.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/audio_clip.h"
#include "core/base/result.h"
#include "core/encoders/speech_encoder.h"

namespace xllm::encoders {

// BadInput: another rate than 16 kHz, less than a tenth of a second, values that are not numbers.
Result<void> checkSound(const AudioClip& sound);

// [begin, end) of the samples of each window: as few as needed, none longer than `longest`, all but the last equally
// long and a multiple of `step`, which divides `longest`.
std::vector<std::pair<std::int64_t, std::int64_t>> equalWindows(std::int64_t samples, std::int64_t longest,
                                                                std::int64_t step);

// A speech encoder made of two functions, window by window. Both are called without gradients, by any thread.
struct WindowedParts {
  std::function<at::Tensor(const at::Tensor&)> frontEnd;  // samples [n] float32 in [-1, 1] -> features [T, bins]
  std::function<at::Tensor(const at::Tensor&)> graph;     // [1, T, bins] -> [1, T', width]
  std::int64_t width = 0;
  std::int64_t samplesPerFrame = 0;  // of the graph's output
  double longestSeconds = 30;        // of one window
};
std::unique_ptr<SpeechEncoder> windowedSpeechEncoder(WindowedParts parts);

}  // namespace xllm::encoders
