// The three ways in which published files name Whisper's encoder, told apart by the name of the positions.
#include <array>
#include <string>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/cpu/Utils.h>

#include "core/encoders/speech_encoder.h"
#include "core/encoders/weight_reader.h"
#include "core/encoders/whisper_encoder.h"

namespace xllm::encoders {
namespace {

struct Naming {
  const char* prefix;
  const char* positions;
  const char* conv;  // before "1" and "2"
  const char* block;
  const char* separator;            // between parts of a name
  const char *query, *key, *value;  // `key` empty: q, k and v are one matrix under `query`
  const char* out;
  const char* attentionNorm;
  const char *up, *down;
  const char* mlpNorm;
  const char* finalNorm;
  const char *scale, *shift;  // of a norm
  const char* heads;          // metadata key, empty: the file does not say
};

constexpr Naming openAi(const char* prefix) {
  return {.prefix = prefix,
          .positions = "positional_embedding",
          .conv = "conv",
          .block = "blocks.",
          .separator = ".",
          .query = "attn.query",
          .key = "attn.key",
          .value = "attn.value",
          .out = "attn.out",
          .attentionNorm = "attn_ln",
          .up = "mlp.0",
          .down = "mlp.2",
          .mlpNorm = "mlp_ln",
          .finalNorm = "ln_post",
          .scale = "weight",
          .shift = "bias",
          .heads = "dims/n_audio_head"};
}

constexpr Naming huggingFace(const char* prefix) {
  return {.prefix = prefix,
          .positions = "embed_positions.weight",
          .conv = "conv",
          .block = "layers.",
          .separator = ".",
          .query = "self_attn.q_proj",
          .key = "self_attn.k_proj",
          .value = "self_attn.v_proj",
          .out = "self_attn.out_proj",
          .attentionNorm = "self_attn_layer_norm",
          .up = "fc1",
          .down = "fc2",
          .mlpNorm = "final_layer_norm",
          .finalNorm = "layer_norm",
          .scale = "weight",
          .shift = "bias",
          .heads = ""};
}

constexpr std::array kNamings = {openAi("encoder."), openAi("model_state_dict/encoder."), huggingFace("model.encoder."),
                                 huggingFace("encoder."),
                                 Naming{.prefix = "encoder/",
                                        .positions = "position_encodings/encodings",
                                        .conv = "conv",
                                        .block = "layer_",
                                        .separator = "/",
                                        .query = "self_attention/linear_0",
                                        .key = "",
                                        .value = "",
                                        .out = "self_attention/linear_1",
                                        .attentionNorm = "self_attention/layer_norm",
                                        .up = "ffn/linear_0",
                                        .down = "ffn/linear_1",
                                        .mlpNorm = "ffn/layer_norm",
                                        .finalNorm = "layer_norm",
                                        .scale = "gamma",
                                        .shift = "beta",
                                        .heads = "encoder/num_heads"}};

class Loader {
 public:
  Loader(const weights::Checkpoint& checkpoint, const Naming& naming, const WhisperOptions& options)
      : m_checkpoint(checkpoint), m_naming(naming), m_options(options), m_reader(checkpoint, naming.prefix) {}

  Result<WhisperWeights> load() {
    const std::vector<std::int64_t> positions = m_reader.shape(m_naming.positions);
    const std::vector<std::int64_t> conv1 =
        m_reader.shape(m_naming.conv + std::string("1") + m_naming.separator + "weight");
    if (positions.size() != 2 || conv1.size() != 3 || positions[0] < 1 || positions[1] < 1 || conv1[1] < 1 ||
        conv1[1] > 1024) {
      return fail(ErrorCode::CorruptFile, "The positions or the first convolution of the Whisper encoder in " +
                                              m_checkpoint.path().string() + " have a wrong shape.");
    }
    m_width = positions[1];
    const Result<std::int64_t> heads = headCount();
    if (!heads) return tl::unexpected(heads.error());
    WhisperWeights weights{.conv1 = affine(m_naming.conv + std::string("1"), {m_width, conv1[1], 3}),
                           .conv2 = affine(m_naming.conv + std::string("2"), {m_width, m_width, 3}),
                           .positions = m_reader.take(m_naming.positions, positions),
                           .blocks = {},
                           .finalNorm = norm(m_naming.finalNorm),
                           .heads = *heads};
    while (
        m_reader.has(blockName(weights.blocks.size()) + m_naming.attentionNorm + m_naming.separator + m_naming.scale)) {
      weights.blocks.push_back(block(blockName(weights.blocks.size())));
    }
    if (m_reader.failure()) return tl::unexpected(*m_reader.failure());
    if (weights.blocks.empty()) {
      return fail(ErrorCode::CorruptFile, "The Whisper encoder in " + m_checkpoint.path().string() + " has no blocks.");
    }
    return weights;
  }

