// The decoder against the published implementations on tiny random models of each family: tests/golden.
#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/llm/language_model.h"
#include "tests/core/data/scratch.h"
#include "tests/core/llm/memory_checkpoint.h"
#include "tests/support/golden.h"

namespace xllm::llm {
namespace {

using tests::Golden;
using tests::isClose;

struct Source {
  const char* name;
  const char* model;  // of tests/golden
  bool gguf;
  Precision precision;
  double tolerance;  // × max |expected|
};

void PrintTo(const Source& source, std::ostream* out) { *out << source.name; }

class DecoderGolden : public testing::TestWithParam<Source> {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<LanguageModel>> loaded = GetParam().gguf ? fromGguf() : fromSafetensors();
    ASSERT_TRUE(loaded) << loaded.error().message;
    m_model = *std::move(loaded);
  }

  Result<std::unique_ptr<LanguageModel>> fromGguf() const {
    auto checkpoint = weights::Checkpoint::open(tests::goldenPath(std::string(GetParam().model) + ".gguf"));
    if (!checkpoint) return tl::unexpected(checkpoint.error());
    return loadLanguageModel(*checkpoint, GetParam().precision);
  }

  Result<std::unique_ptr<LanguageModel>> fromSafetensors() const {
    auto weightsOnly = std::make_shared<tests::MemoryCheckpoint>();
    for (const std::string& name : m_golden.weightNames()) weightsOnly->put(name, m_golden[name]);
    const tests::Scratch folder;
    const auto config = configFromJson(folder.write("config.json", m_golden.config().dump()));
    if (!config) return tl::unexpected(config.error());
    return loadLanguageModel(weightsOnly, *config, GetParam().precision);
  }

  at::Tensor logits(const at::Tensor& embeddings, const at::Tensor& valid = {}, KvCache* cache = nullptr) const {
    return m_model->logits(m_model->forward(embeddings, valid, cache));
  }
  at::Tensor words(const char* input) const { return m_model->embed(m_golden.input(input)); }
  double tolerance() const { return GetParam().tolerance; }

