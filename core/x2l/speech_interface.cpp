#include "core/x2l/speech_interface.h"

#include <algorithm>

#include <torch/nn/module.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "core/x2l/bert.h"
#include "core/x2l/cif.h"
#include "core/x2l/cif_weights.h"
#include "core/x2l/spelling.h"

namespace xllm::x2l {
namespace {

at::Tensor zeroPadding(const at::Tensor& x, const at::Tensor& valid) {
  return valid.defined() ? x.masked_fill(valid.logical_not().unsqueeze(2), 0.0) : x;
}

}  // namespace

// The submodules, registered on the interface, and the steps of forward() in order.
struct SpeechInterface::Parts {
  explicit Parts(const SpeechInterfaceConfig& theConfig) : config(theConfig) {}

  void buildFront(torch::nn::Module& owner);
  void buildFormer(torch::nn::Module& owner);
  void buildAdapter(torch::nn::Module& owner);

  // Convolution or Linear, then the blocks; `valid` becomes that of the new frame rate -> [B, T', frontWidth], padding
  // 0.
  at::Tensor runFront(const at::Tensor& features, at::Tensor& valid, bool training);
  // Linear (+ ReLU), BERT's embeddings and layers: [B, N, width] -> [B, N, hidden]
  at::Tensor runFormer(const at::Tensor& tokens, const at::Tensor& valid, bool training);
  // Vocabulary adapter: [B, N, width] -> [B, N, C]
  at::Tensor score(const at::Tensor& states, const LlmVocabulary& vocabulary);

