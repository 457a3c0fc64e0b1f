#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/weights/checkpoint.h"
#include "tests/core/weights/temporary_folder.h"
#include "tests/core/weights/whisper_cpp_bytes.h"
#include "tests/support/golden.h"

namespace xllm::weights {
namespace {

using tests::WhisperCppBytes;

class WhisperCpp : public ::testing::Test {
 protected:
  Result<std::shared_ptr<const Checkpoint>> open(std::string_view bytes) const {
    return Checkpoint::open(tests::writeFile(m_folder / "ggml-tiny.bin", bytes));
  }
  static WhisperCppBytes empty() { return {std::vector<std::int32_t>(11, 1), 1, 1, {}}; }

  tests::TemporaryFolder m_folder;
};

TEST_F(WhisperCpp, ReadsSizesTokensAndTensors) {
  const auto opened = open(tests::smallWhisperCppModel());
  ASSERT_TRUE(opened) << opened.error().message;
  const Checkpoint& model = **opened;
  EXPECT_EQ(model.format(), "whisper.cpp");
  EXPECT_EQ(model.integer("dims/n_vocab").value(), 3);
  EXPECT_EQ(model.integer("dims/n_audio_head").value(), 1);
  EXPECT_EQ(model.integer("dims/n_mels").value(), 2);
  const auto& tokens = std::get<std::vector<std::string_view>>(model.metadata().at("tokens"));
  EXPECT_EQ(tokens, (std::vector<std::string_view>{"a", "\xe4\xbd", ""}));
  EXPECT_EQ(model.tensors().size(), 4U);
  const at::Tensor numbers = at::tensor({1.0F, -2.0F, 0.5F, 3.0F});
  EXPECT_TRUE(tests::isSame(model.load("encoder.conv2.weight").value(), numbers.view({2, 2})));
  EXPECT_TRUE(tests::isSame(model.load("encoder.conv2.bias").value(), numbers)) << "stored as a column";
  const at::Tensor blocks = at::arange(-16, 16, at::kFloat).mul_(0.5).unsqueeze(0);
  EXPECT_TRUE(tests::isSame(model.load("encoder.blocks.0.mlp.0.weight").value(), blocks));
  EXPECT_TRUE(tests::isSame(model.load("mel_filters").value(), at::zeros({2, 3})));
}

TEST_F(WhisperCpp, RefusesTheFileCutInsideATensor) {
  const std::string bytes = tests::smallWhisperCppModel();
  int accepted = 0;  // a file may end behind any tensor: nothing in it says how many there are
  for (std::size_t length = 1; length < bytes.size(); ++length) {
    if (open(std::string_view(bytes).substr(0, length))) ++accepted;
  }
  EXPECT_EQ(accepted, 2);
}

TEST_F(WhisperCpp, NamesWhatIsWrong) {
  const auto mentions = [&](const WhisperCppBytes& file, const std::string& what) {
    const auto opened = open(file.bytes());
    ASSERT_FALSE(opened) << what;
    const std::string& message = opened.error().message;
    EXPECT_NE(message.find(what), std::string::npos) << message;
  };
  mentions(empty(), "before its first tensor");
  mentions(empty().tensor("w", {2}, 0, "1234"), "ends too early");
  mentions(empty().tensor("w", {0}, 0, ""), "empty dimension");
  mentions(empty().tensor("w", {-3}, 0, ""), "empty dimension");
  mentions(empty().tensor("w", {2147483647, 2147483647, 2147483647}, 0, ""), "ggml-tiny.bin");
  mentions(empty().tensor("w", {1, 32}, 9, std::string(36, '\0')), "ggml element type 9");
  mentions(empty().tensor("w", {1, 31}, 8, std::string(34, '\0')), "ggml-tiny.bin");
  mentions(empty().tensor("w", {1}, 0, "1234").tensor("w", {1}, 0, "1234"), "\"w\"");
  mentions(empty().tensor("", {1}, 0, "1234"), "malformed head");
  mentions({std::vector<std::int32_t>(11, -1), 1, 1, {}}, "n_vocab is negative");
  mentions({std::vector<std::int32_t>(11, 1), 0, 1, {}}, "mel matrix");
}

}  // namespace
}  // namespace xllm::weights
