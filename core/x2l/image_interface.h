// I2L: Q-Former and I-Adapter (paper §3.1, fig. 2): features of one picture → a few embeddings of the language model.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>
#include <nlohmann/json_fwd.hpp>
#include <torch/nn/module.h>

#include "core/base/result.h"

namespace xllm::x2l {

// The paper: width 1408, poolTo 0, classes 0, hidden 768, 12 layers, 12 heads, cross-attention every 2nd, 32 queries, llm 4096.
struct ImageInterfaceConfig {
  std::int64_t featureWidth = 1408;      // of the encoder's cells
  std::int64_t poolTo = 0;               // average the square map to poolTo × poolTo cells; 0: keep every cell
  bool usePooled = false;                // the encoder's pooled vector as one more token
  std::int64_t classes = 0;              // > 0: the classifier's probabilities, through a Linear, as one more token
  std::int64_t hidden = 768, layers = 12, heads = 12, intermediate = 3072;
  std::int64_t crossAttentionEvery = 2;
  std::int64_t queries = 32;
  double normEpsilon = 1e-12;
  double dropout = 0.0;                  // training only
  std::int64_t llmWidth = 4096;
};

// Parameter names are those of LAVIS (query_tokens, Qformer.bert.…, opt_proj), so published files load by name.
class ImageInterface : public torch::nn::Module {
 public:
  explicit ImageInterface(const ImageInterfaceConfig& config);
  ~ImageInterface() override;

  // cells [B, N, featureWidth], pooled [B, featureWidth] and probabilities [B, classes] as far as the config uses them
  // -> [B, queries, llmWidth].
  at::Tensor forward(const at::Tensor& cells, const at::Tensor& pooled = {}, const at::Tensor& probabilities = {});
  // The Q-Former's queries before the adapter [B, queries, hidden] (golden test, stage 1).
  at::Tensor queryStates(const at::Tensor& cells, const at::Tensor& pooled = {}, const at::Tensor& probabilities = {});
  const ImageInterfaceConfig& config() const { return m_config; }

 private:
  struct Parts;
  ImageInterfaceConfig m_config;
  std::shared_ptr<Parts> m_parts;
};

// Unknown keys are refused with the nearest right one: BadInput.
Result<ImageInterfaceConfig> imageInterfaceConfig(const nlohmann::json& json);
nlohmann::json toJson(const ImageInterfaceConfig& config);

}  // namespace xllm::x2l
