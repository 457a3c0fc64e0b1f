#include "core/x2l/cif_dialects.h"

#include <vector>

#include <torch/types.h>

namespace xllm::x2l {
namespace {

// fired [B, T] bool -> [B, tokens, T]: row j picks the frame that fires the j-th time.
at::Tensor pickFired(const at::Tensor& fired, std::int64_t tokens, at::ScalarType type) {
  const auto order = fired.to(at::kLong).cumsum(1) - 1;
  const auto index = torch::arange(tokens, order.options()).view({1, tokens, 1});
  return order.unsqueeze(1).eq(index).logical_and(fired.unsqueeze(1)).to(type);
}

std::int64_t largest(const at::Tensor& lengths) {
  return lengths.numel() == 0 ? 0 : lengths.max().item<std::int64_t>();
}

}  // namespace

at::Tensor cifAlphas(const at::Tensor& frames, const at::Tensor& valid, const CifHead& head) {
  auto state = frames;
  const auto convolve = [&](std::int64_t groups) {
    const auto padding = head.innerWeight.size(2) / 2;
    return torch::conv1d(frames.transpose(1, 2), head.innerWeight, head.innerBias, 1, padding, 1, groups)
        .transpose(1, 2);
  };
  switch (head.kind) {
    case CifHeadKind::PytorchConvolution: state = convolve(1); break;
    case CifHeadKind::PytorchDense: state = torch::relu(torch::linear(frames, head.innerWeight, head.innerBias)); break;
    case CifHeadKind::PytorchLinear: break;
    case CifHeadKind::FunasrV1: state = torch::relu(convolve(frames.size(2)) + frames); break;
    case CifHeadKind::FunasrV2: state = torch::relu(convolve(1)); break;
  }
  auto alphas = torch::sigmoid(torch::linear(state, head.weightWeight, head.weightBias).squeeze(2));
  if (head.kind == CifHeadKind::FunasrV1 || head.kind == CifHeadKind::FunasrV2) {
    alphas = torch::relu(alphas * head.smoothFactor - head.noiseThreshold);
  }
  return alphas * valid.to(alphas.scalar_type());
}

CifPytorchOutput cifPytorch(const at::Tensor& frames, const at::Tensor& alphas, const at::Tensor& lengths,
                            const at::Tensor& targetLengths, const CifPytorchOptions& options) {
  const bool training = targetLengths.defined();
  auto weights = alphas;
  auto inputs = frames;
  if (training) {
    weights = weights * (targetLengths.to(weights.scalar_type()) / weights.sum(1)).unsqueeze(1);
  } else if (options.flushTail && options.flushUnpadded) {
    // One frame of padding for everyone, so that everyone's end is passed.
    weights = torch::constant_pad_nd(weights, {0, 1});
    inputs = torch::constant_pad_nd(inputs, {0, 0, 0, 1});
  }
  auto carried = torch::zeros({frames.size(0), 1}, weights.options().requires_grad(false));
  auto state = torch::zeros({frames.size(0), frames.size(2)}, inputs.options().requires_grad(false));
  std::vector<at::Tensor> firedStates, firedFlags;
  for (std::int64_t t = 0; t < inputs.size(1); ++t) {
    const auto frame = inputs.select(1, t);
    const auto weight = weights.narrow(1, t, 1);
    const auto missing = 1.0 - carried;
    const auto fires = (carried + weight).ge(options.threshold);
    auto firedState = state + missing * frame;
    auto isFired = fires.squeeze(1).logical_and(lengths.ge(t));
    if (!training && options.flushTail) {
      const auto isEnd = lengths.eq(t);
      const auto hasTail = carried.squeeze(1).gt(options.tailThreshold);
      firedState = torch::where(isEnd.unsqueeze(1), state / (carried + 1e-10), firedState);
      isFired = torch::where(isEnd, hasTail, isFired);
    }
    firedStates.push_back(firedState);
    firedFlags.push_back(isFired);
    state = torch::where(fires, (weight - missing) * frame, state + weight * frame);
    carried = torch::where(fires, weight - missing, carried + weight);
  }
  const auto fired = torch::stack(firedFlags, 1);
  const auto counts = fired.sum(1);
  const auto pick = pickFired(fired, largest(counts), inputs.scalar_type());
  return {.tokens = torch::bmm(pick, torch::stack(firedStates, 1)), .lengths = counts};
}

CifFunasrOutput cifFunasr(const at::Tensor& frames, const at::Tensor& alphas, const at::Tensor& valid,
                          const at::Tensor& targetLengths, double tailThreshold) {
  const bool training = targetLengths.defined();
  CifFunasrOutput out;
  auto inputs = frames;
  if (training) {
    out.tokenCount = alphas.sum(1);
    out.alphas = alphas * (targetLengths.to(alphas.scalar_type()) / out.tokenCount).unsqueeze(1);
  } else {
    const auto kept = valid.to(alphas.scalar_type());
    const auto firstPadded = torch::constant_pad_nd(kept, {1, 0}, 1.0) - torch::constant_pad_nd(kept, {0, 1});
    out.alphas = torch::constant_pad_nd(alphas, {0, 1}) + firstPadded * tailThreshold;
    out.tokenCount = out.alphas.sum(1).floor();
    inputs = torch::constant_pad_nd(frames, {0, 0, 0, 1});
  }
  // Rounded to float32 before the floor, as there: a sum of 3.99999999 counts as 4.
  const auto sum = out.alphas.to(at::kDouble).cumsum(1).to(at::kFloat);
  // Scaled weights sum to a whole number but for rounding, which decides there whether the last token fires; here it
  // always does.
  const auto whole = (training ? sum.detach() * (1.0 + 5e-7) : sum.detach()).floor();
  const auto before = torch::constant_pad_nd(whole.narrow(1, 0, whole.size(1) - 1), {1, 0});
  const auto fired = whole.gt(before);
  out.peaks = fired.to(at::kFloat) + sum - whole;
  const auto rest = (sum - whole).to(at::kDouble).unsqueeze(2);

  // A token is what was integrated up to its end, less what was up to the end before.
  const auto wide = inputs.to(at::kDouble);
  const auto upTo = (out.alphas.to(at::kDouble).unsqueeze(2) * wide).cumsum(1) - rest * wide;
  const auto tokens = training ? largest(out.alphas.detach().sum(1).round().to(at::kLong))
                               : largest(out.tokenCount.detach().to(at::kLong));
  const auto pick = pickFired(fired, tokens, at::kDouble);
  const auto ends = torch::bmm(pick, upTo);
  const auto starts = torch::constant_pad_nd(ends, {0, 0, 1, 0}).narrow(1, 0, tokens);
  out.tokens = ((ends - starts) * pick.sum(2, /*keepdim=*/true)).to(frames.scalar_type());
  return out;
}

}  // namespace xllm::x2l
