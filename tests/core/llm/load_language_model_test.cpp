// What a checkpoint must hold before it becomes a model, and what the person is told when it does not.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/llm/language_model.h"
#include "tests/core/llm/memory_checkpoint.h"

namespace xllm::llm {
namespace {

using tests::tinyConfig;
using tests::tinyLlama;

void expectCorrupt(std::shared_ptr<tests::MemoryCheckpoint> checkpoint, std::initializer_list<const char*> words) {
  const auto model = loadLanguageModel(checkpoint, tinyConfig(), Precision::Float32);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::CorruptFile);
  for (const char* word : words) {
    EXPECT_NE(model.error().message.find(word), std::string::npos) << word << " not in: " << model.error().message;
  }
}

TEST(LoadLanguageModel, NamesAMissingTensor) {
  auto checkpoint = tinyLlama(false, false);
  checkpoint->erase("model.layers.1.self_attn.k_proj.weight");
  expectCorrupt(checkpoint, {"model.layers.1.self_attn.k_proj.weight", "missing", "[32, 64]"});
}

TEST(LoadLanguageModel, NamesAnExtraTensor) {
  auto checkpoint = tinyLlama(false, false);
  checkpoint->put("model.layers.0.self_attn.q_proj.bias", at::zeros({64}));
  expectCorrupt(checkpoint, {"model.layers.0.self_attn.q_proj.bias", "[64]"});
}

TEST(LoadLanguageModel, NamesAMisshapenTensorWithBothShapes) {
  auto checkpoint = tinyLlama(true, true);
  checkpoint->put("blk.1.ffn_up.weight", at::zeros({64, 96}));
  expectCorrupt(checkpoint, {"blk.1.ffn_up.weight", "[64, 96]", "[96, 64]"});
}

TEST(LoadLanguageModel, NamesATensorThatHoldsNoWeights) {
  auto checkpoint = tinyLlama(false, false);
  checkpoint->put("model.norm.weight", at::zeros({64}, at::kLong));
  expectCorrupt(checkpoint, {"model.norm.weight", "I64"});
}

// As LibTorch's allocator, which has an exception of its own.
class TooLarge final : public weights::Checkpoint {
 public:
  explicit TooLarge(std::shared_ptr<const weights::Checkpoint> of)
      : Checkpoint("too-large.gguf"), m_of(std::move(of)) {}
  std::string_view format() const override { return m_of->format(); }
  const std::vector<weights::TensorInfo>& tensors() const override { return m_of->tensors(); }
  const weights::Metadata& metadata() const override { return m_of->metadata(); }
  const weights::TensorInfo* find(std::string_view name) const override { return m_of->find(name); }
  Result<at::Tensor> load(std::string_view) const override { return at::empty({std::int64_t{1} << 50}, at::kByte); }
  Result<weights::StoredTensor> stored(std::string_view) const override {
    throw std::runtime_error("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.");
  }

 private:
  std::shared_ptr<const weights::Checkpoint> m_of;
};

TEST(LoadLanguageModel, SaysWhenTheMemoryIsTooSmall) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the address sanitizer ends the process instead";
#endif
  for (const Precision precision : {Precision::AsStored, Precision::Float32}) {
    const auto model = loadLanguageModel(std::make_shared<TooLarge>(tinyLlama(true, true)), precision);
    ASSERT_FALSE(model);
    EXPECT_EQ(model.error().code, ErrorCode::OutOfMemory) << model.error().message;
    EXPECT_NE(model.error().message.find("too-large.gguf"), std::string::npos) << model.error().message;
  }
}

TEST(LoadLanguageModel, IgnoresStoredRotaryFrequencies) {
  auto checkpoint = tinyLlama(false, false);
  checkpoint->put("model.layers.0.self_attn.rotary_emb.inv_freq", at::zeros({8}));
  EXPECT_TRUE(loadLanguageModel(checkpoint, tinyConfig(), Precision::Float32));
}

TEST(LoadLanguageModel, UsesAnUntiedHead) {
  auto checkpoint = tinyLlama(false, false);
  const at::Tensor head = at::randn({40, 64}), hidden = at::randn({1, 3, 64});
  checkpoint->put("lm_head.weight", head);
  const auto model = loadLanguageModel(checkpoint, tinyConfig(), Precision::Float32);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_TRUE(at::allclose((*model)->logits(hidden), at::linear(hidden, head), 1e-5, 1e-5));
}

TEST(LoadLanguageModel, RefusesArchitecturesItDoesNotCompute) {
  const auto gguf = std::make_shared<tests::MemoryCheckpoint>(
      "gguf", weights::Metadata{{"general.architecture", std::string("mamba")}});
  const auto model = loadLanguageModel(gguf, Precision::AsStored);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::Unsupported);
  EXPECT_NE(model.error().message.find("mamba"), std::string::npos);
}

TEST(LoadLanguageModel, AsksForTheConfigurationOfAFileThatCarriesNone) {
  const auto model = loadLanguageModel(tinyLlama(false, false), Precision::Float32);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::NotFound);
  EXPECT_NE(model.error().message.find("config.json"), std::string::npos) << model.error().message;
}

