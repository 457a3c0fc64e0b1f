#include "core/llm/prefix_decoder.h"

#include <cmath>
#include <limits>
#include <utility>

#include <torch/types.h>

#include "core/llm/check_rows.h"

namespace xllm::llm {
namespace {

// √(2 · 28): the reference has it for 28 layers, however many there are.
const double kResidual = std::sqrt(56.0);

// Columns [B], counted with padding, and the same places counted without.
struct Ends {
  at::Tensor answerColumn;  // undefined behind a cache: all that is held comes before it
  at::Tensor mask, answer;  // [B, 1]
};

Ends endsOf(const PromptEnd& end, const at::Tensor& places, const at::Tensor& marks) {
  if (marks.defined()) return {{}, marks.narrow(1, 0, 1), marks.narrow(1, 1, 1)};
  const std::int64_t rows = places.size(0), columns = places.size(1);
  const at::Tensor answer = end.answer.defined() ? end.answer : at::full({rows}, columns - 1, at::kLong);
  const at::Tensor mask = end.mask.defined() ? end.mask : answer - 1;
  const auto placeOf = [&](const at::Tensor& column) { return places.gather(1, column.clamp_min(0).unsqueeze(1)); };
  return {answer, placeOf(mask), placeOf(answer)};
}

// Row t of the T new ones stands in column past + t and sees the columns up to its own, and all of the prompt; never
// padding, always itself.
at::Tensor additiveMask(const at::Tensor& valid, const at::Tensor& answerColumn, std::int64_t past, std::int64_t tuned,
                        at::ScalarType type) {
  const std::int64_t columns = valid.size(1), rows = columns - past;
  const at::Tensor column = at::arange(columns), own = at::arange(past, columns).unsqueeze(1);
  at::Tensor open = (column <= own).unsqueeze(0);
  if (answerColumn.defined()) open = open.logical_or(column < answerColumn.view({-1, 1, 1}));
  open = open.logical_and(valid.unsqueeze(1)).logical_or(column == own);
  at::Tensor mask =
      at::zeros(open.sizes(), type).masked_fill_(open.logical_not(), -std::numeric_limits<double>::infinity());
  if (tuned > 0) mask = at::cat({at::zeros({mask.size(0), rows, tuned}, type), mask}, 2);
  return mask.unsqueeze(1);
}

// Each half of a head by its own place.
at::Tensor rotateBoth(const at::Tensor& x, const Rotation& place, const Rotation& answerPlace) {
  const auto halves = x.chunk(2, -1);
  return at::cat({rotate(halves[0], place), rotate(halves[1], answerPlace)}, -1);
}

}  // namespace

PrefixDecoder::PrefixDecoder(const DecoderConfig& config, Weights weights, Precision precision)
    : m_config(config),
      m_weights(std::move(weights)),
      m_precision(precision),
      m_type(precision == Precision::BFloat16 ? at::kBFloat16 : at::kFloat),
      m_rotary(config.headDim / 2, config.ropeTheta, Frequencies::RoundedToHalf) {
  TORCH_CHECK(config.prefixDecoder, "this is not the configuration of a prefix decoder");
}

at::Tensor PrefixDecoder::forward(const at::Tensor& embeddings, const at::Tensor& valid, KvCache* cache,
                                  const PromptEnd& end) const {
  return run(embeddings, valid, cache, end, nullptr);
}

at::Tensor PrefixDecoder::forwardBehind(const KvCache&, const at::Tensor&, const at::Tensor&) const {
  TORCH_CHECK(false, "a prompt that is read both ways has no prefix that would not change");
}

std::vector<at::Tensor> PrefixDecoder::layerStates(const at::Tensor& embeddings, const at::Tensor& valid,
                                                   const PromptEnd& end) const {
  std::vector<at::Tensor> states;
  run(embeddings, valid, nullptr, end, &states);
  return states;
}

at::Tensor PrefixDecoder::logits(const at::Tensor& hidden) const {
  return m_weights.lm_head(hidden.to(m_type)).to(at::kFloat);
}

at::Tensor PrefixDecoder::run(const at::Tensor& embeddings, const at::Tensor& valid, KvCache* cache,
                              const PromptEnd& end, std::vector<at::Tensor>* states) const {
  TORCH_CHECK(!at::GradMode::is_enabled() || !embeddings.requires_grad() ||
                  (m_precision != Precision::AsStored && cache == nullptr),
              "gradients need Float32 or BFloat16 weights and no cache");
  checkRows(embeddings, valid, m_config.hidden);
  const Pass pass = prepare(embeddings, valid, cache, end);
  at::Tensor x = embeddings.to(at::kFloat);
  for (std::size_t number = 0; number < m_weights.layers.size(); ++number) {
    x = step(m_weights.layers[number], x, pass, number);
    if (states != nullptr) states->push_back(x);
  }
  if (cache != nullptr) cache->advance(valid, embeddings.size(1));
  return normed(x, m_weights.final_layernorm);
}

PrefixDecoder::Pass PrefixDecoder::prepare(const at::Tensor& embeddings, const at::Tensor& valid, KvCache* cache,
                                           const PromptEnd& end) const {
  const std::int64_t batch = embeddings.size(0), rows = embeddings.size(1);
  const std::int64_t past = cache != nullptr ? cache->tokens() : 0;
  TORCH_CHECK(past == 0 || cache->marks().defined(), "the cache was filled by another model");
  const auto counted = [&](const at::Tensor& given, std::int64_t columns) {
    return given.defined() ? given : at::ones({batch, columns}, at::kBool);
  };
  const at::Tensor held = past > 0 ? cache->valid() : at::Tensor();
  const at::Tensor all = past > 0 ? at::cat({counted(held, past), counted(valid, rows)}, 1) : counted(valid, rows);
  const at::Tensor places = (all.cumsum(1) - 1).clamp_min(0).narrow(1, past, rows);
  const Ends ends = endsOf(end, places, past > 0 ? cache->marks() : at::Tensor());
  if (cache != nullptr && past == 0) cache->setMarks(at::cat({ends.mask, ends.answer}, 1));

  const at::Tensor inPrompt = places < ends.answer;
  Pass pass{.place = m_rotary.at(at::where(inPrompt, places, ends.mask)),
            .answerPlace = m_rotary.at(at::where(inPrompt, at::zeros_like(places), places - ends.answer + 1)),
            .mask = {},
            .cache = cache};
  if (rows > 1 || valid.defined() || held.defined())
    pass.mask = additiveMask(all, ends.answerColumn, past, m_config.prefixDecoder->tunedColumns, m_type);
  return pass;
}

at::Tensor PrefixDecoder::normed(const at::Tensor& x, const LayerNorm& norm) const {
  return at::layer_norm(x, {m_config.hidden}, norm.weight, norm.bias, m_config.normEpsilon);
}

at::Tensor PrefixDecoder::step(const Layer& layer, const at::Tensor& x, const Pass& pass, std::size_t number) const {
  const at::Tensor in = normed(x, layer.input_layernorm);
  const at::Tensor attended = in * kResidual + attention(layer, in.to(m_type), pass, number);
  const at::Tensor middle = normed(attended, layer.post_attention_layernorm);
  const at::Tensor up = at::gelu(layer.dense_h_to_4h(middle.to(m_type)), "tanh");
  return middle * kResidual + layer.dense_4h_to_h(up);
}

at::Tensor PrefixDecoder::attention(const Layer& layer, const at::Tensor& normed, const Pass& pass,
                                    std::size_t number) const {
  const std::int64_t batch = normed.size(0), rows = normed.size(1);
  const auto parts = layer.query_key_value(normed).view({batch, rows, m_config.heads, -1}).chunk(3, -1);
  const at::Tensor q = rotateBoth(parts[0], pass.place, pass.answerPlace).transpose(1, 2);
  at::Tensor k = rotateBoth(parts[1], pass.place, pass.answerPlace).transpose(1, 2);
  at::Tensor v = parts[2].transpose(1, 2);
  if (pass.cache != nullptr) {
    pass.cache->append(number, k, v);
    k = pass.cache->keys(number);
    v = pass.cache->values(number);
  }
  if (!m_weights.tuned.empty()) {
    const at::Tensor& tuned = m_weights.tuned[number];
    k = at::cat({tuned[0].expand({batch, -1, -1, -1}), k}, 2);
    v = at::cat({tuned[1].expand({batch, -1, -1, -1}), v}, 2);
  }
  const auto mask = pass.mask.defined() ? std::optional(pass.mask) : std::nullopt;
  return layer.dense(at::scaled_dot_product_attention(q, k, v, mask).transpose(1, 2).reshape({batch, rows, -1}));
}

}  // namespace xllm::llm
