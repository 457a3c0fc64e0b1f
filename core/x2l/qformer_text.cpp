#include "core/x2l/qformer_text.h"

#include <string>
#include <utility>

#include <torch/nn/functional/normalization.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "core/x2l/bert.h"

namespace xllm::x2l {

namespace {

constexpr double kMasked = -10000.0;  // BERT's
constexpr double kStartTemperature = 0.07;

using torch::nn::LayerNorm;
using torch::nn::Linear;
using torch::nn::Module;

LayerNorm makeNorm(std::int64_t width, double epsilon) {
  return LayerNorm(torch::nn::LayerNormOptions({width}).eps(epsilon));
}

std::shared_ptr<Module> branch(Module& parent, const char* name) {
  return parent.register_module(name, std::make_shared<Module>(name));
}

// What words go through where queries have `intermediate_query` and `output_query`.
struct TextFeedForward {
  Linear intermediate{nullptr}, output{nullptr};
  LayerNorm norm{nullptr};

  TextFeedForward(Module& layer, const ImageInterfaceConfig& sizes)
      : intermediate(
            branch(layer, "intermediate")->register_module("dense", Linear(sizes.hidden, sizes.intermediate))) {
    const auto out = branch(layer, "output");
    output = out->register_module("dense", Linear(sizes.intermediate, sizes.hidden));
    norm = out->register_module("LayerNorm", makeNorm(sizes.hidden, sizes.normEpsilon));
  }
  at::Tensor forward(const at::Tensor& x, double dropout, bool training) {
    return norm(x + torch::dropout(output(torch::gelu(intermediate(x))), dropout, training));
  }
};

}  // namespace

struct QFormerStage1::Text : Module {
  Text(const QFormerTextConfig& config, const ImageInterfaceConfig& sizes);

  torch::nn::Embedding words{nullptr}, positions{nullptr};
  std::vector<TextFeedForward> feedForward;  // one a layer
  Linear transform{nullptr}, decoder{nullptr};
  LayerNorm transformNorm{nullptr};
  at::Tensor scoreBias;  // [vocabulary]
  Linear visionProjection{nullptr}, textProjection{nullptr}, matching{nullptr};
  at::Tensor temperature;  // scalar
};

QFormerStage1::Text::Text(const QFormerTextConfig& config, const ImageInterfaceConfig& sizes) {
  const auto former = branch(*this, "Qformer");
  const auto bert = branch(*former, "bert");
  const auto embeddings = branch(*bert, "embeddings");
  words = embeddings->register_module("word_embeddings", torch::nn::Embedding(config.vocabulary, sizes.hidden));
  positions = embeddings->register_module("position_embeddings", torch::nn::Embedding(config.positions, sizes.hidden));
  const auto layers = branch(*branch(*bert, "encoder"), "layer");
  for (std::int64_t i = 0; i < sizes.layers; ++i) {
    feedForward.emplace_back(*branch(*layers, std::to_string(i).c_str()), sizes);
  }
  const auto predictions = branch(*branch(*former, "cls"), "predictions");
  const auto transforms = branch(*predictions, "transform");
  transform = transforms->register_module("dense", Linear(sizes.hidden, sizes.hidden));
  transformNorm = transforms->register_module("LayerNorm", makeNorm(sizes.hidden, sizes.normEpsilon));
  decoder = predictions->register_module("decoder",
                                         Linear(torch::nn::LinearOptions(sizes.hidden, config.vocabulary).bias(false)));
  scoreBias = predictions->register_parameter("bias", torch::zeros({config.vocabulary}));
  visionProjection = register_module("vision_proj", Linear(sizes.hidden, config.embedding));
  textProjection = register_module("text_proj", Linear(sizes.hidden, config.embedding));
  matching = register_module("itm_head", Linear(sizes.hidden, 2));
  temperature = register_parameter("temp", torch::full({}, kStartTemperature));
  initialiseLikeBert(*former);
  const torch::NoGradGuard noGrad;
  words->weight.normal_(0.0, 0.02);
  positions->weight.normal_(0.0, 0.02);
}

QFormerStage1::QFormerStage1(std::shared_ptr<ImageInterface> image, const QFormerTextConfig& config)
    : torch::nn::Module("QFormerStage1"), m_config(config) {
  TORCH_CHECK(config.vocabulary > 0 && config.positions > 0 && config.embedding > 0,
              "a text branch needs a vocabulary, positions and an embedding");
  m_image = register_module("image", std::move(image));
  m_text = register_module("text", std::make_shared<Text>(config, m_image->config()));
}

QFormerStage1::~QFormerStage1() = default;

at::Tensor QFormerStage1::memory(const at::Tensor& cells, const at::Tensor& pooled, const at::Tensor& probabilities) {
  return m_image->memory(cells, pooled, probabilities);
}

at::Tensor QFormerStage1::startQueries(std::int64_t batch) {
  auto former = m_image->former();
  return torch::dropout(former.embeddingNorm(former.queries), m_image->config().dropout, is_training())
      .expand({batch, -1, -1});
}

at::Tensor QFormerStage1::embedText(const at::Tensor& ids) {
  TORCH_CHECK(ids.dim() == 2 && ids.size(1) <= m_config.positions, "texts are [B, up to ", m_config.positions,
              "], not ", ids.sizes());
  const auto sum = m_text->words(ids) + m_text->positions->weight.narrow(0, 0, ids.size(1));
  return torch::dropout(m_image->former().embeddingNorm(sum), m_image->config().dropout, is_training());
}

at::Tensor QFormerStage1::run(at::Tensor x, std::int64_t queries, const at::Tensor& memory, const at::Tensor& mask) {
  const auto dropout = m_image->config().dropout;
  const auto words = x.size(1) - queries;
  const auto& layers = m_image->former().encoder->layers();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    x = layers[i]->attend(x, mask);
    std::vector<at::Tensor> parts;
    if (queries > 0) parts.push_back(layers[i]->feedForward(layers[i]->attendTo(memory, x.narrow(1, 0, queries))));
    if (words > 0) parts.push_back(m_text->feedForward[i].forward(x.narrow(1, queries, words), dropout, is_training()));
    x = parts.size() == 1 ? parts.front() : torch::cat(parts, 1);
  }
  return x;
}

