#include "core/x2l/cif.h"

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "tests/support/golden.h"

namespace xllm::x2l {
namespace {

using tests::Golden;
using tests::isClose;
using tests::isSame;
using tests::isWithin;

// One frame per unit vector: token j then shows the weights of its frames.
at::Tensor unitFrames(std::int64_t count) { return torch::eye(count).unsqueeze(0); }

at::Tensor row(std::vector<double> values) { return torch::tensor(values, at::kDouble).to(at::kFloat).unsqueeze(0); }

at::Tensor published() { return row({0.2, 0.9, 0.6, 0.6, 0.1, 0.3, 0.5, 0.4}); }

TEST(Cif, CutsThePublishedExampleAndFlushesItsTail) {
  const auto out = integrateAndFire(unitFrames(8), published(), {});
  const auto expected = torch::stack({row({.2, .8, 0, 0, 0, 0, 0, 0}), row({0, .1, .6, .3, 0, 0, 0, 0}),
                                      row({0, 0, 0, .3, .1, .3, .3, 0}), row({0, 0, 0, 0, 0, 0, 1.0 / 3, 2.0 / 3})},
                                     1);
  EXPECT_TRUE(isWithin(out.tokens, expected, 1e-6));
  EXPECT_TRUE(isSame(out.lengths, torch::tensor({4}, at::kLong)));
}

TEST(Cif, DropsATailBelowTheThreshold) {
  EXPECT_EQ(integrateAndFire(unitFrames(8), published(), {}, 0.65).lengths.item<std::int64_t>(), 3);
  EXPECT_EQ(integrateAndFire(unitFrames(8), published(), {}, 0.55).lengths.item<std::int64_t>(), 4);
}

TEST(Cif, ScalesThePublishedExampleToFourTokens) {
  const auto out = integrateAndFire(unitFrames(8), published(), torch::tensor({4}, at::kLong));
  const double k = 4.0 / 3.6;
  const auto expected = torch::stack(
      {row({.2 * k, 1 - .2 * k, 0, 0, 0, 0, 0, 0}), row({0, 1.1 * k - 1, .6 * k, 2 - 1.7 * k, 0, 0, 0, 0}),
       row({0, 0, 0, 2.3 * k - 2, .1 * k, .3 * k, 3 - 2.7 * k, 0}), row({0, 0, 0, 0, 0, 0, 3.2 * k - 3, .4 * k})},
      1);
  EXPECT_TRUE(isWithin(out.tokens, expected, 1e-6));
  EXPECT_TRUE(isWithin(scaledAlphas(published(), torch::tensor({4})).sum(), torch::tensor(4.0), 1e-6));
}

TEST(Cif, OneFrameMayFillSeveralTokens) {
  const auto alphas = row({0.4, 1.8, 1.2, 1.2, 1.4});
  const auto expected = torch::stack({row({.4, .6, 0, 0, 0}), row({0, 1, 0, 0, 0}), row({0, .2, .8, 0, 0}),
                                      row({0, 0, .4, .6, 0}), row({0, 0, 0, .6, .4}), row({0, 0, 0, 0, 1})},
                                     1);
  EXPECT_TRUE(isWithin(integrateAndFire(unitFrames(5), alphas, torch::tensor({6})).tokens, expected, 1e-6));
  EXPECT_TRUE(isWithin(integrateAndFire(unitFrames(5), row({4, 0, 0.25, 0.25, 0}), {}).tokens.sum(2),
                       torch::ones({1, 4}), 1e-6));
}

TEST(Cif, EqualsTheLoopOnGoldenInferenceWithFlushedTails) {
  const Golden golden("cif_pytorch");
  for (const std::string name : {"conv_infer", "tail_unpadded", "tail_one_pad_frame", "tail_batch"}) {
    SCOPED_TRACE(name);
    const auto hidden = golden.input(name + ".hidden");
    const auto out = integrateAndFire(hidden, golden.expected(name + ".alpha"), {});
    EXPECT_TRUE(isSame(out.lengths, golden.expected(name + ".cif_lengths_tail_always_flushed").to(at::kLong)));
    EXPECT_TRUE(isWithin(out.tokens, golden.expected(name + ".cif_out_tail_always_flushed"), 1e-5));
  }
}

// The unscaled weights in; outputs and gradients of the whole: scaling, integration, quantity loss.
// `nudge` is added to the weights.
void expectGoldenTraining(const Golden& golden, const std::string& name, const at::Tensor& nudge) {
  SCOPED_TRACE(name);
  const auto hidden = golden.input(name + ".hidden").requires_grad_();
  const auto alphas = (golden.expected(name + ".alpha") + nudge).requires_grad_();
  const auto targets = golden.input(name + ".target_lengths");
  auto tokens = integrateAndFire(hidden, alphas, targets).tokens;
  if (name == "dense_train") tokens = torch::matmul(tokens, golden["dense_type.cif_output_proj.weight"].t());
  EXPECT_TRUE(isWithin(scaledAlphas(alphas, targets), golden.expected(name + ".alpha_scaled"), 1e-5));
  EXPECT_TRUE(isWithin(tokens, golden.expected(name + ".cif_out"), 1e-5));
  const auto loss = (tokens * golden.input(name + ".loss_weights")).sum() + (alphas.sum(1) - targets).abs().sum();
  // Absolute, as the golden files demand it of CIF: the sum of what cancels out depends on the order of adding.
  EXPECT_TRUE(isWithin(loss.reshape({1}), golden.expected(name + ".loss"), 1e-5));
  loss.backward();
  const auto valid = torch::arange(hidden.size(1)).unsqueeze(0).lt(golden.input(name + ".lengths").unsqueeze(1));
  EXPECT_TRUE(isClose(alphas.grad() * valid, golden.expected(name + ".grad_alpha"), 1e-4));
  EXPECT_TRUE(isClose(hidden.grad(), golden.expected(name + ".grad_hidden_at_fixed_alpha"), 1e-4));
}

TEST(Cif, EqualsTheLoopOnGoldenTrainingWithGradients) {
  const Golden golden("cif_pytorch");
  for (const auto* name : {"conv_train", "dense_train"}) expectGoldenTraining(golden, name, torch::zeros({}));
  // Frame 5 ends where token 2 does, at 3.0: a kink, where the loop takes the derivative from above. 1e-6 moves us
  // there.
  auto nudge = torch::zeros({1, 8});
  nudge[0][5] = 1e-6;
  nudge[0][6] = -1e-6;
  expectGoldenTraining(golden, "spec_train_4", nudge);
}

TEST(Cif, KeepsTheTokensTheLoopsLoseWhenScaledWeightsExceedOne) {
  const Golden pytorch("cif_pytorch");
  const auto alphas = pytorch.expected("overfull_train_6.alpha");
  const auto targets = pytorch.input("overfull_train_6.target_lengths");
  const auto out = integrateAndFire(pytorch.input("overfull_train_6.hidden"), alphas, targets);
  EXPECT_TRUE(isWithin(out.tokens, pytorch.expected("overfull_train_6.interval_form_out"), 1e-5));
  EXPECT_TRUE(isWithin(tokenOverlaps(scaledAlphas(alphas, targets), 6),
                       pytorch.expected("overfull_train_6.interval_form_weights"), 1e-5));
  const Golden funasr("cif_funasr");
  const auto scaled = funasr.expected("exact_overfull_train_6.alphas");
  const auto other = integrateAndFire(funasr.input("exact_overfull_train_6.hidden"), scaled, torch::tensor({6}));
  EXPECT_TRUE(isWithin(other.tokens, funasr.expected("exact_overfull_train_6.interval_form_out"), 2e-5));
}

TEST(Cif, GivesNothingForSilence) {
  const auto out = integrateAndFire(torch::randn({2, 5, 8}), torch::full({2, 5}, 0.05), {});
  EXPECT_TRUE(isSame(out.lengths, torch::zeros({2}, at::kLong)));
  EXPECT_TRUE(isSame(out.tokens, torch::zeros({2, 1, 8})));
}

TEST(Cif, SplitsEveryFrameCompletely) {
  torch::manual_seed(5);
  const auto alphas = torch::rand({4, 50}) * 2.5;
  const auto overlaps = tokenOverlaps(alphas, 200);
  EXPECT_TRUE(isWithin(overlaps.sum(1), alphas, 1e-6));
  const auto full = torch::arange(200).unsqueeze(0).lt(alphas.to(at::kDouble).sum(1).floor().unsqueeze(1));
  EXPECT_TRUE(isWithin(overlaps.sum(2).masked_select(full), torch::ones({full.sum().item<std::int64_t>()}), 1e-9));
}

TEST(Cif, StaysExactOverLongRecordings) {
  const auto alphas = torch::full({1, 6000}, 0.1F);  // 1/10 is no float: a sum in float drifts by frames
  const auto out = integrateAndFire(torch::arange(6000, at::kFloat).view({1, 6000, 1}), alphas, {});
  ASSERT_EQ(out.lengths.item<std::int64_t>(), 600);
  EXPECT_NEAR(out.tokens[0][598][0].item<double>(), 5984.5, 0.01);
}

// Central differences, in double.
TEST(Cif, HasTheGradientsOfItsValues) {
  torch::manual_seed(3);
  const auto frames = torch::randn({2, 9, 3}, at::kDouble).requires_grad_();
  const auto alphas = (torch::rand({2, 9}, at::kDouble) * 0.9 + 0.05).requires_grad_();
  for (const bool training : {true, false}) {
    const at::Tensor targets = training ? torch::tensor({4, 7}) : at::Tensor();
    const auto value = [&](const at::Tensor& f, const at::Tensor& a) {
      const auto tokens = integrateAndFire(f, a, targets, 0.3).tokens;
      return (tokens * torch::arange(tokens.numel(), at::kDouble).view(tokens.sizes()).sin()).sum();
    };
    const auto gradients = torch::autograd::grad({value(frames, alphas)}, {frames, alphas});
    const torch::NoGradGuard noGrad;
    for (const int which : {0, 1}) {
      const auto& at = which == 0 ? frames : alphas;
      auto numeric = torch::zeros_like(at);
      for (std::int64_t i = 0; i < at.numel(); ++i) {
        auto moved = torch::zeros({at.numel()}, at::kDouble);
        moved[i] = 1e-6;
        moved = moved.view(at.sizes());
        const auto up = which == 0 ? value(at + moved, alphas) : value(frames, at + moved);
        const auto down = which == 0 ? value(at - moved, alphas) : value(frames, at - moved);
        numeric.view(-1)[i] = (up - down) / 2e-6;
      }
      EXPECT_TRUE(isClose(gradients[static_cast<std::size_t>(which)], numeric, 1e-6)) << "training " << training;
    }
  }
}

}  // namespace
}  // namespace xllm::x2l
