// Cross-entropy of the frozen language model's predictions, without ever holding all of them: scores over a vocabulary
// of 49152 for each token of a batch would take more memory than the rest of the backward pass. Each token's loss
// depends on its own hidden state alone, so the gradient is known as soon as the loss is; both are computed a few
// tokens at a time.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/llm/language_model.h"

namespace xllm::training {

struct TokenLosses {
  at::Tensor each;  // [n] float32; gradients flow to `hidden`
  at::Tensor best;  // [n] int64: the likeliest token
};

// hidden [n, width] after the final norm, labels [n] int64.
TokenLosses tokenLosses(const llm::LanguageModel& languageModel, const at::Tensor& hidden, const at::Tensor& labels);

}  // namespace xllm::training
