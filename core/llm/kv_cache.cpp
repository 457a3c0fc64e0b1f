#include "core/llm/kv_cache.h"

#include <algorithm>
#include <cstring>

#include <torch/types.h>

#include "core/kernels/transformer_ops.h"

namespace xllm::llm {
namespace {

using kernels::kKeyBlock;  // of columns; one block serves a short question

// Normal tensors even inside an inference-mode guard, so that one cache may be used with and without it.
struct PlainTensors {
  c10::InferenceMode mode{false};
  at::NoGradGuard noGrad;
};

std::int64_t roundedUp(std::int64_t columns) { return (columns + kKeyBlock - 1) / kKeyBlock * kKeyBlock; }

// `old` [B, H, capacity, D], its blocks with the first `filled` columns moved into room for at least `needed`.
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
  const auto bytes = static_cast<std::size_t>(roundedUp(filled) * shape[3]) * size;
  for (std::int64_t head = 0; head < shape[0] * shape[1]; ++head) {
    std::memcpy(to, from, bytes);
    from += static_cast<std::size_t>(before * shape[3]) * size;
    to += static_cast<std::size_t>(capacity * shape[3]) * size;
  }
  return larger;
}

void makeRoom(at::Tensor& store, std::int64_t filled, at::IntArrayRef shape, at::ScalarType type) {
  const std::int64_t needed = filled + shape[2];
  if (!store.defined() || store.size(2) < needed) store = grown(store, filled, needed, shape, type);
}

// Keys [B, H, capacity, D] of kernels::KeptColumns -> [B, H, blocks, D, kKeyBlock], a view.
at::Tensor panelsOf(const at::Tensor& keys) {
  return keys.view({keys.size(0), keys.size(1), keys.size(2) / kKeyBlock, keys.size(3), kKeyBlock});
}

// The first `filled` columns of [B, kvHeads, capacity, headDim].
at::Tensor numbersOf(const at::Tensor& kept, const at::Tensor& scales, std::int64_t filled) {
  const at::Tensor numbers = kept.narrow(2, 0, filled);
  return scales.defined() ? numbers.to(at::kFloat).mul_(scales.narrow(2, 0, filled)) : numbers;
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
  for (at::Tensor* each : {&m_valid, &m_marks}) {
    if (each->defined()) *each = each->index_select(0, rows);
  }
  for (Layer& layer : m_layers) {
    for (at::Tensor* each : {&layer.keys, &layer.values, &layer.keyScales, &layer.valueScales}) {
      if (each->defined()) *each = each->index_select(0, rows);
    }
  }
}

KvCache KvCache::beginning(std::int64_t tokens) const {
  TORCH_CHECK(tokens >= 0 && tokens <= m_tokens, "KvCache::beginning of ", tokens, " of ", m_tokens, " columns");
  KvCache copy(m_as);
  if (tokens == 0) return copy;
  const PlainTensors plain;
  copy.m_tokens = tokens;
  if (m_valid.defined()) copy.m_valid = m_valid.narrow(1, 0, tokens).clone();
  if (m_marks.defined()) copy.m_marks = m_marks.clone();
  const std::int64_t columns = roundedUp(tokens);
  const auto copied = [&](const at::Tensor& from) {
    return from.defined() ? from.narrow(2, 0, columns).clone(at::MemoryFormat::Contiguous) : at::Tensor();
  };
  for (const Layer& layer : m_layers) {
    copy.m_layers.push_back(
        {copied(layer.keys), copied(layer.values), copied(layer.keyScales), copied(layer.valueScales), tokens});
  }
  return copy;
}

void KvCache::append(std::size_t layer, const at::Tensor& keys, const at::Tensor& values) {
  TORCH_CHECK(keys.sizes() == values.sizes(), "KvCache::append got keys ", keys.sizes(), " and values ",
              values.sizes());
  TORCH_CHECK(!at::GradMode::is_enabled() || !keys.requires_grad(), "KvCache keeps no gradients");
  if (!forKernels()) {
    const Layer& at = roomFor(layer, keys.sizes(), keys.scalar_type());
    const PlainTensors plain;
    at.keys.narrow(2, m_tokens, keys.size(2)).copy_(keys.detach());
    at.values.narrow(2, m_tokens, keys.size(2)).copy_(values.detach());
    return;
  }
  const auto kept = extend(layer, keys.sizes());
  const PlainTensors plain;
  const auto rowsOf = [](const at::Tensor& of) { return of.detach().to(at::kFloat).transpose(1, 2).contiguous(); };
  const at::Tensor keyRows = rowsOf(keys), valueRows = rowsOf(values);
  for (std::int64_t i = 0; i < keys.size(0); ++i)
    kernels::keep(keyRows[i], valueRows[i], kept[static_cast<std::size_t>(i)], m_tokens);
}

KvCache::Layer& KvCache::roomFor(std::size_t layer, at::IntArrayRef shape, at::ScalarType type) {
  TORCH_CHECK(shape.size() == 4, "KvCache::append wants keys and values [B, kvHeads, T, headDim], got ", shape);
  if (m_as == KeptAs::Float32) type = at::kFloat;
  if (m_as == KeptAs::Float16) type = at::kHalf;
  if (m_as == KeptAs::Int8) type = at::kChar;
  if (layer >= m_layers.size()) m_layers.resize(layer + 1);
  Layer& at = m_layers[layer];
  if (at.keys.defined()) {
    TORCH_CHECK(at.keys.size(0) == shape[0] && at.keys.size(1) == shape[1] && at.keys.size(3) == shape[3] &&
                    at.keys.scalar_type() == type,
                "KvCache holds ", at.keys.sizes(), " of ", at.keys.scalar_type(), ", cannot append ", shape, " of ",
                type);
  }
  const PlainTensors plain;
  for (at::Tensor* each : {&at.keys, &at.values}) makeRoom(*each, m_tokens, shape, type);
  if (m_as == KeptAs::Int8) {
    for (at::Tensor* each : {&at.keyScales, &at.valueScales})
      makeRoom(*each, m_tokens, {shape[0], shape[1], shape[2], 1}, at::kFloat);
  }
  at.filled = m_tokens + shape[2];  // not before: memory may not suffice
  return at;
}

std::vector<kernels::KeptColumns> KvCache::extend(std::size_t layer, at::IntArrayRef shape) {
  TORCH_CHECK(forKernels(), "this KvCache is not kept for kernels");
  const Layer& at = roomFor(layer, shape, at::kFloat);
  const PlainTensors plain;
  const auto of = [](const at::Tensor& all, std::int64_t sequence) {
    return all.defined() ? all.select(0, sequence).squeeze(-1) : at::Tensor();
  };
  std::vector<kernels::KeptColumns> each;
  for (std::int64_t i = 0; i < shape[0]; ++i) {
    each.push_back(
        {panelsOf(at.keys).select(0, i), at.values.select(0, i), of(at.keyScales, i), of(at.valueScales, i)});
  }
  return each;
}

at::Tensor KvCache::keys(std::size_t layer) const {
  const Layer& at = m_layers.at(layer);
  if (!forKernels()) return at.keys.narrow(2, 0, at.filled);
  const std::int64_t columns = roundedUp(at.filled);
  const at::Tensor panels = panelsOf(at.keys).narrow(2, 0, columns / kKeyBlock);
  return numbersOf(panels.transpose(3, 4).flatten(2, 3), at.keyScales, at.filled);
}

at::Tensor KvCache::values(std::size_t layer) const {
  const Layer& at = m_layers.at(layer);
  return numbersOf(at.values, at.valueScales, at.filled);
}

std::int64_t KvCache::bytes() const {
  std::size_t sum = 0;
  for (const Layer& layer : m_layers) {
    for (const at::Tensor* each : {&layer.keys, &layer.values, &layer.keyScales, &layer.valueScales}) {
      if (each->defined()) sum += each->narrow(2, 0, m_tokens).nbytes();
    }
  }
  return static_cast<std::int64_t>(sum);
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