  const SpeechInterfaceConfig config;
  torch::nn::Conv1d frontConvolution{nullptr};
  torch::nn::Linear frontProjection{nullptr};
  std::shared_ptr<BertEncoder> front;
  torch::nn::Linear ctcHead{nullptr};
  std::shared_ptr<CifWeights> cif;
  torch::nn::Linear projection{nullptr};
  torch::nn::Embedding positions{nullptr}, types{nullptr};
  torch::nn::LayerNorm embeddingNorm{nullptr};
  std::shared_ptr<BertEncoder> former;
  torch::nn::Linear adapter{nullptr}, spelling{nullptr};
  at::Tensor scoreBias, scoreScale;
};

void SpeechInterface::Parts::buildFront(torch::nn::Module& owner) {
  const auto stride = config.convolutionStride;
  if (stride > 1) {
    const auto options =
        torch::nn::Conv1dOptions(config.featureWidth, config.frontWidth, 2 * stride + 1).stride(stride).padding(stride);
    frontConvolution = owner.register_module("front_conv", torch::nn::Conv1d(options));
  } else if (config.featureWidth != config.frontWidth) {
    frontProjection = owner.register_module("front_proj", torch::nn::Linear(config.featureWidth, config.frontWidth));
  }
  if (config.frontLayers > 0) {
    const BertShape shape{.hidden = config.frontWidth,
                          .layers = config.frontLayers,
                          .heads = config.frontHeads,
                          .intermediate = config.frontIntermediate,
                          .norm = NormPlace::Before,
                          .normEpsilon = 1e-5,
                          .dropout = config.dropout};
    front = owner.register_module("front", std::make_shared<BertEncoder>(shape));
  }
  if (!config.ctcAlphabet.empty()) {
    const auto kinds = 1 + static_cast<std::int64_t>(charactersOf(config.ctcAlphabet).size());
    ctcHead = owner.register_module("ctc_head", torch::nn::Linear(config.frontWidth, config.ctcSteps * kinds));
  }
  cif = owner.register_module("cif", std::make_shared<CifWeights>(config.frontWidth, config.cifKernel, config.dropout));
}

void SpeechInterface::Parts::buildFormer(torch::nn::Module& owner) {
  if (config.layers == 0) return;
  const auto width = config.cifInput ? config.featureWidth : config.frontWidth;
  projection = owner.register_module("pre_bert_proj", torch::nn::Linear(width, config.hidden));
  const auto bert = owner.register_module("speech_bert_adaptor", std::make_shared<torch::nn::Module>("bert"));
  const auto embeddings = bert->register_module("embeddings", std::make_shared<torch::nn::Module>("embeddings"));
  positions = embeddings->register_module("position_embeddings", torch::nn::Embedding(config.positions, config.hidden));
  types = embeddings->register_module("token_type_embeddings", torch::nn::Embedding(2, config.hidden));
  embeddingNorm = embeddings->register_module(
      "LayerNorm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({config.hidden}).eps(config.normEpsilon)));
  const BertShape shape{.hidden = config.hidden,
                        .layers = config.layers,
                        .heads = config.heads,
                        .intermediate = config.intermediate,
                        .norm = config.formerNorm == FormerNorm::Before ? NormPlace::Before : NormPlace::After,
                        .normEpsilon = config.normEpsilon,
                        .dropout = config.dropout};
  former = bert->register_module("encoder", std::make_shared<BertEncoder>(shape));
  initialiseLikeBert(*former);
  const torch::NoGradGuard noGrad;
  positions->weight.normal_(0.0, 0.02);
  types->weight.normal_(0.0, 0.02);
}

void SpeechInterface::Parts::buildAdapter(torch::nn::Module& owner) {
  const auto width = config.layers > 0 ? config.hidden : config.cifInput ? config.featureWidth : config.frontWidth;
  if (config.adapter == SpeechAdapter::Linear) {
    const auto* name = config.layers > 0 ? "post_bert_proj" : "speech_feat_proj";
    adapter = owner.register_module(name, torch::nn::Linear(width, config.llmWidth));
    return;
  }
  TORCH_CHECK(config.llmVocabulary > 0, "a vocabulary adapter needs the vocabulary's size");
  if (config.vocabularyHead == VocabularyHead::Full) {
    adapter = owner.register_module("vocab_head", torch::nn::Linear(width, config.llmVocabulary));
    return;
  }
  adapter = owner.register_module("vocab_proj", torch::nn::Linear(width, config.llmWidth));
  if (config.spellingPlaces > 0) {
    spelling = owner.register_module(
        "vocab_spelling", torch::nn::Linear(width, config.spellingPlaces * spellingKinds(config.ctcAlphabet)));
  }
  if (config.vocabularyBias) scoreBias = owner.register_parameter("vocab_bias", torch::zeros({config.llmVocabulary}));
  if (config.vocabularyScale) scoreScale = owner.register_parameter("vocab_scale", torch::ones({1}));
}

at::Tensor SpeechInterface::Parts::runFront(const at::Tensor& features, at::Tensor& valid, bool training) {
  auto state = zeroPadding(features, valid);
  if (!frontConvolution.is_empty()) {
    state = torch::gelu(frontConvolution(state.transpose(1, 2))).transpose(1, 2);
    if (valid.defined()) valid = valid.slice(1, 0, std::nullopt, config.convolutionStride);
  } else if (!frontProjection.is_empty()) {
    state = frontProjection(state);
  }
  if (front) {
    state = state + sinusoidPositions(state.size(1), config.frontWidth, state.options().requires_grad(false));
    state = front->forward(torch::dropout(state, config.dropout, training), valid);
  }
  return zeroPadding(state, valid);
}

at::Tensor SpeechInterface::Parts::runFormer(const at::Tensor& tokens, const at::Tensor& valid, bool training) {
  if (!former) return tokens;
  auto state = projection(tokens);
  if (config.projectionRelu) state = torch::relu(state);
  std::vector<at::Tensor> pieces;
  for (std::int64_t begin = 0; begin < state.size(1); begin += config.positions) {
    const auto size = std::min(config.positions, state.size(1) - begin);
    auto piece = state.narrow(1, begin, size) + positions->weight.narrow(0, 0, size) + types->weight[0];
    piece = torch::dropout(embeddingNorm(piece), config.dropout, training);
    pieces.push_back(former->forward(piece, valid.narrow(1, begin, size)));
  }
  return pieces.size() == 1 ? pieces.front() : torch::cat(pieces, 1);
}

at::Tensor SpeechInterface::Parts::score(const at::Tensor& states, const LlmVocabulary& vocabulary) {
  const bool tied = config.vocabularyHead == VocabularyHead::Tied;
  const bool anyRows = tied && !config.vocabularyBias;
  const auto& table = vocabulary.embeddings;
  TORCH_CHECK(table.defined() && table.dim() == 2 && table.size(1) == config.llmWidth &&
                  (anyRows || table.size(0) == config.llmVocabulary),
              "the vocabulary adapter needs the word-embedding table [", config.llmVocabulary, ", ", config.llmWidth,
              "]");
  auto scores = adapter(states);
  if (!tied) return scores;
  scores = torch::matmul(scores, table.to(scores.scalar_type()).t());
  if (scoreScale.defined()) scores = scores * scoreScale;
  if (!spelling.is_empty()) {
    const auto letters = spelling(states);
    const auto& spelled = vocabulary.spelled;
    TORCH_CHECK(spelled.defined() && spelled.size(0) == table.size(0) && spelled.size(1) == letters.size(2),
                "this adapter needs the tokens' spellings [", table.size(0), ", ", letters.size(2), "]");
    scores = scores + torch::matmul(letters, spelled.to(letters.scalar_type()).t());
  }
  if (scoreBias.defined()) scores = scores + scoreBias;
  return scores;
}

SpeechInterface::SpeechInterface(const SpeechInterfaceConfig& config)
    : torch::nn::Module("SpeechInterface"), m_config(config), m_parts(std::make_shared<Parts>(config)) {
  if (!config.cifInput) m_parts->buildFront(*this);
  m_parts->buildFormer(*this);
  m_parts->buildAdapter(*this);
}

SpeechInterface::~SpeechInterface() = default;

SpeechTokens SpeechInterface::integrate(const at::Tensor& features, const at::Tensor& valid,
                                        const at::Tensor& targetLengths, at::Tensor& states) {
  TORCH_CHECK(features.dim() == 3 && features.size(2) == m_config.featureWidth && features.size(1) > 0,
              "features must be [B, T, ", m_config.featureWidth, "], not ", features.sizes());
  TORCH_CHECK(!valid.defined() || (valid.dim() == 2 && valid.size(0) == features.size(0) &&
                                   valid.size(1) == features.size(1) && valid.scalar_type() == at::kBool),
              "valid must be bool [", features.size(0), ", ", features.size(1), "]");
  auto& parts = *m_parts;
  SpeechTokens out;
  at::Tensor tokens;
  if (m_config.cifInput) {
    out.valid = valid.defined() ? valid : features.sum(2).ne(0);
    out.frames = out.valid.sum(1);
    tokens = features;
  } else {
    auto frameValid = valid;
    const auto frames = parts.runFront(features, frameValid, is_training());
    out.frames = frameValid.defined()
                     ? frameValid.sum(1)
                     : torch::full({frames.size(0)}, frames.size(1), features.options().dtype(at::kLong));
    if (!parts.ctcHead.is_empty()) {
      out.ctcLogits = parts.ctcHead(frames).view({frames.size(0), frames.size(1) * m_config.ctcSteps, -1});
    }
    out.alphas = parts.cif->forward(frames, frameValid);
    const auto fired = integrateAndFire(frames, out.alphas, targetLengths, m_config.cifTailThreshold);
    tokens = fired.tokens;
    const auto index = torch::arange(tokens.size(1), fired.lengths.options()).unsqueeze(0);
    out.valid = index.lt(fired.lengths.unsqueeze(1));
  }
  states = parts.runFormer(tokens, out.valid, is_training());
  return out;
}

SpeechTokens SpeechInterface::recognise(const at::Tensor& features, const at::Tensor& valid,
                                        const at::Tensor& targetLengths, const LlmVocabulary& vocabulary) {
  TORCH_CHECK(m_config.adapter == SpeechAdapter::Vocabulary, "only a vocabulary adapter recognises");
  at::Tensor states;
  SpeechTokens out = integrate(features, valid, targetLengths, states);
  out.scores = m_parts->score(states, vocabulary);
  return out;
}

SpeechTokens SpeechInterface::forward(const at::Tensor& features, const at::Tensor& valid,
                                      const at::Tensor& targetLengths, const LlmVocabulary& vocabulary) {
  auto& parts = *m_parts;
  if (m_config.adapter == SpeechAdapter::Linear) {
    at::Tensor states;
    SpeechTokens out = integrate(features, valid, targetLengths, states);
    out.embeddings = parts.adapter(states);
    if (m_config.adapterRelu) out.embeddings = torch::relu(out.embeddings);
    return out;
  }
  SpeechTokens out = recognise(features, valid, targetLengths, vocabulary);
  const auto& table = vocabulary.embeddings;
  out.embeddings = torch::matmul(torch::softmax(out.scores, -1, at::kFloat).to(table.scalar_type()), table);
  return out;
}

std::vector<std::string> otherSpeechKeys(const SpeechInterfaceConfig& config) {
  if (config.layers == 0) return {"pre_bert_proj.*", "speech_bert_adaptor.*", "post_bert_proj.*"};
  return {"speech_feat_proj.*", "speech_bert_adaptor.embeddings.word_embeddings.*",
          "speech_bert_adaptor.embeddings.position_ids", "speech_bert_adaptor.pooler.*"};
}

}  // namespace xllm::x2l