 private:
  std::string blockName(std::size_t index) const { return m_naming.block + std::to_string(index) + m_naming.separator; }

  Result<std::int64_t> headCount() const {
    std::int64_t heads = m_options.heads;
    if (heads == 0 && *m_naming.heads != '\0') heads = m_checkpoint.integer(m_naming.heads).value_or(0);
    if (heads == 0 && m_width % 64 == 0) heads = m_width / 64;
    if (heads > 0 && m_width % heads == 0) return heads;
    return fail(ErrorCode::CorruptFile, "The Whisper encoder in " + m_checkpoint.path().string() + " is " +
                                            std::to_string(m_width) + " wide, which " + std::to_string(heads) +
                                            " attention heads do not divide.");
  }

  WhisperWeights::Norm norm(const std::string& name) {
    return {m_reader.take(name + m_naming.separator + m_naming.scale, {m_width}),
            m_reader.take(name + m_naming.separator + m_naming.shift, {m_width})};
  }

  WhisperWeights::Linear affine(const std::string& name, const std::vector<std::int64_t>& shape) {
    return {m_reader.take(name + m_naming.separator + "weight", shape),
            m_reader.take(name + m_naming.separator + "bias", {shape[0]})};
  }

  WhisperWeights::Linear queryKeyValue(const std::string& prefix) {
    if (*m_naming.key == '\0') return affine(prefix + m_naming.query, {3 * m_width, m_width});
    const WhisperWeights::Linear query = affine(prefix + m_naming.query, {m_width, m_width});
    const at::Tensor key = m_reader.take(prefix + m_naming.key + m_naming.separator + "weight", {m_width, m_width});
    const WhisperWeights::Linear value = affine(prefix + m_naming.value, {m_width, m_width});
    if (m_reader.failure()) return {};
    return {at::cat({query.weight, key, value.weight}), at::cat({query.bias, at::zeros({m_width}), value.bias})};
  }

  WhisperWeights::Block block(const std::string& prefix) {
    return {.attentionNorm = norm(prefix + m_naming.attentionNorm),
            .queryKeyValue = queryKeyValue(prefix),
            .out = affine(prefix + m_naming.out, {m_width, m_width}),
            .mlpNorm = norm(prefix + m_naming.mlpNorm),
            .up = affine(prefix + m_naming.up, {4 * m_width, m_width}),
            .down = affine(prefix + m_naming.down, {m_width, 4 * m_width})};
  }

  const weights::Checkpoint& m_checkpoint;
  const Naming& m_naming;
  const WhisperOptions& m_options;
  WeightReader m_reader;
  std::int64_t m_width = 0;
};

}  // namespace

Precision fastestPrecision() {
  const auto capabilities = at::cpu::get_cpu_capabilities();
  const auto has = [&](const char* name) {
    const auto found = capabilities.find(name);
    return found != capabilities.end() && found->second.isBool() && found->second.toBool();
  };
  return has("amx_bf16") || has("avx512_bf16") ? Precision::BFloat16 : Precision::Float32;
}

Result<std::unique_ptr<SpeechEncoder>> loadWhisperEncoder(const weights::Checkpoint& checkpoint,
                                                          const WhisperOptions& options) {
  for (const Naming& naming : kNamings) {
    if (checkpoint.find(std::string(naming.prefix) + naming.positions) == nullptr) continue;
    Result<WhisperWeights> weights = Loader(checkpoint, naming, options).load();
    if (!weights) return tl::unexpected(weights.error());
    return std::make_unique<WhisperEncoder>(std::move(*weights), options.precision.value_or(fastestPrecision()),
                                            options.silenceSeconds);
  }
  return fail(ErrorCode::Unsupported,
              "The file " + checkpoint.path().string() +
                  " holds no Whisper encoder under a known naming (OpenAI, Hugging Face, CTranslate2).");
}

}  // namespace xllm::encoders
