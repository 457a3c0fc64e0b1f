#include "core/weights/checkpoint.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/base/caught.h"
#include "core/weights/block_formats.h"
#include "tests/core/weights/temporary_folder.h"
#include "tests/support/golden.h"

namespace xllm::weights {
namespace {

std::shared_ptr<const Checkpoint> open(const std::string& file) {
  auto opened = Checkpoint::open(tests::goldenPath("containers/" + file));
  if (!opened) throw std::runtime_error(opened.error().message);
  return *opened;
}

template <typename Value>
Value value(const Checkpoint& checkpoint, const std::string& key) {
  return std::get<Value>(checkpoint.metadata().at(key));
}

TEST(Checkpoint, SaysWhatIsMissing) {
  const auto opened = Checkpoint::open("/nowhere/model.gguf");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::NotFound);
  EXPECT_NE(opened.error().message.find("/nowhere/model.gguf"), std::string::npos);
}

TEST(Checkpoint, TellsADamagedFileFromOneItDoesNotRead) {
  const auto code = [](const std::string& file) {
    return Checkpoint::open(tests::goldenPath("containers/" + file)).error().code;
  };
  EXPECT_EQ(code("gguf_bad_offset_past_end.gguf"), ErrorCode::CorruptFile);
  EXPECT_EQ(code("gguf_bad_version_99.gguf"), ErrorCode::Unsupported);
  EXPECT_EQ(code("pt_bad_not_a_zip.bin"), ErrorCode::Unsupported);
}

// A header's length may begin like any other kind of file: 0x80 like a pickle, `{` like an index, "P" like a zip.
TEST(Checkpoint, KnowsSafetensorsByMoreThanTheLengthOfItsHeader) {
  const tests::TemporaryFolder folder;
  for (const int length : {0x80, 0x7B, 0x180, 0x50, 0x147}) {
    std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
    header.resize(static_cast<std::size_t>(length), ' ');
    const std::string size{static_cast<char>(length & 0xFF), static_cast<char>(length >> 8), 0, 0, 0, 0, 0, 0};
    const auto opened =
        Checkpoint::open(tests::writeFile(folder / "a.safetensors", size + header + std::string(4, '\0')));
    ASSERT_TRUE(opened) << length << ": " << opened.error().message;
    EXPECT_EQ((*opened)->format(), "safetensors");
  }
}

TEST(Checkpoint, ReadsEveryKindOfGgufMetadata) {
  const auto gguf = open("gguf_all_types.gguf");
  EXPECT_EQ(gguf->format(), "gguf");
  EXPECT_EQ(gguf->text("general.architecture").value(), "llama");
  EXPECT_EQ(gguf->text("general.name").value(), "tiny test é");
  EXPECT_EQ(gguf->integer("t.u8").value(), 255);
  EXPECT_EQ(gguf->integer("t.i8").value(), -128);
  EXPECT_EQ(gguf->integer("t.u16").value(), 65535);
  EXPECT_EQ(gguf->integer("t.i16").value(), -32768);
  EXPECT_EQ(gguf->integer("t.u32").value(), 4294967295);
  EXPECT_EQ(gguf->integer("t.i32").value(), -2147483648LL);
  EXPECT_EQ(gguf->integer("t.i64").value(), INT64_MIN);
  EXPECT_EQ(gguf->number("t.u64").value(), 18446744073709551615.0);  // too large for an integer
  EXPECT_EQ(gguf->number("t.f32").value(), 1.5);
  EXPECT_EQ(gguf->number("t.f64").value(), 0.1);
  EXPECT_TRUE(value<bool>(*gguf, "t.bool_true"));
  EXPECT_FALSE(value<bool>(*gguf, "t.bool_false"));
  EXPECT_EQ(gguf->text("t.str_empty").value(), "");
  EXPECT_EQ(value<std::vector<std::int64_t>>(*gguf, "t.arr_i32"), (std::vector<std::int64_t>{1, -2, 3}));
  EXPECT_EQ(value<std::vector<std::string_view>>(*gguf, "t.arr_str"), (std::vector<std::string_view>{"a", "", "你好"}));
}

TEST(Checkpoint, ReadsTheValuesBesidePytorchTensors) {
  const auto nested = open("pt_nested_model.pth");
  EXPECT_EQ(nested->format(), "pytorch");
  EXPECT_EQ(nested->integer("epoch").value(), 3);
  EXPECT_EQ(nested->number("lr").value(), 0.5);
  EXPECT_EQ(nested->text("name").value(), "x");
  EXPECT_TRUE(value<bool>(*nested, "flag"));
  EXPECT_EQ(nested->integer("big").value(), 1099511627776);
  EXPECT_EQ(nested->integer("neg").value(), -7);
  EXPECT_EQ(nested->number("list/1").value(), 2.5);
  EXPECT_FALSE(nested->integer("none"));
  const auto whisper = open("pt_whisper_style.pt");
  EXPECT_EQ(whisper->integer("dims/n_mels").value(), 80);
}

TEST(Checkpoint, ReadsSafetensorsMetadata) {
  EXPECT_EQ(open("st_only_metadata.safetensors")->text("a").value(), "b");
  EXPECT_EQ(open("st_all_dtypes.safetensors")->text("note").value(), "generated");
}

TEST(Checkpoint, TypedLookUpsNameTheKeyAndTheFile) {
  const auto gguf = open("gguf_all_types.gguf");
  const auto missing = gguf->integer("llama.block_count");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::NotFound);
  EXPECT_NE(missing.error().message.find("llama.block_count"), std::string::npos);
  EXPECT_NE(missing.error().message.find("gguf_all_types.gguf"), std::string::npos);
  const auto wrong = gguf->integer("general.name");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::CorruptFile);
  EXPECT_EQ(gguf->number("t.u8").value(), 255.0);  // whole numbers are numbers
  EXPECT_FALSE(gguf->text("t.u8"));
}

