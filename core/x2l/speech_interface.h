// S2L: CIF, C-Former and S-Adapter (paper §3.3): frames of speech → about one embedding of the language model per
// token.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <nlohmann/json_fwd.hpp>

#include "core/base/result.h"

namespace xllm::x2l {

enum class SpeechAdapter {
  Linear = 1,  // the paper: Linear hidden → llmWidth, then ReLU if adapterRelu
  Vocabulary,  // scores over the LLM's tokens; what is fed is softmax(scores) · word-embedding table
};

// Where the Vocabulary adapter's scores come from.
enum class VocabularyHead {
  Tied = 1,  // Linear hidden → llmWidth, then the dot product with each row of the word-embedding table: few parameters
  Full,      // Linear hidden → llmVocabulary
};

enum class FormerNorm {
  After = 1,  // BERT
  Before,     // pre-norm, and one LayerNorm at the end: trains from nothing without a long warm-up
};

// frames → [convolution, stride] → [front blocks → CTC head] → CIF → Linear (+ ReLU) → C-Former (BERT) → S-Adapter.
// Any bracket can be empty. The paper: 512 wide CIF vectors, no front, BERT-base, Linear adapter.
struct SpeechInterfaceConfig {
  std::int64_t featureWidth = 512;
  std::int64_t convolutionStride = 1;  // > 1: one Conv1d (kernel 2·stride+1), GELU, in front: 50 Hz → 25 Hz with 2
  std::int64_t frontWidth = 512;       // width of what CIF integrates; a Linear leads there where no convolution does
  std::int64_t frontLayers = 0, frontHeads = 8,
               frontIntermediate = 2048;  // pre-norm Transformer blocks, sinusoid positions
  std::string ctcAlphabet = {};  // UTF-8; characters of the CTC head on the front's frames (0 is blank); empty: no head
  std::int64_t ctcSteps = 1;     // CTC frames per frame of the front: 2 gives a 25 Hz front letters at 50 Hz
  std::int64_t cifKernel = 3;    // of the weight generator's convolution
  double cifTailThreshold = 0.5;
  bool cifInput = false;  // true: the features are CIF vectors already (the paper's released code)
  bool projectionRelu = true;
  std::int64_t hidden = 768, layers = 12, heads = 12, intermediate = 3072,
               positions = 512;  // layers 0: the adapter alone
  FormerNorm formerNorm = FormerNorm::After;
  double normEpsilon = 1e-12;
  double dropout = 0.0;  // training only
  SpeechAdapter adapter = SpeechAdapter::Linear;
  bool adapterRelu = true;
  VocabularyHead vocabularyHead = VocabularyHead::Tied;
  bool vocabularyBias = false;  // Tied: one learned number per token, added to the scores
  // Tied: > 0: a token's score also sums one learned score for the character at each of its first so many places, so
  // that tokens which training never showed can be recognised; needs ctcAlphabet.
  std::int64_t spellingPlaces = 0;
  bool spellingFoldsCase = false;  // " What" and " what" are spelled alike, for texts with capitals
  bool vocabularyScale = false;    // Tied: one learned factor (an inverse temperature) on the scores, 1 at the start
  std::int64_t llmWidth = 4096, llmVocabulary = 0;
};

// What the Vocabulary adapter knows of the language model's tokens; C = llmVocabulary, or fewer: a training batch's
// candidates.
struct LlmVocabulary {
  LlmVocabulary() = default;
  LlmVocabulary(at::Tensor theEmbeddings, at::Tensor theSpelled = {})  // NOLINT: a table alone is a vocabulary
      : embeddings(std::move(theEmbeddings)), spelled(std::move(theSpelled)) {}

  at::Tensor embeddings;  // [C, llmWidth], frozen
  at::Tensor spelled;     // [C, places · kinds] uint8 of spelledTable(); with spellingPlaces only
};

struct SpeechTokens {
  at::Tensor embeddings;  // [B, N, llmWidth]; rows that are not valid hold anything finite; recognise(): undefined
  at::Tensor valid;       // [B, N] bool
  at::Tensor scores;      // [B, N, C]; Vocabulary adapter only
  at::Tensor alphas;      // [B, T'] float32, unscaled CIF weights, 0 on padding; undefined with cifInput
  at::Tensor ctcLogits;   // [B, T' · ctcSteps, 1 + alphabet]; with a CTC head only
  at::Tensor frames;      // [B] int64: valid frames of T'
};

// Parameter names are those of X-LLM (pre_bert_proj, speech_bert_adaptor.…, post_bert_proj; speech_feat_proj where
// there is no C-Former) and CIF-PyTorch (cif.conv, cif.weight_proj); ours beside them: front_conv, front_proj, front.…,
// ctc_head, vocab_proj, vocab_spelling, vocab_head, vocab_bias, vocab_scale.
class SpeechInterface : public torch::nn::Module {
 public:
  explicit SpeechInterface(const SpeechInterfaceConfig& config);
  ~SpeechInterface() override;

  // features [B, T, featureWidth]; valid [B, T] bool or undefined: all frames, with cifInput the rows whose sum is not
  // 0. What stands on padding changes nothing. `targetLengths` [B] int64 scales the CIF weights (training); undefined:
  // inference. `vocabulary` is needed by the Vocabulary adapter alone. A Tied head without vocabularyBias also takes
  // fewer rows, say a training batch's candidates: scores and expected embeddings are then over those. More than
  // `positions` tokens go through the C-Former in pieces of that length.
  SpeechTokens forward(const at::Tensor& features, const at::Tensor& valid, const at::Tensor& targetLengths,
                       const LlmVocabulary& vocabulary);
  // The same without `embeddings`: of a Vocabulary adapter the scores alone, which is all that recognition trains on.
  SpeechTokens recognise(const at::Tensor& features, const at::Tensor& valid, const at::Tensor& targetLengths,
                         const LlmVocabulary& vocabulary);
  const SpeechInterfaceConfig& config() const { return m_config; }

 private:
  struct Parts;
  SpeechTokens integrate(const at::Tensor& features, const at::Tensor& valid, const at::Tensor& targetLengths,
                         at::Tensor& states);
  SpeechInterfaceConfig m_config;
  std::shared_ptr<Parts> m_parts;
};

// Unknown keys are refused with the nearest right one: BadInput.
Result<SpeechInterfaceConfig> speechInterfaceConfig(const nlohmann::json& json);
nlohmann::json toJson(const SpeechInterfaceConfig& config);

// Patterns ('*' = anything) of what X-LLM's and BERT's files hold beside these parameters. For LoadOptions::ignore.
std::vector<std::string> otherSpeechKeys(const SpeechInterfaceConfig& config);

}  // namespace xllm::x2l
