#include "core/x2l/cif.h"

#include <algorithm>

#include <torch/types.h>

namespace xllm::x2l {
namespace {

// Keeps the smallest weights (fp16 and bf16 lose them) whatever the frames are stored in.
at::ScalarType atLeastFloat(at::ScalarType type) { return type == at::kDouble ? at::kDouble : at::kFloat; }

// Zeroes the rows of weights [B, N, T] past lengths [B].
at::Tensor keepTokens(const at::Tensor& weights, const at::Tensor& lengths) {
  const auto index = torch::arange(weights.size(1), lengths.options()).unsqueeze(0);
  return weights.masked_fill(index.ge(lengths.unsqueeze(1)).unsqueeze(2), 0.0);
}

}  // namespace

at::Tensor tokenOverlaps(const at::Tensor& alphas, std::int64_t tokens) {
  TORCH_CHECK(alphas.dim() == 2, "alphas must be [B, T], not ", alphas.sizes());
  const auto end = alphas.to(at::kDouble).cumsum(1).unsqueeze(1);  // [B, 1, T]
  const auto begin = torch::constant_pad_nd(end.narrow(2, 0, std::max<std::int64_t>(end.size(2) - 1, 0)), {1, 0});
  const auto first = torch::arange(tokens, end.options()).view({1, tokens, 1});
  return (torch::minimum(end, first + 1) - torch::maximum(begin, first)).clamp_min(0.0);
}

at::Tensor scaledAlphas(const at::Tensor& alphas, const at::Tensor& targetLengths) {
  TORCH_CHECK(alphas.dim() == 2 && targetLengths.dim() == 1 && targetLengths.size(0) == alphas.size(0),
              "alphas [B, T] and target lengths [B] must agree, not ", alphas.sizes(), " and ", targetLengths.sizes());
  const auto wide = alphas.to(at::kDouble);
  return wide * (targetLengths.to(at::kDouble) / (wide.sum(1) + 1e-8)).unsqueeze(1);
}

CifOutput integrateAndFire(const at::Tensor& frames, const at::Tensor& alphas, const at::Tensor& targetLengths,
                           double tailThreshold) {
  TORCH_CHECK(
      frames.dim() == 3 && alphas.dim() == 2 && frames.size(0) == alphas.size(0) && frames.size(1) == alphas.size(1),
      "frames [B, T, width] and alphas [B, T] must agree, not ", frames.sizes(), " and ", alphas.sizes());
  TORCH_CHECK(frames.size(1) > 0, "there are no frames to integrate: ", frames.sizes());
  // Autocast would do the sums of products in half precision.
  const c10::impl::ExcludeDispatchKeyGuard noAutocast(c10::autocast_dispatch_keyset);

  const bool training = targetLengths.defined();
  const auto weights = training ? scaledAlphas(alphas, targetLengths) : alphas.to(at::kDouble);
  at::Tensor lengths;
  at::Tensor tailWeight;  // [B, 1, 1]; what the tail token is divided by, 1 for rows without one
  if (training) {
    lengths = targetLengths.to(at::kLong);
  } else {
    const auto sum = weights.sum(1);
    const auto full = sum.detach().floor();
    const auto rest = sum - full;
    const auto hasTail = rest.detach().gt(tailThreshold);
    lengths = full.to(at::kLong) + hasTail.to(at::kLong);
    tailWeight = torch::where(hasTail, rest + 1e-10, torch::ones_like(rest)).view({-1, 1, 1});
  }
  const auto tokens = std::max<std::int64_t>(lengths.numel() > 0 ? lengths.max().item<std::int64_t>() : 0, 1);
  auto overlaps = keepTokens(tokenOverlaps(weights, tokens), lengths);
  if (!training) {
    // Only the last token of a row can be partly filled, so only that row of overlaps is divided.
    const auto index = torch::arange(tokens, lengths.options()).unsqueeze(0);
    const auto isLast = index.eq(lengths.unsqueeze(1) - 1).unsqueeze(2);
    overlaps = torch::where(isLast, overlaps / tailWeight, overlaps);
  }
  const auto type = atLeastFloat(frames.scalar_type());
  const auto integrated = torch::bmm(overlaps.to(type), frames.to(type));
  return {.tokens = integrated.to(frames.scalar_type()), .lengths = lengths};
}

}  // namespace xllm::x2l
