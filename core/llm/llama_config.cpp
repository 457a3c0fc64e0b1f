// The Llama family's sizes, out of GGUF keys or a Hugging Face config.json.
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "core/llm/language_model.h"

namespace xllm::llm {
namespace {

Result<void> checkSizes(const LlamaConfig& c, const std::string& where) {
  const auto bad = [&](const std::string& what) {
    return fail(ErrorCode::CorruptFile, "The language model's configuration in " + where + " makes no sense: " + what +
                                            " Download the model again.");
  };
  const auto inRange = [](std::int64_t value, std::int64_t most) { return value > 0 && value <= most; };
  if (!inRange(c.hidden, 1 << 16) || !inRange(c.layers, 1 << 10) || !inRange(c.heads, 1 << 10) ||
      !inRange(c.intermediate, 1 << 20) || !inRange(c.vocabulary, 1 << 24) || !inRange(c.contextLength, 1 << 24)) {
    return bad("a size is zero, negative or far too large.");
  }
  if (!inRange(c.kvHeads, c.heads) || c.heads % c.kvHeads != 0) {
    return bad(std::to_string(c.heads) + " attention heads cannot share " + std::to_string(c.kvHeads) + " key heads.");
  }
  if (!inRange(c.headDim, 1 << 12) || c.headDim % 2 != 0) {
    return bad("a head of " + std::to_string(c.headDim) + " values cannot be rotated in pairs.");
  }
  if (!(c.ropeTheta > 0) || !(c.normEpsilon > 0))
    return bad("the rotary base or the norm's epsilon is not above zero.");
  return {};
}

Result<LlamaConfig> unsupported(const std::string& where, const std::string& what) {
  return fail(ErrorCode::Unsupported, "The language model in " + where + " " + what +
                                          ", which this program does not compute. Choose another model.");
}

}  // namespace

Result<LlamaConfig> configFromGguf(const weights::Checkpoint& gguf) {
  const std::string where = gguf.path().string();
  const auto architecture = gguf.text("general.architecture");
  if (!architecture) return tl::unexpected(architecture.error());
  if (*architecture != "llama") return unsupported(where, "has the architecture \"" + *architecture + "\"");
  const auto scaling = gguf.text("llama.rope.scaling.type");
  if (scaling && *scaling != "none") return unsupported(where, "stretches its positions (" + *scaling + ")");
  if (gguf.find("rope_freqs.weight") != nullptr) return unsupported(where, "scales each rotary frequency");
  if (gguf.integer("llama.expert_count").value_or(0) > 0) return unsupported(where, "is a mixture of experts");

  LlamaConfig c;
  const auto read = [&](const char* key, std::int64_t& into) -> Result<void> {
    auto value = gguf.integer(key);
    if (!value) return tl::unexpected(value.error());
    into = *value;
    return {};
  };
  for (const auto& [key, into] : {std::pair{"llama.embedding_length", &c.hidden},
                                  {"llama.block_count", &c.layers},
                                  {"llama.attention.head_count", &c.heads},
                                  {"llama.feed_forward_length", &c.intermediate},
                                  {"llama.context_length", &c.contextLength}}) {
    if (auto done = read(key, *into); !done) return tl::unexpected(done.error());
  }
  const auto epsilon = gguf.number("llama.attention.layer_norm_rms_epsilon");
  if (!epsilon) return tl::unexpected(epsilon.error());
  c.normEpsilon = *epsilon;
  c.ropeTheta = gguf.number("llama.rope.freq_base").value_or(10000.0);
  c.kvHeads = gguf.integer("llama.attention.head_count_kv").value_or(c.heads);
  c.headDim = gguf.integer("llama.attention.key_length").value_or(c.heads > 0 ? c.hidden / c.heads : 0);
  const weights::TensorInfo* words = gguf.find("token_embd.weight");
  const bool table = words != nullptr && words->shape.size() == 2;
  c.vocabulary = gguf.integer("llama.vocab_size").value_or(table ? words->shape[0] : 0);
  if (gguf.integer("llama.rope.dimension_count").value_or(c.headDim) != c.headDim) {
    return unsupported(where, "rotates only a part of each head");
  }
  if (gguf.integer("llama.attention.value_length").value_or(c.headDim) != c.headDim) {
    return unsupported(where, "has values of another width than its keys");
  }
  if (auto sound = checkSizes(c, where); !sound) return tl::unexpected(sound.error());
  return c;
}

Result<LlamaConfig> configFromJson(const std::filesystem::path& configJson) {
  const std::string where = configJson.string();
  std::ifstream file(configJson);
  if (!file) {
    return fail(ErrorCode::NotFound,
                "Cannot open the language model's configuration " + where + ". It must lie beside the weights.");
  }
  const auto json = nlohmann::json::parse(file, nullptr, false);
  if (!json.is_object())
    return fail(ErrorCode::CorruptFile, "The file " + where + " is not a JSON object. Download it again.");
  try {
    if (json.value("model_type", "") != "llama") {
      return unsupported(where, "is of type \"" + json.value("model_type", "") + "\"");
    }
    if (json.value("hidden_act", "silu") != "silu") return unsupported(where, "uses another activation than SiLU");
    if (json.value("attention_bias", false) || json.value("mlp_bias", false)) return unsupported(where, "has biases");
    if (json.contains("rope_scaling") && !json["rope_scaling"].is_null())
      return unsupported(where, "stretches its positions");
    LlamaConfig c;
    c.hidden = json.at("hidden_size").get<std::int64_t>();
    c.layers = json.at("num_hidden_layers").get<std::int64_t>();
    c.heads = json.at("num_attention_heads").get<std::int64_t>();
    c.kvHeads = json.value("num_key_value_heads", c.heads);
    c.headDim = c.heads > 0 ? c.hidden / c.heads : 0;
    if (json.contains("head_dim") && !json["head_dim"].is_null()) c.headDim = json["head_dim"].get<std::int64_t>();
    c.intermediate = json.at("intermediate_size").get<std::int64_t>();
    c.vocabulary = json.at("vocab_size").get<std::int64_t>();
    c.contextLength = json.value("max_position_embeddings", std::int64_t{2048});
    c.ropeTheta = json.value("rope_theta", 10000.0);
    c.normEpsilon = json.value("rms_norm_eps", 1e-6);
    if (auto sound = checkSizes(c, where); !sound) return tl::unexpected(sound.error());
    return c;
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorCode::CorruptFile, "The configuration " + where + " lacks something or has it in a wrong type (" +
                                            e.what() + "). Download it again.");
  }
}

}  // namespace xllm::llm
