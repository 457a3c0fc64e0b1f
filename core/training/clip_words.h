// What is said of a clip, in parts: a thing, a second one or nothing, and what happens ("otter", "", "moves left").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/tokenizer/tokenizer.h"
#include "core/training/train_config.h"

namespace xllm::training {

using ClipParts = std::vector<std::string>;  // three of them, or none where nothing is known

// The pattern's {name} and {second} (answer_pattern.h) become the clip's things.
Dialogue fillClipAnswer(const Dialogue& pattern, const ClipParts& parts);

// The parts as words of the language model, which video-words makes of V2L's soft tokens: each part in its own places,
// filled up with new lines and cut where it is longer.
class ClipWords {
 public:
  // `known`: all that is ever said. `table` [vocabulary, width]: word embeddings. `tokenizer` outlives this.
  ClipWords(const ClipTraining& sizes, const std::vector<ClipParts>& known, const tokenizer::Tokenizer& tokenizer,
            const at::Tensor& table);

  // Numbers of candidates, places() of them; each part of `parts` must be among what is known.
  std::vector<std::int64_t> targets(const ClipParts& parts) const;
  const at::Tensor& candidates() const { return m_candidates; }         // [C, width]: all words that occur
  const std::vector<std::int64_t>& places() const { return m_places; }  // of each part

 private:
  std::vector<std::int64_t> ids(const ClipParts& parts) const;

  std::vector<std::int64_t> m_places;
  const tokenizer::Tokenizer& m_tokenizer;
  std::int64_t m_filler;
  std::vector<std::int64_t> m_all;  // tokens that occur, sorted
  at::Tensor m_candidates;
};

}  // namespace xllm::training
