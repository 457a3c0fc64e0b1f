#include "core/model/fused_reading.h"

#include <cmath>

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

namespace xllm::model {
namespace {

using tokenizer::TokenId;

// A language model of word pairs: what comes next depends on the last token alone. Its hidden states are the tokens.
class WordPairs final : public llm::LanguageModel {
 public:
  explicit WordPairs(at::Tensor following) : m_following(std::move(following)) {
    m_config.vocabulary = m_following.size(0);
    m_table = at::eye(m_config.vocabulary);
  }

  const llm::DecoderConfig& config() const override { return m_config; }
  at::Tensor embed(const at::Tensor& ids) const override {
    return at::one_hot(ids, m_config.vocabulary).to(at::kFloat);
  }
  const at::Tensor& embeddingTable() const override { return m_table; }
  at::Tensor forward(const at::Tensor& embeddings, const at::Tensor&, llm::KvCache* cache,
                     const llm::PromptEnd&) const override {
    ++passes;
    cache->append(0, embeddings.unsqueeze(1), embeddings.unsqueeze(1));
    cache->advance({}, embeddings.size(1));
    return embeddings;
  }
  at::Tensor forwardBehind(const llm::KvCache&, const at::Tensor& embeddings, const at::Tensor&) const override {
    return embeddings;
  }
  at::Tensor logits(const at::Tensor& hidden) const override { return hidden.matmul(m_following); }
  std::vector<at::Tensor> layerStates(const at::Tensor&, const at::Tensor&, const llm::PromptEnd&) const override {
    return {};
  }

  mutable int passes = 0;

