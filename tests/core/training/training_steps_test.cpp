// Training against PyTorch: scores and every gradient of the first step, and the losses of ten, for a tiny
// configuration of each stage (tests/golden/make_training_steps.py).
#include <algorithm>
#include <functional>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <torch/nn/module.h>
#include <torch/types.h>

#include "core/training/answer_loss.h"
#include "core/training/integrate_task.h"
#include "core/training/losses.h"
#include "core/training/optimizer.h"
#include "core/training/qformer_losses.h"
#include "core/x2l/parameters.h"
#include "tests/support/golden.h"

namespace xllm::training {
namespace {

using nlohmann::json;
using tests::Golden;
using tests::isClose;
using tests::isWithin;

constexpr double kTolerance = 1e-4;  // of the largest number

struct Outcome {
  at::Tensor loss;
  std::map<std::string, at::Tensor> scores;  // beside "expected.<name>"
};

void load(torch::nn::Module& module, const Golden& golden) {
  const auto loaded = x2l::loadParameters(module, *golden.checkpoint(), {.ignore = {"input.*", "expected.*"}});
  if (!loaded) throw std::runtime_error(loaded.error().message);
  module.train();
}

// The optimizer that the loop uses, as the loop uses it.
OptimizerConfig optimizerOf(const Golden& golden) {
  const json given = golden.document().at("optimizer");
  OptimizerConfig config;
  config.steps = given.at("steps"), config.warmupSteps = given.at("warmupSteps");
  config.learningRate = given.at("learningRate"), config.finalLearningRate = given.at("finalLearningRate");
  config.weightDecay = given.at("weightDecay"), config.clipNorm = given.at("clipNorm");
  config.beta1 = given.at("beta1"), config.beta2 = given.at("beta2");
  return config;
}

void expectGradients(const torch::nn::Module& module, const Golden& golden) {
  double largest = 0;
  for (const auto& item : module.named_parameters())
    if (item.value().grad().defined()) largest = std::max(largest, item.value().grad().abs().max().item<double>());
  std::size_t compared = 0;
  for (const auto& item : module.named_parameters()) {
    const std::string name = "expected.gradient." + item.key();
    ASSERT_EQ(item.value().grad().defined(), golden.has(name)) << item.key();
    if (!golden.has(name)) continue;
    ++compared;
    // A key's bias moves all scores of a row alike: its gradient is 0 but for rounding.
    const at::Tensor expected = golden[name];
    const double limit = kTolerance * std::max(expected.abs().max().item<double>(), 1e-2 * largest);
    EXPECT_TRUE(isWithin(item.value().grad(), expected, limit)) << item.key();
  }
  EXPECT_GT(compared, 0U);
}

void expectTenSteps(torch::nn::Module& module, const Golden& golden, const std::function<Outcome()>& step) {
  const auto config = optimizerOf(golden);
  AdamW optimizer(module, config);
  std::vector<float> losses;
  for (std::int64_t i = 0; i < config.steps; ++i) {
    optimizer.clearGradients();
    const Outcome outcome = step();
    outcome.loss.backward();
    if (i == 0) {
      for (const auto& [name, value] : outcome.scores)
        EXPECT_TRUE(isClose(value.detach(), golden.expected(name), kTolerance)) << name;
      expectGradients(module, golden);
    }
    losses.push_back(outcome.loss.item<float>());
    optimizer.clipGradients();
    optimizer.step(learningRateAt(i, config));
  }
  EXPECT_TRUE(isClose(at::tensor(losses), golden.expected("losses"), kTolerance));
}

x2l::ImageInterfaceConfig imageSizes(const json& c) {
  return {.featureWidth = c.at("featureWidth"),
          .featureNorm = c.at("featureNorm"),
          .poolTo = c.at("poolTo"),
          .cellPositions = c.at("cellPositions"),
          .usePooled = c.at("usePooled"),
          .classes = c.at("classes"),
          .classPower = c.at("classPower"),
          .hidden = c.at("hidden"),
          .layers = c.at("layers"),
          .heads = c.at("heads"),
          .intermediate = c.at("intermediate"),
          .crossAttentionEvery = c.at("crossAttentionEvery"),
          .queries = c.at("queries"),
          .normEpsilon = c.at("normEpsilon"),
          .llmWidth = c.at("llmWidth")};
}

// `c` holds the interface's sizes and, beside them, what a stage needs.
std::shared_ptr<x2l::ImageInterface> imageInterface(json c) {
  for (const char* more : {"places", "wordWeight", "languageWeight", "before", "after", "answers"}) c.erase(more);
  const auto sizes = x2l::imageInterfaceConfig(c);
  if (!sizes) throw std::runtime_error(sizes.error().message);
  return std::make_shared<x2l::ImageInterface>(*sizes);
}

// What the stages of I2L and V2L that spell words start from.
struct WordSteps {
  explicit WordSteps(const std::string& name) : golden(name), interface(imageInterface(golden.config())) {
    load(*interface, golden);
  }
  at::Tensor look() const {
    const bool clip = interface->config().timePositions > 0;
    const auto cells = golden.input("cells"), pooled = golden.input("pooled"),
               probabilities = golden.input("probabilities");
    return clip ? interface->watch(cells, pooled, probabilities) : interface->forward(cells, pooled, probabilities);
  }
  at::Tensor spell(const at::Tensor& soft) const {
    const auto targets = golden.input("targets"), candidates = golden.input("candidates");
    const json c = golden.config();
    if (!c.contains("places")) return wordLoss(soft, targets, candidates).total;
    return partedWordLoss(soft, targets, candidates, c.at("places").get<std::vector<std::int64_t>>()).total;
  }

