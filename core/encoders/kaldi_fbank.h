// Kaldi's log filter bank as WeNet and FunASR feed it to their encoders, and FunASR's stacking of frames. No dither, no
// pitch; normalisation is feature_statistics.h, Whisper's and ESPnet's spectrograms are log_mel.h.
// Source: Kaldi's feat/feature-fbank with snip_edges, remove_dc_offset, pre-emphasis 0.97, no energy.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace xllm::encoders {

inline constexpr std::int64_t kFbankWindow = 400;    // samples of one frame, 25 ms at 16 kHz
inline constexpr std::int64_t kFbankHop = 160;       // samples from one frame to the next: 100 frames a second
inline constexpr std::int64_t kFbankBins = 80;       // what every published recipe uses
inline constexpr std::int64_t kFbankSpectrum = 257;  // frequencies of a transform of 512 samples

enum class FbankWindow {
  Povey = 1,  // WeNet; Kaldi's own: a Hann window to the power of 0.85
  Hamming,    // FunASR
};

// Triangles on Kaldi's mel scale from 20 Hz to 8000 Hz, linear in mel, not normalised: [bins, 257] float32; the last
// column, 8000 Hz, is 0.
at::Tensor kaldiMelBanks(std::int64_t bins = kFbankBins);

// Samples [n] float32 in [-1, 1] at 16 kHz, n >= 400 -> natural logarithms [1 + (n - 400) / 160, 80] float32 of what
// Kaldi computes on the same samples as 16-bit numbers. Computed in double.
at::Tensor kaldiFbank(const at::Tensor& samples, FbankWindow window);

// Low frame rate: frames [T, F] -> [ceil(T / step), stacked · F]. The first frame is repeated (stacked - 1) / 2 times
// in front, the last behind as often as needed. FunASR stacks 7 frames every 6.
at::Tensor lowFrameRate(const at::Tensor& frames, std::int64_t stacked, std::int64_t step);

}  // namespace xllm::encoders