 private:
  at::Tensor m_following, m_table;  // [V, V]: log-probabilities of the next token, by the last one
  llm::DecoderConfig m_config;
};

std::vector<TokenId> readFused(const at::Tensor& scores, const llm::LanguageModel& model,
                               const std::vector<TokenId>& before, const FusionOptions& options) {
  return likelyReadings(scores, model, before, options).front().tokens;
}

constexpr std::int64_t kWords = 5, kPlaces = 4;

// The best of all kWords^kPlaces readings, by trying each.
std::vector<TokenId> bestOfAll(const at::Tensor& scores, const at::Tensor& following, TokenId before, double weight) {
  const at::Tensor heard = at::log_softmax(scores, 1), expected = at::log_softmax(following, 1);
  std::vector<TokenId> best;
  double most = -INFINITY;
  for (std::int64_t number = 0; number < std::pow(kWords, kPlaces); ++number) {
    std::vector<TokenId> reading;
    double sum = 0;
    std::int64_t rest = number, last = before;
    for (std::int64_t place = 0; place < kPlaces; ++place, rest /= kWords) {
      const auto token = rest % kWords;
      sum += heard[place][token].item<double>() + weight * expected[last][token].item<double>();
      reading.push_back(static_cast<TokenId>(token));
      last = token;
    }
    if (sum > most) {
      most = sum;
      best = reading;
    }
  }
  return best;
}

TEST(FusedReading, FindsWhatTrialOfAllReadingsFinds) {
  torch::manual_seed(5);
  int different = 0;
  for (int round = 0; round < 20; ++round) {
    const at::Tensor scores = at::randn({kPlaces, kWords}) * 2, following = at::randn({kWords, kWords}) * 3;
    const WordPairs pairs(following);
    const FusionOptions all{.languageWeight = 0.7, .beams = 1000, .choices = kWords, .certain = 1.1, .margin = 1e6};
    const auto read = readFused(scores, pairs, {3}, all);
    EXPECT_EQ(read, bestOfAll(scores, following, 3, 0.7)) << "round " << round;
    FusionOptions alone = all;
    alone.languageWeight = 0;
    different += read == readFused(scores, pairs, {3}, alone) ? 0 : 1;
  }
  EXPECT_GT(different, 5) << "the language model never changed anything";
}

TEST(FusedReading, AsksTheLanguageModelNothingMoreOnceStopped) {
  const at::Tensor scores = at::zeros({kPlaces, kWords});
  std::stop_source stop;
  const WordPairs model(at::zeros({kWords, kWords}));
  likelyReadings(scores, model, {0}, {.stop = stop.get_token()});
  const int all = std::exchange(model.passes, 0);
  stop.request_stop();
  likelyReadings(scores, model, {0}, {.stop = stop.get_token()});
  EXPECT_GE(all, kPlaces);
  EXPECT_LE(model.passes, 1);  // what stands in front and the rest, at once
}

TEST(FusedReading, TellsOtherReadingsTheLikeliestFirst) {
  const at::Tensor scores = torch::tensor({{0.0, 2.0, 1.0, -1.0, -50.0}, {3.0, 0.0, 0.0, 0.0, 2.9}});
  const auto readings = likelyReadings(scores, WordPairs(at::zeros({kWords, kWords})), {0}, {.beams = 4});
  ASSERT_EQ(readings.size(), 4U);
  EXPECT_EQ(readings[0].tokens, (std::vector<TokenId>{1, 0}));
  EXPECT_EQ(readings[1].tokens, (std::vector<TokenId>{1, 4}));
  EXPECT_EQ(readings[2].tokens, (std::vector<TokenId>{2, 0}));
  EXPECT_NEAR(readings[0].score - readings[1].score, 0.1, 1e-5);
}

TEST(FusedReading, KnowsWhichOtherCountIsLikely) {
  EXPECT_EQ(otherCount(7.4, 7), 8);
  EXPECT_EQ(otherCount(7.6, 8), 7);
  EXPECT_EQ(otherCount(7.05, 7), std::nullopt) << "seven, surely";
  EXPECT_EQ(otherCount(6.95, 7), std::nullopt);
  EXPECT_EQ(otherCount(0.6, 1), std::nullopt) << "nothing at all is no reading";
  EXPECT_EQ(otherCount(0.4, 0), 1);
}

TEST(FusedReading, AddsReadingsThatSayNothingTwice) {
  const auto all = alsoWithoutRepeats({{{1, 2, 2, 3, 3, 3}, -1}, {{1, 2, 1}, -2}});
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].tokens, (std::vector<TokenId>{1, 2, 2, 3, 3, 3}));
  EXPECT_EQ(all[1].tokens, (std::vector<TokenId>{1, 2, 3}));
  EXPECT_EQ(all[1].score, -1);
  EXPECT_EQ(all[2].tokens, (std::vector<TokenId>{1, 2, 1}));
}

TEST(FusedReading, TakesWhatIsCertainWithoutAsking) {
  at::Tensor scores = at::zeros({3, kWords});
  scores[0][1] = 50;
  scores[1][2] = 50;
  scores[2][4] = 50;
  const WordPairs pairs(at::zeros({kWords, kWords}));
  EXPECT_EQ(readFused(scores, pairs, {0}, {}), (std::vector<TokenId>{1, 2, 4}));
  EXPECT_EQ(pairs.passes, 0);
}

TEST(FusedReading, LetsWhatComesLaterDecide) {
  // Place 0 is a close call between 1 and 2; place 1 is certainly 3, which follows 2 alone.
  at::Tensor scores = at::full({2, kWords}, -50.0);
  scores[0][1] = 0.2;
  scores[0][2] = 0.0;
  scores[1][3] = 0.0;
  at::Tensor following = at::zeros({kWords, kWords});
  following[1][3] = -10;
  EXPECT_EQ(readFused(scores, WordPairs(following), {0}, {}), (std::vector<TokenId>{2, 3}));
  EXPECT_EQ(readFused(scores, WordPairs(at::zeros({kWords, kWords})), {0}, {}), (std::vector<TokenId>{1, 3}));
}

}  // namespace
}  // namespace xllm::model
