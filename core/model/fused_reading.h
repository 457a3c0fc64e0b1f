// Reads a recording with the frozen language model's help: of the tokens that S2L thinks likely at each place, those
// are chosen that the language model also finds likely one after another (shallow fusion: Gulcehre et al. 2015, arXiv
// 1503.03535, equation 8). S2L's scores are over the language model's own tokens, so no dictionary stands between them.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/llm/language_model.h"
#include "core/tokenizer/tokenizer.h"

namespace xllm::model {

struct FusionOptions {
  double languageWeight = 0.3;  // of the language model's log-probabilities; 0: S2L's first choices
  std::int64_t beams = 6;       // readings followed at once
  std::int64_t choices = 10;    // tokens looked at in each place
  double certain = 0.99;        // a first choice at least so likely is taken without asking
  double margin = 5;            // of log-probability: what is further behind the best is not followed
  std::stop_token stop = {};    // polled once per pass; once stopped, the readings mean nothing
};

struct Reading {
  std::vector<tokenizer::TokenId> tokens;
  double score = 0;  // sum of the log-probabilities, weighted
};

// scores [N, vocabulary] float32 of one recording -> readings of N tokens, the likeliest first; one alone with a weight
// of 0 or where all places are certain. `before` is what stands in front of them in a prompt, not empty. Costs at most
// one pass of the language model for each place that is not certain, and one for what follows the last of them.
std::vector<Reading> likelyReadings(const at::Tensor& scores, const llm::LanguageModel& languageModel,
                                    const std::vector<tokenizer::TokenId>& before, const FusionOptions& options);

// CIF's weights sum to about a token each; the sum lies between two whole numbers, and `fired`, which it took, may be
// the wrong one. The other one, where it is likely enough to read what was said once more with so many tokens.
std::optional<std::int64_t> otherCount(double weight, std::int64_t fired);

// CIF sometimes fires twice for one word. Behind each reading with a token twice in a row, adds it with such tokens
// once and the same score: the letters that were heard tell which was said.
std::vector<Reading> alsoWithoutRepeats(const std::vector<Reading>& readings);

}  // namespace xllm::model
