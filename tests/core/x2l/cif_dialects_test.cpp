#include "core/x2l/cif_dialects.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "core/x2l/cif_weights.h"
#include "tests/support/golden.h"

namespace xllm::x2l {
namespace {

using tests::Golden;
using tests::isClose;
using tests::isSame;
using tests::isWithin;

at::Tensor validUpTo(const at::Tensor& lengths, std::int64_t size) {
  return torch::arange(size).unsqueeze(0).lt(lengths.unsqueeze(1));
}

CifHead pytorchHead(const Golden& golden, const std::string& name) {
  if (name.starts_with("conv")) {
    return {.kind = CifHeadKind::PytorchConvolution,
            .innerWeight = golden["conv_type.conv.weight"].requires_grad_(),
            .innerBias = golden["conv_type.conv.bias"].requires_grad_(),
            .weightWeight = golden["conv_type.weight_proj.weight"].requires_grad_(),
            .weightBias = golden["conv_type.weight_proj.bias"].requires_grad_()};
  }
  if (name.starts_with("dense")) {
    return {.kind = CifHeadKind::PytorchDense,
            .innerWeight = golden["dense_type.dense_proj.weight"].requires_grad_(),
            .innerBias = golden["dense_type.dense_proj.bias"].requires_grad_(),
            .weightWeight = golden["dense_type.weight_proj.weight"].requires_grad_(),
            .weightBias = golden["dense_type.weight_proj.bias"].requires_grad_()};
  }
  return {.kind = CifHeadKind::PytorchLinear,
          .innerWeight = {},
          .innerBias = {},
          .weightWeight = golden["logit_type.weight_proj.weight"].requires_grad_(),
          .weightBias = golden["logit_type.weight_proj.bias"].requires_grad_()};
}

TEST(CifPytorch, AgreesAtInferenceTailFaultIncluded) {
  const Golden golden("cif_pytorch");
  for (const std::string name :
       {"conv_infer", "dense_infer", "tail_unpadded", "tail_one_pad_frame", "tail_batch", "threshold_099"}) {
    SCOPED_TRACE(name);
    const auto hidden = golden.input(name + ".hidden");
    const auto lengths = golden.input(name + ".lengths");
    const auto alphas = cifAlphas(hidden, validUpTo(lengths, hidden.size(1)), pytorchHead(golden, name)).detach();
    EXPECT_TRUE(isWithin(alphas, golden.expected(name + ".alpha"), 1e-6));
    EXPECT_TRUE(isWithin(alphas.sum(1), golden.expected(name + ".quantity"), 1e-5));
    for (const bool flush : {false, true}) {
      if (flush && !golden.has("expected." + name + ".cif_out_tail_always_flushed")) continue;
      auto out = cifPytorch(hidden, golden.expected(name + ".alpha"), lengths, {}, {.flushUnpadded = flush});
      if (name == "dense_infer")
        out.tokens = torch::matmul(out.tokens, golden["dense_type.cif_output_proj.weight"].t());
      const std::string suffix = flush ? "_tail_always_flushed" : "";
      EXPECT_TRUE(isSame(out.lengths, golden.expected(name + ".cif_lengths" + suffix).to(at::kLong))) << suffix;
      EXPECT_TRUE(isWithin(out.tokens, golden.expected(name + ".cif_out" + suffix), 1e-5)) << suffix;
    }
  }
}

TEST(CifPytorch, AgreesInTrainingWithAllGradients) {
  const Golden golden("cif_pytorch");
  for (const std::string name : {"conv_train", "dense_train", "spec_train_4", "overfull_train_6"}) {
    SCOPED_TRACE(name);
    const auto hidden = golden.input(name + ".hidden").requires_grad_();
    const auto lengths = golden.input(name + ".lengths");
    const auto targets = golden.input(name + ".target_lengths");
    const auto head = pytorchHead(golden, name);
    const auto alphas = cifAlphas(hidden, validUpTo(lengths, hidden.size(1)), head);
    alphas.retain_grad();
    auto [tokens, counts] = cifPytorch(hidden, alphas, lengths, targets);
    EXPECT_TRUE(isSame(counts, golden.expected(name + ".cif_lengths").to(at::kLong)));
    const auto projection = golden["dense_type.cif_output_proj.weight"].requires_grad_();
    if (name == "dense_train") tokens = torch::matmul(tokens, projection.t());
    EXPECT_TRUE(isWithin(tokens, golden.expected(name + ".cif_out"), 1e-5));
    const auto loss = (tokens * golden.input(name + ".loss_weights")).sum() + (alphas.sum(1) - targets).abs().sum();
    EXPECT_TRUE(isClose(loss.reshape({1}), golden.expected(name + ".loss"), 1e-5));
    loss.backward();
    const auto valid = validUpTo(lengths, hidden.size(1));
    EXPECT_TRUE(isClose(alphas.grad() * valid, golden.expected(name + ".grad_alpha"), 1e-4));
    EXPECT_TRUE(isClose(hidden.grad(), golden.expected(name + ".grad_hidden"), 1e-4));
    const std::string prefix = name + ".grad_param.";
    EXPECT_TRUE(isClose(head.weightWeight.grad(), golden.expected(prefix + "weight_proj.weight"), 1e-4));
    EXPECT_TRUE(isClose(head.weightBias.grad(), golden.expected(prefix + "weight_proj.bias"), 1e-4));
    if (name == "conv_train") {
      EXPECT_TRUE(isClose(head.innerWeight.grad(), golden.expected(prefix + "conv.weight"), 1e-4));
      EXPECT_TRUE(isClose(head.innerBias.grad(), golden.expected(prefix + "conv.bias"), 1e-4));
    }
    if (name == "dense_train") {
      EXPECT_TRUE(isClose(head.innerWeight.grad(), golden.expected(prefix + "dense_proj.weight"), 1e-4));
      EXPECT_TRUE(isClose(head.innerBias.grad(), golden.expected(prefix + "dense_proj.bias"), 1e-4));
      EXPECT_TRUE(isClose(projection.grad(), golden.expected(prefix + "cif_output_proj.weight"), 1e-4));
    }
  }
}

TEST(CifPytorch, GivesNoRowsWhenNothingFires) {
  const Golden golden("cif_pytorch");
  const auto out = cifPytorch(golden.input("nothing_fired_train.hidden"), golden.expected("nothing_fired_train.alpha"),
                              golden.input("nothing_fired_train.lengths"), {}, {.flushTail = false});
  EXPECT_TRUE(isSame(out.tokens, golden.expected("nothing_fired_train.cif_out")));
  EXPECT_TRUE(isSame(out.lengths, golden.expected("nothing_fired_train.cif_lengths").to(at::kLong)));
}

TEST(CifWeights, AreTheGoldenConvolutionHead) {
  const Golden golden("cif_pytorch");
  CifWeights module(8, 3, 0.0);
  for (const auto& item : module.named_parameters()) {
    const torch::NoGradGuard noGrad;
    item.value().copy_(golden["conv_type." + item.key()]);
  }
  const auto hidden = golden.input("conv_infer.hidden");
  const auto alphas = module.forward(hidden, validUpTo(golden.input("conv_infer.lengths"), hidden.size(1)));
  EXPECT_TRUE(isWithin(alphas, golden.expected("conv_infer.alpha"), 1e-6));
}

CifHead funasrHead(const Golden& golden, const std::string& name) {
  const auto prefix = name.substr(0, name.find('_')) + ".";
  return {.kind = prefix == "v1." ? CifHeadKind::FunasrV1 : CifHeadKind::FunasrV2,
          .innerWeight = golden[prefix + "cif_conv1d.weight"].requires_grad_(),
          .innerBias = golden[prefix + "cif_conv1d.bias"].requires_grad_(),
          .weightWeight = golden[prefix + "cif_output.weight"].requires_grad_(),
          .weightBias = golden[prefix + "cif_output.bias"].requires_grad_()};
}

TEST(CifFunasr, AgreesAtInference) {
  const Golden golden("cif_funasr");
  for (const std::string name :
       {"v2_infer", "v2_infer_single", "v1_infer", "v2_infer_smooth_1.2_noise_0.05", "exact_infer"}) {
    SCOPED_TRACE(name);
    auto head = funasrHead(golden, name);
    if (name.find("smooth") != std::string::npos) head.smoothFactor = 1.2, head.noiseThreshold = 0.05;
    const auto hidden = golden.input(name + ".hidden");
    const auto valid = validUpTo(golden.input(name + ".lengths"), hidden.size(1));
    const auto out = cifFunasr(hidden, cifAlphas(hidden, valid, head), valid, {});
    EXPECT_TRUE(isWithin(out.alphas, golden.expected(name + ".alphas"), 1e-6));
    EXPECT_TRUE(isWithin(out.peaks, golden.expected(name + ".cif_peak"), 2e-6));
    EXPECT_TRUE(isSame(out.tokenCount.detach(), golden.expected(name + ".token_num")));
    EXPECT_TRUE(isWithin(out.tokens, golden.expected(name + ".acoustic_embeds"), name == "exact_infer" ? 2e-5 : 1e-5));
  }
}

TEST(CifFunasr, AgreesInTrainingWithAllGradients) {
  const Golden golden("cif_funasr");
  const auto hidden = golden.input("v2_train.hidden").requires_grad_();
  const auto valid = validUpTo(golden.input("v2_train.lengths"), hidden.size(1));
  const auto targets = golden.input("v2_train.target_lengths");
  const auto head = funasrHead(golden, "v2_train");
  const auto out = cifFunasr(hidden, cifAlphas(hidden, valid, head), valid, targets);
  EXPECT_TRUE(isWithin(out.tokenCount, golden.expected("v2_train.token_num"), 1e-5));
  EXPECT_TRUE(isWithin(out.alphas, golden.expected("v2_train.alphas"), 1e-5));
  EXPECT_TRUE(isWithin(out.tokens, golden.expected("v2_train.acoustic_embeds"), 1e-5));
  const auto loss = (out.tokens * golden.input("v2_train.loss_weights")).sum() + (out.tokenCount - targets).abs().sum();
  EXPECT_TRUE(isClose(loss.reshape({1}), golden.expected("v2_train.loss"), 1e-5));
  loss.backward();
  EXPECT_TRUE(isClose(hidden.grad(), golden.expected("v2_train.grad_hidden"), 1e-4));
  EXPECT_TRUE(isClose(head.innerWeight.grad(), golden.expected("v2_train.grad_param.cif_conv1d.weight"), 1e-4));
  EXPECT_TRUE(isClose(head.innerBias.grad(), golden.expected("v2_train.grad_param.cif_conv1d.bias"), 1e-4));
  EXPECT_TRUE(isClose(head.weightWeight.grad(), golden.expected("v2_train.grad_param.cif_output.weight"), 1e-4));
  EXPECT_TRUE(isClose(head.weightBias.grad(), golden.expected("v2_train.grad_param.cif_output.bias"), 1e-4));
}

TEST(CifFunasr, LosesTokensOfScaledWeightsAboveOneLikeTheOriginal) {
  const Golden golden("cif_funasr");
  const std::string name = "exact_overfull_train_6";
  const auto hidden = golden.input(name + ".hidden");
  const auto valid = validUpTo(golden.input(name + ".lengths"), hidden.size(1));
  const auto out = cifFunasr(hidden, cifAlphas(hidden, valid, funasrHead(golden, name)), valid,
                             golden.input(name + ".target_lengths"));
  EXPECT_TRUE(isWithin(out.tokens, golden.expected(name + ".acoustic_embeds"), 2e-5));
  EXPECT_TRUE(isWithin(out.peaks, golden.expected(name + ".cif_peak"), 2e-6));
}

}  // namespace
}  // namespace xllm::x2l