  Golden m_golden{GetParam().model};
  std::unique_ptr<LanguageModel> m_model;
};

TEST_P(DecoderGolden, PromptStatesAndLogits) {
  const at::Tensor x = words("prompt.input_ids");
  const auto states = m_model->layerStates(x);
  ASSERT_EQ(std::ssize(states), m_model->config().layers);
  for (std::size_t i = 0; i < states.size(); ++i) {
    const at::Tensor expected = m_golden.expected("prompt.hidden.layer_" + std::to_string(i));
    EXPECT_TRUE(isClose(states[i], expected, tolerance())) << "layer " << i;
  }
  EXPECT_TRUE(isClose(logits(x), m_golden.expected("prompt.logits"), tolerance()));
}

TEST_P(DecoderGolden, CachedStepsFollowThePrompt) {
  KvCache cache;
  EXPECT_TRUE(isClose(logits(words("prompt.input_ids"), {}, &cache), m_golden.expected("prompt.logits"), tolerance()));
  const at::Tensor steps = words("prompt.decode_ids"), expected = m_golden.expected("prompt.decode_logits");
  for (std::int64_t s = 0; s < steps.size(1); ++s) {
    const at::Tensor step = logits(steps.narrow(1, s, 1), {}, &cache);
    EXPECT_TRUE(isClose(step, expected.narrow(1, s, 1), tolerance())) << "step " << s;
  }
  EXPECT_EQ(cache.tokens(), words("prompt.input_ids").size(1) + steps.size(1));
}

TEST_P(DecoderGolden, APromptInPiecesIsTheSamePrompt) {
  KvCache cache;
  const at::Tensor x = words("prompt.input_ids");
  const at::Tensor pieces = at::cat({logits(x.narrow(1, 0, 5), {}, &cache), logits(x.narrow(1, 5, 1), {}, &cache),
                                     logits(x.narrow(1, 6, x.size(1) - 6), {}, &cache)},
                                    1);
  EXPECT_TRUE(isClose(pieces, m_golden.expected("prompt.logits"), tolerance()));
}

TEST_P(DecoderGolden, ARepeatedTailAfterTruncationIsTheSame) {
  KvCache cache;
  const at::Tensor x = words("prompt.input_ids");
  logits(x, {}, &cache);
  cache.truncate(9);
  const std::int64_t rest = x.size(1) - 9;
  const at::Tensor expected = m_golden.expected("prompt.logits").narrow(1, 9, rest);
  EXPECT_TRUE(isClose(logits(x.narrow(1, 9, rest), {}, &cache), expected, tolerance()));
}

TEST_P(DecoderGolden, LongPrompt) {
  const at::Tensor hidden = m_model->forward(words("long.input_ids"));
  const at::Tensor last = m_model->logits(hidden.select(1, -1)), expected = m_golden.expected("long.logits_last");
  if (GetParam().precision == Precision::BFloat16) {  // 180 tokens through random weights: rounding adds up
    EXPECT_GT(at::cosine_similarity(last, expected).item<double>(), 0.99);
  } else {
    EXPECT_TRUE(isClose(last, expected, tolerance()));
  }
}

TEST_P(DecoderGolden, LeftPaddedBatchAndItsCachedSteps) {
  const at::Tensor valid = m_golden.input("batch.attention_mask").to(at::kBool);
  KvCache cache;
  const at::Tensor prompt = logits(words("batch.input_ids"), valid, &cache) * valid.unsqueeze(-1);
  EXPECT_TRUE(isClose(prompt, m_golden.expected("batch.logits"), tolerance()));
  if (!m_golden.has("input.batch.decode_ids")) return;
  const at::Tensor steps = words("batch.decode_ids"), expected = m_golden.expected("batch.decode_logits");
  for (std::int64_t s = 0; s < steps.size(1); ++s) {
    const at::Tensor step = logits(steps.narrow(1, s, 1), {}, &cache);
    EXPECT_TRUE(isClose(step, expected.narrow(1, s, 1), tolerance())) << "step " << s;
  }
}

TEST_P(DecoderGolden, SoftTokensTakeTheRowsTheyAreGiven) {
  if (!m_golden.has("input.soft.input_ids")) GTEST_SKIP() << "this model's file has no soft tokens";
  at::Tensor x = words("soft.input_ids").clone();
  const at::Tensor soft = m_golden.input("soft.soft_tokens");
  x.narrow(1, m_golden.input("soft.first_row").item<std::int64_t>(), soft.size(1)).copy_(soft);
  EXPECT_TRUE(isClose(logits(x), m_golden.expected("soft.logits"), tolerance()));
}

// Interfaces are trained through any of the families.
TEST_P(DecoderGolden, GradientsToTheEmbeddingsMatchFiniteDifferences) {
  if (GetParam().precision != Precision::Float32) return;
  at::manual_seed(3);
  const auto score = [&](const at::Tensor& x) { return at::log_softmax(logits(x), -1).select(-1, 3).sum(); };
  const at::Tensor x = words("prompt.input_ids").clone().requires_grad_();
  score(x).backward();
  const at::NoGradGuard noGrad;
  // Small beside each row: the norms of GLM-4's tiny ones curve early.
  const at::Tensor step = 1e-3 * x.square().mean(-1, true).sqrt();
  for (int i = 0; i < 5; ++i) {
    const at::Tensor direction = at::randn_like(x) * step;
    const double measured = (score(x + direction) - score(x - direction)).item<double>() / 2;
    const double predicted = (x.grad() * direction).sum().item<double>();
    EXPECT_NEAR(measured, predicted, 2e-2 * (x.grad() * step).norm().item<double>()) << "direction " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Sources, DecoderGolden,
    testing::Values(Source{"LlamaSafetensorsFloat32", "llama_smollm2", false, Precision::Float32, 1e-4},
                    Source{"LlamaGgufFloat32", "llama_smollm2", true, Precision::Float32, 1e-4},
                    Source{"LlamaGgufAsStored", "llama_smollm2", true, Precision::AsStored, 1e-4},
                    Source{"LlamaSafetensorsBFloat16", "llama_smollm2", false, Precision::BFloat16, 3e-2},
                    Source{"Qwen2SafetensorsFloat32", "qwen2", false, Precision::Float32, 1e-4},
                    Source{"Qwen2GgufFloat32", "qwen2", true, Precision::Float32, 1e-4},
                    Source{"Qwen2SafetensorsBFloat16", "qwen2", false, Precision::BFloat16, 3e-2},
                    Source{"Qwen3SafetensorsFloat32", "qwen3", false, Precision::Float32, 1e-4},
                    Source{"Qwen3SafetensorsBFloat16", "qwen3", false, Precision::BFloat16, 3e-2},
                    Source{"Gemma3SafetensorsFloat32", "gemma3", false, Precision::Float32, 1e-4},
                    Source{"Gemma3SafetensorsBFloat16", "gemma3", false, Precision::BFloat16, 3e-2},
                    Source{"Chatglm2SafetensorsFloat32", "chatglm2", false, Precision::Float32, 1e-4},
                    Source{"Chatglm2SafetensorsBFloat16", "chatglm2", false, Precision::BFloat16, 3e-2},
                    Source{"Glm4SafetensorsFloat32", "glm4", false, Precision::Float32, 1e-4},
                    Source{"Glm4GgufFloat32", "glm4", true, Precision::Float32, 1e-4},
                    Source{"Glm4SafetensorsBFloat16", "glm4", false, Precision::BFloat16, 3e-2}),
    [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace xllm::llm
