// The layer for packed matrices and sequences without padding, which is what a conversation is: the same arithmetic as
// the general path, with the operations between the products fused and on the products' own threads
// (core/kernels/transformer_ops.h).
#include <utility>
#include <vector>

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

// q [B · T, heads, headDim], k and v [B · T, kvHeads, headDim] -> the last `wanted` rows of each sequence, [B · wanted,
// heads, headDim]; each sees its own past.
at::Tensor DecoderBlock::attendPacked(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Step& step,
                                      std::size_t layer, std::int64_t wanted) const {
  const std::int64_t half = m_config.headDim / 2, rows = step.view.rotation.cos.numel() / half;
  const std::int64_t batch = q.size(0) / rows;
  const at::Tensor cos = step.view.rotation.cos.view({rows, half}), sin = step.view.rotation.sin.view({rows, half});
  KvCache alone(KeptAs::Float32);  // a sequence without a past is its own
  KvCache& cache = step.cache != nullptr ? *step.cache : alone;
  const std::int64_t past = cache.tokens();
  const auto kept = cache.extend(layer, {batch, m_config.kvHeads, rows, m_config.headDim});
  std::vector<at::Tensor> attended;
  for (std::int64_t i = 0; i < batch; ++i) {
    at::Tensor queries = q.narrow(0, i * rows, rows), keys = k.narrow(0, i * rows, rows);
    const auto& own = kept[static_cast<std::size_t>(i)];
    kernels::rotateAndKeep(pool(), queries, keys, v.narrow(0, i * rows, rows), cos, sin, own, past);
    attended.push_back(kernels::attend(pool(), queries.narrow(0, rows - wanted, wanted), own, past + rows));
  }
  return batch == 1 ? attended.front() : at::cat(attended);
}

at::Tensor DecoderBlock::packedStep(at::Tensor sum, const Step& step, std::size_t layer, std::int64_t wanted,
                                    std::span<const std::byte> next) const {
  const std::int64_t batch = sum.size(0), rows = sum.size(1);
  TORCH_CHECK(wanted == rows || batch == 1, "some rows alone are told of one sequence");
  const auto& qkv = m_weights.qkv_proj.packed();
  const auto& gateUp = m_weights.gate_up_proj.packed();
  kernels::ThreadPool& pool = qkv[0].pool();

  pool.readAhead(m_weights.o_proj.packed()[0].strips());
  auto parts = kernels::project(kernels::Normalized{sum, m_weights.input_layernorm, m_config.normEpsilon},
                                {&qkv[0], &qkv[1], &qkv[2]});
  m_weights.qkv_proj.addBias(parts);
  at::Tensor q = parts[0].view({batch * rows, m_config.heads, m_config.headDim});
  at::Tensor k = parts[1].view({batch * rows, m_config.kvHeads, m_config.headDim});
  const at::Tensor v = parts[2].view({batch * rows, m_config.kvHeads, m_config.headDim});
  if (m_config.queryKeyNorm) {
    q = kernels::rmsNorm(pool, q, m_weights.q_norm, m_config.normEpsilon);
    k = kernels::rmsNorm(pool, k, m_weights.k_norm, m_config.normEpsilon);
  }
  const at::Tensor attended = attendPacked(q, k, v, step, layer, wanted);
  sum = sum.narrow(1, rows - wanted, wanted);
  pool.readAhead(gateUp[0].strips());
  m_weights.o_proj.packed()[0].addTo(sum, attended.view({batch, wanted, m_config.heads * m_config.headDim}));

  const auto& down = m_weights.down_proj.packed()[0];
  pool.readAhead(down.strips());
  parts = kernels::project(kernels::Normalized{sum, m_weights.post_attention_layernorm, m_config.normEpsilon},
                           {&gateUp[0], &gateUp[1]});
  pool.readAhead(next);
  down.addTo(sum, kernels::Gated{parts[0], parts[1]});
  return sum;
}

}  // namespace xllm::llm
