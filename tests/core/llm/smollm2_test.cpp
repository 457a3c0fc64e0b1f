// The starter's real language model against float32 reference numbers: tests/golden/real/smollm2.json.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>
#include <torch/types.h>
#include <nlohmann/json.hpp>

#include "core/llm/language_model.h"
#include "core/tokenizer/tokenizer.h"
#include "tests/support/golden.h"
#include "tests/support/parts.h"

namespace xllm::llm {
namespace {

constexpr const char* kFile = "SmolLM2-135M-Instruct.Q4_1.gguf";
constexpr double kClearMargin = 0.2;  // below it, the best and the second token are too close to tell apart

class SmolLm2 : public testing::TestWithParam<Precision> {
 protected:
  void SetUp() override {
    XLLM_SKIP_WITHOUT_PART(kFile);
    auto checkpoint = weights::Checkpoint::open(tests::part(kFile));
    ASSERT_TRUE(checkpoint) << checkpoint.error().message;
    auto loaded = loadLanguageModel(*checkpoint, GetParam());
    ASSERT_TRUE(loaded) << loaded.error().message;
    m_model = *std::move(loaded);
    std::ifstream(tests::goldenPath("real/smollm2.json")) >> m_cases;
    ASSERT_EQ(m_cases.size(), 10U);
  }

  at::Tensor embed(const std::vector<std::int64_t>& ids) const {
    return m_model->embed(at::tensor(ids, at::kLong).unsqueeze(0));
  }
  at::Tensor lastLogits(const std::vector<std::int64_t>& ids, KvCache* cache) const {
    return m_model->logits(m_model->forward(embed(ids), {}, cache).select(1, -1)).squeeze(0);
  }
  // The best token at each place of `answer`, given the prompt and the answer up to there.
  at::Tensor tokenByToken(const std::vector<std::int64_t>& prompt, const std::vector<std::int64_t>& answer) const {
    KvCache cache = m_model->emptyCache();
    std::vector<at::Tensor> chosen{lastLogits(prompt, &cache).argmax()};
    for (std::size_t i = 0; i + 1 < answer.size(); ++i) chosen.push_back(lastLogits({answer[i]}, &cache).argmax());
    return at::stack(chosen);
  }
  at::Tensor atOnce(std::vector<std::int64_t> prompt, const std::vector<std::int64_t>& answer) const {
    const auto start = static_cast<std::int64_t>(prompt.size()) - 1, count = static_cast<std::int64_t>(answer.size());
    prompt.insert(prompt.end(), answer.begin(), answer.end());
    return m_model->logits(m_model->forward(embed(prompt))[0].narrow(0, start, count)).argmax(-1);
  }

  const at::NoGradGuard m_noGrad;
  std::unique_ptr<LanguageModel> m_model;
  nlohmann::json m_cases;
};

TEST_P(SmolLm2, LastLogitsOfEveryPrompt) {
  const double tolerance = GetParam() == Precision::Float32 ? 2e-3 : 0.5;  // 8-bit activations: measured up to 0.28
  for (const auto& prompt : m_cases) {
    const at::Tensor logits = lastLogits(prompt["ids"], nullptr);
    const at::Tensor top = at::tensor(prompt["top10"]["ids"].get<std::vector<std::int64_t>>(), at::kLong);
    const at::Tensor expected = at::tensor(prompt["top10"]["logits"].get<std::vector<float>>());
    EXPECT_TRUE(tests::isWithin(logits.index_select(0, top), expected, tolerance)) << prompt["prompt"];
    EXPECT_NEAR(logits.mean().item<double>(), prompt["logits_mean"].get<double>(), tolerance) << prompt["prompt"];
  }
}

// The reference's tokens are fed whatever ours would have been, so one early tie does not hide what follows. AsStored
// goes token by token through the cache, as an answer does; Float32 sees prompt and answer at once.
TEST_P(SmolLm2, GreedyTokensWhereverTheMarginIsClear) {
  int compared = 0;
  for (const auto& prompt : m_cases) {
    const auto greedy = prompt["greedy_ids"].get<std::vector<std::int64_t>>();
    const auto margins = prompt["greedy_margins"].get<std::vector<double>>();
    const bool stored = GetParam() == Precision::AsStored;
    const at::Tensor chosen = stored ? tokenByToken(prompt["ids"], greedy) : atOnce(prompt["ids"], greedy);
    for (std::size_t i = 0; i < greedy.size(); ++i) {
      if (margins[i] < kClearMargin) continue;
      EXPECT_EQ(chosen[static_cast<std::int64_t>(i)].item<std::int64_t>(), greedy[i])
          << prompt["prompt"] << " token " << i << " margin " << margins[i];
      ++compared;
    }
  }
  EXPECT_GT(compared, 200);
}

// e to the mean of −log p of every token but the first, after those before it.
double perplexity(Precision precision, std::int64_t tokens, std::int64_t chunk, KeptAs kept = KeptAs::Float16) {
  const auto checkpoint = weights::Checkpoint::open(tests::part(kFile));
  const auto model = loadLanguageModel(*checkpoint, precision);
  const auto tokenizer = tokenizer::tokenizerFromGguf(**checkpoint);
  if (!model || !tokenizer) throw std::runtime_error("the language model does not load");
  std::ifstream file(std::string(XLLM_TEST_DIR) + "/../README.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const at::Tensor ids = at::tensor((*tokenizer)->encode(text), at::kLong).narrow(0, 0, tokens);
  KvCache cache = (*model)->emptyCache(kept);  // as a conversation has it
  double sum = 0;
  for (std::int64_t begin = 0; begin + 1 < tokens; begin += chunk) {
    const std::int64_t count = std::min(chunk, tokens - 1 - begin);
    const at::Tensor hidden = (*model)->forward((*model)->embed(ids.narrow(0, begin, count).unsqueeze(0)), {}, &cache);
    const at::Tensor next = ids.narrow(0, begin + 1, count).unsqueeze(1);
    sum -= (*model)->logits(hidden)[0].log_softmax(-1).gather(1, next).sum().item<double>();
  }
  return std::exp(sum / static_cast<double>(tokens - 1));
}

TEST(SmolLm2Quality, APlainTextIsAsLikelyWithPackedWeightsAsWithTheSameOpenedToFloat32) {
  XLLM_SKIP_WITHOUT_PART(kFile);
  const at::NoGradGuard noGrad;
  const double exact = perplexity(Precision::Float32, 600, 600), packed = perplexity(Precision::AsStored, 600, 128);
  const double bytes = perplexity(Precision::AsStored, 600, 128, KeptAs::Int8);
  RecordProperty("perplexity", std::to_string(packed) + " packed, " + std::to_string(bytes) +
                                   " with its past in int8, " + std::to_string(exact) + " in float32");
  EXPECT_GT(exact, 2);
  EXPECT_NEAR(packed / exact, 1, 0.01) << packed << " against " << exact;
  EXPECT_NEAR(bytes / exact, 1, 0.01) << bytes << " against " << exact;
  EXPECT_NE(bytes, packed);
}

INSTANTIATE_TEST_SUITE_P(Precisions, SmolLm2, testing::Values(Precision::Float32, Precision::AsStored),
                         [](const auto& tested) {
                           return tested.param == Precision::Float32 ? "Float32" : "AsStored";
                         });

}  // namespace
}  // namespace xllm::llm
