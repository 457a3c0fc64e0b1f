// I2L: Q-Former and I-Adapter (paper §3.1, fig. 2): features of one picture → a few embeddings of the language model.
// V2L is the same with an embedding of the frame's time (timePositions > 0): run once per frame as in the paper, or
// with queries that look at all frames at once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/normalization.h>
#include <nlohmann/json_fwd.hpp>

#include "core/base/result.h"

namespace xllm::x2l {

class BertEncoder;

enum class ClipQueries {
  PerFrame = 1,  // the paper: each frame gives `queries` tokens, its time is added before the adapter
  Joint,         // a clip gives `queries` tokens in all: they attend to every frame's cells, each with its time added
};

// The paper: width 1408, poolTo 0, classes 0, hidden 768, 12 layers, 12 heads, cross-attention every 2nd, 32 queries,
// llm 4096.
struct ImageInterfaceConfig {
  std::int64_t featureWidth = 1408;  // of the encoder's cells
  bool featureNorm = false;          // LayerNorm over each feature vector first (LAVIS' `ln_vision`), eps 1e-5
  std::int64_t poolTo = 0;           // average the square map to poolTo × poolTo cells; 0: keep every cell; a class
                                     // token in front of the map stays a token of its own
  bool cellPositions = false;        // a learned vector per pooled cell says where it lies; needs poolTo
  bool usePooled = false;            // the encoder's pooled vector as one more token
  std::int64_t classes = 0;          // > 0: the classifier's probabilities, through a Linear, as one more token
  double classPower = 1.0;  // … raised to this power and summed to 1 again first: above 1, the first choice stands out
  std::int64_t hidden = 768, layers = 12, heads = 12, intermediate = 3072;
  std::int64_t crossAttentionEvery = 2;
  std::int64_t queries = 32;
  std::int64_t timePositions = 0;  // > 0: clips; a learned vector per frame index
  ClipQueries clipQueries = ClipQueries::PerFrame;
  std::int64_t motionUnits = 0;  // > 0, joint queries: they also learn, through so many units, what changes where
                                 // (clip_motion.h, of the pooled cells); needs poolTo
  double normEpsilon = 1e-12;
  double dropout = 0.0;  // training only
  std::int64_t llmWidth = 4096;
};

// Parameter names are those of LAVIS (ln_vision, query_tokens, Qformer.bert.…, opt_proj), so published files load by
// name; ours beside them: cell_positions, class_proj, time_embeddings, motion_units, motion_proj.
class ImageInterface : public torch::nn::Module {
 public:
  explicit ImageInterface(const ImageInterfaceConfig& config);
  ~ImageInterface() override;

  // cells [B, N, featureWidth], pooled [B, featureWidth] and probabilities [B, classes] as far as the config uses them;
  // times [B] int64 below timePositions, clips with queries per frame only -> [B, queries, llmWidth].
  at::Tensor forward(const at::Tensor& cells, const at::Tensor& pooled = {}, const at::Tensor& probabilities = {},
                     const at::Tensor& times = {});
  // Clips of F frames each, in time order, all frames in one batch: cells [B, F, N, featureWidth], pooled [B, F,
  // featureWidth] and probabilities [B, F, classes] as far as the config uses them -> [B, F · queries, llmWidth], frame
  // by frame, or [B, queries, llmWidth] where the queries are joint. Needs timePositions > 0; any F: frame i of F has
  // the time index ⌊(i + ½) · timePositions / F⌋.
  at::Tensor watch(const at::Tensor& cells, const at::Tensor& pooled = {}, const at::Tensor& probabilities = {});
  // The Q-Former's queries before time and adapter [B, queries, hidden] (golden test, stage 1).
  at::Tensor queryStates(const at::Tensor& cells, const at::Tensor& pooled = {}, const at::Tensor& probabilities = {});
  const ImageInterfaceConfig& config() const { return m_config; }

  // What stage 1's text branch shares with the queries (qformer_text.h).
  struct Former {
    at::Tensor queries;                  // [1, queries, hidden], learned
    torch::nn::LayerNorm embeddingNorm;  // of queries and words
    std::shared_ptr<BertEncoder> encoder;
  };
  Former former() const;
  // What the queries attend to [B, M, featureWidth], from what forward() takes.
  at::Tensor memory(const at::Tensor& cells, const at::Tensor& pooled = {}, const at::Tensor& probabilities = {});

 private:
  struct Parts;
  ImageInterfaceConfig m_config;
  std::shared_ptr<Parts> m_parts;
};

// Unknown keys are refused with the nearest right one: BadInput.
Result<ImageInterfaceConfig> imageInterfaceConfig(const nlohmann::json& json);
nlohmann::json toJson(const ImageInterfaceConfig& config);

// Patterns ('*' = anything) of what published Q-Former files hold beside the query branch: the text branch, stage-1
// heads, and whole encoders. For LoadOptions::ignore.
std::vector<std::string> otherImageKeys();

}  // namespace xllm::x2l
