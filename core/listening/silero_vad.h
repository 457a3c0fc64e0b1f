// How likely it is that somebody speaks, 32 ms at a time: Silero VAD v6 (github.com/snakers4/silero-vad, 16 kHz) from
// its published safetensors file. In plain floats, so that it runs beside the engine on the thread that captures sound,
// with no thread of its own. What counts as an utterance is said by utterance_detector.h.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "core/base/result.h"

namespace xllm::listening {

// One thread at a time. Copies share the weights, not the state.
class SileroVad {
 public:
  static constexpr std::size_t kChunk = 512;  // samples: 32 ms

  // NotFound, CorruptFile (not the detector's tensors; the message names which) or Unsupported.
  static Result<SileroVad> open(const std::filesystem::path& safetensors);

  // The next 32 ms of 16 kHz mono in [-1, 1] -> the probability [0, 1] that somebody speaks in them. Depends on what
  // came before since reset(). Samples that are not numbers count as silence.
  float next(std::span<const float, kChunk> samples);
  void reset();  // forgets what was heard

 private:
  struct Weights;
  static constexpr std::size_t kContext = 64;  // samples of the chunk before
  static constexpr std::size_t kHidden = 128;  // of the LSTM

  explicit SileroVad(std::shared_ptr<const Weights> weights);

  std::shared_ptr<const Weights> m_weights;
  std::array<float, kContext> m_context{};
  std::array<float, kHidden> m_hidden{}, m_cell{};
};

}  // namespace xllm::listening
