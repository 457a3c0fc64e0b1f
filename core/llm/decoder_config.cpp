// A decoder's sizes and departures, out of GGUF keys or a published config.json.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "core/llm/language_model.h"

namespace xllm::llm {
namespace {

constexpr std::int64_t kMostLayers = 1 << 10;

Result<void> checkSizes(const DecoderConfig& c, const std::string& where) {
  const auto bad = [&](const std::string& what) {
    return fail(ErrorCode::CorruptFile, "The language model's configuration in " + where + " makes no sense: " + what +
                                            " Download the model again.");
  };
  const auto inRange = [](std::int64_t value, std::int64_t most) { return value > 0 && value <= most; };
  if (!inRange(c.hidden, 1 << 16) || !inRange(c.layers, kMostLayers) || !inRange(c.heads, 1 << 10) ||
      !inRange(c.intermediate, 1 << 20) || !inRange(c.vocabulary, 1 << 24) || !inRange(c.contextLength, 1 << 24)) {
    return bad("a size is zero, negative or far too large.");
  }
  if (!inRange(c.kvHeads, c.heads) || c.heads % c.kvHeads != 0) {
    return bad(std::to_string(c.heads) + " attention heads cannot share " + std::to_string(c.kvHeads) + " key heads.");
  }
  if (!inRange(c.headDim, 1 << 12) || c.headDim % 2 != 0) {
    return bad("a head of " + std::to_string(c.headDim) + " values cannot be rotated in pairs.");
  }
  if (c.turned() > c.headDim || c.turned() < 2 || c.turned() % 2 != 0) {
    return bad(std::to_string(c.turned()) + " of a head's " + std::to_string(c.headDim) + " values cannot be rotated.");
  }
  if (!(c.ropeTheta > 0) || !(c.localRopeTheta > 0) || !(c.normEpsilon > 0))
    return bad("a rotary base or the norm's epsilon is not above zero.");
  if (c.prefixDecoder && (c.headDim % 4 != 0 || c.headDim * c.heads != c.hidden))
    return bad("each half of a head cannot be rotated in pairs.");
  if (c.prefixDecoder && (c.prefixDecoder->tunedColumns < 0 || c.prefixDecoder->tunedColumns > 1 << 16))
    return bad("the number of its tuned columns is negative or far too large.");
  if (!c.localLayers.empty() && (std::ssize(c.localLayers) != c.layers || !inRange(c.window, 1 << 24)))
    return bad("its list of local layers or their window does not fit.");
  return {};
}

Result<DecoderConfig> unsupported(const std::string& where, const std::string& what) {
  return fail(ErrorCode::Unsupported, "The language model in " + where + " " + what +
                                          ", which this program does not compute. Choose another model.");
}

// Gemma 3: every sixth layer sees everything, unless the file says otherwise.
constexpr std::int64_t kGlobalEvery = 6;

std::vector<bool> localLayers(std::int64_t layers, std::int64_t globalEvery) {
  std::vector<bool> local;
  for (std::int64_t i = 0; i < std::min<std::int64_t>(layers, kMostLayers); ++i)
    local.push_back((i + 1) % globalEvery != 0);
  return local;
}

// What follows from GGUF's name of an architecture.
Result<DecoderConfig> departuresOf(const std::string& architecture, const weights::Checkpoint& gguf) {
  DecoderConfig c;
  if (architecture == "llama") {
    c.interleavedRotary = true;
  } else if (architecture == "qwen2") {
    c.attentionBias = true;
  } else if (architecture == "qwen3") {
    c.queryKeyNorm = true;
  } else if (architecture == "gemma3") {
    c.queryKeyNorm = c.outputNorms = true;
    c.activation = Activation::GeluTanh;
  } else if (architecture == "chatglm") {
    c.attentionBias = c.interleavedRotary = true;
  } else if (architecture == "glm4") {  // GLM-4-0414; the 32B model has no biases
    c.attentionBias = gguf.find("blk.0.attn_q.bias") != nullptr;
    c.interleavedRotary = c.outputNorms = true;
  } else {
    return unsupported(gguf.path().string(), "has the architecture \"" + architecture + "\"");
  }
  return c;
}

Result<void> readGemma(const weights::Checkpoint& gguf, DecoderConfig& c) {
  c.embeddingScale = std::sqrt(static_cast<double>(c.hidden));
  c.localLayers = localLayers(c.layers, kGlobalEvery);
  const auto window = gguf.integer("gemma3.attention.sliding_window");
  if (!window) return tl::unexpected(window.error());
  c.window = *window;
  return {};
}

// The keys of an architecture: "llama.block_count", …
class GgufKeys {
 public:
  GgufKeys(const weights::Checkpoint& gguf, std::string architecture)
      : m_gguf(gguf), m_prefix(std::move(architecture) + ".") {}
  Result<std::int64_t> integer(const char* key) const { return m_gguf.integer(m_prefix + key); }
  Result<double> number(const char* key) const { return m_gguf.number(m_prefix + key); }
  Result<std::string> text(const char* key) const { return m_gguf.text(m_prefix + key); }

