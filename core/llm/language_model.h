// The frozen language model: embeddings in, logits out. Soft embeddings of pictures and speech go in through the same
// door as words. No sampling, no text, no chat format here.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/result.h"
#include "core/llm/decoder_config.h"
#include "core/llm/kv_cache.h"
#include "core/weights/checkpoint.h"

namespace xllm::llm {

enum class Precision {
  AsStored = 1,  // quantised blocks stay packed (core/kernels), no gradients
  Float32,       // everything dequantised to float32; gradients flow to the embeddings
  BFloat16,      // the same in bfloat16, for training
};

// Where the prompt of each row ends, for models that read prompts both ways (ChatGLM-6B; the others ignore it). Columns
// [B] int64: everything before `answer` sees everything before `answer`; `mask` is the token that the answer stands for
// and gives all of the answer its first position. Undefined: the rows are one prompt as a whole, whose last column is
// `answer` and the column before it `mask`, which is how a chat ends ([gMASK] <sop>).
struct PromptEnd {
  at::Tensor mask, answer;
};

// Weights are immutable; a conversation's state is its KvCache. One thread at a time.
class LanguageModel {
 public:
  virtual ~LanguageModel() = default;

  virtual const DecoderConfig& config() const = 0;
  // ids [B, T] int64 -> [B, T, hidden] float32, as forward() takes them.
  virtual at::Tensor embed(const at::Tensor& ids) const = 0;
  // The whole word-embedding table [vocabulary, hidden] float32; made on first use and kept (vocabulary adapter,
  // training).
  virtual const at::Tensor& embeddingTable() const = 0;

  // For a new conversation: kept `as` where core/kernels attend to it, else as Given.
  virtual KvCache emptyCache(KeptAs /*as*/ = kKeptUsually) const { return KvCache(); }
  // embeddings [B, T, hidden] -> hidden states after the final norm [B, T, hidden] float32.
  // `valid` [B, T] bool, or undefined for all true: false = padding, which is never attended to and counts no position.
  // With a cache, the rows continue after what it holds, and it grows by T; without one the sequence stands alone. A
  // model that reads both ways (config().readsBothWays()) takes a prompt in one piece, and no prefix.
  // Gradients flow to `embeddings` in Float32 and BFloat16, never to a weight.
  virtual at::Tensor forward(const at::Tensor& embeddings, const at::Tensor& valid = {}, KvCache* cache = nullptr,
                             const PromptEnd& end = {}) const = 0;
  // The last row of forward(embeddings, {}, &cache) for a batch of one, [1, 1, hidden], with the same bits: all that a
  // prompt is read for. The last layer spares the others where it can.
  virtual at::Tensor lastRow(const at::Tensor& embeddings, KvCache& cache) const {
    return forward(embeddings, {}, &cache).narrow(1, embeddings.size(1) - 1, 1);
  }
  // As forward(), behind a `prefix` that never changes: one sequence without padding, which every row of the batch goes
  // on from. It does not grow and no gradient reaches it, so the backward pass begins at the first of `embeddings`
  // (training: the words in front of the first soft token).
  virtual at::Tensor forwardBehind(const KvCache& prefix, const at::Tensor& embeddings,
                                   const at::Tensor& valid = {}) const = 0;
  // hidden [.., hidden] -> [.., vocabulary] float32.
  virtual at::Tensor logits(const at::Tensor& hidden) const = 0;
  // For tests against the reference: hidden state after each layer of the last forward is not kept; this one returns
  // them.
  virtual std::vector<at::Tensor> layerStates(const at::Tensor& embeddings, const at::Tensor& valid = {},
                                              const PromptEnd& end = {}) const = 0;
};

// From a GGUF file (architectures llama, qwen2, qwen3, gemma3, chatglm, glm4), or another file with Hugging Face's or
// THUDM's names and its `config`, which is the config.json beside it unless it is given. Missing, extra or misshapen
// tensors: CorruptFile naming the tensor, what was expected and what was found.
Result<std::unique_ptr<LanguageModel>> loadLanguageModel(std::shared_ptr<const weights::Checkpoint> checkpoint,
                                                         Precision precision);
Result<std::unique_ptr<LanguageModel>> loadLanguageModel(std::shared_ptr<const weights::Checkpoint> checkpoint,
                                                         const DecoderConfig& config, Precision precision);
// Whether loadLanguageModel() would find every tensor in its shape, and no others; reads no weights. Errors as there.
Result<void> checkLanguageModel(const weights::Checkpoint& checkpoint, const DecoderConfig& config);
Result<DecoderConfig> configFromGguf(const weights::Checkpoint& gguf);
// A published config.json: model_type llama, qwen2, qwen3, gemma3_text, glm, glm4, or chatglm of any generation.
Result<DecoderConfig> configFromJson(const std::filesystem::path& configJson);

}  // namespace xllm::llm
