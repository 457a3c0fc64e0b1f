#include "core/x2l/clip_motion.h"

#include <torch/types.h>
#include <torch/utils.h>

namespace xllm::x2l {

namespace {

constexpr double kEpsilon = 1e-5;

// [..., width] -> [...]: root of the mean square
at::Tensor size(const at::Tensor& x) { return x.square().mean(-1).sqrt(); }

}  // namespace

at::Tensor clipMotion(const at::Tensor& cells, std::int64_t times) {
  TORCH_CHECK(cells.dim() == 4 && cells.size(1) > 0 && times > 0, "a clip's cells are [B, F, C, width], not ",
              cells.sizes());
  const torch::NoGradGuard noGrad;
  const auto frames = cells.size(1);
  const at::Tensor shown = at::floor_divide((2 * at::arange(times, at::kLong) + 1) * frames, 2 * times);
  const at::Tensor normed =
      at::layer_norm(cells.index_select(1, shown).to(at::kFloat), {cells.size(3)}, {}, {}, kEpsilon);
  const at::Tensor numbers = at::stack({size(normed - normed.mean(2, true)), size(normed - normed.narrow(1, 0, 1)),
                                        size(normed - normed.narrow(1, times - 1, 1))},
                                       -1)
                                 .flatten(1);
  return at::layer_norm(numbers, {numbers.size(1)}, {}, {}, kEpsilon);
}

}  // namespace xllm::x2l
