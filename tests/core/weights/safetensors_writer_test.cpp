#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/weights/checkpoint.h"
#include "tests/core/weights/temporary_folder.h"
#include "tests/support/golden.h"

namespace xllm::weights {
namespace {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

NamedTensors someTensors() {
  at::manual_seed(7);
  return {{"z.weight", at::randn({3, 5})},
          {"a.half", at::randn({7}).to(at::kHalf)},
          {"bf", at::randn({2, 2, 2}).to(at::kBFloat16)},
          {"ids", at::arange(4, at::kLong)},
          {"int", at::arange(-2, 3, at::kInt)},
          {"i8", at::arange(-3, 0, at::kChar)},
          {"u8", at::arange(3, at::kByte)},
          {"scalar", at::scalar_tensor(2.5)},
          {"empty", at::empty({0, 3})},
          {"transposed", at::arange(6, at::kFloat).reshape({2, 3}).t()},
          {"层 \"quoted\"\n", at::ones({1})}};
}

TEST(SafetensorsWriter, WritesWhatTheReaderReads) {
  const tests::TemporaryFolder folder;
  const NamedTensors tensors = someTensors();
  const auto saved = saveSafetensors(folder / "t.safetensors", tensors, {{"step", "12"}, {"作者", "é"}});
  ASSERT_TRUE(saved) << saved.error().message;
  const auto opened = Checkpoint::open(folder / "t.safetensors");
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ((*opened)->tensors().size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    const auto read = (*opened)->load(name);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(tests::isSame(*read, tensor)) << name;
  }
  EXPECT_EQ((*opened)->tensors().front().name, "z.weight");  // the given order
  EXPECT_EQ((*opened)->text("step").value(), "12");
  EXPECT_EQ((*opened)->text("作者").value(), "é");
}

TEST(SafetensorsWriter, TheSameInputGivesTheSameBytes) {
  const tests::TemporaryFolder folder;
  ASSERT_TRUE(saveSafetensors(folder / "a", someTensors(), {{"b", "1"}, {"a", "2"}}));
  ASSERT_TRUE(saveSafetensors(folder / "b", someTensors(), {{"a", "2"}, {"b", "1"}}));
  const std::string bytes = tests::contentsOf(folder / "a");
  EXPECT_EQ(bytes, tests::contentsOf(folder / "b"));
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  EXPECT_EQ((header + sizeof header) % 64, 0U);  // data can be used where they are mapped
}

TEST(SafetensorsWriter, LeavesNothingBesideTheFileAndReplacesTheOldOne) {
  const tests::TemporaryFolder folder;
  ASSERT_TRUE(saveSafetensors(folder / "t", {{"w", at::zeros({2})}}));
  ASSERT_TRUE(saveSafetensors(folder / "t", {{"w", at::ones({2})}}));
  const auto opened = Checkpoint::open(folder / "t");
  ASSERT_TRUE(opened);
  EXPECT_TRUE(tests::isSame((*opened)->load("w").value(), at::ones({2})));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(SafetensorsWriter, ReportsAFolderThatIsNotThere) {
  const tests::TemporaryFolder folder;
  const auto saved = saveSafetensors(folder / "missing/t", {{"w", at::zeros({2})}});
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, ErrorCode::DiskFull);
  EXPECT_NE(saved.error().message.find("missing/t"), std::string::npos);
}

TEST(SafetensorsWriter, AFailedWriteTouchesNothing) {
  const tests::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "t/inside");  // renaming a file over a folder with content fails
  EXPECT_FALSE(saveSafetensors(folder / "t", {{"w", at::zeros({2})}}));
  EXPECT_TRUE(std::filesystem::is_directory(folder / "t/inside"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(SafetensorsWriter, ThrowsOnOurOwnMistakes) {
  const tests::TemporaryFolder folder;
  const at::Tensor w = at::zeros({1});
  EXPECT_ANY_THROW((void)saveSafetensors(folder / "t", {{"w", w}, {"w", w}}));
  EXPECT_ANY_THROW((void)saveSafetensors(folder / "t", {{"\xff", w}}));
  EXPECT_ANY_THROW((void)saveSafetensors(folder / "t", {{"w", at::zeros({1}, at::kComplexFloat)}}));
  EXPECT_ANY_THROW((void)saveSafetensors(folder / "t", {{"w", at::Tensor()}}));
}

}  // namespace
}  // namespace xllm::weights
