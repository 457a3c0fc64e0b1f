#include "core/x2l/published_qformer.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "core/x2l/image_interface.h"
#include "core/x2l/parameters.h"
#include "core/x2l/qformer_text.h"
#include "tests/support/golden.h"
#include "tests/support/published_names.h"

namespace xllm::x2l {
namespace {

using tests::Golden;
using tests::isClose;
using tests::isSame;
using Named = tests::NamedTensors;

ImageInterfaceConfig goldenSizes() {
  return {
      .featureWidth = 64, .hidden = 64, .layers = 4, .heads = 4, .intermediate = 128, .queries = 6, .llmWidth = 128};
}

class PublishedQFormer : public testing::Test {
 protected:
  std::shared_ptr<const weights::Checkpoint> saved(const Named& tensors) const {
    const auto path = std::filesystem::path(testing::TempDir()) /
                      (std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".safetensors");
    if (const auto done = weights::saveSafetensors(path, tensors); !done)
      throw std::runtime_error(done.error().message);
    return *weights::Checkpoint::open(path);
  }

  // Every weight of the golden file, or the query branch alone (what BLIP-2's second stage publishes).
  Named weights(bool textBranch) const {
    const ImageInterface sizes(goldenSizes());
    Named named;
    for (const auto& name : m_golden.weightNames()) {
      if (textBranch || sizes.named_parameters().contains(name)) named.emplace_back(name, m_golden[name]);
    }
    return named;
  }

  void expectGolden(ImageInterface& interface) const {
    interface.eval();
    const torch::NoGradGuard noGrad;
    const auto cells = m_golden.input("image_embeds");
    EXPECT_TRUE(isClose(interface.queryStates(cells), m_golden.expected("query_output"), 1e-4));
    EXPECT_TRUE(isClose(interface.forward(cells), m_golden.expected("i_adapter_output"), 1e-4));
  }

  const Golden m_golden{"qformer_blip2_stage1"};
};

TEST_F(PublishedQFormer, LoadsASecondStageInsideADictionary) {
  Named named = weights(false);
  for (auto& [name, tensor] : named) name = "model/" + name;
  ImageInterface interface(goldenSizes());
  const auto loaded = loadImageInterface(interface, saved(named));
  ASSERT_TRUE(loaded) << loaded.error().message;
  expectGolden(interface);
}

TEST_F(PublishedQFormer, LoadsAFirstStageAndLeavesItsTextBranch) {
  ImageInterface interface(goldenSizes());
  const auto loaded = loadImageInterface(interface, saved(weights(true)));
  ASSERT_TRUE(loaded) << loaded.error().message;
  expectGolden(interface);
}

TEST_F(PublishedQFormer, LoadsHuggingFacesNamesBesideTowerAndLanguageModel) {
  Named named = weights(false);
  for (auto& [name, tensor] : named) name = tests::huggingFaceFormerName(name);
  for (const char* other : {"vision_model.post_layernorm.weight", "vision_model.encoder.layers.0.mlp.fc1.weight",
                            "language_model.model.decoder.final_layer_norm.weight"}) {
    named.emplace_back(other, torch::ones({3}));
  }
  const auto file = saved(named);
  ASSERT_NE(file->find("qformer.encoder.layer.0.crossattention.attention.key.weight"), nullptr);
  ImageInterface interface(goldenSizes());
  const auto loaded = loadImageInterface(interface, file);
  ASSERT_TRUE(loaded) << loaded.error().message;
  expectGolden(interface);
}

TEST_F(PublishedQFormer, LoadsHuggingFacesFirstStageWithItsHeads) {
  Named named;
  for (const auto& [name, tensor] : weights(true)) {
    if (name.starts_with("Qformer.cls.") || name == "temp" || name.starts_with("opt_proj.")) continue;  // not published
    named.emplace_back(tests::huggingFaceFormerName(name), tensor);
  }
  QFormerStage1 module(std::make_shared<ImageInterface>(goldenSizes()),
                       {.vocabulary = 60, .positions = 32, .embedding = 32});
  auto options = publishedStage1Names();
  options.optional.insert(options.optional.end(), {"text.Qformer.cls.*", "text.temp"});
  const auto loaded = loadParameters(module, *withLavisNames(saved(named)), options);
  ASSERT_TRUE(loaded) << loaded.error().message;
  module.eval();
  const torch::NoGradGuard noGrad;
  const auto ids = m_golden.input("text_input_ids");
  const auto valid = m_golden.input("text_attention_mask").to(at::kBool);
  const auto first = module.readText(ids, valid);
  EXPECT_TRUE(isClose(module.textVectors(first), m_golden.expected("text_feat"), 1e-4));
  const auto memory = module.memory(m_golden.input("image_embeds"));
  EXPECT_TRUE(
      isClose(module.pictureVectors(module.image().queryStates(memory)), m_golden.expected("image_feats"), 1e-4));
  const auto scores = module.matchScores(module.readTogether(memory, ids, valid));
  EXPECT_TRUE(isClose(scores, m_golden.expected("itm_logits").narrow(0, 0, 3), 1e-4));
}

TEST_F(PublishedQFormer, LoadsVisualGlmsNamesWithFusedMatrices) {
  Named named = tests::visualGlmFormer(weights(false), 4);
  for (const std::string end : {"weight", "bias"}) {
    named.emplace_back("image_encoder.vit.mixins.cls.ln_vision." + end, torch::ones({64}));
    named.emplace_back("image_encoder.vit.transformer.layers.0.input_layernorm." + end, torch::ones({64}));
    named.emplace_back("transformer.layers.0.input_layernorm." + end, torch::ones({64}));
  }
  const auto file = saved(named);
  ImageInterface interface(goldenSizes());
  const auto loaded = loadImageInterface(interface, file);
  ASSERT_TRUE(loaded) << loaded.error().message;
  expectGolden(interface);

  // The same cuts in the stored bytes.
  const std::string value = "Qformer.bert.encoder.layer.2.attention.self.value.weight";
  const auto bytes = withLavisNames(file)->stored(value);
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(bytes->shape, (std::vector<std::int64_t>{64, 64}));
  auto cut = torch::empty({64, 64});
  ASSERT_EQ(bytes->bytes.size(), cut.nbytes());
  std::memcpy(cut.mutable_data_ptr(), bytes->bytes.data(), cut.nbytes());
  EXPECT_TRUE(isSame(cut, m_golden[value]));
}

TEST_F(PublishedQFormer, TellsOfALastNormOfTheEncoderThatNobodyUses) {
  Named named = weights(false);
  named.emplace_back("ln_vision.weight", torch::ones({64}));
  named.emplace_back("ln_vision.bias", torch::zeros({64}));
  ImageInterface interface(goldenSizes());
  const auto unused = loadImageInterface(interface, saved(named));
  ASSERT_FALSE(unused);
  EXPECT_NE(unused.error().message.find("ln_vision.weight"), std::string::npos) << unused.error().message;
  // Beside the tower it is the encoder's business.
  named.emplace_back("visual_encoder.cls_token", torch::ones({1, 1, 64}));
  const auto whole = loadImageInterface(interface, saved(named));
  EXPECT_TRUE(whole) << whole.error().message;
}

TEST_F(PublishedQFormer, LeavesOtherFilesAsTheyAre) {
  const auto file = saved({{"opt_proj.weight", torch::ones({2, 2})}});
  EXPECT_EQ(withLavisNames(file), file);
  EXPECT_EQ(withLavisNames(m_golden.checkpoint()), m_golden.checkpoint());
}

}  // namespace
}  // namespace xllm::x2l
