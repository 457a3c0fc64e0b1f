#include "core/encoders/attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <ATen/ATen.h>

#include "core/encoders/precision.h"

namespace xllm::encoders {
namespace {

constexpr std::int64_t kScoresAtOnce = 2'000'000;  // that stay in the cache between the products

// The fused attention multiplies by MKL, which on AMD's processors widens bfloat16 to float32 and has AVX2 kernels
// alone. oneDNN, which multiplies whole tensors, has AVX512-BF16 kernels for those: Whisper base's 1500 frames take 22
// instead of 55 ms a layer (one core of Zen 5).
bool byHeadsIsFaster(at::ScalarType type) { return type == at::kBFloat16 && isAmd(); }

}  // namespace

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  return byHeadsIsFaster(q.scalar_type()) ? attentionByHeads(q, k, v) : at::scaled_dot_product_attention(q, k, v);
}

at::Tensor attentionByHeads(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  TORCH_CHECK(q.dim() == 4 && k.sizes() == v.sizes() && q.size(0) == k.size(0) && q.size(1) == k.size(1) &&
                  q.size(3) == k.size(3) && q.numel() > 0 && k.numel() > 0,
              "attention of ", q.sizes(), " over ", k.sizes(), " and ", v.sizes());
  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(3)));
  const at::Tensor queries = q.flatten(0, 1), keys = k.flatten(0, 1).transpose(1, 2), values = v.flatten(0, 1);
  const std::int64_t all = queries.size(0), rows = queries.size(1), columns = values.size(1);
  const std::int64_t atOnce = std::clamp<std::int64_t>(kScoresAtOnce / (rows * columns), 1, all);
  const at::Tensor nothing = at::empty({1, 1, 1}, queries.options());
  std::vector<at::Tensor> seen;
  for (std::int64_t head = 0; head < all; head += atOnce) {
    const std::int64_t count = std::min(atOnce, all - head);
    const at::Tensor scores =
        at::baddbmm(nothing, queries.narrow(0, head, count), keys.narrow(0, head, count), /*beta=*/0, scale);
    seen.push_back(at::bmm(at::softmax(scores, 2), values.narrow(0, head, count)));
  }
  return at::cat(seen).view(q.sizes());
}

}  // namespace xllm::encoders
