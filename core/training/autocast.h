// Matrix products in bfloat16 while this lives; sums and weights stay float32.
#pragma once

#include <ATen/autocast_mode.h>

#include "core/training/train_config.h"

namespace xllm::training {

class Autocast {
 public:
  explicit Autocast(ComputePrecision precision) : m_on(precision == ComputePrecision::BFloat16) {
    if (!m_on) return;
    at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
    at::autocast::set_autocast_enabled(at::kCPU, true);
    at::autocast::increment_nesting();
  }
  ~Autocast() {
    if (!m_on) return;
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(at::kCPU, false);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  bool m_on;
};

}  // namespace xllm::training
