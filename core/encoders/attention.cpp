#include "core/encoders/attention.h"

#include <ATen/ATen.h>

#include "core/kernels/frame_attention.h"

namespace xllm::encoders {
namespace {

// AMX alone multiplies bfloat16 faster than the others do words. Without it LibTorch widens bfloat16 to float32, for
// which MKL has AVX2 kernels alone on AMD's processors.
bool ownIsFaster(Precision precision) {
  switch (precision) {
    case Precision::Float32: return false;
    case Precision::BFloat16: return kernels::activeIsa() != kernels::Isa::Plain && !hasAmx();
    case Precision::Int8: return true;
  }
  return false;
}

}  // namespace

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, Precision precision) {
  TORCH_CHECK(q.dim() == 4 && k.sizes() == v.sizes() && q.size(3) == k.size(3), "attention of ", q.sizes(), " over ",
              k.sizes(), " and ", v.sizes());
  return ownIsFaster(precision) ? kernels::attendFrames(q, k, v).to(q.scalar_type())
                                : at::scaled_dot_product_attention(q, k, v);
}

}  // namespace xllm::encoders
