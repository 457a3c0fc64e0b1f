#include "core/llm/decoder_tensors.h"

#include <algorithm>
#include <string>

namespace xllm::llm {
namespace {

using Shape = std::vector<std::int64_t>;

// What a layer's tensors are called. Where q, k and v lie in one tensor, or gate and up, that is their name, and the
// others are empty.
struct LayerNames {
  const char *input_layernorm, *q, *k, *v, *o_proj, *post_attention_layernorm, *gate, *up, *down_proj;
  const char *q_norm = "", *k_norm = "", *attention_output_norm = "", *mlp_output_norm = "";
};

struct Names {
  const char *embed_tokens, *norm, *lm_head, *layers;
  LayerNames layer;
  double normsAdd = 0.0;
};

Names ggufNames(const weights::Checkpoint& checkpoint) {
  Names names{"token_embd.weight",
              "output_norm.weight",
              "output.weight",
              "blk.",
              {"attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down",
               "attn_q_norm", "attn_k_norm", "post_attention_norm", "post_ffw_norm"}};
  if (checkpoint.find("blk.0.attn_qkv.weight") != nullptr)
    names.layer.q = "attn_qkv", names.layer.k = names.layer.v = "";
  if (checkpoint.find("blk.0.ffn_gate.weight") == nullptr) names.layer.gate = "ffn_up", names.layer.up = "";
  return names;
}

Names huggingFaceNames(const weights::Checkpoint& checkpoint) {
  Names names{"model.embed_tokens.weight",
              "model.norm.weight",
              "lm_head.weight",
              "model.layers.",
              {"input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
               "post_attention_layernorm", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj", "self_attn.q_norm",
               "self_attn.k_norm"}};
  LayerNames& layer = names.layer;
  if (checkpoint.find("model.layers.0.self_attn.qkv_proj.weight") != nullptr)
    layer.q = "self_attn.qkv_proj", layer.k = layer.v = "";
  if (checkpoint.find("model.layers.0.mlp.gate_up_proj.weight") != nullptr)
    layer.gate = "mlp.gate_up_proj", layer.up = "";
  if (checkpoint.find("model.layers.0.pre_feedforward_layernorm.weight") != nullptr) {  // Gemma
    layer.attention_output_norm = layer.post_attention_layernorm;
    layer.post_attention_layernorm = "pre_feedforward_layernorm";
    layer.mlp_output_norm = "post_feedforward_layernorm";
    names.normsAdd = 1.0;
  }
  if (checkpoint.find("model.layers.0.post_mlp_layernorm.weight") != nullptr) {  // GLM-4-0414
    layer.attention_output_norm = "post_self_attn_layernorm";
    layer.mlp_output_norm = "post_mlp_layernorm";
  }
  return names;
}

constexpr Names kThudmNames{"transformer.embedding.word_embeddings.weight",
                            "transformer.encoder.final_layernorm.weight",
                            "transformer.output_layer.weight",
                            "transformer.encoder.layers.",
                            {"input_layernorm", "self_attention.query_key_value", "", "", "self_attention.dense",
                             "post_attention_layernorm", "mlp.dense_h_to_4h", "", "mlp.dense_4h_to_h"}};

// Parts of a layer one above the other, each with a tensor of its own or all in the first one's.
std::vector<WantedTensor> stacked(const std::vector<std::string>& names, const Shape& outs, std::int64_t in,
                                  const std::vector<InterleavedRows>& order) {
  std::int64_t sum = 0;
  for (const auto out : outs) sum += out;
  const bool fused = outs.size() > 1 && names[1].empty();
  std::vector<WantedTensor> parts;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < outs.size(); ++i) {
    Shape shape{fused ? sum : outs[i]};
    if (in > 0) shape.push_back(in);
    WantedTensor part{fused ? names.front() : names[i], std::move(shape)};
    if (i < order.size()) part.interleaved = order[i];
    if (fused) part.firstRow = first, part.rows = outs[i];
    parts.push_back(std::move(part));
    first += outs[i];
  }
  return parts;
}

// The layer's matrices are stored in so many bits (DecoderConfig::matrixBits).
void inWholeNumbers(LayerTensors& layer, int bits) {
  layer.o_proj.bits = layer.down_proj.bits = bits;
  for (auto* parts : {&layer.qkv_proj, &layer.gate_up_proj}) {
    for (WantedTensor& part : *parts) part.bits = bits;
  }
}

LayerTensors layerTensors(const DecoderConfig& c, const Names& names, std::int64_t number) {
  const std::string prefix = names.layers + std::to_string(number) + ".";
  const LayerNames& its = names.layer;
  const auto called = [&](const char* part, const char* kind) {
    return *part == '\0' ? std::string() : prefix + part + kind;
  };
  const auto norm = [&](const char* part, std::int64_t width) {
    WantedTensor wanted{called(part, ".weight"), {width}};
    wanted.added = names.normsAdd;
    return wanted;
  };
  const std::int64_t queries = c.heads * c.headDim, keys = c.kvHeads * c.headDim;
  std::vector<InterleavedRows> order;
  if (c.interleavedRotary) order = {{c.heads, c.turned()}, {c.kvHeads, c.turned()}};
  const auto named = [&](const char* kind) {
    return std::vector{called(its.q, kind), called(its.k, kind), called(its.v, kind)};
  };
  LayerTensors layer;
  layer.input_layernorm = norm(its.input_layernorm, c.hidden);
  layer.post_attention_layernorm = norm(its.post_attention_layernorm, c.hidden);
  layer.qkv_proj = stacked(named(".weight"), {queries, keys, keys}, c.hidden, order);
  if (c.attentionBias) layer.qkv_bias = stacked(named(".bias"), {queries, keys, keys}, 0, order);
  layer.o_proj = {called(its.o_proj, ".weight"), {c.hidden, queries}};
  layer.gate_up_proj =
      stacked({called(its.gate, ".weight"), called(its.up, ".weight")}, {c.intermediate, c.intermediate}, c.hidden, {});
  layer.down_proj = {called(its.down_proj, ".weight"), {c.hidden, c.intermediate}};
  if (c.queryKeyNorm) {
    layer.q_norm = norm(its.q_norm, c.headDim);
    layer.k_norm = norm(its.k_norm, c.headDim);
  }
  if (c.outputNorms) {
    layer.attention_output_norm = norm(its.attention_output_norm, c.hidden);
    layer.mlp_output_norm = norm(its.mlp_output_norm, c.hidden);
  }
  inWholeNumbers(layer, c.matrixBits);
  return layer;
}

}  // namespace