  const Golden golden;
  std::shared_ptr<x2l::ImageInterface> interface;
};

TEST(TrainingSteps, ImageWordsAgreesWithPyTorch) {
  const WordSteps steps("training_image_words");
  expectTenSteps(*steps.interface, steps.golden, [&]() -> Outcome {
    const at::Tensor soft = steps.look();
    return {steps.spell(soft), {{"soft", soft}}};
  });
}

TEST(TrainingSteps, VideoWordsAgreesWithPyTorch) {
  const WordSteps steps("training_video_words");
  expectTenSteps(*steps.interface, steps.golden, [&]() -> Outcome {
    const at::Tensor soft = steps.look();
    return {steps.spell(soft), {{"soft", soft}}};
  });
}

TEST(TrainingSteps, ImageTextAgreesWithPyTorch) {
  const Golden golden("training_image_text");
  const json c = golden.config();
  x2l::QFormerStage1 module(
      std::make_shared<x2l::ImageInterface>(imageSizes(c)),
      {.vocabulary = c.at("vocabulary"), .positions = c.at("positions"), .embedding = c.at("embedding")});
  load(module, golden);
  const ImageTextBatch batch{.cells = golden.input("cells"),
                             .pooled = golden.input("pooled"),
                             .probabilities = golden.input("probabilities"),
                             .ids = golden.input("ids"),
                             .valid = golden.input("valid").to(at::kBool),
                             .same = {},
                             .decodeId = c.at("decodeId")};
  const auto all = at::arange(batch.ids.size(0));
  const HardNegatives wrong{{all, golden.input("negative_pictures")}, {all, golden.input("negative_texts")}};
  expectTenSteps(module, golden, [&]() -> Outcome {
    const auto loss = imageTextLoss(module, batch, {}, [&](const at::Tensor&) { return wrong; });
    return {loss.total, {{"similarity", loss.similarity}, {"match_scores", loss.matchScores}}};
  });
}

using Ids = std::vector<tokenizer::TokenId>;

std::unique_ptr<llm::LanguageModel> tinyLanguageModel() {
  const auto file = weights::Checkpoint::open(tests::goldenPath("llama_smollm2.gguf"));
  return std::move(*llm::loadLanguageModel(*file, llm::Precision::Float32));
}

// A picture or a clip per example, between "before" and the example's own "after".
std::vector<AnsweredPrompt> examplesOf(const json& c, const at::Tensor& soft) {
  std::vector<AnsweredPrompt> examples;
  for (std::int64_t b = 0; b < soft.size(0); ++b) {
    const auto i = static_cast<std::size_t>(b);
    examples.push_back(
        {{c.at("before").get<Ids>(), SoftTokens{soft[b]}, c.at("after")[i].get<Ids>()}, c.at("answers")[i].get<Ids>()});
  }
  return examples;
}

TEST(TrainingSteps, VideoLanguageAgreesWithPyTorch) {
  const WordSteps steps("training_video_language");
  const json c = steps.golden.config();
  const auto model = tinyLanguageModel();
  AnswerLoss answers(*model);
  expectTenSteps(*steps.interface, steps.golden, [&]() -> Outcome {
    const at::Tensor soft = steps.look();
    const auto examples = examplesOf(c, soft);
    return {steps.spell(soft) * c.at("wordWeight").get<double>() +
                answers.score(examples).total * c.at("languageWeight").get<double>(),
            {{"soft", soft}, {"scores", answers.predictions(examples)}}};
  });
}

class AnswerSteps {
 public:
  explicit AnswerSteps(const std::string& name) : m_golden(name), m_model(tinyLanguageModel()) {
    m_interface = std::make_shared<x2l::ImageInterface>(imageSizes(m_golden.config()));
    load(*m_interface, m_golden);
  }
  x2l::ImageInterface& interface() { return *m_interface; }

