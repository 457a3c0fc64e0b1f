// Packed weights that are kept from one start to the next: used where they fit, never where they do not.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <ATen/Functions.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/kernels/isa.h"
#include "core/llm/packed_weights.h"
#include "core/weights/safetensors_writer.h"
#include "tests/core/llm/memory_checkpoint.h"

namespace xllm::llm {
namespace {

namespace fs = std::filesystem;

class PackedWeightsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (kernels::activeIsa() == kernels::Isa::Plain) GTEST_SKIP() << "plain kernels read the file's own blocks";
    fs::remove_all(m_folder);
    fs::create_directories(m_folder);
    writeModel(1);
    const DecoderConfig c = tests::tinyConfig();
    std::ofstream(m_folder / "config.json")
        << R"({"model_type": "llama", "hidden_size": )" << c.hidden << R"(, "num_hidden_layers": )" << c.layers
        << R"(, "num_attention_heads": )" << c.heads << R"(, "num_key_value_heads": )" << c.kvHeads
        << R"(, "head_dim": )" << c.headDim << R"(, "intermediate_size": )" << c.intermediate << R"(, "vocab_size": )"
        << c.vocabulary << R"(, "rms_norm_eps": 1e-5, "max_position_embeddings": 256, "tie_word_embeddings": true})";
  }
  void TearDown() override { fs::remove_all(m_folder); }

  // The tiny model of a seed as a file, always with the same time of change.
  void writeModel(std::int64_t seed) {
    const auto model = tests::tinyLlama(false, true, seed);
    weights::SafetensorsWriter writer(modelFile(), model->tensors());
    for (const weights::TensorInfo& tensor : model->tensors()) writer.write(model->stored(tensor.name)->bytes);
    ASSERT_TRUE(writer.finish());
    fs::last_write_time(modelFile(), fs::file_time_type(std::chrono::hours(1)));
  }

  // What the model says to some embeddings; its packed weights are kept when it is there, if they are not yet.
  at::Tensor answer(std::uintmax_t mostBytes = PackedWeights::kMostBytes) {
    const auto checkpoint = weights::Checkpoint::open(modelFile());
    EXPECT_TRUE(checkpoint);
    PackedWeights packed(keptFolder(), **checkpoint, mostBytes);
    const auto model = loadLanguageModel(*checkpoint, packed);
    EXPECT_TRUE(model) << (model ? "" : model.error().message);
    packed.keep();
    packed.finish();
    at::Tensor rows = at::arange(3 * 64, at::kFloat).reshape({1, 3, 64}).sin();
    return (*model)->logits((*model)->forward(rows));
  }
  at::Tensor answerWithoutKeeping() {
    const auto model = loadLanguageModel(*weights::Checkpoint::open(modelFile()), Precision::AsStored);
    at::Tensor rows = at::arange(3 * 64, at::kFloat).reshape({1, 3, 64}).sin();
    return (*model)->logits((*model)->forward(rows));
  }

  fs::path modelFile() const { return m_folder / "model.safetensors"; }
  fs::path keptFolder() const { return m_folder / "kept"; }
  std::vector<fs::path> keptFiles() const {
    std::vector<fs::path> files;
    if (!fs::exists(keptFolder())) return files;
    for (const auto& entry : fs::directory_iterator(keptFolder())) files.push_back(entry.path());
    return files;
  }

  const fs::path m_folder = fs::path(::testing::TempDir()) / ("packed_weights_" + std::to_string(::getpid()));
};

