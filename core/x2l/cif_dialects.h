// Continuous integrate-and-fire as two published code bases compute it, known faults included, for models trained with
// them and for comparison: CIF-PyTorch (by an author of X-LLM) and FunASR's Paraformer predictor. New interfaces use
// cif.h.
#pragma once

#include <ATen/core/Tensor.h>

namespace xllm::x2l {

// How frames become weights.
enum class CifHeadKind {
  PytorchConvolution = 1,  // Conv1d → Linear(1) → sigmoid
  PytorchDense,            // Linear → ReLU → Linear(1) → sigmoid
  PytorchLinear,           // Linear(1) → sigmoid; no `inner…`
  FunasrV1,                // depth-wise Conv1d + residual → ReLU → Linear(1) → sigmoid
  FunasrV2,                // Conv1d → ReLU → Linear(1) → sigmoid
};

struct CifHead {
  CifHeadKind kind;
  at::Tensor innerWeight, innerBias;                // `conv`, `dense_proj` or `cif_conv1d`
  at::Tensor weightWeight, weightBias;              // `weight_proj` or `cif_output`: [1, width], [1]
  double smoothFactor = 1.0, noiseThreshold = 0.0;  // FunASR: α ← ReLU(α · smoothFactor − noiseThreshold)
};

// frames [B, T, width], valid [B, T] bool -> alphas [B, T], 0 where not valid. Padded frames enter the convolution as
// they are.
at::Tensor cifAlphas(const at::Tensor& frames, const at::Tensor& valid, const CifHead& head);

struct CifPytorchOptions {
  double threshold = 0.99;  // fires at this, but takes 1.0 off: what is carried can be slightly negative
  bool flushTail = true;    // inference: more than tailThreshold left at the end gives one more token, of weight 1 …
  bool flushUnpadded = true;  // … false: as published, only where at least one padded frame follows
  double tailThreshold = 0.5;
};

struct CifPytorchOutput {
  at::Tensor tokens;   // [B, N, width], N = most tokens of the batch, may be 0
  at::Tensor lengths;  // [B] int64
};

// lengths [B] int64: valid frames; targetLengths [B] scales the weights (training) or is undefined (inference). A frame
// fires at most once, so scaled weights above 1 lose tokens.
CifPytorchOutput cifPytorch(const at::Tensor& frames, const at::Tensor& alphas, const at::Tensor& lengths,
                            const at::Tensor& targetLengths, const CifPytorchOptions& options = {});

struct CifFunasrOutput {
  at::Tensor tokens;      // [B, N, width]
  at::Tensor tokenCount;  // [B]: ⌊Σα⌋ at inference; the unscaled Σα in training
  at::Tensor alphas;      // [B, T + 1] with the tail at inference; [B, T] scaled in training
  at::Tensor peaks;       // like alphas: the fraction integrated so far, + 1 where a token fires
};

// CifPredictorV2 (V1 gives the same for weights ≤ 1). Inference: `tailThreshold` is added at the first frame that is
// not valid, there times whatever stands on it. Training: a frame fires at most once; rows that are missing then are 0.
CifFunasrOutput cifFunasr(const at::Tensor& frames, const at::Tensor& alphas, const at::Tensor& valid,
                          const at::Tensor& targetLengths, double tailThreshold = 0.45);

}  // namespace xllm::x2l
