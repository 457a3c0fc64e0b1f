// Sound as every part of the program passes it on.
#pragma once

#include <vector>

namespace xllm {

// One channel of samples in [-1, 1].
struct AudioClip {
  int sampleRateHz = 16000;
  std::vector<float> samples;

  double seconds() const { return sampleRateHz > 0 ? static_cast<double>(samples.size()) / sampleRateHz : 0.0; }
};

}  // namespace xllm