QFormerStage1::Generation QFormerStage1::generate(const at::Tensor& memory, const at::Tensor& ids) {
  const auto queries = m_image->config().queries, words = ids.size(1);
  const auto index = torch::arange(queries + words, ids.options());
  // Column c is open to row r: any query to all, a word to itself and the words after it.
  const auto open = index.unsqueeze(0).lt(queries).logical_or(index.unsqueeze(0).le(index.unsqueeze(1)));
  const auto mask = torch::zeros(open.sizes(), memory.options().requires_grad(false))
                        .masked_fill(open.logical_not(), kMasked)
                        .view({1, 1, queries + words, queries + words});
  const auto states = run(torch::cat({startQueries(ids.size(0)), embedText(ids)}, 1), queries, memory, mask);
  const auto inner = m_text->transformNorm(torch::gelu(m_text->transform(states.narrow(1, queries, words))));
  return {states.narrow(1, 0, queries), m_text->decoder(inner) + m_text->scoreBias};
}

at::Tensor QFormerStage1::readText(const at::Tensor& ids, const at::Tensor& valid) {
  const auto x = embedText(ids);
  return run(x, 0, {}, additiveMask(valid, x)).select(1, 0);
}

at::Tensor QFormerStage1::readTogether(const at::Tensor& memory, const at::Tensor& ids, const at::Tensor& valid) {
  const auto queries = m_image->config().queries, batch = ids.size(0);
  const auto x = torch::cat({startQueries(batch), embedText(ids)}, 1);
  const auto all = torch::cat({torch::ones({batch, queries}, valid.options()), valid}, 1);
  return run(x, queries, memory, additiveMask(all, x)).narrow(1, 0, queries);
}

at::Tensor QFormerStage1::pictureVectors(const at::Tensor& queries) {
  return torch::nn::functional::normalize(m_text->visionProjection(queries),
                                          torch::nn::functional::NormalizeFuncOptions().dim(-1));
}

at::Tensor QFormerStage1::textVectors(const at::Tensor& firstWords) {
  return torch::nn::functional::normalize(m_text->textProjection(firstWords),
                                          torch::nn::functional::NormalizeFuncOptions().dim(-1));
}

at::Tensor QFormerStage1::matchScores(const at::Tensor& queries) { return m_text->matching(queries).mean(1); }

at::Tensor QFormerStage1::temperature() const { return m_text->temperature; }

LoadOptions publishedStage1Names() {
  return {.rename = {{"image.", ""}, {"text.", ""}},
          .ignore = {"Qformer.bert.embeddings.position_ids", "Qformer.bert.pooler.*",
                     "Qformer.cls.predictions.decoder.bias",  // the same as Qformer.cls.predictions.bias
                     "visual_encoder.*", "ln_vision.*", "opt_model.*", "opt_proj.*", "t5_model.*", "t5_proj.*"},
          .optional = {"image.opt_proj.*"}};
}

}  // namespace xllm::x2l
