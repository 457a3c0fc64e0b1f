// The log-mel spectrograms of Whisper and of ESPnet; Kaldi's is kaldi_fbank.h. Resampling to 16 kHz and cutting into
// windows are not here.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace xllm::encoders {

inline constexpr int kSpeechRateHz = 16000;
inline constexpr std::int64_t kMelHop = 160;       // samples from one frame to the next: 100 frames a second
inline constexpr std::int64_t kMelWindow = 400;    // samples of one Fourier transform
inline constexpr std::int64_t kMelSpectrum = 201;  // its frequencies, 0 … 8000 Hz

// Triangles on the Slaney mel scale from 0 to 8000 Hz, each of unit area per Hz: [bins, 201] float32. Whisper uses 80
// bins, large-v3 128. Equal to the published table within 1e-8.
at::Tensor melFilters(std::int64_t bins);

// Samples [n] float32 in [-1, 1] at 16 kHz, more than 200 -> [bins, n / 160] float32. The ceiling of 8 below the
// loudest value (in powers of ten) is taken over these samples alone, as Hugging Face does for each window.
at::Tensor logMel(const at::Tensor& samples, const at::Tensor& filters);

inline constexpr std::int64_t kEspnetHop = 128;       // samples; ESPnet2's default, 125 frames a second
inline constexpr std::int64_t kEspnetSpectrum = 257;  // of its transform of 512 samples

// ESPnet2's default front end: samples [n] float32 in [-1, 1], n > 256; filters [257, bins], `frontend.logmel.melmat`
// of the checkpoint -> natural logarithms [1 + n / 128, bins] float32, not normalised.
at::Tensor espnetLogMel(const at::Tensor& samples, const at::Tensor& filters);

}  // namespace xllm::encoders
