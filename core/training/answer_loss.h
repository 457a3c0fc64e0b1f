// The language-model loss of answers: each example is a prompt of words and soft tokens with the answer that is right
// after it, laid out as the program lays out a conversation. What pictures, clips and recordings have in common in
// stages 2 and 3. Knows no interface: soft tokens come in as tensors.
//
// Only the soft tokens get gradients. The words in front of the first of them, as far as all examples share them, go
// through the language model once, without any, and are kept for the next batch; padding is never attended to.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/generation/prompt.h"
#include "core/llm/language_model.h"
#include "core/tokenizer/tokenizer.h"

namespace xllm::training {

// What an interface made of one picture, clip or recording.
struct SoftTokens {
  at::Tensor embeddings;  // [N, width]
  at::Tensor valid = {};  // [N] bool, or undefined: all; the others are left out
};

struct AnsweredPrompt {
  std::vector<std::variant<std::vector<tokenizer::TokenId>, SoftTokens>> prompt;
  std::vector<tokenizer::TokenId> answer;  // with the token that ends a turn; not empty
};

// A conversation whose last turn is the user's; `media` in the order in which they stand in it, one for each.
AnsweredPrompt answeredPrompt(const std::vector<generation::Turn>& turns, const generation::PromptFormat& format,
                              const tokenizer::Tokenizer& tokenizer, const std::vector<SoftTokens>& media,
                              const std::string& answer);

struct AnswerScores {
  at::Tensor total;         // scalar, float32: mean over all answers' tokens, turn ends included
  at::Tensor losses;        // [B] float32, no gradient: the same per example
  at::Tensor rightAnswers;  // [B] bool: every token of the answer has the best score, given those before it
  std::int64_t tokens = 0;  // of all answers
};

// One thread. `languageModel` outlives this; for gradients it is loaded in Float32 or BFloat16.
class AnswerLoss {
 public:
  explicit AnswerLoss(const llm::LanguageModel& languageModel) : m_languageModel(languageModel) {}

  AnswerScores score(const std::vector<AnsweredPrompt>& examples);
  // What each token of the answers is predicted by, in order: [tokens, vocabulary] float32, without gradients.
  at::Tensor predictions(const std::vector<AnsweredPrompt>& examples);
  // What the language model says of itself: the likeliest token each time, up to `most` of them or to the first of
  // `stops`, which is not part of it. example.answer is not looked at.
  std::vector<tokenizer::TokenId> greedyAnswer(const AnsweredPrompt& example, std::int64_t most,
                                               const std::vector<tokenizer::TokenId>& stops) const;

 private:
  struct Rows;
  // The first `words` of `ids` become the prefix, unless they are already.
  void keepPrefix(const std::vector<tokenizer::TokenId>& ids, std::size_t words);
  at::Tensor wordRows(const std::vector<tokenizer::TokenId>& ids) const;  // [ids, width]
  // The prompt's pieces [.., width] without its first `skipped` words.
  std::vector<at::Tensor> promptRows(const AnsweredPrompt& example, std::size_t skipped) const;
  // The states that the answers' tokens are predicted from: [tokens, width].
  at::Tensor hiddenBehindPrefix(const std::vector<AnsweredPrompt>& examples, Rows& rows);
  Rows layOut(const std::vector<AnsweredPrompt>& examples) const;

  const llm::LanguageModel& m_languageModel;
  std::vector<tokenizer::TokenId> m_prefixIds;
  llm::KvCache m_prefix;
};

}  // namespace xllm::training
