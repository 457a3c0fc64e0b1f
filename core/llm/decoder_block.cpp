#include "core/llm/decoder_block.h"

#include <utility>

#include <torch/types.h>

#include "core/llm/frozen_block.h"
#include "core/llm/rms_norm.h"

namespace xllm::llm {

DecoderBlock::DecoderBlock(const DecoderConfig& config, Weights weights, bool local, at::ScalarType computeType)
    : m_config(config), m_weights(std::move(weights)), m_local(local), m_type(computeType) {}

at::Tensor DecoderBlock::step(const at::Tensor& x, const Step& step, std::size_t layer) const {
  const auto normed = [&](const at::Tensor& rows, const at::Tensor& norm) {
    return rmsNorm(rows, norm, m_config.normEpsilon, m_type);
  };
  const auto added = [&](const at::Tensor& branch, const at::Tensor& norm) {
    return norm.defined() ? rmsNorm(branch.to(at::kFloat), norm, m_config.normEpsilon, at::kFloat) : branch;
  };
  const at::Tensor attended =
      x + added(attention(normed(x, m_weights.input_layernorm), step, layer), m_weights.attention_output_norm);
  return attended + added(mlp(normed(attended, m_weights.post_attention_layernorm)), m_weights.mlp_output_norm);
}

bool DecoderBlock::isFrozenDense() const {
  if (!m_config.hasPlainLayers() || m_config.attentionBias || m_config.queryKeyNorm) return false;
  for (const Linear* linear : {&m_weights.qkv_proj, &m_weights.o_proj, &m_weights.gate_up_proj, &m_weights.down_proj}) {
    if (!linear->dense().defined() || linear->dense().requires_grad()) return false;
  }
  return true;
}

at::Tensor DecoderBlock::stepWithGradients(const at::Tensor& x, const Step& step, const at::Tensor& mask,
                                           std::size_t layer) const {
  const FrozenWeights weights{m_weights.input_layernorm,      m_weights.post_attention_layernorm,
                              m_weights.qkv_proj.dense(),     m_weights.o_proj.dense(),
                              m_weights.gate_up_proj.dense(), m_weights.down_proj.dense()};
  FrozenSurroundings around{step.view.rotation, mask, {}, {}};
  if (step.prefix != nullptr) {
    around.prefixKeys = step.prefix->keys(layer);
    around.prefixValues = step.prefix->values(layer);
  }
  return frozenBlock(x, m_config, weights, around);
}

at::Tensor DecoderBlock::attention(const at::Tensor& normed, const Step& step, std::size_t layer) const {
  const std::int64_t batch = normed.size(0), rows = normed.size(1);
  const auto heads = [&](const at::Tensor& t) { return t.view({batch, rows, -1, m_config.headDim}); };
  const auto turned = [&](const at::Tensor& t, const at::Tensor& norm) {
    const at::Tensor own =
        norm.defined() ? rmsNorm(heads(t).to(at::kFloat), norm, m_config.normEpsilon, m_type) : heads(t);
    return rotate(own, viewOf(step).rotation).transpose(1, 2);
  };
  const auto qkv = m_weights.qkv_proj.each(normed);
  const at::Tensor q = turned(qkv[0], m_weights.q_norm);
  at::Tensor k = turned(qkv[1], m_weights.k_norm);
  at::Tensor v = heads(qkv[2]).transpose(1, 2);
  if (step.cache != nullptr) {
    step.cache->append(layer, k, v);
    k = step.cache->keys(layer).to(k.scalar_type());
    v = step.cache->values(layer).to(v.scalar_type());
  } else if (step.prefix != nullptr) {
    const auto behind = [&](const at::Tensor& held, const at::Tensor& own) {
      return at::cat({held.to(own.scalar_type()).expand({batch, -1, -1, -1}), own}, 2);
    };
    k = behind(step.prefix->keys(layer), k);
    v = behind(step.prefix->values(layer), v);
  }
  return m_weights.o_proj(attend(q, k, v, viewOf(step)).transpose(1, 2).reshape({batch, rows, -1}));
}

// q [B, heads, T, headDim], k and v [B, kvHeads, S, headDim] -> [B, heads, T, headDim]; softmax in float32.
at::Tensor DecoderBlock::attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const View& view) const {
  const std::int64_t group = q.size(1) / k.size(1);
  const std::optional<at::Tensor> mask = view.mask.defined() ? std::optional(view.mask) : std::nullopt;
  const std::optional<double> scale =
      m_config.attentionScale > 0 ? std::optional(m_config.attentionScale) : std::nullopt;
  if (q.size(2) > 1) return at::scaled_dot_product_attention(q, k, v, mask, 0.0, view.causal, scale, group > 1);
  // One row: the queries of a group become rows of their key head, so keys and values are not repeated.
  const at::Tensor rows = q.reshape({q.size(0), k.size(1), group, q.size(3)});
  return at::scaled_dot_product_attention(rows, k, v, mask, 0.0, false, scale).reshape(q.sizes());
}

at::Tensor DecoderBlock::mlp(const at::Tensor& normed) const {
  const auto gateUp = m_weights.gate_up_proj.each(normed);
  const at::Tensor gate = m_config.activation == Activation::Silu ? at::silu(gateUp[0]) : at::gelu(gateUp[0], "tanh");
  return m_weights.down_proj(gate * gateUp[1]);
}

}  // namespace xllm::llm