TEST(LoadLanguageModel, ReadsItsConfigurationFromGgufKeys) {
  const auto config = configFromGguf(*tinyLlama(true, false));
  ASSERT_TRUE(config) << config.error().message;
  const DecoderConfig wanted = tinyConfig();
  EXPECT_EQ(config->hidden, wanted.hidden);
  EXPECT_EQ(config->kvHeads, wanted.kvHeads);
  EXPECT_EQ(config->headDim, wanted.headDim);
  EXPECT_EQ(config->vocabulary, wanted.vocabulary);
  EXPECT_EQ(config->normEpsilon, wanted.normEpsilon);
}

class ConfigFromJson : public testing::Test {
 protected:
  Result<DecoderConfig> read(const std::string& text) {
    m_file = std::filesystem::path(testing::TempDir()) / ("config_" + std::to_string(::getpid()) + ".json");
    std::ofstream(m_file) << text;
    return configFromJson(m_file);
  }
  void TearDown() override { std::filesystem::remove(m_file); }
  std::filesystem::path m_file;
};

constexpr const char* kSmolLm2 =
    R"({"model_type":"llama","hidden_size":576,"intermediate_size":1536,"num_hidden_layers":30,
  "num_attention_heads":9,"num_key_value_heads":3,"vocab_size":49152,"max_position_embeddings":8192,"rms_norm_eps":1e-05,
  "rope_theta":100000,"rope_scaling":null,"hidden_act":"silu"})";

TEST_F(ConfigFromJson, ReadsHuggingFaceFields) {
  const auto config = read(kSmolLm2);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->headDim, 64);
  EXPECT_EQ(config->kvHeads, 3);
  EXPECT_EQ(config->ropeTheta, 100000.0);
  EXPECT_EQ(config->contextLength, 8192);
}

TEST_F(ConfigFromJson, RefusesWhatItCannotCompute) {
  EXPECT_EQ(read(R"({"model_type":"chatglm"})").error().code, ErrorCode::Unsupported);
  std::string scaled = kSmolLm2;
  scaled.replace(scaled.find("null"), 4, R"({"rope_type":"llama3"})");
  EXPECT_EQ(read(scaled).error().code, ErrorCode::Unsupported);
}

TEST_F(ConfigFromJson, KnowsWhereFamiliesDepart) {
  std::string text = kSmolLm2;
  text.replace(text.find("llama"), 5, "qwen2");
  EXPECT_TRUE(read(text)->attentionBias);
  text.replace(text.find("qwen2"), 5, "qwen3");
  EXPECT_TRUE(read(text)->queryKeyNorm);
  EXPECT_FALSE(read(text)->attentionBias);
  text.replace(text.find("\"hidden_act"), 0, "\"use_sliding_window\":true,");
  EXPECT_EQ(read(text).error().code, ErrorCode::Unsupported);

  const std::string gemma =
      R"({"model_type":"gemma3_text","hidden_size":640,"intermediate_size":2048,"num_hidden_layers":18,
    "num_attention_heads":4,"num_key_value_heads":1,"head_dim":256,"vocab_size":262144,"query_pre_attn_scalar":256,
    "sliding_window":512,"sliding_window_pattern":6,"hidden_activation":"gelu_pytorch_tanh"})";
  const auto config = read(gemma);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(config->isLocal(4));
  EXPECT_FALSE(config->isLocal(5));
  EXPECT_DOUBLE_EQ(config->attentionScale, 1.0 / 16);
  std::string never = gemma;
  never.replace(never.find("pattern\":6"), 10, "pattern\":0");
  EXPECT_EQ(read(never).error().code, ErrorCode::Unsupported);
  std::string listed = gemma;
  listed.replace(listed.find("\"sliding_window_pattern\":6"), 26, R"("layer_types":["sliding_attention"])");
  EXPECT_EQ(read(listed).error().code, ErrorCode::CorruptFile);
}

TEST_F(ConfigFromJson, RefusesNonsense) {
  EXPECT_EQ(read("[1, 2").error().code, ErrorCode::CorruptFile);
  EXPECT_EQ(read(R"({"model_type":"llama"})").error().code, ErrorCode::CorruptFile);
  EXPECT_EQ(read(R"({"model_type":7})").error().code, ErrorCode::CorruptFile);
  std::string heads = kSmolLm2;
  heads.replace(heads.find("key_value_heads\":3"), 18, "key_value_heads\":4");
  EXPECT_EQ(read(heads).error().code, ErrorCode::CorruptFile);
  std::string huge = kSmolLm2;
  huge.replace(huge.find("\":30"), 4, "\":3000000000");
  EXPECT_EQ(read(huge).error().code, ErrorCode::CorruptFile);
}

TEST_F(ConfigFromJson, SaysWhenTheFileIsNotThere) {
  EXPECT_EQ(configFromJson("/nowhere/config.json").error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace xllm::llm
