#include "tests/support/published_names.h"

#include <map>

#include <ATen/ATen.h>

namespace xllm::tests {
namespace {

using Renames = std::vector<std::pair<std::string, std::string>>;

std::string renamed(std::string name, const Renames& renames) {
  for (const auto& [part, by] : renames) name = replaced(std::move(name), part, by);
  return name;
}

// The tower with one bias of all of q, k and v under `bias`, where LAVIS has q_bias and v_bias.
NamedTensors withFusedBias(const NamedTensors& lavis, const Renames& renames, const std::string& bias) {
  NamedTensors named;
  at::Tensor query;
  for (const auto& [name, tensor] : lavis) {
    const std::string to = renamed(name, renames);
    if (to.ends_with("q_bias")) {
      query = tensor;
    } else if (to.ends_with("v_bias")) {
      const std::string block = to.substr(0, to.rfind('.', to.size() - std::string("v_bias").size() - 2) + 1);
      named.emplace_back(block + bias, at::cat({query, at::zeros_like(tensor), tensor}));
    } else {
      named.emplace_back(to, tensor);
    }
  }
  return named;
}

}  // namespace

NamedTensors weightsOf(const Golden& golden) {
  NamedTensors named;
  for (const auto& name : golden.weightNames()) named.emplace_back(name, golden[name]);
  return named;
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
  if (const auto at = text.find(part); at != std::string::npos) text.replace(at, part.size(), by);
  return text;
}

NamedTensors huggingFaceTower(const NamedTensors& lavis) {
  return withFusedBias(lavis,
                       {{"visual_encoder.blocks.", "vision_model.encoder.layers."},
                        {"visual_encoder.cls_token", "vision_model.embeddings.class_embedding"},
                        {"visual_encoder.pos_embed", "vision_model.embeddings.position_embedding"},
                        {"visual_encoder.patch_embed.proj", "vision_model.embeddings.patch_embedding"},
                        {".norm1", ".layer_norm1"},
                        {".norm2", ".layer_norm2"},
                        {"attn.proj", "self_attn.projection"},
                        {".attn.", ".self_attn."},
                        {"ln_vision", "vision_model.post_layernorm"}},
                       "self_attn.qkv.bias");
}

NamedTensors visualGlmTower(const NamedTensors& lavis) {
  const std::string tower = "image_encoder.vit.";
  NamedTensors named = withFusedBias(lavis,
                                     {{"visual_encoder.blocks.", tower + "transformer.layers."},
                                      {"visual_encoder.patch_embed.proj", tower + "mixins.patch_embedding.proj"},
                                      {".norm1", ".input_layernorm"},
                                      {".norm2", ".post_attention_layernorm"},
                                      {"attn.qkv", "attention.query_key_value"},
                                      {"attn.proj", "attention.dense"},
                                      {"mlp.fc1", "mlp.dense_h_to_4h"},
                                      {"mlp.fc2", "mlp.dense_4h_to_h"},
                                      {"ln_vision", tower + "mixins.cls.ln_vision"},
                                      {"visual_encoder.cls_token", tower + "transformer.word_embeddings.weight"},
                                      {"visual_encoder.pos_embed", tower + "transformer.position_embeddings.weight"}},
                                     "attention.query_key_value.bias");
  for (auto& [name, tensor] : named) {
    if (name.ends_with("_embeddings.weight")) tensor = tensor[0];
  }
  return named;
}

std::string huggingFaceFormerName(std::string lavis) {
  return renamed(std::move(lavis), {{"Qformer.bert.embeddings.LayerNorm", "qformer.layernorm"},
                                    {"Qformer.bert.embeddings.", "embeddings."},
                                    {"Qformer.bert.", "qformer."},
                                    {"attention.self.", "attention.attention."},
                                    {"opt_proj.", "language_projection."},
                                    {"vision_proj.", "vision_projection."},
                                    {"text_proj.", "text_projection."}});
}

NamedTensors visualGlmFormer(const NamedTensors& lavis, int layers) {
  const std::string former = "image_encoder.qformer.transformer.", own = "Qformer.bert.encoder.layer.";
  const std::map<std::string, at::Tensor> from(lavis.begin(), lavis.end());
  NamedTensors named{{former + "word_embeddings.weight", from.at("query_tokens")[0]}};
  for (const std::string end : {"weight", "bias"}) {
    const auto norm = [&](int layer) {
      return from.at(layer < 0 ? "Qformer.bert.embeddings.LayerNorm." + end
                               : own + std::to_string(layer) + ".output_query.LayerNorm." + end);
    };
    for (int layer = 0; layer < layers; ++layer) {
      const std::string to = former + "layers." + std::to_string(layer) + ".";
      const auto part = [&](const std::string& name) {
        return from.at(own + std::to_string(layer) + "." + name + "." + end);
      };
      const auto add = [&](const std::string& name, const at::Tensor& tensor) {
        named.emplace_back(to + name + "." + end, tensor);
      };
      add("input_layernorm", norm(layer - 1));
      add("attention.query_key_value",
          at::cat({part("attention.self.query"), part("attention.self.key"), part("attention.self.value")}));
      add("attention.dense", part("attention.output.dense"));
      add("post_attention_layernorm", part("attention.output.LayerNorm"));
      add("mlp.dense_h_to_4h", part("intermediate_query.dense"));
      add("mlp.dense_4h_to_h", part("output_query.dense"));
      if (layer % 2 != 0) continue;
      add("cross_attention.query", part("crossattention.self.query"));
      add("cross_attention.key_value", at::cat({part("crossattention.self.key"), part("crossattention.self.value")}));
      add("cross_attention.dense", part("crossattention.output.dense"));
      add("post_cross_attention_layernorm", part("crossattention.output.LayerNorm"));
    }
    named.emplace_back(former + "final_layernorm." + end, norm(layers - 1));
    named.emplace_back("image_encoder.glm_proj." + end, from.at("opt_proj." + end));
  }
  return named;
}

}  // namespace xllm::tests
