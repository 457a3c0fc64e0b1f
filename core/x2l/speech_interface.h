// S2L: CIF, C-Former and S-Adapter (paper §3.3): frames of speech → about one embedding of the language model per token.
#pragma once

#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>
#include <nlohmann/json_fwd.hpp>
#include <torch/nn/module.h>

#include "core/base/result.h"

namespace xllm::x2l {

enum class SpeechAdapter {
  Linear = 1,  // the paper: Linear hidden → llmWidth, then ReLU if adapterRelu
  Vocabulary,  // scores over the LLM's tokens; what is fed is softmax(scores) · word-embedding table
};

// frames → [convolution, stride] → [front blocks → CTC head] → CIF → Linear (+ ReLU) → C-Former (BERT) → S-Adapter.
// Any bracket can be empty. The paper: 512 wide CIF vectors, no front, BERT-base, Linear adapter.
struct SpeechInterfaceConfig {
  std::int64_t featureWidth = 512;
  std::int64_t convolutionStride = 1;    // > 1: one Conv1d (kernel 2·stride+1), GELU, in front: 50 Hz → 25 Hz with 2
  std::int64_t frontWidth = 512;         // width of what CIF integrates
  std::int64_t frontLayers = 0, frontHeads = 8, frontIntermediate = 2048;  // pre-norm Transformer blocks, sinusoid positions
  std::string ctcAlphabet;               // characters of the CTC head on the front's frames (index 0 is blank); empty: no head
  std::int64_t cifKernel = 3;            // of the weight generator's convolution
  double cifTailThreshold = 0.5;
  bool cifInput = false;                 // true: the features are CIF vectors already (the paper's released code)
  bool projectionRelu = true;
  std::int64_t hidden = 768, layers = 12, heads = 12, intermediate = 3072, positions = 512;
  double normEpsilon = 1e-12;
  double dropout = 0.0;                  // training only
  SpeechAdapter adapter = SpeechAdapter::Linear;
  bool adapterRelu = true;
  std::int64_t llmWidth = 4096, llmVocabulary = 0;
};

struct SpeechTokens {
  at::Tensor embeddings;  // [B, N, llmWidth]
  at::Tensor valid;       // [B, N] bool
  at::Tensor scores;      // [B, N, llmVocabulary]; Vocabulary adapter only
  at::Tensor alphas;      // [B, T'] unscaled CIF weights, 0 on padding
  at::Tensor ctcLogits;   // [B, T', 1 + alphabet]; with a CTC head only
  at::Tensor frames;      // [B] int64: valid frames of T'
};

class SpeechInterface : public torch::nn::Module {
 public:
  explicit SpeechInterface(const SpeechInterfaceConfig& config);
  ~SpeechInterface() override;

  // features [B, T, featureWidth]; valid [B, T] bool or undefined. `targetLengths` [B] int64 scales the CIF weights (training);
  // undefined: inference. `embeddingTable` [llmVocabulary, llmWidth] is needed by the Vocabulary adapter alone.
  SpeechTokens forward(const at::Tensor& features, const at::Tensor& valid, const at::Tensor& targetLengths,
                       const at::Tensor& embeddingTable);
  const SpeechInterfaceConfig& config() const { return m_config; }

 private:
  struct Parts;
  SpeechInterfaceConfig m_config;
  std::shared_ptr<Parts> m_parts;
};

// Unknown keys are refused with the nearest right one: BadInput.
Result<SpeechInterfaceConfig> speechInterfaceConfig(const nlohmann::json& json);
nlohmann::json toJson(const SpeechInterfaceConfig& config);

}  // namespace xllm::x2l
