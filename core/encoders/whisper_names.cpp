#include "core/encoders/whisper_names.h"

#include <array>
#include <span>

#include <ATen/ATen.h>

namespace xllm::encoders {
namespace {

constexpr WhisperNames openAi(const char* prefix, const char* finalNorm, const char* heads) {
  return {.prefix = prefix,
          .positions = "positional_embedding",
          .block = "blocks.",
          .separator = ".",
          .query = "attn.query",
          .key = "attn.key",
          .value = "attn.value",
          .out = "attn.out",
          .attentionNorm = "attn_ln",
          .crossQuery = "cross_attn.query",
          .crossKey = "cross_attn.key",
          .crossValue = "cross_attn.value",
          .crossOut = "cross_attn.out",
          .crossNorm = "cross_attn_ln",
          .up = "mlp.0",
          .down = "mlp.2",
          .mlpNorm = "mlp_ln",
          .finalNorm = finalNorm,
          .scale = "weight",
          .shift = "bias",
          .embeddings = "token_embedding.weight",
          .heads = heads};
}

constexpr WhisperNames huggingFace(const char* prefix) {
  return {.prefix = prefix,
          .positions = "embed_positions.weight",
          .block = "layers.",
          .separator = ".",
          .query = "self_attn.q_proj",
          .key = "self_attn.k_proj",
          .value = "self_attn.v_proj",
          .out = "self_attn.out_proj",
          .attentionNorm = "self_attn_layer_norm",
          .crossQuery = "encoder_attn.q_proj",
          .crossKey = "encoder_attn.k_proj",
          .crossValue = "encoder_attn.v_proj",
          .crossOut = "encoder_attn.out_proj",
          .crossNorm = "encoder_attn_layer_norm",
          .up = "fc1",
          .down = "fc2",
          .mlpNorm = "final_layer_norm",
          .finalNorm = "layer_norm",
          .scale = "weight",
          .shift = "bias",
          .embeddings = "embed_tokens.weight",
          .heads = ""};
}

constexpr WhisperNames ctranslate2(const char* prefix, const char* heads) {
  return {.prefix = prefix,
          .positions = "position_encodings/encodings",
          .block = "layer_",
          .separator = "/",
          .query = "self_attention/linear_0",
          .key = "",
          .value = "",
          .out = "self_attention/linear_1",
          .attentionNorm = "self_attention/layer_norm",
          .crossQuery = "attention/linear_0",
          .crossKey = "attention/linear_1",
          .crossValue = "",
          .crossOut = "attention/linear_2",
          .crossNorm = "attention/layer_norm",
          .up = "ffn/linear_0",
          .down = "ffn/linear_1",
          .mlpNorm = "ffn/layer_norm",
          .finalNorm = "layer_norm",
          .scale = "gamma",
          .shift = "beta",
          .embeddings = "embeddings/weight",
          .heads = heads};
}

// whisper.cpp has OpenAI's names.
constexpr std::array kEncoders = {openAi("encoder.", "ln_post", "dims/n_audio_head"),
                                  openAi("model_state_dict/encoder.", "ln_post", "dims/n_audio_head"),
                                  huggingFace("model.encoder."), huggingFace("encoder."),
                                  ctranslate2("encoder/", "encoder/num_heads")};
constexpr std::array kDecoders = {
    openAi("decoder.", "ln", "dims/n_text_head"), openAi("model_state_dict/decoder.", "ln", "dims/n_text_head"),
    huggingFace("model.decoder."), huggingFace("decoder."), ctranslate2("decoder/", "decoder/num_heads")};

const WhisperNames* namesIn(const weights::Checkpoint& checkpoint, std::span<const WhisperNames> known) {
  for (const WhisperNames& names : known) {
    if (checkpoint.find(std::string(names.prefix) + names.positions) != nullptr) return &names;
  }
  return nullptr;
}

}  // namespace

const WhisperNames* whisperEncoderNames(const weights::Checkpoint& checkpoint) {
  return namesIn(checkpoint, kEncoders);
}

const WhisperNames* whisperDecoderNames(const weights::Checkpoint& checkpoint) {
  return namesIn(checkpoint, kDecoders);
}

Result<void> WhisperPieces::readWidth() {
  const std::vector<std::int64_t> shape = m_reader.shape(m_names.positions);
  if (shape.size() != 2 || shape[0] < 1 || shape[1] < 1) {
    return fail(ErrorCode::CorruptFile, "The positions " + std::string(m_names.prefix) + m_names.positions + " in " +
                                            m_checkpoint.path().string() + " are no matrix; choose a complete file.");
  }
  m_positions = shape[0];
  m_width = shape[1];
  return {};
}

Result<std::int64_t> WhisperPieces::heads(std::int64_t wanted) const {
  std::int64_t heads = wanted;
  if (heads == 0 && *m_names.heads != '\0') heads = m_checkpoint.integer(m_names.heads).value_or(0);
  if (heads == 0 && m_width % 64 == 0) heads = m_width / 64;
  if (heads > 0 && m_width % heads == 0) return heads;
  return fail(ErrorCode::CorruptFile, "Whisper in " + m_checkpoint.path().string() + " is " + std::to_string(m_width) +
                                          " wide, which " + std::to_string(heads) + " attention heads do not divide.");
}

WhisperNorm WhisperPieces::norm(const std::string& name) {
  return {m_reader.take(name + m_names.separator + m_names.scale, {m_width}),
          m_reader.take(name + m_names.separator + m_names.shift, {m_width})};
}

Affine WhisperPieces::affine(const std::string& name, const std::vector<std::int64_t>& shape) {
  return {m_reader.take(name + m_names.separator + "weight", shape),
          m_reader.take(name + m_names.separator + "bias", {shape[0]})};
}

Affine WhisperPieces::keyAndValue(const std::string& key, const std::string& value) {
  const at::Tensor keyWeight = m_reader.take(key + m_names.separator + "weight", {m_width, m_width});
  const Affine values = affine(value, {m_width, m_width});
  if (m_reader.failure()) return {};
  return {at::cat({keyWeight, values.weight}), at::cat({at::zeros({m_width}), values.bias})};
}

Affine WhisperPieces::queryKeyValue(const std::string& block) {
  if (*m_names.key == '\0') return affine(block + m_names.query, {3 * m_width, m_width});
  const Affine query = affine(block + m_names.query, {m_width, m_width});
  const Affine rest = keyAndValue(block + m_names.key, block + m_names.value);
  if (m_reader.failure()) return {};
  return {at::cat({query.weight, rest.weight}), at::cat({query.bias, rest.bias})};
}

Affine WhisperPieces::crossKeyValue(const std::string& block) {
  if (*m_names.crossValue == '\0') return affine(block + m_names.crossKey, {2 * m_width, m_width});
  return keyAndValue(block + m_names.crossKey, block + m_names.crossValue);
}

}  // namespace xllm::encoders
