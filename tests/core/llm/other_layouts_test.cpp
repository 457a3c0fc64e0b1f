// Layouts that have no published numbers of their own, against models that have: the same weights in other files.
#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/llm/language_model.h"
#include "core/llm/row_quantized.h"
#include "tests/core/data/scratch.h"
#include "tests/core/llm/memory_checkpoint.h"
#include "tests/support/golden.h"

namespace xllm::llm {
namespace {

using tests::Golden;
using tests::isClose;
using tests::MemoryCheckpoint;

std::unique_ptr<LanguageModel> load(std::shared_ptr<MemoryCheckpoint> weights, const nlohmann::json& config,
                                    Precision precision) {
  const tests::Scratch folder;
  const auto read = configFromJson(folder.write("config.json", config.dump()));
  EXPECT_TRUE(read) << read.error().message;
  auto loaded = loadLanguageModel(std::move(weights), *read, precision);
  EXPECT_TRUE(loaded) << loaded.error().message;
  return *std::move(loaded);
}

at::Tensor promptLogits(const LanguageModel& model, const Golden& golden) {
  return model.logits(model.forward(model.embed(golden.input("prompt.input_ids"))));
}

// ChatGLM2's and ChatGLM3's own int8 and int4 files: those of ChatGLM-6B (tests/golden/chatglm_v1_int4), with q, k and
// v in one matrix whose rows the graph puts in order.
class Chatglm2WholeNumbers : public testing::TestWithParam<int> {
 protected:
  static bool isRounded(const std::string& name) {
    return name.find(".layers.") != std::string::npos && name.ends_with(".weight") &&
           name.find("layernorm") == std::string::npos;
  }
  // As quantization.py of THUDM/chatglm2-6b rounds a matrix: one scale a row, 4 bits two in a byte, the even column
  // high.
  void put(const std::string& name, const at::Tensor& matrix) {
    const double most = (1 << (GetParam() - 1)) - 1;
    const at::Tensor scale = (matrix.abs().amax(1) / most).to(at::kHalf);
    at::Tensor numbers = (matrix / scale.to(at::kFloat).unsqueeze(1)).round().clamp(-most, most).to(at::kChar);
    if (GetParam() == 4) {
      const at::Tensor pairs = numbers.view({numbers.size(0), -1, 2});
      numbers = pairs.select(2, 0).bitwise_left_shift(4).bitwise_or(pairs.select(2, 1).bitwise_and(15));
    }
    m_whole->put(name, numbers);
    m_whole->put(name + "_scale", scale);
    m_opened->put(name, opened(numbers, scale, GetParam()));
  }
  void SetUp() override {
    for (const std::string& name : m_golden.weightNames()) {
      if (isRounded(name)) {
        put(name, m_golden[name]);
      } else {
        m_whole->put(name, m_golden[name]);
        m_opened->put(name, m_golden[name]);
      }
    }
    m_config["quantization_bit"] = GetParam();
  }

