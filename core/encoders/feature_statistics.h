// Mean and variance of a training set's features, by which an encoder's input is normalised: WeNet's global_cmvn and
// FunASR's am.mvn. The features themselves are kaldi_fbank.h and log_mel.h.
#pragma once

#include <cstdint>
#include <filesystem>

#include <ATen/core/Tensor.h>

#include "core/base/result.h"

namespace xllm::encoders {

// (x + shift) · scale
struct FeatureStatistics {
  at::Tensor shift, scale;  // [width] float32

  at::Tensor normalise(const at::Tensor& frames) const;  // [..., width], the same back
};

// WeNet's JSON (mean_stat and var_stat are sums over frame_num frames) or FunASR's Kaldi network in text form
// (<AddShift> and <Rescale>), told apart by the first character. NotFound, CorruptFile (also for another width) name
// the file.
Result<FeatureStatistics> readFeatureStatistics(const std::filesystem::path& file, std::int64_t width);

}  // namespace xllm::encoders
