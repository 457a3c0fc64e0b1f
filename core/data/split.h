// A fixed part of the examples kept for validation. Which part an example falls into depends on itself alone, so that
// rows that are added, taken out or put into another order move no other row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/captions.h"
#include "core/data/clips.h"
#include "core/data/conversations.h"
#include "core/data/recordings.h"

namespace xllm::data {

struct Split {
  std::vector<std::size_t> training, validation;  // indices, in order
};

// `keys`: what each example is about; examples with one key stay together. `share` of validation, 0 … 1. The same keys,
// share and seed give the same split on every machine; a larger share only moves rows towards validation. Where chance
// leaves one side of at least two different keys empty, it gets the key whose turn would come next.
Split splitForValidation(std::span<const std::string> keys, double share, std::uint64_t seed);

// What must not be in both parts: a picture or a clip by its file's name, a recording by its words (a model that read
// the text has half the answer), silence by its file's name; a conversation by its first picture, clip or recording,
// else by its first question.
std::string splitKey(const CaptionedPicture& example);
std::string splitKey(const CaptionedClip& example);
std::string splitKey(const SpeechExample& example);
std::string splitKey(const ConversationExample& example);

template <typename Example>
std::vector<std::string> splitKeys(const std::vector<Example>& examples) {
  std::vector<std::string> keys;
  keys.reserve(examples.size());
  for (const Example& example : examples) keys.push_back(splitKey(example));
  return keys;
}

}  // namespace xllm::data
