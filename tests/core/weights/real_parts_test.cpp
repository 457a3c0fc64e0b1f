// The starter's own frozen parts, as they are published.
#include <chrono>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/weights/checkpoint.h"
#include "tests/support/golden.h"
#include "tests/support/parts.h"

namespace xllm::weights {
namespace {

constexpr const char* kSmolLm = "SmolLM2-135M-Instruct.Q4_1.gguf";
constexpr const char* kWhisper = "whisper-base.ct2.bin";
constexpr const char* kEfficientNet = "efficientnet-lite0-57934424.pth";

std::shared_ptr<const Checkpoint> openPart(const char* name) {
  auto opened = Checkpoint::open(tests::part(name));
  if (!opened) throw std::runtime_error(opened.error().message);
  return *opened;
}

TEST(RealParts, SmolLmOpensQuicklyWithItsVocabulary) {
  XLLM_SKIP_WITHOUT_PART(kSmolLm);
  openPart(kSmolLm);  // the file is in the cache now
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const auto model = openPart(kSmolLm);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count());
  }
  RecordProperty("openMs", std::to_string(best));
  std::printf("opening took %.2f ms\n", best);
  EXPECT_LT(best, 50);  // about 4 ms on an idle core

  const auto model = openPart(kSmolLm);
  EXPECT_EQ(model->text("general.architecture").value(), "llama");
  EXPECT_EQ(model->integer("llama.block_count").value(), 30);
  EXPECT_EQ(std::get<std::vector<std::string_view>>(model->metadata().at("tokenizer.ggml.tokens")).size(), 49152U);
  EXPECT_EQ(model->find("token_embd.weight")->shape, (std::vector<std::int64_t>{49152, 576}));
  const at::Tensor norm = model->load("output_norm.weight").value();
  EXPECT_EQ(norm.sizes(), at::IntArrayRef({576}));
  EXPECT_TRUE(norm.isfinite().all().item<bool>());
  const at::Tensor query = model->load("blk.0.attn_q.weight").value();
  EXPECT_EQ(query.scalar_type(), at::kFloat);
  EXPECT_TRUE(query.isfinite().all().item<bool>());
  EXPECT_GT(query.std().item<double>(), 1e-3);
}

TEST(RealParts, WhisperHasItsTensorsFlagsAndAlias) {
  XLLM_SKIP_WITHOUT_PART(kWhisper);
  const auto model = openPart(kWhisper);
  EXPECT_EQ(model->text("spec").value(), "WhisperSpec");
  EXPECT_EQ(model->integer("encoder/num_heads").value(), 8);
  EXPECT_EQ(model->integer("decoder/pre_norm").value(), 1);
  const at::Tensor embeddings = model->load("decoder/embeddings/weight").value();
  EXPECT_EQ(embeddings.scalar_type(), at::kHalf);
  EXPECT_EQ(embeddings.sizes(), at::IntArrayRef({51865, 512}));
  EXPECT_TRUE(tests::isSame(model->load("decoder/projection/weight").value(), embeddings));
}

TEST(RealParts, EfficientNetIsALegacyFileOfFloats) {
  XLLM_SKIP_WITHOUT_PART(kEfficientNet);
  const auto model = openPart(kEfficientNet);
  EXPECT_EQ(model->format(), "pytorch");
  EXPECT_EQ(model->find("_conv_stem.weight")->shape, (std::vector<std::int64_t>{32, 3, 3, 3}));
  std::int64_t numbers = 0;
  for (const auto& info : model->tensors()) {
    const auto tensor = model->load(info.name);
    ASSERT_TRUE(tensor) << tensor.error().message;
    numbers += tensor->numel();
    EXPECT_TRUE(tensor->isfinite().all().item<bool>()) << info.name;
  }
  EXPECT_GT(numbers, 4'600'000);  // 4.65 million weights and the running statistics
}

}  // namespace
}  // namespace xllm::weights
