#include "core/llm/decoder_model.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include <ATen/core/LegacyTypeDispatch.h>
#include <torch/types.h>

#include "core/kernels/transformer_ops.h"
#include "core/llm/check_rows.h"
#include "core/llm/rms_norm.h"

namespace xllm::llm {
namespace {

// Training holds the scores of one layer at once; beyond this many tokens they would outgrow everything else.
constexpr std::int64_t kLongestWithAllScores = 1024;

// Row t of the T new ones stands in column past + t and may see the columns up to its own that are not padding, the
// last `window` of them (0: all). A padding row sees itself, so that no row is without any column (its result is never
// read, but must stay finite for gradients). valid [B, T], or undefined: all; -> [1 or B, 1, T, past + T], 0 or -inf.
at::Tensor additiveMask(std::int64_t rows, std::int64_t window, const at::Tensor& valid, const KvCache* cache,
                        at::ScalarType type) {
  const std::int64_t past = cache != nullptr ? cache->tokens() : 0;
  const at::Tensor column = at::arange(past + rows), own = at::arange(past, past + rows).unsqueeze(1);
  at::Tensor open = (column <= own).unsqueeze(0);
  if (window > 0) open = open.logical_and(column > own - window);
  const at::Tensor held = cache != nullptr ? cache->valid() : at::Tensor();
  if (valid.defined() || held.defined()) {
    const std::int64_t batch = (valid.defined() ? valid : held).size(0);
    const at::Tensor before = held.defined() ? held : at::ones({batch, past}, at::kBool);
    const at::Tensor now = valid.defined() ? valid : at::ones({batch, rows}, at::kBool);
    open = open.logical_and(at::cat({before, now}, 1).unsqueeze(1)).logical_or(column == own);
  }
  return at::zeros(open.sizes(), type)
      .masked_fill_(open.logical_not(), -std::numeric_limits<double>::infinity())
      .unsqueeze(1);
}

bool wantsGradient(const at::Tensor& embeddings) { return at::GradMode::is_enabled() && embeddings.requires_grad(); }

}  // namespace

DecoderModel::DecoderModel(const DecoderConfig& config, Weights weights, Precision precision)
    : m_config(config),
      m_weights(std::move(weights)),
      m_precision(precision),
      m_type(precision == Precision::BFloat16 ? at::kBFloat16 : at::kFloat),
      m_isFused(std::all_of(m_weights.layers.begin(), m_weights.layers.end(),
                            [](const DecoderBlock& layer) { return layer.isFused(); })),
      m_rotary(config.turned(), config.ropeTheta),
      m_localRotary(config.turned(), config.localRopeTheta) {}

at::Tensor DecoderModel::forward(const at::Tensor& embeddings, const at::Tensor& valid, KvCache* cache,
                                 const PromptEnd& /*end*/) const {
  return run(embeddings, valid, cache, nullptr);
}

at::Tensor DecoderModel::lastRow(const at::Tensor& embeddings, KvCache& cache) const {
  checkRows(embeddings, {}, m_config.hidden);
  Step step = prepare(embeddings, {}, &cache);
  if (!step.fused) return LanguageModel::lastRow(embeddings, cache);
  step.lastRowOnly = true;
  at::Tensor hidden = runFused(embeddings, step, nullptr);
  cache.advance({}, embeddings.size(1));
  return hidden;
}

at::Tensor DecoderModel::forwardBehind(const KvCache& prefix, const at::Tensor& embeddings,
                                       const at::Tensor& valid) const {
  TORCH_CHECK(prefix.tokens() > 0 && prefix.keys(0).size(0) == 1 && !prefix.valid().defined(),
              "a prefix is one sequence without padding");
  TORCH_CHECK(!wantsGradient(embeddings) || m_precision != Precision::AsStored,
              "gradients need Float32 or BFloat16 weights");
  checkRows(embeddings, valid, m_config.hidden);
  const std::int64_t rows = embeddings.size(1);
  Step step{.view = viewFor(m_rotary, 0, rows, valid, &prefix, true), .local = {}, .prefix = &prefix};
  if (!m_config.localLayers.empty()) step.local = viewFor(m_localRotary, m_config.window, rows, valid, &prefix, true);
  return runLayers(embeddings, step, nullptr);
}

std::vector<at::Tensor> DecoderModel::layerStates(const at::Tensor& embeddings, const at::Tensor& valid,
                                                  const PromptEnd& /*end*/) const {
  std::vector<at::Tensor> states;
  run(embeddings, valid, nullptr, &states);
  return states;
}

std::span<const std::byte> DecoderModel::headWeights() const {
  const auto& head = m_weights.lm_head.packed();
  return head.empty() ? std::span<const std::byte>() : head.front().strips();
}

at::Tensor DecoderModel::logits(const at::Tensor& hidden) const {
  if (m_isFused) m_weights.layers.front().pool().readAhead(m_weights.layers.front().firstPackedWeights());
  return m_weights.lm_head(hidden.to(m_type)).to(at::kFloat);
}

at::Tensor DecoderModel::run(const at::Tensor& embeddings, at::Tensor valid, KvCache* cache,
                             std::vector<at::Tensor>* states) const {
  TORCH_CHECK(!wantsGradient(embeddings) || (m_precision != Precision::AsStored && cache == nullptr),
              "gradients need Float32 or BFloat16 weights and no cache");
  checkRows(embeddings, valid, m_config.hidden);
  if (valid.defined() && valid.all().item<bool>()) valid = at::Tensor();
  const at::Tensor hidden = runLayers(embeddings, prepare(embeddings, valid, cache), states);
  if (cache != nullptr) cache->advance(valid, embeddings.size(1));
  return hidden;
}

at::Tensor DecoderModel::runLayers(const at::Tensor& embeddings, const Step& step,
                                   std::vector<at::Tensor>* states) const {
  const std::int64_t rows = embeddings.size(1), columns = rows + (step.prefix != nullptr ? step.prefix->tokens() : 0);
  const bool gradients = wantsGradient(embeddings) && columns <= kLongestWithAllScores &&
                         std::all_of(m_weights.layers.begin(), m_weights.layers.end(),
                                     [](const DecoderBlock& layer) { return layer.isFrozenDense(); });
  at::Tensor mask;
  if (gradients) {
    const at::Tensor& given = step.view.mask;
    mask = given.defined() ? given.to(at::kFloat) : additiveMask(rows, 0, {}, nullptr, at::kFloat);
  }
  if (step.fused) return runFused(embeddings, step, states);
  at::Tensor x = embeddings.to(at::kFloat);
  for (std::size_t layer = 0; layer < m_weights.layers.size(); ++layer) {
    const DecoderBlock& block = m_weights.layers[layer];
    x = gradients ? block.stepWithGradients(x, step, mask, layer) : block.step(x, step, layer);
    if (states != nullptr) states->push_back(x);
  }
  return rmsNorm(x, m_weights.norm, m_config.normEpsilon, at::kFloat);
}

// Everything on the matrices' own threads: LibTorch's would wait busily for more of its work and hold them up.
at::Tensor DecoderModel::runFused(const at::Tensor& embeddings, const Step& step,
                                  std::vector<at::Tensor>* states) const {
  const at::AutoDispatchBelowADInplaceOrView noGradients;      // nobody keeps books on some hundred views a token
  at::Tensor sum = at::empty(embeddings.sizes(), at::kFloat);  // the residual stream
  const at::Tensor from = embeddings.to(at::kFloat).contiguous();
  std::memcpy(sum.mutable_data_ptr<float>(), from.const_data_ptr<float>(), from.nbytes());
  const std::size_t layers = m_weights.layers.size();
  for (std::size_t layer = 0; layer < layers; ++layer) {
    const std::int64_t wanted = step.lastRowOnly && layer + 1 == layers ? 1 : sum.size(1);
    const auto next = layer + 1 < layers ? m_weights.layers[layer + 1].firstPackedWeights() : headWeights();
    sum = m_weights.layers[layer].packedStep(std::move(sum), step, layer, wanted, next);
    if (states != nullptr) states->push_back(sum.clone());
  }
  return kernels::rmsNorm(m_weights.layers.front().pool(), sum, m_weights.norm, m_config.normEpsilon);
}

Step DecoderModel::prepare(const at::Tensor& embeddings, const at::Tensor& valid, KvCache* cache) const {
  const std::int64_t rows = embeddings.size(1), past = cache != nullptr ? cache->tokens() : 0;
  const bool padded = valid.defined() || (cache != nullptr && cache->valid().defined());
  const bool fused = m_isFused && !padded && (cache == nullptr || cache->forKernels());
  const bool needsMask = padded || (past > 0 && rows > 1 && !fused);
  Step step{.view = viewFor(m_rotary, 0, rows, valid, cache, needsMask), .local = {}, .fused = fused, .cache = cache};
  if (!m_config.localLayers.empty()) {
    const bool outgrown = past + rows > m_config.window;
    step.local = viewFor(m_localRotary, m_config.window, rows, valid, cache, needsMask || outgrown);
  }
  return step;
}

// A row's position is the number of rows before it that are not padding.
View DecoderModel::viewFor(Rotary& rotary, std::int64_t window, std::int64_t rows, const at::Tensor& valid,
                           const KvCache* cache, bool needsMask) const {
  View view{.rotation = {}, .mask = {}, .causal = !needsMask && rows > 1};
  if (needsMask) view.mask = additiveMask(rows, window, valid, cache, m_type);
  const at::Tensor held = cache != nullptr ? cache->valid() : at::Tensor();
  if (!valid.defined() && !held.defined()) {
    view.rotation = rotary.at(cache != nullptr ? cache->tokens() : 0, rows);
    return view;
  }
  const std::int64_t batch = (valid.defined() ? valid : held).size(0);
  const at::Tensor now = valid.defined() ? valid : at::ones({batch, rows}, at::kBool);
  at::Tensor positions = now.cumsum(1) - 1;
  if (held.defined()) {
    positions = positions + held.sum(1, true);
  } else if (cache != nullptr) {
    positions = positions + cache->tokens();
  }
  view.rotation = rotary.at(positions.clamp_min(0));
  return view;
}

}  // namespace xllm::llm
