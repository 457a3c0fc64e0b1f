#include "core/llm/kv_cache.h"

#include <algorithm>
#include <cstring>

#include <torch/types.h>

namespace xllm::llm {
namespace {

constexpr std::int64_t kBlock = 64;  // columns; a first allocation of one block serves a short question

// Normal tensors even inside an inference-mode guard, so that one cache may be used with and without it.
struct PlainTensors {
  c10::InferenceMode mode{false};
  at::NoGradGuard noGrad;
};

std::int64_t roundedUp(std::int64_t columns) { return (columns + kBlock - 1) / kBlock * kBlock; }

// `old` [B, H, capacity, D] with its first `filled` columns moved into room for at least `needed`.
at::Tensor grown(const at::Tensor& old, std::int64_t filled, std::int64_t needed, at::IntArrayRef shape,
                 at::ScalarType type) {
  const std::int64_t before = old.defined() ? old.size(2) : 0;
  const std::int64_t capacity = roundedUp(std::max(needed, before + before / 2));
  at::Tensor larger = at::empty({shape[0], shape[1], capacity, shape[3]}, type);
  if (filled == 0) return larger;
  // Not copy_(): it would wake LibTorch's threads, which then wait busily where the kernels' own want to work.
  const std::size_t size = larger.element_size();
  const auto* from = static_cast<const std::byte*>(old.const_data_ptr());
  auto* to = static_cast<std::byte*>(larger.mutable_data_ptr());
  const auto bytes = static_cast<std::size_t>(filled * shape[3]) * size;
  for (std::int64_t head = 0; head < shape[0] * shape[1]; ++head) {
    std::memcpy(to, from, bytes);
    from += static_cast<std::size_t>(before * shape[3]) * size;
    to += static_cast<std::size_t>(capacity * shape[3]) * size;
  }
  return larger;
}

at::Tensor room(at::Tensor& store, std::int64_t filled, at::IntArrayRef shape, at::ScalarType type) {
  const std::int64_t needed = filled + shape[2];
  if (!store.defined() || store.size(2) < needed) store = grown(store, filled, needed, shape, type);
  return store.narrow(2, filled, shape[2]);
}

}  // namespace

void KvCache::truncate(std::int64_t tokens) {
  TORCH_CHECK(tokens >= 0 && tokens <= m_tokens, "KvCache::truncate to ", tokens, " of ", m_tokens, " columns");
  m_tokens = tokens;
  for (Layer& layer : m_layers) layer.filled = tokens;
  if (m_valid.defined()) {
    const PlainTensors plain;
    m_valid = m_valid.narrow(1, 0, tokens).contiguous();
  }
  if (tokens == 0) *this = KvCache(m_as);  // the next conversation may have another batch size
}

void KvCache::select(const at::Tensor& rows) {
  const PlainTensors plain;
  if (m_valid.defined()) m_valid = m_valid.index_select(0, rows);
  if (m_marks.defined()) m_marks = m_marks.index_select(0, rows);
  for (Layer& layer : m_layers) {
    layer.keys = layer.keys.index_select(0, rows);
    layer.values = layer.values.index_select(0, rows);
  }
}

KvCache KvCache::clone() const {
  const PlainTensors plain;
  KvCache copy(m_as);
  copy.m_tokens = m_tokens;
  if (m_valid.defined()) copy.m_valid = m_valid.clone();
  if (m_marks.defined()) copy.m_marks = m_marks.clone();
  for (const Layer& layer : m_layers) {
    copy.m_layers.push_back({layer.keys.narrow(2, 0, m_tokens).clone(at::MemoryFormat::Contiguous),
                             layer.values.narrow(2, 0, m_tokens).clone(at::MemoryFormat::Contiguous), m_tokens});
  }
  return copy;
}

void KvCache::append(std::size_t layer, const at::Tensor& keys, const at::Tensor& values) {
  TORCH_CHECK(keys.sizes() == values.sizes(), "KvCache::append got keys ", keys.sizes(), " and values ",
              values.sizes());
  TORCH_CHECK(!at::GradMode::is_enabled() || !keys.requires_grad(), "KvCache keeps no gradients");
  const Room room = append(layer, keys.sizes(), keys.scalar_type());
  const PlainTensors plain;
  room.keys.copy_(keys.detach());
  room.values.copy_(values.detach());
}

KvCache::Room KvCache::append(std::size_t layer, at::IntArrayRef shape, at::ScalarType type) {
  TORCH_CHECK(shape.size() == 4, "KvCache::append wants keys and values [B, kvHeads, T, headDim], got ", shape);
  if (m_as == KeptAs::Float16) type = at::kHalf;
  if (layer >= m_layers.size()) m_layers.resize(layer + 1);
  Layer& at = m_layers[layer];
  if (at.keys.defined()) {
    TORCH_CHECK(at.keys.size(0) == shape[0] && at.keys.size(1) == shape[1] && at.keys.size(3) == shape[3] &&
                    at.keys.scalar_type() == type,
                "KvCache holds ", at.keys.sizes(), " of ", at.keys.scalar_type(), ", cannot append ", shape, " of ",
                type);
  }
  const PlainTensors plain;
  at.filled = m_tokens + shape[2];
  return {xllm::llm::room(at.keys, m_tokens, shape, type), xllm::llm::room(at.values, m_tokens, shape, type)};
}

at::Tensor KvCache::keys(std::size_t layer) const {
  const Layer& at = m_layers.at(layer);
  return at.keys.narrow(2, 0, at.filled);
}

at::Tensor KvCache::values(std::size_t layer) const {
  const Layer& at = m_layers.at(layer);
  return at.values.narrow(2, 0, at.filled);
}

void KvCache::advance(const at::Tensor& valid, std::int64_t columns) {
  for (const Layer& layer : m_layers) {
    TORCH_CHECK(layer.filled == m_tokens + columns, "KvCache::advance by ", columns, " columns, but a layer holds ",
                layer.filled, " after ", m_tokens);
  }
  if (valid.defined() || m_valid.defined()) {
    const PlainTensors plain;
    const std::int64_t batch = valid.defined() ? valid.size(0) : m_valid.size(0);
    const auto options = (valid.defined() ? valid : m_valid).options().dtype(at::kBool);
    const at::Tensor before = m_valid.defined() ? m_valid : at::ones({batch, m_tokens}, options);
    const at::Tensor added = valid.defined() ? valid : at::ones({batch, columns}, options);
    TORCH_CHECK(added.size(0) == before.size(0) && added.size(1) == columns, "KvCache::advance: validity ",
                added.sizes(), " for ", columns, " columns behind ", before.sizes());
    m_valid = at::cat({before, added}, 1);
  }
  m_tokens += columns;
}

}  // namespace xllm::llm