 private:
  const weights::Checkpoint& m_gguf;
  std::string m_prefix;
};

Result<void> refuseOthers(const weights::Checkpoint& gguf, const GgufKeys& keys, const DecoderConfig& c) {
  const std::string where = gguf.path().string();
  const auto refused = [&](const std::string& what) { return tl::unexpected(unsupported(where, what).error()); };
  const auto scaling = keys.text("rope.scaling.type");
  if (scaling && *scaling != "none") return refused("stretches its positions (" + *scaling + ")");
  if (gguf.find("rope_freqs.weight") != nullptr) return refused("scales each rotary frequency");
  if (keys.integer("expert_count").value_or(0) > 0) return refused("is a mixture of experts");
  if (keys.integer("attention.value_length").value_or(c.headDim) != c.headDim)
    return refused("has values of another width than its keys");
  return {};
}

Result<void> readSizes(const weights::Checkpoint& gguf, const GgufKeys& keys, DecoderConfig& c) {
  for (const auto& [key, into] : {std::pair{"embedding_length", &c.hidden},
                                  {"block_count", &c.layers},
                                  {"attention.head_count", &c.heads},
                                  {"feed_forward_length", &c.intermediate},
                                  {"context_length", &c.contextLength}}) {
    const auto value = keys.integer(key);
    if (!value) return tl::unexpected(value.error());
    *into = *value;
  }
  const auto epsilon = keys.number("attention.layer_norm_rms_epsilon");
  if (!epsilon) return tl::unexpected(epsilon.error());
  c.normEpsilon = *epsilon;
  c.ropeTheta = keys.number("rope.freq_base").value_or(10000.0);
  c.kvHeads = keys.integer("attention.head_count_kv").value_or(c.heads);
  c.headDim = keys.integer("attention.key_length").value_or(c.heads > 0 ? c.hidden / c.heads : 0);
  c.rotaryDims = keys.integer("rope.dimension_count").value_or(c.headDim);
  const weights::TensorInfo* words = gguf.find("token_embd.weight");
  const bool table = words != nullptr && words->shape.size() == 2;
  c.vocabulary = keys.integer("vocab_size").value_or(table ? words->shape[0] : 0);
  return {};
}

// Reads a config.json's fields; what is missing throws, as nlohmann's at() does.
class JsonConfig {
 public:
  JsonConfig(const nlohmann::json& json, std::string where) : m_json(json), m_where(std::move(where)) {}

  Result<DecoderConfig> read() const {
    using Reader = Result<DecoderConfig> (JsonConfig::*)() const;
    static const std::map<std::string, Reader> kReaders{
        {"llama", &JsonConfig::llama},        {"qwen2", &JsonConfig::qwen2}, {"qwen3", &JsonConfig::qwen3},
        {"gemma3_text", &JsonConfig::gemma3}, {"glm", &JsonConfig::glm},     {"glm4", &JsonConfig::glm4},
        {"chatglm", &JsonConfig::chatglm}};
    const auto type = m_json.value("model_type", std::string());
    const auto reader = kReaders.find(type);
    if (reader == kReaders.end()) return refused("is of type \"" + type + "\"");
    return (this->*reader->second)();
  }

