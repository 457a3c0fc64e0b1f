// The layer for packed matrices and one unpadded sequence, which is what a conversation is: the same arithmetic as the
// general path, with the operations between the products fused and on the products' own threads
// (core/kernels/transformer_ops.h).
#include <algorithm>

#include <torch/types.h>

#include "core/kernels/transformer_ops.h"
#include "core/llm/decoder_block.h"

namespace xllm::llm {

bool DecoderBlock::isFused() const {
  if (!m_config.hasPlainLayers()) return false;
  const auto packed = [](const Linear& linear, std::size_t matrices) { return linear.packed().size() == matrices; };
  return packed(m_weights.qkv_proj, 3) && packed(m_weights.o_proj, 1) && packed(m_weights.gate_up_proj, 2) &&
         packed(m_weights.down_proj, 1);
}

kernels::ThreadPool& DecoderBlock::pool() const { return m_weights.qkv_proj.packed().front().pool(); }

std::span<const std::byte> DecoderBlock::firstPackedWeights() const {
  return m_weights.qkv_proj.packed().front().strips();
}

at::Tensor DecoderBlock::packedStep(at::Tensor sum, const Step& step, std::size_t layer, std::int64_t wanted,
                                    std::span<const std::byte> next) const {
  const std::int64_t rows = sum.size(1);
  const auto& qkv = m_weights.qkv_proj.packed();
  const auto& gateUp = m_weights.gate_up_proj.packed();
  kernels::ThreadPool& pool = qkv[0].pool();

  pool.readAhead(m_weights.o_proj.packed()[0].strips());
  auto parts = kernels::project(kernels::Normalized{sum, m_weights.input_layernorm, m_config.normEpsilon},
                                {&qkv[0], &qkv[1], &qkv[2]});
  m_weights.qkv_proj.addBias(parts);
  at::Tensor q = parts[0].view({rows, m_config.heads, m_config.headDim});
  at::Tensor k = parts[1].view({rows, m_config.kvHeads, m_config.headDim});
  const at::Tensor v = parts[2].view({rows, m_config.kvHeads, m_config.headDim});
  if (m_config.queryKeyNorm) {
    q = kernels::rmsNorm(pool, q, m_weights.q_norm, m_config.normEpsilon);
    k = kernels::rmsNorm(pool, k, m_weights.k_norm, m_config.normEpsilon);
  }
  const at::Tensor cos = step.view.rotation.cos.view({rows, m_config.headDim / 2});
  const at::Tensor sin = step.view.rotation.sin.view({rows, m_config.headDim / 2});
  KvCache alone;  // a sequence without a past is its own
  KvCache& cache = step.cache != nullptr ? *step.cache : alone;
  KvCache::Room room = cache.append(layer, {1, m_config.kvHeads, rows, m_config.headDim}, at::kFloat);
  at::Tensor newKeys = room.keys.select(0, 0), newValues = room.values.select(0, 0);
  kernels::rotateAndKeep(pool, q, k, v, cos, sin, newKeys, newValues);
  const at::Tensor keys = cache.keys(layer).select(0, 0), values = cache.values(layer).select(0, 0);
  sum = sum.narrow(1, rows - wanted, wanted);
  const at::Tensor attended = kernels::attend(pool, q.narrow(0, rows - wanted, wanted), keys, values);
  pool.readAhead(gateUp[0].strips());
  m_weights.o_proj.packed()[0].addTo(sum, attended.view({1, wanted, m_config.heads * m_config.headDim}));

  const auto& down = m_weights.down_proj.packed()[0];
  pool.readAhead(down.strips());
  parts = kernels::project(kernels::Normalized{sum, m_weights.post_attention_layernorm, m_config.normEpsilon},
                           {&gateUp[0], &gateUp[1]});
  pool.readAhead(next);
  down.addTo(sum, kernels::Gated{parts[0], parts[1]});
  return sum;
}

}  // namespace xllm::llm
