#include "core/training/losses.h"

#include <cmath>

#include <gtest/gtest.h>
#include <torch/types.h>

namespace xllm::training {
namespace {

// Two recordings, two tokens of four each; the second has one token only.
x2l::SpeechTokens heard() {
  x2l::SpeechTokens out;
  out.scores = at::zeros({2, 2, 4});
  out.scores[0][0][1] = 2.0;  // right
  out.scores[0][1][0] = 1.0;  // wrong: 3 is right
  out.alphas = torch::tensor({{0.5, 0.5, 0.7}, {0.2, 0.2, 0.0}}, at::kFloat);
  out.frames = torch::tensor({3, 2}, at::kLong);
  out.ctcLogits = at::zeros({2, 3, 3});
  return out;
}

RecognitionTargets targets() {
  return {torch::tensor({{1, 3}, {2, -100}}, at::kLong), torch::tensor({2, 1}, at::kLong),
          torch::tensor({1, 2, 1}, at::kLong), torch::tensor({2, 1}, at::kLong)};
}

TEST(RecognitionLoss, IsTheMeanOfWhatItsPartsSayByHand) {
  const auto loss = recognitionLoss(heard(), targets(), {0.5, 2.0, 0.0});
  const double first = std::log(std::exp(2.0) + 3.0) - 2.0, second = std::log(std::exp(1.0) + 3.0),
               third = std::log(4.0);
  EXPECT_NEAR(loss.crossEntropy.item<double>(), (first + second + third) / 3.0, 1e-6);
  EXPECT_NEAR(loss.quantity.item<double>(), (std::abs(1.7 - 2.0) + std::abs(0.4 - 1.0)) / 2.0, 1e-6);
  // Uniform over 3 symbols. "12" in 3 frames: 5 ways (12-, 1-2, -12, 112, 122). "1" in 2 frames: 3 ways (1-, -1, 11).
  const double ctc = (-std::log(5.0 / 27.0) / 2.0 - std::log(3.0 / 9.0)) / 2.0;
  EXPECT_NEAR(loss.ctc.item<double>(), ctc, 1e-6);
  EXPECT_NEAR(loss.total.item<double>(), (first + second + third) / 3.0 + 0.5 * ctc + 2.0 * 0.45, 1e-6);
  EXPECT_NEAR(loss.rightTokens.item<double>(), 1.0 / 3.0, 1e-6);
}

TEST(RecognitionLoss, LeavesCtcOutWhereThereIsNoHead) {
  auto out = heard();
  out.ctcLogits = at::Tensor();
  const auto loss = recognitionLoss(out, targets(), {0.5, 0.0, 0.0});
  EXPECT_EQ(loss.ctc.item<double>(), 0.0);
  EXPECT_EQ(loss.total.item<double>(), loss.crossEntropy.item<double>());
}

TEST(RecognitionLoss, SendsGradientsToScoresWeightsAndFrames) {
  auto out = heard();
  out.scores.requires_grad_();
  out.alphas.requires_grad_();
  out.ctcLogits.requires_grad_();
  recognitionLoss(out, targets(), {}).total.backward();
  EXPECT_EQ(out.scores.grad()[1][1].abs().sum().item<double>(), 0.0);  // past the end
  EXPECT_GT(out.scores.grad()[1][0].abs().sum().item<double>(), 0.0);
  EXPECT_LT(out.alphas.grad()[0][0].item<double>(), 0.0);  // too few tokens: more weight
  EXPECT_GT(out.ctcLogits.grad().abs().sum().item<double>(), 0.0);
}

TEST(RecognitionLoss, ReadsEveryCtcFrameOfAFrame) {
  auto out = heard();
  out.ctcLogits = at::zeros({2, 6, 3});  // two to a frame: "12" in 6 frames, "1" in 4
  const auto loss = recognitionLoss(out, targets(), {0.5, 0.0, 0.0});
  // Paths of length n over 3 symbols that read "1": n(n+1)/2; that read "12": C(n+2, 4).
  const double ctc = (-std::log(70.0 / 729.0) / 2.0 - std::log(10.0 / 81.0)) / 2.0;
  EXPECT_NEAR(loss.ctc.item<double>(), ctc, 1e-5);
}

TEST(RecognitionLoss, TeachesSilenceToBeNoTokensAtAll) {
  auto out = heard();
  out.alphas.requires_grad_();
  const RecognitionTargets nobody{at::full({2, 2}, -100, at::kLong), at::zeros({2}, at::kLong),
                                  at::zeros({0}, at::kLong), at::zeros({2}, at::kLong)};
  const auto loss = recognitionLoss(out, nobody, {0.5, 1.0, 0.1});
  EXPECT_EQ(loss.crossEntropy.item<double>(), 0.0);
  EXPECT_NEAR(loss.quantity.item<double>(), (1.7 + 0.4) / 2.0, 1e-6);
  EXPECT_NEAR(loss.ctc.item<double>(), (3.0 + 2.0) * std::log(3.0) / 2.0, 1e-5);  // blanks only
  loss.total.backward();
  EXPECT_GT(out.alphas.grad()[0][0].item<double>(), 0.0);
}

TEST(WordLoss, IsZeroDistanceOnTheWordItself) {
  const at::Tensor candidates = torch::tensor({{3.0, 0.0}, {0.0, 3.0}, {-3.0, 0.0}}, at::kFloat);
  const at::Tensor words = torch::tensor({{1, 0}}, at::kLong);
  const auto right = wordLoss(candidates.index_select(0, words[0]).unsqueeze(0), words, candidates);
  EXPECT_NEAR(right.distance.item<double>(), 0.0, 1e-6);
  EXPECT_LT(right.choice.item<double>(), 1e-6);
  EXPECT_TRUE(right.rightWords.all().item<bool>());

  const auto wrong =
      wordLoss(candidates.index_select(0, torch::tensor({2, 0}, at::kLong)).unsqueeze(0), words, candidates);
  EXPECT_NEAR(wrong.distance.item<double>(), (18.0 / 2.0) / 9.0, 1e-6);
  EXPECT_FALSE(wrong.rightWords[0][0].item<bool>());
  EXPECT_TRUE(wrong.rightWords[0][1].item<bool>());
}

}  // namespace
}  // namespace xllm::training
