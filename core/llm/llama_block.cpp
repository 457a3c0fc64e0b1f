#include "core/llm/llama_block.h"

#include <utility>

#include <torch/torch.h>

#include "core/llm/frozen_block.h"
#include "core/llm/rms_norm.h"

namespace xllm::llm {
namespace {

// q [B, heads, T, headDim], k and v [B, kvHeads, S, headDim] -> [B, heads, T, headDim]; softmax in float32.
at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Step& step) {
  const std::int64_t group = q.size(1) / k.size(1);
  const std::optional<at::Tensor> mask = step.mask.defined() ? std::optional(step.mask) : std::nullopt;
  if (q.size(2) > 1) return at::scaled_dot_product_attention(q, k, v, mask, 0.0, step.causal, std::nullopt, group > 1);
  // One row: the queries of a group become rows of their key head, so keys and values are not repeated.
  const at::Tensor rows = q.reshape({q.size(0), k.size(1), group, q.size(3)});
  return at::scaled_dot_product_attention(rows, k, v, mask).reshape(q.sizes());
}

}  // namespace

LlamaBlock::LlamaBlock(const LlamaConfig& config, Weights weights, at::ScalarType computeType)
    : m_config(config), m_weights(std::move(weights)), m_type(computeType) {}

at::Tensor LlamaBlock::step(const at::Tensor& x, const Step& step, std::size_t layer) const {
  if (x.size(0) == 1 && !step.padded && isPacked()) return packedStep(x, step, layer);
  const at::Tensor attended =
      x + attention(rmsNorm(x, m_weights.input_layernorm, m_config.normEpsilon, m_type), step, layer);
  return attended + mlp(rmsNorm(attended, m_weights.post_attention_layernorm, m_config.normEpsilon, m_type));
}

bool LlamaBlock::isFrozenDense() const {
  for (const Linear* linear : {&m_weights.qkv_proj, &m_weights.o_proj, &m_weights.gate_up_proj, &m_weights.down_proj}) {
    if (!linear->dense().defined() || linear->dense().requires_grad()) return false;
  }
  return true;
}

at::Tensor LlamaBlock::stepWithGradients(const at::Tensor& x, const Step& step, const at::Tensor& mask,
                                         std::size_t layer) const {
  const FrozenWeights weights{m_weights.input_layernorm,      m_weights.post_attention_layernorm,
                              m_weights.qkv_proj.dense(),     m_weights.o_proj.dense(),
                              m_weights.gate_up_proj.dense(), m_weights.down_proj.dense()};
  FrozenSurroundings around{step.rotation, mask, {}, {}};
  if (step.prefix != nullptr) {
    around.prefixKeys = step.prefix->keys(layer);
    around.prefixValues = step.prefix->values(layer);
  }
  return frozenBlock(x, m_config, weights, around);
}

at::Tensor LlamaBlock::attention(const at::Tensor& normed, const Step& step, std::size_t layer) const {
  const std::int64_t batch = normed.size(0), rows = normed.size(1);
  const auto heads = [&](const at::Tensor& t) { return t.view({batch, rows, -1, m_config.headDim}); };
  const auto qkv = m_weights.qkv_proj.each(normed);
  const at::Tensor q = rotate(heads(qkv[0]), step.rotation).transpose(1, 2);
  at::Tensor k = rotate(heads(qkv[1]), step.rotation).transpose(1, 2);
  at::Tensor v = heads(qkv[2]).transpose(1, 2);
  if (step.cache != nullptr) {
    step.cache->append(layer, k, v);
    k = step.cache->keys(layer);
    v = step.cache->values(layer);
  } else if (step.prefix != nullptr) {
    const auto behind = [&](const at::Tensor& held, const at::Tensor& own) {
      return at::cat({held.expand({batch, -1, -1, -1}), own}, 2);
    };
    k = behind(step.prefix->keys(layer), k);
    v = behind(step.prefix->values(layer), v);
  }
  return m_weights.o_proj(attend(q, k, v, step).transpose(1, 2).reshape({batch, rows, -1}));
}

at::Tensor LlamaBlock::mlp(const at::Tensor& normed) const {
  const auto gateUp = m_weights.gate_up_proj.each(normed);
  return m_weights.down_proj(at::silu(gateUp[0]) * gateUp[1]);
}

}  // namespace xllm::llm
