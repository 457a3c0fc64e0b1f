// The interfaces in training's bfloat16 against the published implementations' float32 numbers.
#include "core/training/autocast.h"

#include <gtest/gtest.h>
#include <torch/nn/module.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "core/x2l/image_interface.h"
#include "core/x2l/parameters.h"
#include "core/x2l/speech_interface.h"
#include "tests/support/golden.h"

namespace xllm::training {
namespace {

using tests::Golden;
using tests::isClose;

void loadGolden(torch::nn::Module& module, const Golden& golden, std::vector<std::string> others) {
  x2l::LoadOptions options{.ignore = std::move(others)};
  for (const auto* kind : {"input.*", "expected.*"}) options.ignore.emplace_back(kind);
  const auto loaded = x2l::loadParameters(module, *golden.checkpoint(), options);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  module.eval();
}

// Near the expected numbers, and not by being computed in float32 after all.
void expectRounded(const at::Tensor& actual, const at::Tensor& expected) {
  EXPECT_TRUE(isClose(actual.to(at::kFloat), expected, 3e-2));
  EXPECT_FALSE(isClose(actual.to(at::kFloat), expected, 1e-5)) << "nothing was rounded";
}

TEST(Autocast, TheQFormerStaysNearItsFloat32Numbers) {
  const Golden golden("qformer_blip2_stage1");
  x2l::ImageInterface interface(
      {.featureWidth = 64, .hidden = 64, .layers = 4, .heads = 4, .intermediate = 128, .queries = 6, .llmWidth = 128});
  loadGolden(interface, golden, x2l::otherImageKeys());
  const torch::NoGradGuard noGrad;
  const Autocast bfloat16(ComputePrecision::BFloat16);
  const at::Tensor cells = golden.input("image_embeds");
  expectRounded(interface.queryStates(cells), golden.expected("query_output"));
  expectRounded(interface.forward(cells), golden.expected("i_adapter_output"));
}

TEST(Autocast, TheCFormerStaysNearItsFloat32Numbers) {
  const Golden golden("speech_s2l_bert");
  x2l::SpeechInterface interface({.featureWidth = 512,
                                  .cifInput = true,
                                  .hidden = 64,
                                  .layers = 3,
                                  .heads = 4,
                                  .intermediate = 160,
                                  .positions = 40,
                                  .llmWidth = 128});
  loadGolden(interface, golden, x2l::otherSpeechKeys(interface.config()));
  const torch::NoGradGuard noGrad;
  const Autocast bfloat16(ComputePrecision::BFloat16);
  const auto out = interface.forward(golden.input("speech_input"), {}, {}, {});
  EXPECT_TRUE(tests::isSame(out.valid.to(at::kLong), golden.expected("attention_mask")));
  expectRounded(out.embeddings, golden.expected("speech_embeds"));
}

}  // namespace
}  // namespace xllm::training