std::vector<WantedTensor> LayerTensors::all() const {
  std::vector<WantedTensor> list{input_layernorm, post_attention_layernorm, o_proj, down_proj};
  for (const WantedTensor* norm : {&q_norm, &k_norm, &attention_output_norm, &mlp_output_norm}) {
    if (!norm->name.empty()) list.push_back(*norm);
  }
  for (const auto* parts : {&qkv_proj, &qkv_bias, &gate_up_proj}) list.insert(list.end(), parts->begin(), parts->end());
  return list;
}

std::vector<WantedTensor> DecoderTensors::all() const {
  std::vector<WantedTensor> list{embed_tokens, norm, lm_head};
  for (const LayerTensors& layer : layers) {
    for (WantedTensor& tensor : layer.all()) {
      if (tensor.firstRow == 0) list.push_back(std::move(tensor));
    }
  }
  return list;
}

DecoderTensors decoderTensors(const DecoderConfig& config, const weights::Checkpoint& checkpoint) {
  const Names names = checkpoint.format() == "gguf"                          ? ggufNames(checkpoint)
                      : checkpoint.find(kThudmNames.embed_tokens) != nullptr ? kThudmNames
                                                                             : huggingFaceNames(checkpoint);
  DecoderTensors wanted{
      .embed_tokens = {names.embed_tokens, {config.vocabulary, config.hidden}},
      .norm = {names.norm, {config.hidden}},
      .lm_head = {.name = names.lm_head, .shape = {config.vocabulary, config.hidden}, .optional = true},
      .layers = {}};
  wanted.norm.added = names.normsAdd;
  for (std::int64_t i = 0; i < config.layers; ++i) wanted.layers.push_back(layerTensors(config, names, i));
  return wanted;
}

bool isIgnorable(std::string_view name) { return name.ends_with(".inv_freq"); }

}  // namespace xllm::llm
