#include "core/training/qformer_losses.h"

#include <array>
#include <cmath>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "tests/support/golden.h"

namespace xllm::training {
namespace {

using tests::Golden;
using tests::isClose;

double value(const at::Tensor& x) { return x.item<double>(); }

at::Tensor pairs(std::initializer_list<int> bits, std::int64_t size) {
  return at::tensor(std::vector<int>(bits), at::kLong).view({size, size}).to(at::kBool);
}

TEST(QFormerLosses, AreThePublishedOnesWithFixedNegatives) {
  const Golden golden("qformer_blip2_stage1");
  const x2l::ImageInterfaceConfig sizes{
      .featureWidth = 64, .hidden = 64, .layers = 4, .heads = 4, .intermediate = 128, .queries = 6, .llmWidth = 128};
  x2l::QFormerStage1 module(std::make_shared<x2l::ImageInterface>(sizes),
                            {.vocabulary = 60, .positions = 32, .embedding = 32});
  auto options = x2l::publishedStage1Names();
  for (const auto* kind : {"input.*", "expected.*"}) options.ignore.emplace_back(kind);
  ASSERT_TRUE(x2l::loadParameters(module, *golden.checkpoint(), options));
  module.eval();
  const ImageTextBatch batch{.cells = golden.input("image_embeds"),
                             .pooled = {},
                             .probabilities = {},
                             .ids = golden.input("text_input_ids"),
                             .valid = golden.input("text_attention_mask").to(at::kBool),
                             .same = {},
                             .decodeId = golden.input("decoder_bos_token_id").item<std::int64_t>()};
  const auto loss = imageTextLoss(module, batch, {}, [&](const at::Tensor& similarity) {
    EXPECT_TRUE(isClose(similarity, golden.expected("sim_i2t"), 1e-4));
    EXPECT_TRUE(isClose(negativeWeights(similarity, {}), golden.expected("weights_i2t"), 1e-4));
    EXPECT_TRUE(isClose(negativeWeights(similarity.t(), {}), golden.expected("weights_t2i"), 1e-4));
    return HardNegatives{{at::arange(3), golden.input("negative_image_index")},
                         {at::arange(3), golden.input("negative_text_index")}};
  });
  EXPECT_TRUE(isClose(loss.contrastive.view({1}), golden.expected("loss_itc"), 1e-4));
  EXPECT_TRUE(isClose(loss.matching.view({1}), golden.expected("loss_itm"), 1e-4));
  EXPECT_TRUE(isClose(loss.generation.view({1}), golden.expected("loss_lm"), 1e-4));
  EXPECT_TRUE(isClose(loss.total.view({1}), golden.expected("loss"), 1e-4));
  EXPECT_TRUE(isClose(loss.matchScores, golden.expected("itm_logits"), 1e-4));
}

TEST(QFormerLosses, TheBestQuerySpeaksForAPicture) {
  const at::Tensor pictures = at::tensor({1.0F, 0.0F, 0.6F, 0.8F}).view({1, 2, 2});
  const at::Tensor texts = at::tensor({0.0F, 1.0F}).view({1, 2});
  EXPECT_NEAR(value(similarity(pictures, texts, at::full({}, 0.5))), 0.8 / 0.5, 1e-6);
}

TEST(QFormerLosses, PairsThatBelongTogetherTooAreNeitherRightNorWrong) {
  at::manual_seed(1);
  const at::Tensor scores = at::randn({3, 3});
  const at::Tensor none = at::eye(3, at::kBool);
  EXPECT_NEAR(value(contrastiveLoss(scores, none, 0.1)), value(contrastiveLoss(scores, {}, 0.1)), 1e-6);
  const at::Tensor same = pairs({1, 1, 0, 1, 1, 0, 0, 0, 1}, 3);  // 0 and 1 are the same
  const double left = value(contrastiveLoss(scores, same, 0.1));
  at::Tensor changed = scores.clone();
  changed[0][1] = 50.0;
  changed[1][0] = -50.0;
  EXPECT_NEAR(value(contrastiveLoss(changed, same, 0.1)), left, 1e-5);
  EXPECT_GT(std::abs(value(contrastiveLoss(changed, {}, 0.1)) - left), 1.0);
}

TEST(QFormerLosses, DrawsConfusionsAsOftenAsTheyAreLikelyAndNeverAPairThatBelongsTogether) {
  const at::Tensor scores = at::tensor({9.0F, 2.0F, 1.0F, 0.0F, 9.0F, 0.0F, 3.0F, 3.0F, 9.0F}).view({3, 3});
  std::array<std::array<int, 3>, 3> texts{}, pictures{};
  for (std::uint64_t i = 0; i < 4000; ++i) {
    data::SeededRandom random(5, i);
    const auto drawn = hardNegatives(scores, {}, random);
    for (std::int64_t b = 0; b < 3; ++b) {
      ++texts[static_cast<std::size_t>(b)][static_cast<std::size_t>(drawn.texts.chosen[b].item<std::int64_t>())];
      ++pictures[static_cast<std::size_t>(b)][static_cast<std::size_t>(drawn.pictures.chosen[b].item<std::int64_t>())];
    }
  }
  for (std::size_t b = 0; b < 3; ++b) EXPECT_EQ(texts[b][b] + pictures[b][b], 0);
  EXPECT_NEAR(texts[0][1] / 4000.0, std::exp(2.0) / (std::exp(2.0) + std::exp(1.0)), 0.03);
  EXPECT_NEAR(texts[1][0] / 4000.0, 0.5, 0.03);
  EXPECT_NEAR(pictures[0][2] / 4000.0, std::exp(3.0) / (std::exp(3.0) + 1.0), 0.03);  // column 0 of the scores
  data::SeededRandom one(7, 3), two(7, 3);
  EXPECT_TRUE(at::equal(hardNegatives(scores, {}, one).texts.chosen, hardNegatives(scores, {}, two).texts.chosen));
}

TEST(QFormerLosses, ARowWithoutAnyWrongPairGetsNone) {
  data::SeededRandom random(1);
  const at::Tensor same = pairs({1, 1, 1, 1, 1, 0, 1, 0, 1}, 3);  // 0 belongs to everything
  const auto drawn = hardNegatives(at::zeros({3, 3}), same, random);
  EXPECT_TRUE(at::equal(drawn.texts.rows, at::tensor({1, 2}, at::kLong)));
  EXPECT_TRUE(at::equal(drawn.texts.chosen, at::tensor({2, 1}, at::kLong)));
}

TEST(QFormerLosses, GenerationCountsWordsNotPadding) {
  at::manual_seed(2);
  const at::Tensor scores = at::randn({2, 4, 7}), ids = at::randint(0, 7, {2, 4}, at::kLong);
  const at::Tensor valid = at::tensor({1, 1, 1, 1, 1, 1, 0, 0}, at::kLong).view({2, 4}).to(at::kBool);
  const at::Tensor logs = at::log_softmax(scores, 2);
  double sum = 0;
  for (const auto& [b, t] : {std::pair(0, 0), std::pair(0, 1), std::pair(0, 2), std::pair(1, 0)})
    sum -= value(logs[b][t][ids[b][t + 1].item<std::int64_t>()]);
  EXPECT_NEAR(value(generationLoss(scores, ids, valid, 0.0)), sum / 4, 1e-5);
}

}  // namespace
}  // namespace xllm::training
