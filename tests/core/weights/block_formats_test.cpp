#include "core/weights/block_formats.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/weights/checkpoint.h"
#include "tests/core/weights/temporary_folder.h"
#include "tests/core/weights/whisper_cpp_bytes.h"
#include "tests/support/golden.h"

namespace xllm::weights {
namespace {

struct Format {
  std::int32_t id;  // ggml's
  StorageType type;
};
class BlockFormats : public ::testing::TestWithParam<Format> {};

// As whisper.cpp keeps a matrix: two rows of 512 numbers.
TEST_P(BlockFormats, OpenToTheNumbersOfThePublishedPackage) {
  const tests::Golden golden("ggml_blocks");
  const auto [id, type] = GetParam();
  const std::string name(toString(type));
  const at::Tensor blocks = golden.input(name), expected = golden.expected(name);
  const tests::TemporaryFolder folder;
  const std::string_view bytes(reinterpret_cast<const char*>(blocks.const_data_ptr<std::uint8_t>()), blocks.nbytes());
  const tests::WhisperCppBytes model =
      tests::WhisperCppBytes(std::vector<std::int32_t>(11, 1), 1, 1, {}).tensor("matrix", {2, 512}, id, bytes);
  const auto file = Checkpoint::open(tests::writeFile(folder / "ggml-tiny.bin", model.bytes()));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ((*file)->find("matrix")->type, type);
  EXPECT_TRUE(tests::isClose((*file)->load("matrix").value(), expected, 1e-6));
}

INSTANTIATE_TEST_SUITE_P(Types, BlockFormats,
                         ::testing::Values(Format{7, StorageType::Q5_1}, Format{10, StorageType::Q2_K},
                                           Format{11, StorageType::Q3_K}, Format{13, StorageType::Q5_K}),
                         [](const auto& format) { return std::string(toString(format.param.type)); });

}  // namespace
}  // namespace xllm::weights