  void run() {
    AnswerLoss answers(*m_model);
    const json c = m_golden.config();
    expectTenSteps(*m_interface, m_golden, [&]() -> Outcome {
      const at::Tensor soft =
          m_interface->forward(m_golden.input("cells"), m_golden.input("pooled"), m_golden.input("probabilities"));
      const auto examples = examplesOf(c, soft);
      const auto scored = answers.score(examples);
      return {scored.total, {{"soft", soft}, {"scores", answers.predictions(examples)}}};
    });
  }

 private:
  const Golden m_golden;
  std::unique_ptr<llm::LanguageModel> m_model;
  std::shared_ptr<x2l::ImageInterface> m_interface;
};

TEST(TrainingSteps, ImageLanguageAgreesWithPyTorch) { AnswerSteps("training_image_language").run(); }

TEST(TrainingSteps, AdaptersAloneAgreeWithPyTorchAndNothingElseMoves) {
  AnswerSteps steps("training_adapters");
  std::map<std::string, at::Tensor> before;
  for (auto& item : steps.interface().named_parameters()) {
    item.value().requires_grad_(item.key() == "query_tokens" || item.key().starts_with("opt_proj."));
    if (!item.value().requires_grad()) before[item.key()] = item.value().clone();
  }
  steps.run();
  const auto now = steps.interface().named_parameters();
  for (const auto& [name, value] : before) EXPECT_TRUE(at::equal(now[name], value)) << name;
}

TEST(TrainingSteps, SpeechRecognitionAgreesWithPyTorch) {
  const Golden golden("training_speech_recognition");
  json sizes = golden.config();
  const RecognitionWeights weights{.ctc = sizes.at("ctcWeight"), .quantity = sizes.at("quantityWeight")};
  for (const char* ofLoss : {"ctcWeight", "quantityWeight"}) sizes.erase(ofLoss);
  const auto config = x2l::speechInterfaceConfig(sizes);
  ASSERT_TRUE(config) << config.error().message;
  x2l::SpeechInterface module(*config);
  load(module, golden);
  const at::Tensor lengths = golden.input("lengths"), valid = golden.input("valid").to(at::kBool);
  const at::Tensor spoken = at::arange(lengths.max().item<std::int64_t>()).unsqueeze(0).lt(lengths.unsqueeze(1));
  const RecognitionTargets targets{golden.input("tokens").masked_fill(spoken.logical_not(), -100), lengths,
                                   golden.input("letters"), golden.input("letter_counts")};
  const x2l::LlmVocabulary vocabulary(golden.input("table"), golden.input("spelled"));
  expectTenSteps(module, golden, [&]() -> Outcome {
    const auto heard = module.recognise(golden.input("features"), valid, lengths, vocabulary);
    return {recognitionLoss(heard, targets, weights).total,
            {{"scores", heard.scores * spoken.unsqueeze(2)}, {"alphas", heard.alphas}, {"letters", heard.ctcLogits}}};
  });
}

TEST(TrainingSteps, SpeechLanguageAgreesWithPyTorch) {
  const Golden golden("training_speech_language");
  const json given = golden.config();
  json sizes = given;
  for (const char* ofLoss :
       {"ctcWeight", "quantityWeight", "wordWeight", "languageWeight", "before", "after", "answers"})
    sizes.erase(ofLoss);
  const auto config = x2l::speechInterfaceConfig(sizes);
  ASSERT_TRUE(config) << config.error().message;
  x2l::SpeechInterface module(*config);
  load(module, golden);
  const auto model = tinyLanguageModel();
  AnswerLoss answers(*model);
  const at::Tensor lengths = golden.input("lengths"), valid = golden.input("valid").to(at::kBool);
  const at::Tensor spoken = at::arange(lengths.max().item<std::int64_t>()).unsqueeze(0).lt(lengths.unsqueeze(1));
  const RecognitionTargets targets{golden.input("tokens").masked_fill(spoken.logical_not(), -100), lengths,
                                   golden.input("letters"), golden.input("letter_counts")};
  const RecognitionWeights weights{.ctc = given.at("ctcWeight"), .quantity = given.at("quantityWeight")};
  const x2l::LlmVocabulary vocabulary(model->embeddingTable(), golden.input("spelled"));
  expectTenSteps(module, golden, [&]() -> Outcome {
    const auto heard = module.forward(golden.input("features"), valid, lengths, vocabulary);
    std::vector<AnsweredPrompt> examples;
    for (std::int64_t b = 0; b < lengths.size(0); ++b) {
      examples.push_back({{given.at("before").get<Ids>(), SoftTokens{heard.embeddings[b], heard.valid[b]},
                           given.at("after").get<Ids>()},
                          given.at("answers")[static_cast<std::size_t>(b)].get<Ids>()});
    }
    const auto scored = answers.score(examples);
    return {recognitionLoss(heard, targets, weights).total * given.at("wordWeight").get<double>() +
                scored.total * given.at("languageWeight").get<double>(),
            {{"answer_scores", answers.predictions(examples)}}};
  });
}

TEST(TrainingSteps, IntegrateAgreesWithPyTorchAndTrainsAdaptersAlone) {
  const Golden golden("training_integrate");
  const json c = golden.config();
  const auto sizes = x2l::speechInterfaceConfig(c.at("speech"));
  ASSERT_TRUE(sizes) << sizes.error().message;
  Interfaces interfaces;
  interfaces.image = interfaces.register_module("image", imageInterface(c.at("image")));
  interfaces.speech = interfaces.register_module("speech", std::make_shared<x2l::SpeechInterface>(*sizes));
  load(interfaces, golden);
  interfaces.trainAdaptersAlone();
  const auto model = tinyLanguageModel();
  AnswerLoss answers(*model);
  const x2l::LlmVocabulary vocabulary(model->embeddingTable(), golden.input("spelled"));
  const at::Tensor valid = golden.input("valid").to(at::kBool);
  expectTenSteps(interfaces, golden, [&]() -> Outcome {
    const at::Tensor seen =
        interfaces.image->forward(golden.input("cells"), golden.input("pooled"), golden.input("probabilities"));
    const auto heard = interfaces.speech->forward(golden.input("features"), valid, golden.input("lengths"), vocabulary);
    std::vector<AnsweredPrompt> examples;
    for (std::int64_t b = 0; b < seen.size(0); ++b) {
      const auto i = static_cast<std::size_t>(b);
      examples.push_back({{c.at("before").get<Ids>(), SoftTokens{seen[b]}, c.at("between").get<Ids>(),
                           SoftTokens{heard.embeddings[b], heard.valid[b]}, c.at("after")[i].get<Ids>()},
                          c.at("answers")[i].get<Ids>()});
    }
    return {answers.score(examples).total, {{"scores", answers.predictions(examples)}}};
  });
}

}  // namespace
}  // namespace xllm::training
