#include "core/x2l/speech_start.h"

#include <gtest/gtest.h>
#include <torch/nn/module.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "tests/core/weights/temporary_folder.h"
#include "tests/support/golden.h"

namespace xllm::x2l {
namespace {

using tests::Golden;
using tests::isClose;
using tests::isSame;

constexpr std::string_view kFormer = "speech_bert_adaptor.";

SpeechInterfaceConfig smallConfig() {
  return {.featureWidth = 512,
          .frontWidth = 512,
          .hidden = 64,
          .layers = 3,
          .heads = 4,
          .intermediate = 160,
          .positions = 40,
          .llmWidth = 128};
}

// The golden C-Former as bert-base-chinese is stored: old names of the norms, and what only BERT's own training needed.
std::shared_ptr<const weights::Checkpoint> bertFile(const std::filesystem::path& path, const std::string& prefix,
                                                    bool oldNames) {
  const Golden golden("speech_s2l_bert");
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (const std::string& name : golden.weightNames()) {
    if (!name.starts_with(kFormer)) continue;
    std::string stored = prefix + name.substr(kFormer.size());
    const auto end = [&](const std::string& from, const std::string& to) {
      if (oldNames && stored.ends_with(from)) stored.replace(stored.size() - from.size(), from.size(), to);
    };
    end("LayerNorm.weight", "LayerNorm.gamma");
    end("LayerNorm.bias", "LayerNorm.beta");
    tensors.emplace_back(stored, golden[name]);
  }
  tensors.emplace_back("cls.predictions.bias", at::zeros({30}));
  tensors.emplace_back(prefix + "embeddings.position_ids", at::arange(40).unsqueeze(0));
  if (auto saved = weights::saveSafetensors(path, tensors); !saved) throw std::runtime_error(saved.error().message);
  auto file = weights::Checkpoint::open(path);
  if (!file) throw std::runtime_error(file.error().message);
  return *file;
}

std::map<std::string, at::Tensor> valuesOf(const torch::nn::Module& module) {
  std::map<std::string, at::Tensor> values;
  for (const auto& item : module.named_parameters()) values[item.key()] = item.value().detach().clone();
  return values;
}

TEST(SpeechStart, TakesTheCFormerFromBertAndLeavesTheRest) {
  const Golden golden("speech_s2l_bert");
  const tests::TemporaryFolder folder;
  for (const std::string prefix : {"bert.", ""}) {
    for (const bool oldNames : {true, false}) {
      torch::manual_seed(3);
      SpeechInterface interface(smallConfig());
      const auto before = valuesOf(interface);
      const auto file = bertFile(folder / "bert.safetensors", prefix, oldNames);
      EXPECT_TRUE(holdsBert(*file));
      const auto loaded = loadParameters(interface, *file, publishedSpeechStart(interface.config(), *file));
      ASSERT_TRUE(loaded) << loaded.error().message;
      int taken = 0;
      for (const auto& [name, value] : valuesOf(interface)) {
        const bool former = name.starts_with(kFormer);
        EXPECT_TRUE(isSame(value, former ? golden[name] : before.at(name))) << name;
        taken += former ? 1 : 0;
      }
      EXPECT_EQ(taken, 4 + 3 * 16);
    }
  }
}

TEST(SpeechStart, RefusesABertOfOtherSizes) {
  const tests::TemporaryFolder folder;
  const auto file = bertFile(folder / "bert.safetensors", "bert.", true);
  SpeechInterfaceConfig config = smallConfig();
  config.layers = 4;
  SpeechInterface deeper(config);
  const auto missing = loadParameters(deeper, *file, publishedSpeechStart(config, *file));
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("bert.encoder.layer.3."), std::string::npos) << missing.error().message;
  config.layers = 2;
  SpeechInterface shallower(config);
  const auto unexpected = loadParameters(shallower, *file, publishedSpeechStart(config, *file));
  ASSERT_FALSE(unexpected);
  EXPECT_NE(unexpected.error().message.find("Unexpected"), std::string::npos) << unexpected.error().message;
}

TEST(SpeechStart, HearsInThePublishedPipelineWhatItHeardAlone) {
  const Golden golden("speech_s2l_bert"), pipeline("xllm_pipeline");
  SpeechInterfaceConfig config = smallConfig();
  config.cifInput = true;
  SpeechInterface interface(config);
  EXPECT_FALSE(holdsBert(*golden.checkpoint()));
  LoadOptions options = publishedSpeechStart(config, *golden.checkpoint());
  for (const auto* kind : {"input.*", "expected.*"}) options.ignore.emplace_back(kind);
  const auto loaded = loadParameters(interface, *golden.checkpoint(), options);
  ASSERT_TRUE(loaded) << loaded.error().message;
  interface.eval();
  const torch::NoGradGuard noGrad;
  const auto heard = interface.forward(pipeline.input("speech_input"), {}, {}, {});
  EXPECT_TRUE(heard.valid.all().item<bool>());
  EXPECT_TRUE(isClose(heard.embeddings, pipeline.expected("speech_soft_tokens"), 1e-4));
}

}  // namespace
}  // namespace xllm::x2l
