#include "tests/core/llm/memory_checkpoint.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <torch/types.h>

namespace xllm::tests {
namespace {

// ggml's Q8_0: per 32 values one float16 step and 32 int8 multiples of it.
std::vector<std::byte> q8Blocks(const at::Tensor& matrix) {
  const at::Tensor flat = matrix.contiguous().view({-1, 32});
  std::vector<std::byte> bytes(static_cast<std::size_t>(flat.size(0)) * 34);
  std::byte* to = bytes.data();
  for (std::int64_t i = 0; i < flat.size(0); ++i, to += 34) {
    const at::Tensor block = flat[i];
    const c10::Half step = block.abs().max().item<float>() / 127.0f;
    const at::Tensor q =
        (block / std::max(static_cast<float>(step), 1e-9f)).round().clamp(-127, 127).to(at::kChar).contiguous();
    std::memcpy(to, &step.x, 2);
    std::memcpy(to + 2, q.const_data_ptr(), 32);
  }
  return bytes;
}

at::Tensor q8Values(const std::vector<std::byte>& bytes, at::IntArrayRef shape) {
  at::Tensor values = at::empty(shape, at::kFloat);
  float* to = values.mutable_data_ptr<float>();
  for (std::size_t block = 0; block < bytes.size(); block += 34) {
    c10::Half step;
    std::memcpy(&step.x, bytes.data() + block, 2);
    for (std::size_t i = 0; i < 32; ++i) {
      *to++ = static_cast<float>(step) * static_cast<float>(std::to_integer<std::int8_t>(bytes[block + 2 + i]));
    }
  }
  return values;
}

// What converters to GGUF do to q and k: row t·half + j of each head becomes row 2j + t.
at::Tensor permuted(const at::Tensor& rows, std::int64_t heads) {
  return rows.view({heads, 2, rows.size(0) / heads / 2, rows.size(1)}).transpose(1, 2).reshape(rows.sizes());
}

weights::Metadata ggufKeys(const llm::DecoderConfig& c) {
  return {{"general.architecture", std::string("llama")},
          {"llama.embedding_length", c.hidden},
          {"llama.block_count", c.layers},
          {"llama.attention.head_count", c.heads},
          {"llama.attention.head_count_kv", c.kvHeads},
          {"llama.attention.key_length", c.headDim},
          {"llama.feed_forward_length", c.intermediate},
          {"llama.context_length", c.contextLength},
          {"llama.vocab_size", c.vocabulary},
          {"llama.rope.freq_base", c.ropeTheta},
          {"llama.attention.layer_norm_rms_epsilon", c.normEpsilon}};
}

weights::StorageType storageTypeOf(at::ScalarType type) {
  switch (type) {
    case at::kLong: return weights::StorageType::I64;
    case at::kChar: return weights::StorageType::I8;
    case at::kHalf: return weights::StorageType::F16;
    default: return weights::StorageType::F32;
  }
}

}  // namespace

MemoryCheckpoint::MemoryCheckpoint(std::string_view format, weights::Metadata metadata)
    : Checkpoint("in-memory"), m_format(format), m_metadata(std::move(metadata)) {}

std::size_t MemoryCheckpoint::place(std::string_view name) const {
  const auto found = std::find_if(m_infos.begin(), m_infos.end(), [&](const auto& info) { return info.name == name; });
  return static_cast<std::size_t>(found - m_infos.begin());
}

void MemoryCheckpoint::put(const std::string& name, const at::Tensor& tensor) {
  erase(name);
  m_infos.push_back({name, tensor.sizes().vec(), storageTypeOf(tensor.scalar_type()), tensor.nbytes()});
  m_data.push_back({tensor.contiguous(), {}});
}

void MemoryCheckpoint::putQ8(const std::string& name, const at::Tensor& matrix) {
  erase(name);
  auto bytes = q8Blocks(matrix);
  m_infos.push_back({name, matrix.sizes().vec(), weights::StorageType::Q8_0, bytes.size()});
  m_data.push_back({at::Tensor(), std::move(bytes)});
}

void MemoryCheckpoint::erase(std::string_view name) {
  const auto at = static_cast<std::ptrdiff_t>(place(name));
  if (at == std::ssize(m_infos)) return;
  m_infos.erase(m_infos.begin() + at);
  m_data.erase(m_data.begin() + at);
}

const weights::TensorInfo* MemoryCheckpoint::find(std::string_view name) const {
  const std::size_t at = place(name);
  return at < m_infos.size() ? &m_infos[at] : nullptr;
}

Result<at::Tensor> MemoryCheckpoint::load(std::string_view name) const {
  const std::size_t at = place(name);
  if (at == m_infos.size()) return fail(ErrorCode::NotFound, "no tensor " + std::string(name));
  return m_data[at].values.defined() ? m_data[at].values : q8Values(m_data[at].bytes, m_infos[at].shape);
}

Result<weights::StoredTensor> MemoryCheckpoint::stored(std::string_view name) const {
  const std::size_t at = place(name);
  if (at == m_infos.size()) return fail(ErrorCode::NotFound, "no tensor " + std::string(name));
  const Data& data = m_data[at];
  const auto bytes = data.values.defined()
                         ? std::span(static_cast<const std::byte*>(data.values.const_data_ptr()), data.values.nbytes())
                         : std::span(data.bytes);
  return weights::StoredTensor{m_infos[at].shape, m_infos[at].type, bytes};
}

llm::DecoderConfig tinyConfig() {
  return {.hidden = 64,
          .layers = 2,
          .heads = 4,
          .kvHeads = 2,
          .headDim = 16,
          .intermediate = 96,
          .vocabulary = 40,
          .contextLength = 128,
          .ropeTheta = 10000.0,
          .normEpsilon = 1e-5,
          .localLayers = {}};
}

std::shared_ptr<MemoryCheckpoint> tinyLlama(bool gguf, bool packed, std::int64_t seed) {
  const llm::DecoderConfig c = tinyConfig();
  auto random = at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(seed));
  auto made =
      std::make_shared<MemoryCheckpoint>(gguf ? "gguf" : "safetensors", gguf ? ggufKeys(c) : weights::Metadata());
  const auto matrix = [&](const std::string& name, std::int64_t out, std::int64_t in, std::int64_t permutedHeads = 0) {
    at::Tensor w = at::randn({out, in}, random, at::TensorOptions(at::kFloat)) / std::sqrt(static_cast<double>(in));
    if (gguf && permutedHeads > 0) w = permuted(w, permutedHeads);
    packed ? made->putQ8(name, w) : made->put(name, w);
  };
  const auto norm = [&](const std::string& name) {
    made->put(name, at::rand({c.hidden}, random, at::TensorOptions(at::kFloat)) + 0.5);
  };
  matrix(gguf ? "token_embd.weight" : "model.embed_tokens.weight", c.vocabulary, c.hidden);
  norm(gguf ? "output_norm.weight" : "model.norm.weight");
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string layer = (gguf ? "blk." : "model.layers.") + std::to_string(i) + ".";
    const auto name = [&](const char* ggufName, const char* itsName) {
      return layer + (gguf ? ggufName : itsName) + ".weight";
    };
    norm(name("attn_norm", "input_layernorm"));
    matrix(name("attn_q", "self_attn.q_proj"), c.heads * c.headDim, c.hidden, c.heads);
    matrix(name("attn_k", "self_attn.k_proj"), c.kvHeads * c.headDim, c.hidden, c.kvHeads);
    matrix(name("attn_v", "self_attn.v_proj"), c.kvHeads * c.headDim, c.hidden);
    matrix(name("attn_output", "self_attn.o_proj"), c.hidden, c.heads * c.headDim);
    norm(name("ffn_norm", "post_attention_layernorm"));
    matrix(name("ffn_gate", "mlp.gate_proj"), c.intermediate, c.hidden);
    matrix(name("ffn_up", "mlp.up_proj"), c.intermediate, c.hidden);
    matrix(name("ffn_down", "mlp.down_proj"), c.hidden, c.intermediate);
  }
  return made;
}

}  // namespace xllm::tests