TEST(Checkpoint, ATensorOutlivesItsCheckpoint) {
  at::Tensor tensor;
  at::Tensor expected;
  {
    const auto file = open("gguf_all_types.gguf");
    tensor = file->load("t_f32").value();
    expected = tensor.clone();
  }
  EXPECT_TRUE(tests::isSame(tensor, expected));
}

TEST(Checkpoint, StoredBytesAreThoseOfTheFile) {
  const auto file = open("gguf_all_types.gguf");
  const StoredTensor stored = file->stored("t_q4_1").value();
  EXPECT_EQ(stored.type, StorageType::Q4_1);
  EXPECT_EQ(stored.shape, (std::vector<std::int64_t>{3, 64}));
  ASSERT_EQ(stored.bytes.size(), 3U * 2 * 20);
  at::Tensor values = at::empty({3, 64});
  dequantise(stored.type, stored.bytes, {values.mutable_data_ptr<float>(), 3 * 64});
  EXPECT_TRUE(tests::isSame(values, file->load("t_q4_1").value()));
}

TEST(Checkpoint, StridedViewsHaveNoStoredBytes) {
  const auto file = open("pt_state_dict.bin");
  const auto stored = file->stored("transposed");
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, ErrorCode::BadInput);
  EXPECT_TRUE(file->stored("w32"));
  EXPECT_EQ(file->load("nothing").error().code, ErrorCode::NotFound);
}

TEST(Checkpoint, RefusesAnIndexWhoseShardIsDamaged) {
  const tests::TemporaryFolder folder;
  const auto shard = tests::contentsOf(tests::goldenPath("containers/st_unaligned_data.safetensors"));
  const auto index = tests::writeFile(folder / "model.index.json", R"({"weight_map": {"a": "part.safetensors"}})");
  tests::writeFile(folder / "part.safetensors", shard);
  EXPECT_TRUE(Checkpoint::open(index));
  tests::writeFile(folder / "part.safetensors", std::string_view(shard).substr(0, shard.size() - 1));
  const auto damaged = Checkpoint::open(index);
  ASSERT_FALSE(damaged);
  EXPECT_NE(damaged.error().message.find("part.safetensors"), std::string::npos);
}

TEST(Checkpoint, SaysInOneSentenceWhyAShardCannotBeOpened) {
  const tests::TemporaryFolder folder;
  const auto index = tests::writeFile(folder / "model.index.json", R"({"weight_map": {"a": "part.safetensors"}})");
  for (const bool isThere : {false, true}) {
    if (isThere) std::filesystem::create_symlink("part.safetensors", folder / "part.safetensors");  // to itself
    const auto file = Checkpoint::open(index);
    ASSERT_FALSE(file);
    const std::string& said = file.error().message;
    EXPECT_NE(said.find("part.safetensors"), std::string::npos) << said;
    EXPECT_EQ(said.find(".."), std::string::npos) << said;
    EXPECT_EQ(said.find("missing"), std::string::npos) << said;
  }
}

// LibTorch's allocator throws an exception of its own.
TEST(OutOfMemory, IsKnownByWhatLibTorchThrows) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the address sanitizer ends the process instead";
#endif
  try {
    (void)at::empty({std::int64_t{1} << 50}, at::kByte);
    FAIL() << "a petabyte";
  } catch (const std::exception& problem) {
    EXPECT_EQ(errorOf(problem).code, ErrorCode::OutOfMemory) << problem.what();
  }
}

// As ChatGLM-6B is published: an index beside PyTorch files.
TEST(Checkpoint, AnIndexMayNamePytorchFiles) {
  const tests::TemporaryFolder folder;
  const auto whole = open("pt_state_dict.bin");
  tests::writeFile(folder / "part-1.bin", tests::contentsOf(tests::goldenPath("containers/pt_state_dict.bin")));
  const auto index = tests::writeFile(folder / "pytorch_model.bin.index.json",
                                      R"({"weight_map": {"w32": "part-1.bin", "transposed": "part-1.bin"}})");
  const auto file = Checkpoint::open(index);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ((*file)->format(), "pytorch");
  EXPECT_EQ((*file)->tensors().size(), 2U);
  EXPECT_TRUE(tests::isSame((*file)->load("transposed").value(), whole->load("transposed").value()));
  tests::writeFile(folder / "part-1.bin", R"({"weight_map": {"w32": "part-1.bin"}})");
  EXPECT_EQ(Checkpoint::open(index).error().code, ErrorCode::CorruptFile);  // an index is no shard
}

// Nibbles worked out by hand: scale 2, minimum −1, byte j = 16·(15−j) + j.
TEST(BlockFormats, LowNibblesComeFirstAndHighNibblesSixteenLater) {
  std::vector<std::uint8_t> block = {0x00, 0x40, 0x00, 0xbc};
  for (int j = 0; j < 16; ++j) block.push_back(static_cast<std::uint8_t>(16 * (15 - j) + j));
  std::vector<float> values(32);
  dequantise(StorageType::Q4_1, std::as_bytes(std::span(block)), values);
  for (int j = 0; j < 16; ++j) {
    EXPECT_EQ(values[static_cast<std::size_t>(j)], static_cast<float>(2 * j - 1));
    EXPECT_EQ(values[static_cast<std::size_t>(j) + 16], static_cast<float>(2 * (15 - j) - 1));
  }
}

}  // namespace
}  // namespace xllm::weights