 private:
  Result<DecoderConfig> refused(const std::string& what) const { return unsupported(m_where, what); }
  bool given(const char* key) const { return m_json.contains(key) && !m_json.at(key).is_null(); }
  bool set(const char* key) const { return given(key) && m_json.at(key).get<bool>(); }
  std::int64_t integer(const char* key) const { return m_json.at(key).get<std::int64_t>(); }

  DecoderConfig huggingFaceSizes() const {
    DecoderConfig c;
    c.hidden = integer("hidden_size");
    c.layers = integer("num_hidden_layers");
    c.heads = integer("num_attention_heads");
    c.kvHeads = m_json.value("num_key_value_heads", c.heads);
    c.headDim = given("head_dim") ? integer("head_dim") : c.heads > 0 ? c.hidden / c.heads : 0;
    c.intermediate = integer("intermediate_size");
    c.vocabulary = integer("vocab_size");
    c.contextLength = m_json.value("max_position_embeddings", std::int64_t{2048});
    c.ropeTheta = m_json.value("rope_theta", 10000.0);
    c.normEpsilon = m_json.value("rms_norm_eps", 1e-6);
    return c;
  }
  // What none of Hugging Face's families here may have; nothing where all is well.
  std::string departure(const char* activationKey, const char* activation) const {
    if (m_json.value(activationKey, std::string(activation)) != activation)
      return "uses another activation than " + std::string(activation);
    if (set("mlp_bias")) return "has biases in its MLP";
    if (given("rope_scaling")) return "stretches its positions";
    if (set("use_sliding_window")) return "lets some layers see only near tokens";
    for (const char* cap : {"final_logit_softcapping", "attn_logit_softcapping"}) {
      if (given(cap)) return "caps its scores";
    }
    return {};
  }

  Result<DecoderConfig> llama() const {
    if (const auto other = departure("hidden_act", "silu"); !other.empty()) return refused(other);
    if (set("attention_bias")) return refused("has biases in its attention");
    return huggingFaceSizes();
  }
  Result<DecoderConfig> qwen2() const {
    if (const auto other = departure("hidden_act", "silu"); !other.empty()) return refused(other);
    DecoderConfig c = huggingFaceSizes();
    c.attentionBias = true;
    return c;
  }
  Result<DecoderConfig> qwen3() const {
    if (const auto other = departure("hidden_act", "silu"); !other.empty()) return refused(other);
    DecoderConfig c = huggingFaceSizes();
    c.queryKeyNorm = true;
    c.attentionBias = set("attention_bias");
    return c;
  }
  Result<DecoderConfig> gemma3() const {
    if (const auto other = departure("hidden_activation", "gelu_pytorch_tanh"); !other.empty()) return refused(other);
    DecoderConfig c = huggingFaceSizes();
    c.queryKeyNorm = c.outputNorms = true;
    c.activation = Activation::GeluTanh;
    c.attentionScale = 1.0 / std::sqrt(m_json.at("query_pre_attn_scalar").get<double>());
    c.embeddingScale = std::sqrt(static_cast<double>(c.hidden));
    c.window = integer("sliding_window");
    c.localRopeTheta = m_json.value("rope_local_base_freq", 10000.0);
    if (given("layer_types")) {
      for (const auto& type : m_json.at("layer_types")) c.localLayers.push_back(type == "sliding_attention");
    } else {
      const auto every = m_json.value("sliding_window_pattern", kGlobalEvery);
      if (every < 1) return refused("says that every layer number " + std::to_string(every) + " sees everything");
      c.localLayers = localLayers(c.layers, every);
    }
    return c;
  }
  Result<DecoderConfig> glm() const {
    if (const auto other = departure("hidden_act", "silu"); !other.empty()) return refused(other);
    DecoderConfig c = huggingFaceSizes();
    c.attentionBias = m_json.value("attention_bias", true);
    c.rotaryDims = std::llround(static_cast<double>(c.headDim) * m_json.value("partial_rotary_factor", 0.5));
    c.interleavedRotary = true;
    return c;
  }
  // GLM-4-0414: the same with norms behind attention and MLP.
  Result<DecoderConfig> glm4() const {
    auto c = glm();
    if (c) c->outputNorms = true;
    return c;
  }
  // THUDM's own form: ChatGLM-6B, ChatGLM2 and 3, GLM-4.
  Result<DecoderConfig> chatglm() const {
    auto c = given("inner_hidden_size") ? firstChatglm() : laterChatglm();
    if (!c) return c;
    c->matrixBits = given("quantization_bit") ? static_cast<int>(integer("quantization_bit")) : 0;
    if (c->matrixBits != 0 && c->matrixBits != 4 && c->matrixBits != 8)
      return refused("has matrices of " + std::to_string(c->matrixBits) + " bits");
    if (set("quantization_embeddings")) return refused("has quantised word embeddings");
    return c;
  }

