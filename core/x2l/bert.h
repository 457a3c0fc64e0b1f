// The BERT encoder that Q-Former, C-Former and the speech front share. Parameters are called what BERT and LAVIS
// checkpoints call them, so published files load by name. Leaves embeddings to its users; no text branch
// (qformer_text.h), no pooler, no heads.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

namespace xllm::x2l {

enum class NormPlace {
  After = 1,  // BERT: LayerNorm(x + f(x))
  Before,     // x + f(LayerNorm(x)), and one LayerNorm at the end; trains without a long warm-up
};

struct BertShape {
  std::int64_t hidden = 768, layers = 12, heads = 12, intermediate = 3072;
  std::int64_t memoryWidth = 0;          // > 0: cross-attention to a memory of this width …
  std::int64_t crossAttentionEvery = 1;  // … in layers 0, n, 2n, …
  bool queryBranch = false;              // Q-Former's FFN for queries: `intermediate_query`, `output_query`
  NormPlace norm = NormPlace::After;
  double normEpsilon = 1e-12;
  double dropout = 0.0;  // of what each attention and FFN adds; attention weights have none, which keeps them fast
};

// `self.{query,key,value}` and `output.{dense,LayerNorm}`; residual and norm are part of it.
class BertAttention : public torch::nn::Module {
 public:
  BertAttention(const BertShape& shape, std::int64_t memoryWidth);  // memoryWidth 0: self-attention
  // x [B, N, hidden]; memory [B, M, memoryWidth], undefined for self-attention; mask additive [B, 1, 1, M] or
  // undefined.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& memory, const at::Tensor& mask);

 private:
  BertShape m_shape;
  torch::nn::Linear m_query{nullptr}, m_key{nullptr}, m_value{nullptr}, m_dense{nullptr};
  torch::nn::LayerNorm m_norm{nullptr};
};

class BertLayer : public torch::nn::Module {
 public:
  BertLayer(const BertShape& shape, bool crossAttention);
  at::Tensor forward(const at::Tensor& x, const at::Tensor& mask, const at::Tensor& memory);

  // The same in its three steps, for a Q-Former whose words share the first and skip the others. mask additive,
  // broadcast to [B, heads, N, N], or undefined.
  at::Tensor attend(const at::Tensor& x, const at::Tensor& mask);
  at::Tensor attendTo(const at::Tensor& memory, const at::Tensor& x);  // x itself without cross-attention
  at::Tensor feedForward(const at::Tensor& x);

 private:
  BertShape m_shape;
  std::shared_ptr<BertAttention> m_attention, m_crossAttention;
  torch::nn::Linear m_intermediate{nullptr}, m_output{nullptr};
  torch::nn::LayerNorm m_norm{nullptr};
};

// `layer.{i}.…`, and `LayerNorm` at the end where the norms stand before.
class BertEncoder : public torch::nn::Module {
 public:
  explicit BertEncoder(const BertShape& shape);
  // x [B, N, hidden]; valid [B, N] bool or undefined (all valid); memory [B, M, memoryWidth] or undefined -> [B, N,
  // hidden].
  at::Tensor forward(const at::Tensor& x, const at::Tensor& valid = {}, const at::Tensor& memory = {});
  const std::vector<std::shared_ptr<BertLayer>>& layers() const { return m_layers; }

 private:
  std::vector<std::shared_ptr<BertLayer>> m_layers;
  torch::nn::LayerNorm m_norm{nullptr};
};

// valid [B, N] bool -> [B, 1, 1, N]: 0, or so little that softmax leaves nothing; in the type of `like`.
at::Tensor additiveMask(const at::Tensor& valid, const at::Tensor& like);

// BERT's start: weights N(0, 0.02), biases 0, for every Linear below `module`.
void initialiseLikeBert(torch::nn::Module& module);

// Sines and cosines [1, positions, width] (Vaswani 2017): first half sines, second half cosines, wavelengths 2π …
// 10000·2π.
at::Tensor sinusoidPositions(std::int64_t positions, std::int64_t width, const at::TensorOptions& options);

}  // namespace xllm::x2l
