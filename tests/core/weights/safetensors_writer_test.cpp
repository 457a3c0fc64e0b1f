#include "core/weights/safetensors_writer.h"

#include <algorithm>
#include <tuple>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/weights/block_formats.h"
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

TEST(SafetensorsWriter, KeepsBlocksAsTheyAre) {
  const tests::TemporaryFolder folder;
  at::manual_seed(5);
  const at::Tensor values = at::randn({6, 64});
  std::vector<std::byte> bytes(6 * 2 * 18);
  quantise(StorageType::Q4_0, {values.const_data_ptr<float>(), 6 * 64}, bytes);
  const at::Tensor norm = at::randn({3});
  {
    SafetensorsWriter writer(folder / "q", {{"m", {6, 64}, StorageType::Q4_0}, {"norm", {3}, StorageType::F32}},
                             {{"made", "here"}});
    writer.write(std::span(bytes).first(100));  // cut anywhere
    writer.write(std::span(bytes).subspan(100));
    writer.write(std::as_bytes(std::span(norm.const_data_ptr<float>(), 3)));
    ASSERT_TRUE(writer.finish());
  }
  const auto file = Checkpoint::open(folder / "q");
  ASSERT_TRUE(file) << file.error().message;
  const TensorInfo* info = (*file)->find("m");
  ASSERT_NE(info, nullptr);
  EXPECT_EQ(info->type, StorageType::Q4_0);
  EXPECT_EQ(info->shape, (std::vector<std::int64_t>{6, 64}));
  const auto stored = (*file)->stored("m").value();
  EXPECT_TRUE(std::ranges::equal(stored.bytes, bytes));
  EXPECT_TRUE(tests::isClose((*file)->load("m").value(), values, 0.1));
  EXPECT_TRUE(tests::isSame((*file)->load("norm").value(), norm));
}

TEST(SafetensorsWriter, LeavesNothingBehindWithoutTheEnd) {
  const tests::TemporaryFolder folder;
  {
    SafetensorsWriter writer(folder / "half", {{"a", {4}, StorageType::F32}});
    writer.write(std::vector<std::byte>(8));
    EXPECT_ANY_THROW(writer.write(std::vector<std::byte>(9)));
    EXPECT_ANY_THROW(std::ignore = writer.finish());
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder / ""));
}

TEST(SafetensorsReader, RefusesBlocksThatDoNotFit) {
  const tests::TemporaryFolder folder;
  for (const char* list : {"[1]", "{", R"({"a": "Q4_0"})", R"({"a": 3})", R"({"a": "Q9_9"})"}) {
    ASSERT_TRUE(saveSafetensors(folder / "bad", {{"a", at::zeros({2, 17}, at::kByte)}}, {{kBlocksKey, list}}));
    const auto refused = Checkpoint::open(folder / "bad");
    ASSERT_FALSE(refused) << list;
    EXPECT_EQ(refused.error().code, ErrorCode::CorruptFile);
  }
  ASSERT_TRUE(
      saveSafetensors(folder / "other", {{"a", at::zeros({2, 17}, at::kByte)}}, {{kBlocksKey, R"({"b": "Q4_0"})"}}));
  EXPECT_TRUE(Checkpoint::open(folder / "other"));
}

// Each number is off by at most half a step; the extremes are met.
TEST(Quantise, RoundsToTheNearestStep) {
  at::manual_seed(9);
  const at::Tensor values = at::randn({64, 32}) * at::logspace(-6, 3, 64).unsqueeze(1);
  const at::Tensor range = values.amax(1) - values.amin(1), largest = values.abs().amax(1);
  const auto errorOf = [&](StorageType type) {
    std::vector<std::byte> bytes(64 * static_cast<std::size_t>(blockLayout(type).bytes));
    quantise(type, {values.const_data_ptr<float>(), 64 * 32}, bytes);
    at::Tensor back = at::empty_like(values);
    dequantise(type, bytes, {back.mutable_data_ptr<float>(), 64 * 32});
    return (back - values).abs().amax(1);
  };
  // Beside half a step: the scale's own rounding to half precision, 1/2048 of it, or 2^-25 where it is subnormal.
  const auto within = [](const at::Tensor& error, const at::Tensor& limit, double steps) {
    return (error <= limit * 1.01 + steps * 6e-8).all().item<bool>();
  };
  EXPECT_TRUE(within(errorOf(StorageType::Q8_0), largest / 127 / 2 + largest / 2048, 127));
  EXPECT_TRUE(within(errorOf(StorageType::Q4_1), range / 15 / 2 + (range + largest) / 2048, 16));
  EXPECT_TRUE(within(errorOf(StorageType::Q4_0), largest / 8 + largest / 2048, 8));  // 8 is not there: one step at most
  EXPECT_LT((errorOf(StorageType::Q8_0) / largest).median().item<double>(), 0.006);
  std::vector<std::byte> bytes(34);
  quantise(StorageType::Q8_0, std::vector<float>(32, 0.0F), bytes);
  std::vector<float> zeros(32, 1.0F);
  dequantise(StorageType::Q8_0, bytes, zeros);
  EXPECT_EQ(zeros, std::vector<float>(32, 0.0F));
}

}  // namespace
}  // namespace xllm::weights