  Result<DecoderConfig> laterChatglm() const {
    if (!given("padded_vocab_size")) return refused("is a ChatGLM of no generation that was published");
    if (!m_json.value("rmsnorm", true) || set("add_bias_linear") || !m_json.value("original_rope", true) ||
        !m_json.value("post_layer_norm", true) || set("apply_residual_connection_post_layernorm"))
      return refused("is a ChatGLM with layers of another kind");
    DecoderConfig c;
    c.hidden = integer("hidden_size");
    c.layers = integer("num_layers");
    c.heads = integer("num_attention_heads");
    c.kvHeads = m_json.value("multi_query_attention", false) ? integer("multi_query_group_num") : c.heads;
    c.headDim = integer("kv_channels");
    c.intermediate = integer("ffn_hidden_size");
    c.vocabulary = integer("padded_vocab_size");
    c.contextLength = integer("seq_length");
    c.normEpsilon = m_json.at("layernorm_epsilon").get<double>();
    c.ropeTheta = 10000.0 * m_json.value("rope_ratio", 1.0);
    c.rotaryDims = c.headDim / 2;
    c.attentionBias = m_json.value("add_qkv_bias", true);
    c.interleavedRotary = true;
    return c;
  }

  Result<DecoderConfig> firstChatglm() const {
    if (!m_json.value("position_encoding_2d", true)) return refused("is a ChatGLM with positions of one kind");
    PrefixDecoderConfig own;
    own.tunedColumns = given("pre_seq_len") ? integer("pre_seq_len") : 0;
    DecoderConfig c;
    c.hidden = integer("hidden_size");
    if (own.tunedColumns > 0 && set("prefix_projection")) own.tunedWidth = c.hidden;
    c.layers = integer("num_layers");
    c.heads = c.kvHeads = integer("num_attention_heads");
    c.headDim = c.heads > 0 ? c.hidden / c.heads : 0;
    c.intermediate = integer("inner_hidden_size");
    c.vocabulary = integer("vocab_size");
    c.contextLength = integer("max_sequence_length");
    c.normEpsilon = m_json.at("layernorm_epsilon").get<double>();
    c.prefixDecoder = own;
    return c;
  }

  const nlohmann::json& m_json;
  std::string m_where;
};

}  // namespace

Result<DecoderConfig> configFromGguf(const weights::Checkpoint& gguf) {
  const auto architecture = gguf.text("general.architecture");
  if (!architecture) return tl::unexpected(architecture.error());
  auto config = departuresOf(*architecture, gguf);
  if (!config) return config;
  const GgufKeys keys(gguf, *architecture);
  if (auto sizes = readSizes(gguf, keys, *config); !sizes) return tl::unexpected(sizes.error());
  if (auto known = refuseOthers(gguf, keys, *config); !known) return tl::unexpected(known.error());
  if (*architecture == "gemma3") {
    if (auto gemma = readGemma(gguf, *config); !gemma) return tl::unexpected(gemma.error());
  }
  if (auto sound = checkSizes(*config, gguf.path().string()); !sound) return tl::unexpected(sound.error());
  return config;
}

Result<DecoderConfig> configFromJson(const std::filesystem::path& configJson) {
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
    auto config = JsonConfig(json, where).read();
    if (!config) return config;
    if (auto sound = checkSizes(*config, where); !sound) return tl::unexpected(sound.error());
    return config;
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorCode::CorruptFile, "The configuration " + where + " lacks something or has it in a wrong type (" +
                                            e.what() + "). Download it again.");
  }
}

}  // namespace xllm::llm
