#include "core/encoders/log_mel.h"

#include <cmath>
#include <vector>

#include <ATen/ATen.h>

namespace xllm::encoders {
namespace {

// Slaney's scale: linear below 1000 Hz (15 mel), logarithmic above, 27 steps to a factor of 6.4.
constexpr double kLinearHzPerMel = 200.0 / 3.0;
constexpr double kBreakMel = 15.0;
constexpr double kBreakHz = 1000.0;
const double kLogStep = std::log(6.4) / 27.0;

double melToHz(double mel) {
  return mel < kBreakMel ? kLinearHzPerMel * mel : kBreakHz * std::exp((mel - kBreakMel) * kLogStep);
}

double hzToMel(double hz) {
  return hz < kBreakHz ? hz / kLinearHzPerMel : kBreakMel + std::log(hz / kBreakHz) / kLogStep;
}

// Samples [n] -> [window / 2 + 1, 1 + n / hop]: centred frames, mirrored at the ends, under a periodic Hann window.
at::Tensor powerSpectrum(const at::Tensor& samples, std::int64_t window, std::int64_t hop) {
  TORCH_CHECK(samples.dim() == 1 && samples.scalar_type() == at::kFloat && samples.size(0) > window / 2, "log-mel of ",
              samples.sizes(), " ", samples.scalar_type());
  const at::Tensor weights = at::hann_window(window, /*periodic=*/true, samples.options());
  const at::Tensor spectrum = at::stft(samples, window, hop, window, weights, /*center=*/true, "reflect",
                                       /*normalized=*/false, /*onesided=*/true, /*return_complex=*/true);
  return at::view_as_real(spectrum).square().sum(-1);
}

}  // namespace

at::Tensor melFilters(std::int64_t bins) {
  TORCH_CHECK(bins > 0 && bins <= 1024, "mel filters: ", bins, " bins");
  const double highest = hzToMel(kSpeechRateHz / 2.0);
  std::vector<double> corners(static_cast<std::size_t>(bins) + 2);
  for (std::size_t i = 0; i < corners.size(); ++i) {
    corners[i] = melToHz(highest * static_cast<double>(i) / static_cast<double>(bins + 1));
  }
  at::Tensor filters = at::zeros({bins, kMelSpectrum}, at::kFloat);
  auto values = filters.accessor<float, 2>();
  for (std::int64_t b = 0; b < bins; ++b) {
    const double low = corners[b], peak = corners[b + 1], high = corners[b + 2];
    for (std::int64_t f = 0; f < kMelSpectrum; ++f) {
      const double hz = static_cast<double>(f) * kSpeechRateHz / static_cast<double>(kMelWindow);
      const double height = std::min((hz - low) / (peak - low), (high - hz) / (high - peak));
      if (height > 0) values[b][f] = static_cast<float>(height * 2.0 / (high - low));
    }
  }
  return filters;
}

at::Tensor logMel(const at::Tensor& samples, const at::Tensor& filters) {
  TORCH_CHECK(filters.dim() == 2 && filters.size(1) == kMelSpectrum, "mel filters ", filters.sizes());
  const at::NoGradGuard noGradients;
  const std::int64_t frames = samples.size(0) / kMelHop;  // one fewer than the transform gives
  const at::Tensor power = powerSpectrum(samples, kMelWindow, kMelHop).narrow(1, 0, frames);
  at::Tensor mel = at::matmul(filters, power).clamp_min_(1e-10).log10_();
  mel = at::maximum(mel, mel.max() - 8.0);
  return mel.add_(4.0).div_(4.0);
}

at::Tensor espnetLogMel(const at::Tensor& samples, const at::Tensor& filters) {
  TORCH_CHECK(filters.dim() == 2 && filters.size(0) == kEspnetSpectrum, "mel filters ", filters.sizes());
  const at::NoGradGuard noGradients;
  const at::Tensor power = powerSpectrum(samples, 2 * (kEspnetSpectrum - 1), kEspnetHop);
  return at::matmul(power.t(), filters).clamp_min_(1e-10).log_();
}

}  // namespace xllm::encoders
