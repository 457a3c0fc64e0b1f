// Continuous integrate-and-fire (Dong & Xu 2020, 1905.11235) in the interval form: frame t is the interval [A(t−1),
// A(t)] of the cumulative weight A, token j is [j−1, j], and a frame's share in a token is their overlap. Equal to the
// published loop for weights ≤ 1, and still right for scaled weights above 1, where the loop loses tokens. The loops of
// published code are in cif_dialects.h.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace xllm::x2l {

struct CifOutput {
  at::Tensor tokens;   // [B, N, width]; N = most tokens of the batch (at least 1); rows past lengths[b] are 0
  at::Tensor lengths;  // [B] int64
};

// frames [B, T, width]; alphas [B, T] ≥ 0, 0 on padding. The cumulative sum runs in double.
// Inference (`targetLengths` undefined): ⌊Σα⌋ tokens, and one more from the tail if more than `tailThreshold` is left
// over, normalised to weight 1. Training: alphas are scaled to sum to targetLengths [B] (+1e-8), giving just so many
// tokens. Differentiable in frames and alphas.
CifOutput integrateAndFire(const at::Tensor& frames, const at::Tensor& alphas, const at::Tensor& targetLengths,
                           double tailThreshold = 0.5);

// The overlaps alone: alphas [B, T] -> [B, tokens, T] double; entry (j, t) is how much of frame t lies in token j.
// Weight past the last token is left out.
at::Tensor tokenOverlaps(const at::Tensor& alphas, std::int64_t tokens);

// alphas [B, T] scaled to sum to targetLengths [B]: α · S / (Σα + 1e-8), in double.
at::Tensor scaledAlphas(const at::Tensor& alphas, const at::Tensor& targetLengths);

}  // namespace xllm::x2l
