#include "core/x2l/speech_interface.h"

#include <gtest/gtest.h>
#include <torch/nn/module.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "core/x2l/parameters.h"
#include "core/x2l/spelling.h"
#include "tests/support/golden.h"

namespace xllm::x2l {
namespace {

using tests::Golden;
using tests::isClose;
using tests::isSame;
using tests::isWithin;

SpeechInterfaceConfig smallConfig() {
  return {.featureWidth = 20,
          .convolutionStride = 2,
          .frontWidth = 24,
          .frontLayers = 2,
          .frontHeads = 3,
          .frontIntermediate = 48,
          .ctcAlphabet = "abcé 好",
          .hidden = 32,
          .layers = 2,
          .heads = 4,
          .intermediate = 64,
          .positions = 64,
          .adapter = SpeechAdapter::Vocabulary,
          .vocabularyBias = true,
          .vocabularyScale = true,
          .llmWidth = 16,
          .llmVocabulary = 40};
}

void shake(torch::nn::Module& module) {
  const torch::NoGradGuard noGrad;
  for (auto& parameter : module.parameters()) parameter.add_(torch::randn_like(parameter) * 0.1);
}

void loadGolden(SpeechInterface& interface, const Golden& golden) {
  LoadOptions options{.ignore = otherSpeechKeys(interface.config())};
  for (const auto* kind : {"input.*", "expected.*"}) options.ignore.emplace_back(kind);
  const auto loaded = loadParameters(interface, *golden.checkpoint(), options);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  interface.eval();
}

SpeechInterfaceConfig goldenConfig(std::int64_t layers) {
  return {.featureWidth = 512,
          .cifInput = true,
          .hidden = 64,
          .layers = layers,
          .heads = 4,
          .intermediate = 160,
          .positions = 40,
          .llmWidth = 128};
}

TEST(SpeechInterface, LoadsThePublishedLayoutAndAgreesWithIt) {
  const Golden golden("speech_s2l_bert");
  SpeechInterface interface(goldenConfig(3));
  loadGolden(interface, golden);
  const torch::NoGradGuard noGrad;
  const auto out = interface.forward(golden.input("speech_input"), {}, {}, {});
  EXPECT_TRUE(isSame(out.valid.to(at::kLong), golden.expected("attention_mask")));
  EXPECT_TRUE(isSame(out.frames, golden.expected("attention_mask").sum(1)));
  EXPECT_TRUE(isClose(out.embeddings, golden.expected("speech_embeds"), 1e-5));
}

TEST(SpeechInterface, AgreesWithTheSingleLinearVariant) {
  const Golden golden("speech_s2l_bert");
  SpeechInterface interface(goldenConfig(0));
  loadGolden(interface, golden);
  const torch::NoGradGuard noGrad;
  const auto out = interface.forward(golden.input("speech_input"), {}, {}, {});
  EXPECT_TRUE(isClose(out.embeddings, golden.expected("fc_variant_speech_embeds"), 1e-5));
}

TEST(SpeechInterface, HearsAPaddedClipAsIfAlone) {
  for (const auto norm : {FormerNorm::After, FormerNorm::Before}) {
    torch::manual_seed(1);
    auto config = smallConfig();
    config.formerNorm = norm;
    SpeechInterface interface(config);
    shake(interface);
    interface.eval();
    const torch::NoGradGuard noGrad;
    const auto table = torch::randn({40, 16});
    const auto features = torch::randn({3, 30, 20}) * 2;
    const auto lengths = torch::tensor({30, 13, 22}, at::kLong);
    const auto valid = torch::arange(30).unsqueeze(0).lt(lengths.unsqueeze(1));
    const auto all = interface.forward(features, valid, {}, table);
    EXPECT_TRUE(isSame(all.frames, torch::tensor({15, 7, 11}, at::kLong)));
    for (std::int64_t i = 0; i < 3; ++i) {
      SCOPED_TRACE(i);
      const auto one =
          interface.forward(features.narrow(0, i, 1).narrow(1, 0, lengths[i].item<std::int64_t>()), {}, {}, table);
      const auto frames = one.frames.item<std::int64_t>(), tokens = one.valid.sum().item<std::int64_t>();
      ASSERT_GT(tokens, 1);
      EXPECT_EQ(tokens, all.valid[i].sum().item<std::int64_t>());
      EXPECT_TRUE(isWithin(all.alphas[i].narrow(0, 0, frames), one.alphas[0], 1e-5));
      EXPECT_EQ(all.alphas[i].slice(0, frames).abs().sum().item<double>(), 0.0);
      EXPECT_TRUE(isWithin(all.ctcLogits[i].narrow(0, 0, frames), one.ctcLogits[0], 1e-4));
      EXPECT_EQ(one.ctcLogits.size(2), 7);  // blank and six characters
      EXPECT_TRUE(isWithin(all.scores[i].narrow(0, 0, tokens), one.scores[0], 1e-4));
      EXPECT_TRUE(isWithin(all.embeddings[i].narrow(0, 0, tokens), one.embeddings[0], 1e-4));
    }
  }
}

TEST(SpeechInterface, GivesAsManyTokensAsTrainingAsksFor) {
  torch::manual_seed(2);
  SpeechInterface interface(smallConfig());
  const auto targets = torch::tensor({5, 17}, at::kLong);
  const auto out = interface.forward(torch::randn({2, 40, 20}), {}, targets, torch::randn({40, 16}));
  EXPECT_TRUE(isSame(out.valid.sum(1), targets));
  EXPECT_EQ(out.scores.sizes(), at::IntArrayRef({2, 17, 40}));
}

TEST(SpeechInterface, FeedsTheExpectedWordEmbedding) {
  torch::manual_seed(3);
  SpeechInterface interface(smallConfig());
  interface.eval();
  const torch::NoGradGuard noGrad;
  const auto table = torch::randn({40, 16});
  interface.named_parameters()["vocab_bias"][7] = 1000.0;  // now every token is word 7 for certain
  const auto out = interface.forward(torch::randn({1, 20, 20}), {}, {}, table);
  EXPECT_TRUE(isWithin(out.embeddings, table[7].expand_as(out.embeddings), 1e-6));
}

TEST(SpeechInterface, ScoresOnlyTheCandidatesOfAShorterTable) {
  torch::manual_seed(4);
  auto config = smallConfig();
  config.vocabularyBias = false;
  SpeechInterface interface(config);
  interface.eval();
  const torch::NoGradGuard noGrad;
  const auto table = torch::randn({40, 16}), features = torch::randn({1, 30, 20});
  const auto candidates = torch::tensor({31, 4, 8}, at::kLong);
  const auto full = interface.forward(features, {}, {}, table);
  const auto few = interface.forward(features, {}, {}, table.index_select(0, candidates));
  EXPECT_TRUE(isWithin(few.scores, full.scores.index_select(2, candidates), 1e-5));
}

TEST(SpeechInterface, RecognisesATokenByItsLettersAlone) {
  torch::manual_seed(9);
  auto config = smallConfig();
  config.vocabularyBias = false;
  config.spellingPlaces = 3;
  SpeechInterface interface(config);
  interface.eval();
  const torch::NoGradGuard noGrad;
  std::vector<std::string> texts(40, "ff");
  texts[11] = "ab";
  texts[12] = "abc";
  const LlmVocabulary vocabulary{torch::zeros({40, 16}), spelledTable(texts, config.ctcAlphabet, 3)};
  // The letters heard are a, b, end: only token 11 is spelled so, whatever its embedding says.
  auto bias = interface.named_parameters()["vocab_spelling.bias"];
  interface.named_parameters()["vocab_spelling.weight"].zero_();
  bias.zero_();
  const auto kinds = spellingKinds(config.ctcAlphabet);
  bias[0 * kinds + 1] = 5.0;
  bias[1 * kinds + 2] = 5.0;
  bias[2 * kinds + 0] = 5.0;
  const auto out = interface.recognise(torch::randn({1, 20, 20}), {}, {}, vocabulary);
  EXPECT_TRUE(out.scores.argmax(2).eq(11).all().item<bool>());
  EXPECT_NEAR((out.scores[0][0][11] - out.scores[0][0][12]).item<double>(), 5.0, 1e-5);
  EXPECT_FALSE(out.embeddings.defined());
  EXPECT_THROW(interface.recognise(torch::randn({1, 20, 20}), {}, {}, torch::zeros({40, 16})), c10::Error);
}

TEST(SpeechInterface, HasSeveralCtcFramesPerFrame) {
  torch::manual_seed(10);
  auto config = smallConfig();
  config.ctcSteps = 2;
  SpeechInterface interface(config);
  const auto out = interface.recognise(torch::randn({2, 40, 20}), {}, torch::tensor({5, 6}), torch::randn({40, 16}));
  EXPECT_EQ(out.ctcLogits.sizes(), at::IntArrayRef({2, 2 * out.alphas.size(1), 7}));
}

TEST(SpeechInterface, HasAFullVocabularyHead) {
  torch::manual_seed(5);
  auto config = smallConfig();
  config.vocabularyHead = VocabularyHead::Full;
  SpeechInterface interface(config);
  const auto table = torch::randn({40, 16});
  const auto out = interface.forward(torch::randn({2, 20, 20}), {}, torch::tensor({3, 4}), table);
  EXPECT_EQ(out.scores.sizes(), at::IntArrayRef({2, 4, 40}));
  EXPECT_EQ(interface.named_parameters()["vocab_head.weight"].sizes(), at::IntArrayRef({40, 32}));
  EXPECT_THROW(interface.forward(torch::randn({2, 20, 20}), {}, {}, table.narrow(0, 0, 39)), c10::Error);
  EXPECT_THROW(interface.forward(torch::randn({2, 20, 20}), {}, {}, {}), c10::Error);
}

TEST(SpeechInterface, TakesMoreTokensThanPositions) {
  torch::manual_seed(6);
  auto config = goldenConfig(2);
  config.positions = 8;
  SpeechInterface interface(config);
  shake(interface);
  interface.eval();
  const torch::NoGradGuard noGrad;
  const auto features = torch::randn({1, 20, 512});
  const auto all = interface.forward(features, {}, {}, {}).embeddings;
  EXPECT_TRUE(isWithin(all.narrow(1, 0, 8), interface.forward(features.narrow(1, 0, 8), {}, {}, {}).embeddings, 1e-5));
  EXPECT_TRUE(
      isWithin(all.narrow(1, 16, 4), interface.forward(features.narrow(1, 16, 4), {}, {}, {}).embeddings, 1e-5));
}

TEST(SpeechInterface, AnswersSilenceWithoutTokensAndWithoutNaN) {
  torch::manual_seed(7);
  SpeechInterface interface(smallConfig());
  interface.eval();
  const torch::NoGradGuard noGrad;
  interface.named_parameters()["cif.weight_proj.bias"].fill_(-20.0);
  const auto out = interface.forward(torch::randn({2, 20, 20}), {}, {}, torch::randn({40, 16}));
  EXPECT_EQ(out.valid.sum().item<std::int64_t>(), 0);
  EXPECT_TRUE(out.embeddings.isfinite().all().item<bool>());
}

TEST(SpeechInterface, TrainsEveryParameter) {
  for (const auto norm : {FormerNorm::After, FormerNorm::Before}) {
    torch::manual_seed(8);
    auto config = smallConfig();
    config.formerNorm = norm;
    config.dropout = 0.1;
    SpeechInterface interface(config);
    shake(interface);
    const auto valid = torch::arange(40).unsqueeze(0).lt(torch::tensor({40, 25}).unsqueeze(1));
    const auto out = interface.forward(torch::randn({2, 40, 20}), valid, torch::tensor({6, 4}), torch::randn({40, 16}));
    const auto loss = (out.scores * torch::randn_like(out.scores)).sum() +
                      (out.ctcLogits * torch::randn_like(out.ctcLogits)).sum() +
                      (out.alphas.sum(1) - torch::tensor({6, 4})).abs().sum();
    loss.backward();
    for (const auto& item : interface.named_parameters()) {
      if (item.key().ends_with("key.bias")) continue;  // softmax does not see it
      ASSERT_TRUE(item.value().grad().defined()) << item.key();
      EXPECT_TRUE(item.value().grad().isfinite().all().item<bool>()) << item.key();
      EXPECT_GT(item.value().grad().abs().max().item<double>(), 1e-6) << item.key();
    }
  }
}

}  // namespace
}  // namespace xllm::x2l