TEST_F(PackedWeightsTest, TheSecondStartUsesWhatTheFirstOneKept) {
  const at::Tensor first = answer();
  ASSERT_EQ(keptFiles().size(), 1U);
  EXPECT_TRUE(at::equal(answer(), first));
  EXPECT_TRUE(at::equal(answerWithoutKeeping(), first));

  // It is really that file that is used: with its last weights wiped out, the answer is another one.
  const auto bytes = fs::file_size(keptFiles().front());
  std::fstream file(keptFiles().front(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(bytes - 2048));
  file.write(std::string(2048, '\0').data(), 2048);
  file.close();
  EXPECT_FALSE(at::equal(answer(), first));
}

TEST_F(PackedWeightsTest, OtherWeightsOfTheSameSizeAndTimeArePackedAnew) {
  answer();
  writeModel(2);
  const at::Tensor other = answer();
  EXPECT_TRUE(at::equal(other, answerWithoutKeeping()));
  EXPECT_TRUE(at::equal(answer(), other));
  EXPECT_EQ(keptFiles().size(), 1U);  // the old file was replaced
}

TEST_F(PackedWeightsTest, ADamagedFileIsMadeAgain) {
  const at::Tensor first = answer();
  const auto whole = fs::file_size(keptFiles().front());
  for (const std::uintmax_t size : {std::uintmax_t{0}, std::uintmax_t{100}, whole / 2, whole - 1}) {
    fs::resize_file(keptFiles().front(), size);
    EXPECT_TRUE(at::equal(answer(), first)) << size;
    EXPECT_EQ(fs::file_size(keptFiles().front()), whole);
  }
}

TEST_F(PackedWeightsTest, AFileThatIsSoonDoneIsWaitedFor) {
  {
    const auto checkpoint = weights::Checkpoint::open(modelFile());
    PackedWeights packed(keptFolder(), **checkpoint);
    ASSERT_TRUE(loadLanguageModel(*checkpoint, packed));
    packed.keep();
  }
  ASSERT_EQ(keptFiles().size(), 1U);
  EXPECT_EQ(keptFiles().front().extension(), ".safetensors");
}

// It happens on a thread that nobody waits for.
TEST_F(PackedWeightsTest, WhatCannotBeWrittenIsPackedAgainNextTime) {
  const auto checkpoint = weights::Checkpoint::open(modelFile());
  PackedWeights packed(keptFolder(), **checkpoint);
  const auto model = loadLanguageModel(*checkpoint, packed);
  ASSERT_TRUE(model);
  const auto inBlocks =
      std::ranges::find((*checkpoint)->tensors(), weights::StorageType::Q8_0, &weights::TensorInfo::type);
  const auto stored = (*checkpoint)->stored(inBlocks->name);
  ASSERT_TRUE(stored);
  const auto matrix = kernels::QuantizedLinear::create(*stored, *checkpoint, std::make_shared<kernels::ThreadPool>());
  ASSERT_TRUE(matrix) << matrix.error().message;
  packed.find("\xFF", *stored);  // no name that the format allows
  packed.add("\xFF", *matrix);
  packed.keep();
  packed.finish();
  EXPECT_TRUE(keptFiles().empty());
}

TEST_F(PackedWeightsTest, TheLongestUnusedMakesRoom) {
  answer();
  const fs::path first = keptFiles().front();
  const auto bytes = fs::file_size(first);
  const fs::path old = keptFolder() / "old.safetensors", recent = keptFolder() / "recent.safetensors";
  const fs::path forgotten = keptFolder() / "other.safetensors.Ab3dEf", foreign = keptFolder() / "notes.txt";
  for (const fs::path& file : {old, recent, forgotten, foreign}) std::ofstream(file) << std::string(bytes / 4, 'x');
  const auto now = fs::file_time_type::clock::now();
  fs::last_write_time(old, now - std::chrono::hours(100));
  fs::last_write_time(forgotten, now - std::chrono::hours(100));
  fs::last_write_time(foreign, now - std::chrono::hours(100));
  fs::remove(first);
  answer(bytes * 3 / 2);
  EXPECT_TRUE(fs::exists(first));
  EXPECT_TRUE(fs::exists(recent));
  EXPECT_TRUE(fs::exists(foreign));  // not ours
  EXPECT_FALSE(fs::exists(forgotten));
  EXPECT_TRUE(fs::exists(old));  // there is room for it

  fs::remove(first);
  answer(bytes * 5 / 4 + 1000);
  EXPECT_TRUE(fs::exists(first));
  EXPECT_TRUE(fs::exists(recent));
  EXPECT_FALSE(fs::exists(old));

  fs::remove(first);
  answer(bytes / 2);  // would never fit
  EXPECT_FALSE(fs::exists(first));
  EXPECT_TRUE(fs::exists(recent));
}

}  // namespace
}  // namespace xllm::llm
