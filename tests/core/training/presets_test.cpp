// Every config that the repository carries is one that the program reads.
#include <cstdlib>

#include <gtest/gtest.h>

#include "core/training/train_config.h"
#include "core/x2l/image_interface.h"
#include "core/x2l/speech_interface.h"
#include "tests/core/data/scratch.h"

namespace xllm::training {
namespace {

const std::filesystem::path kRoot = std::filesystem::path(XLLM_TEST_DIR).parent_path();

std::vector<std::filesystem::path> configsIn(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> configs;
  for (const auto& entry : std::filesystem::directory_iterator(kRoot / folder))
    if (entry.path().extension() == ".json") configs.push_back(entry.path());
  return configs;
}

bool readsInterface(const TrainConfig& config) {
  if (config.stage == Stage::Integrate) {
    return x2l::imageInterfaceConfig(config.interface.at("image")).has_value() &&
           x2l::speechInterfaceConfig(config.interface.at("speech")).has_value() &&
           x2l::imageInterfaceConfig(config.interface.at("video")).has_value();
  }
  if (config.stage == Stage::SpeechRecognition || config.stage == Stage::SpeechLanguage)
    return x2l::speechInterfaceConfig(config.interface).has_value();
  return x2l::imageInterfaceConfig(config.interface).has_value();
}

TEST(Presets, AreAllReadWithTheirInterfaces) {
  const tests::Scratch packs;  // some name files of the starter pack, which need not be there
  packs.write("starter/pack.json", "{}");
  ::setenv("XLLM_PACKS", packs.path().c_str(), 1);
  for (const char* folder : {"resources/presets", "packaging/starter"}) {
    const auto configs = configsIn(folder);
    EXPECT_GE(configs.size(), 3U) << folder;
    for (const auto& file : configs) {
      const auto config = readTrainConfig(file);
      ASSERT_TRUE(config) << file << ": " << config.error().message;
      EXPECT_TRUE(readsInterface(*config)) << file;
    }
  }
}

struct Published {
  const char* name;
  std::int64_t batch, warmup;  // of optimizer steps
  double peak, last;
};

// X-LLM's released configs (arXiv 2305.04160; phellonchen/X-LLM): warm-up counted there in micro-steps.
TEST(Presets, HaveThePublishedNumbers) {
  for (const auto& [name, batch, warmup, peak, last] :
       {Published{"image-stage2", 256, 188, 3e-5, 1e-8}, Published{"video-stage2", 16, 50, 1e-5, 1e-8},
        Published{"speech-stage2", 1024, 188, 1e-4, 1e-8}, Published{"stage3", 16, 13, 1e-6, 1e-6}}) {
    const auto config = readTrainConfig(kRoot / "resources/presets" / (std::string(name) + ".json"));
    ASSERT_TRUE(config) << config.error().message;
    const auto& o = config->optimizer;
    EXPECT_EQ(o.batch * o.accumulate, batch) << name;
    EXPECT_EQ(o.warmupSteps, warmup) << name;
    EXPECT_DOUBLE_EQ(o.learningRate, peak) << name;
    EXPECT_DOUBLE_EQ(o.finalLearningRate, last) << name;
    EXPECT_DOUBLE_EQ(o.weightDecay, 0.05) << name;
    EXPECT_DOUBLE_EQ(o.beta1, 0.9) << name;
    EXPECT_DOUBLE_EQ(o.beta2, 0.999) << name;
    EXPECT_EQ(o.clipNorm, 0.0) << name;
  }
}

}  // namespace
}  // namespace xllm::training
