// Training against PyTorch: scores and every gradient of the first step, and the losses of ten, for a tiny
// configuration of each stage (tests/golden/make_training_steps.py).
#include <algorithm>
#include <functional>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/training/answer_loss.h"
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

class AnswerSteps {
 public:
  explicit AnswerSteps(const std::string& name) : m_golden(name) {
    const auto file = weights::Checkpoint::open(tests::goldenPath("llama_smollm2.gguf"));
    m_model = std::move(*llm::loadLanguageModel(*file, llm::Precision::Float32));
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
      std::vector<AnsweredPrompt> examples;
      for (std::int64_t b = 0; b < soft.size(0); ++b) {
        const auto i = static_cast<std::size_t>(b);
        examples.push_back({{c.at("before").get<Ids>(), SoftTokens{soft[b]}, c.at("after")[i].get<Ids>()},
                            c.at("answers")[i].get<Ids>()});
      }
      const auto scored = answers.score(examples);
      return {scored.total, {{"soft", soft}, {"scores", answers.predictions(examples)}}};
    });
  }

 private:
  using Ids = std::vector<tokenizer::TokenId>;
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
  using Ids = std::vector<tokenizer::TokenId>;
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
  const auto file = weights::Checkpoint::open(tests::goldenPath("llama_smollm2.gguf"));
  const auto model = std::move(*llm::loadLanguageModel(*file, llm::Precision::Float32));
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

}  // namespace
}  // namespace xllm::training
