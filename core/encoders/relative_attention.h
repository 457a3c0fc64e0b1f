// Self-attention with relative positions (Dai et al. 2019), in the three ways in which public speech toolkits compute
// it. The same weights give three different results, so which one trained them must be known.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "core/encoders/affine.h"

namespace xllm::encoders {

enum class RelativeRule {
  // ESPnet and FunASR unless their config says "latest": a table of positions reversed over 5000 places, shifted so
  // that
  // frames after the current one get the next frame's scores. Depends on the padded length of a batch.
  Legacy = 1,
  Latest,  // ESPnet and FunASR with rel_pos_type "latest": Dai's formula, position i - j
  WeNet,   // absolute positions of the keys, not shifted
};

inline constexpr std::int64_t kLegacyFrames = 5000;  // the longest input of RelativeRule::Legacy

struct RelativeAttentionWeights {
  Affine linear_q, linear_k, linear_v, linear_out,
      linear_pos;                     // [width, width], all of one type; linear_pos has no bias
  at::Tensor pos_bias_u, pos_bias_v;  // [heads, width / heads] float32
};

// Sines at even and cosines at odd places of positions first, first + step, … : [count, width] float32.
at::Tensor interleavedPositions(std::int64_t first, std::int64_t step, std::int64_t count, std::int64_t width);

// What `rule` has for T frames, before linear_pos: [T, width], Latest [2T - 1, width]. The same for every layer.
at::Tensor relativePositions(RelativeRule rule, std::int64_t frames, std::int64_t width);

// x [B, T, width]; positions of relativePositions(); mask additive [B, 1, 1, T] float32 or undefined -> [B, T, width]
// in the weights' type. Positions are added to the scores in float32.
at::Tensor relativeAttention(const at::Tensor& x, const RelativeAttentionWeights& weights, RelativeRule rule,
                             const at::Tensor& positions, const at::Tensor& mask);

}  // namespace xllm::encoders
