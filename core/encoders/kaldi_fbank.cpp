#include "core/encoders/kaldi_fbank.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <ATen/ATen.h>

#include "core/encoders/log_mel.h"

namespace xllm::encoders {
namespace {

constexpr std::int64_t kTransform = 512;  // the window, padded with zeros to a power of two
constexpr double kLowestHz = 20.0;
constexpr double kPreEmphasis = 0.97;
constexpr double kInt16Scale = 32768.0;

double hzToMel(double hz) { return 1127.0 * std::log(1.0 + hz / 700.0); }

at::Tensor windowWeights(FbankWindow window) {
  at::Tensor weights = at::empty({kFbankWindow}, at::kDouble);
  auto* values = weights.mutable_data_ptr<double>();
  for (std::int64_t n = 0; n < kFbankWindow; ++n) {
    const double cosine = std::cos(2.0 * std::numbers::pi * static_cast<double>(n) / (kFbankWindow - 1));
    values[n] = window == FbankWindow::Povey ? std::pow(0.5 - 0.5 * cosine, 0.85) : 0.54 - 0.46 * cosine;
  }
  return weights;
}

}  // namespace

at::Tensor kaldiMelBanks(std::int64_t bins) {
  TORCH_CHECK(bins > 0 && bins <= 1024, "Kaldi mel banks: ", bins, " bins");
  const double lowest = hzToMel(kLowestHz);
  const double step = (hzToMel(kSpeechRateHz / 2.0) - lowest) / static_cast<double>(bins + 1);
  at::Tensor banks = at::zeros({bins, kFbankSpectrum}, at::kFloat);
  auto values = banks.accessor<float, 2>();
  for (std::int64_t b = 0; b < bins; ++b) {
    const double low = lowest + step * static_cast<double>(b), peak = low + step, high = peak + step;
    for (std::int64_t f = 0; f + 1 < kFbankSpectrum; ++f) {
      const double mel = hzToMel(static_cast<double>(f) * kSpeechRateHz / kTransform);
      values[b][f] =
          static_cast<float>(std::max(0.0, std::min((mel - low) / (peak - low), (high - mel) / (high - peak))));
    }
  }
  return banks;
}

at::Tensor kaldiFbank(const at::Tensor& samples, FbankWindow window) {
  TORCH_CHECK(samples.dim() == 1 && samples.scalar_type() == at::kFloat && samples.size(0) >= kFbankWindow,
              "Kaldi fbank of ", samples.sizes(), " ", samples.scalar_type());
  const at::NoGradGuard noGradients;
  at::Tensor frames = samples.to(at::kDouble).mul_(kInt16Scale).unfold(0, kFbankWindow, kFbankHop);  // [T, 400]
  frames = frames - frames.mean(1, /*keepdim=*/true);
  const at::Tensor before = at::cat({frames.narrow(1, 0, 1), frames.narrow(1, 0, kFbankWindow - 1)}, 1);
  frames = (frames - kPreEmphasis * before) * windowWeights(window);
  const at::Tensor power = at::view_as_real(at::fft_rfft(frames, kTransform)).square().sum(-1);  // [T, 257]
  const at::Tensor energies = at::matmul(power, kaldiMelBanks().to(at::kDouble).t());
  return energies.clamp_min_(std::numeric_limits<float>::epsilon()).log_().to(at::kFloat);
}

at::Tensor lowFrameRate(const at::Tensor& frames, std::int64_t stacked, std::int64_t step) {
  TORCH_CHECK(frames.dim() == 2 && frames.size(0) > 0 && stacked > 0 && step > 0, "low frame rate of ", frames.sizes());
  const std::int64_t count = frames.size(0), rows = (count + step - 1) / step, before = (stacked - 1) / 2;
  const at::Tensor first = at::arange(rows, at::kLong).mul_(step).sub_(before).unsqueeze(1);
  const at::Tensor wanted = (first + at::arange(stacked, at::kLong)).clamp_(0, count - 1);  // [rows, stacked]
  return frames.index_select(0, wanted.view({-1})).view({rows, stacked * frames.size(1)});
}

}  // namespace xllm::encoders
