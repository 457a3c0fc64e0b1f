#include "core/importing/found_speech_encoder.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/encoders/speech_encoder.h"
#include "core/importing/found_source.h"
#include "tests/core/weights/temporary_folder.h"
#include "tests/support/golden.h"

namespace xllm::importing {
namespace {

namespace fs = std::filesystem;
using tests::Golden;

class FindSpeechEncoder : public ::testing::Test {
 protected:
  // The golden Conformer as `name`, without its statistics, with other tensors.
  void writeConformer(const std::string& name, const std::vector<std::string>& others = {}) const {
    const Golden golden("wenet_conformer_batchnorm");
    std::vector<std::pair<std::string, at::Tensor>> tensors;
    for (const std::string& weight : golden.weightNames()) {
      if (weight.find("global_cmvn") == std::string::npos) tensors.emplace_back(weight, golden[weight]);
    }
    for (const std::string& other : others) tensors.emplace_back(other, at::ones({80}));
    ASSERT_TRUE(weights::saveSafetensors(folder / name, tensors));
  }

  tests::TemporaryFolder folder;
};

TEST_F(FindSpeechEncoder, TellsWhisper) {
  const auto found = findSpeechEncoder(tests::goldenPath("whisper_encoder.safetensors"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "Whisper");
  EXPECT_EQ(found->kind.type, "whisper");
  EXPECT_EQ(found->sizes.width, 64);
  EXPECT_EQ(found->sizes.blocks, 3);
  EXPECT_EQ(found->sizes.bins, 80);
  EXPECT_FALSE(found->sizes.decoder);
  EXPECT_EQ(found->missing, "");
  fs::copy(tests::goldenPath("whisper_decoder_hf.safetensors"), folder / "model.safetensors");
  const auto whole = findSpeechEncoder(folder.path());
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->weights, folder / "model.safetensors");
  EXPECT_TRUE(whole->sizes.decoder);
}

TEST_F(FindSpeechEncoder, FilesThatCannotBeLookedAtAreNotThere) {
  fs::create_symlink("model.bin", folder / "model.bin");  // to itself
  EXPECT_FALSE(findSpeechEncoder(folder.path()));
  fs::create_symlink("am.mvn", folder / "am.mvn");
  writeConformer("model.safetensors");
  const auto found = findSpeechEncoder(folder / "model.safetensors");
  ASSERT_TRUE(found);
  EXPECT_NE(found->missing, "");
}

TEST_F(FindSpeechEncoder, TellsWhichToolkitAConformerIsOf) {
  const auto inside = findSpeechEncoder(tests::goldenPath("wenet_conformer_batchnorm.safetensors"));
  ASSERT_TRUE(inside);
  EXPECT_EQ(inside->name, "Conformer of WeNet");
  EXPECT_TRUE(inside->kind.statistics.empty());
  EXPECT_TRUE(encoders::checkSpeechEncoderKind(inside->kind));

  writeConformer("model.safetensors");
  const auto bare = findSpeechEncoder(folder.path());
  ASSERT_TRUE(bare);
  EXPECT_NE(bare->missing.find("am.mvn"), std::string::npos) << bare->missing;
  tests::writeFile(folder / "global_cmvn", "{}");
  EXPECT_EQ(findSpeechEncoder(folder.path())->kind.statistics, folder / "global_cmvn");
  tests::writeFile(folder / "am.mvn", "<Nnet>");
  tests::writeFile(folder / "config.yaml", "encoder_conf:\n    rel_pos_type: latest\n");
  const auto funAsr = findSpeechEncoder(folder.path());
  EXPECT_EQ(funAsr->kind.type, "funasr-conformer");
  EXPECT_EQ(funAsr->kind.statistics, folder / "am.mvn");
  EXPECT_EQ(funAsr->kind.positions, "latest");
  EXPECT_EQ(funAsr->missing, "");
  EXPECT_TRUE(encoders::checkSpeechEncoderKind(funAsr->kind));

  writeConformer("model.safetensors", {"frontend.logmel.melmat", "normalize.mean"});
  const auto espnet = findSpeechEncoder(folder.path());
  EXPECT_EQ(espnet->kind.type, "espnet-conformer");
  EXPECT_TRUE(encoders::checkSpeechEncoderKind(espnet->kind));
}

TEST_F(FindSpeechEncoder, TellsParaformer) {
  const auto save = [&](const std::vector<std::string>& names) {
    std::vector<std::pair<std::string, at::Tensor>> tensors;
    for (const std::string& name : names) tensors.emplace_back(name, at::zeros({8}));
    ASSERT_TRUE(weights::saveSafetensors(folder / "model.safetensors", tensors));
  };
  save({"encoder.encoders0.0.norm1.weight", "encoder.encoders.0.norm1.weight", "encoder.after_norm.weight"});
  const auto found = findSpeechEncoder(folder.path());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind.type, "paraformer");
  EXPECT_EQ(found->sizes.blocks, 2);
  EXPECT_EQ(found->sizes.width, 8);
  EXPECT_NE(found->missing.find("am.mvn"), std::string::npos);
  tests::writeFile(folder / "am.mvn", "<Nnet>");
  EXPECT_EQ(findSpeechEncoder(folder.path())->missing, "");
}

TEST_F(FindSpeechEncoder, ImportSaysThatItNeedsNone) {
  const auto found = findSources({tests::goldenPath("whisper_encoder.safetensors")});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::Unsupported);
  EXPECT_NE(found.error().message.find("is a speech encoder (Whisper), which needs no import"), std::string::npos)
      << found.error().message;
}

TEST_F(FindSpeechEncoder, FindsNothingElse) {
  EXPECT_FALSE(findSpeechEncoder(tests::goldenPath("llama_smollm2.safetensors")));
  EXPECT_FALSE(findSpeechEncoder(folder / "nowhere.pt"));
  EXPECT_FALSE(findSpeechEncoder(folder.path()));
}

}  // namespace
}  // namespace xllm::importing