  Golden m_golden{"chatglm2"};
  nlohmann::json m_config = m_golden.config();
  std::shared_ptr<MemoryCheckpoint> m_whole = std::make_shared<MemoryCheckpoint>();
  std::shared_ptr<MemoryCheckpoint> m_opened = std::make_shared<MemoryCheckpoint>();
};

TEST_P(Chatglm2WholeNumbers, AreTheNumbersThatTheyStandFor) {
  const at::Tensor expected = promptLogits(*load(m_opened, m_golden.config(), Precision::Float32), m_golden);
  EXPECT_TRUE(isClose(promptLogits(*load(m_whole, m_config, Precision::Float32), m_golden), expected, 1e-6));
  // Products of rounded activations: as far as int8 activations are (core/kernels).
  EXPECT_TRUE(isClose(promptLogits(*load(m_whole, m_config, Precision::AsStored), m_golden), expected, 3e-2));
  // They are those of the model, as far as 8 bits go.
  if (GetParam() == 8) {
    EXPECT_TRUE(isClose(expected, m_golden.expected("prompt.logits"), 3e-2));
  }
}

TEST_P(Chatglm2WholeNumbers, MissingScalesAreNamed) {
  m_whole->erase("transformer.encoder.layers.1.mlp.dense_h_to_4h.weight_scale");
  const tests::Scratch folder;
  const auto read = configFromJson(folder.write("config.json", m_config.dump()));
  const auto loaded = loadLanguageModel(m_whole, *read, Precision::AsStored);
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("layers.1.mlp.dense_h_to_4h.weight_scale is missing"), std::string::npos)
      << loaded.error().message;
}

INSTANTIATE_TEST_SUITE_P(Bits, Chatglm2WholeNumbers, testing::Values(8, 4));

// GLM-4-0414 ("glm4"): GLM-4 with norms behind attention and MLP.
class Glm40414 : public testing::Test {
 protected:
  // From THUDM's names, q, k and v apart; `behind`: the weights of the norms behind.
  void fill(const at::Tensor& behind) {
    const auto both = [&](const std::string& theirs, const std::string& ggufs, const at::Tensor& tensor) {
      m_huggingFace->put(theirs, tensor);
      m_gguf->put(ggufs, tensor);
    };
    both("model.embed_tokens.weight", "token_embd.weight", m_golden["transformer.embedding.word_embeddings.weight"]);
    both("model.norm.weight", "output_norm.weight", m_golden["transformer.encoder.final_layernorm.weight"]);
    both("lm_head.weight", "output.weight", m_golden["transformer.output_layer.weight"]);
    for (int i = 0; i < 3; ++i) {
      const std::string number = std::to_string(i) + ".";
      const std::string from = "transformer.encoder.layers." + number, to = "model.layers." + number,
                        gguf = "blk." + number;
      const auto copy = [&](const std::string& thudm, const char* theirs, const char* ggufs) {
        both(to + theirs, gguf + ggufs, m_golden[from + thudm]);
      };
      copy("input_layernorm.weight", "input_layernorm.weight", "attn_norm.weight");
      copy("post_attention_layernorm.weight", "post_attention_layernorm.weight", "ffn_norm.weight");
      copy("self_attention.dense.weight", "self_attn.o_proj.weight", "attn_output.weight");
      copy("mlp.dense_h_to_4h.weight", "mlp.gate_up_proj.weight", "ffn_up.weight");
      copy("mlp.dense_4h_to_h.weight", "mlp.down_proj.weight", "ffn_down.weight");
      for (const std::string kind : {"weight", "bias"}) {
        const auto parts = m_golden[from + "self_attention.query_key_value." + kind].split_with_sizes({128, 64, 64});
        for (std::size_t part = 0; part < 3; ++part) {
          const std::string letter(1, "qkv"[part]);
          both(to + "self_attn." + letter + "_proj." + kind, gguf + "attn_" + letter + "." + kind, parts[part]);
        }
      }
      both(to + "post_self_attn_layernorm.weight", gguf + "post_attention_norm.weight", behind);
      both(to + "post_mlp_layernorm.weight", gguf + "post_ffw_norm.weight", behind);
    }
  }

  Golden m_golden{"glm4"};
  std::shared_ptr<MemoryCheckpoint> m_huggingFace = std::make_shared<MemoryCheckpoint>();
  std::shared_ptr<MemoryCheckpoint> m_gguf = std::make_shared<MemoryCheckpoint>(
      "gguf", weights::Metadata{{"general.architecture", std::string("glm4")},
                                {"glm4.embedding_length", std::int64_t{128}},
                                {"glm4.block_count", std::int64_t{3}},
                                {"glm4.attention.head_count", std::int64_t{4}},
                                {"glm4.attention.head_count_kv", std::int64_t{2}},
                                {"glm4.rope.dimension_count", std::int64_t{16}},
                                {"glm4.rope.freq_base", 5e6},
                                {"glm4.feed_forward_length", std::int64_t{172}},
                                {"glm4.context_length", std::int64_t{256}},
                                {"glm4.attention.layer_norm_rms_epsilon", 1.5625e-07}});
  nlohmann::json m_config{
      {"model_type", "glm4"},           {"hidden_size", 128},  {"num_hidden_layers", 3},     {"num_attention_heads", 4},
      {"num_key_value_heads", 2},       {"head_dim", 32},      {"intermediate_size", 172},   {"vocab_size", 144},
      {"max_position_embeddings", 256}, {"rope_theta", 5e6},   {"rms_norm_eps", 1.5625e-07}, {"attention_bias", true},
      {"partial_rotary_factor", 0.5},   {"hidden_act", "silu"}};
};

TEST_F(Glm40414, BothLayoutsAreOneModel) {
  fill(at::linspace(0.5, 1.5, 128));
  const auto theirs = load(m_huggingFace, m_config, Precision::Float32);
  const auto gguf = loadLanguageModel(m_gguf, Precision::Float32);
  ASSERT_TRUE(gguf) << gguf.error().message;
  EXPECT_TRUE(isClose(promptLogits(*theirs, m_golden), promptLogits(**gguf, m_golden), 1e-6));
}

// A layer that adds what the norms let through: nothing, where their weights are nothing.
TEST_F(Glm40414, NormsStandBehindAttentionAndMlp) {
  fill(at::zeros({128}));
  const auto model = load(m_huggingFace, m_config, Precision::Float32);
  const at::Tensor x = model->embed(m_golden.input("prompt.input_ids"));
  for (const at::Tensor& state : model->layerStates(x)) EXPECT_TRUE(isClose(state, x, 1e-6));
}

}  // namespace
}  // namespace xllm::llm
