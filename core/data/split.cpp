#include "core/data/split.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/data/seeded_random.h"

namespace xllm::data {

namespace {

// [0, 1): 64-bit FNV-1a, stirred once more, because its upper bits are weak for short texts.
double placeOf(std::string_view key, std::uint64_t seed) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char sign : key) hash = (hash ^ static_cast<unsigned char>(sign)) * 0x100000001B3ULL;
  return SeededRandom(hash, seed).uniform();
}

// Words alone: lower case, without marks, single spaces; so that "Hello." and "hello" are one text.
std::string bareWords(std::string_view text) {
  std::string bare;
  for (const char sign : text) {
    const bool letter = (sign >= 'a' && sign <= 'z') || (sign >= '0' && sign <= '9') || (sign & 0x80) != 0;
    if (letter) {
      bare += sign;
    } else if (sign >= 'A' && sign <= 'Z') {
      bare += static_cast<char>(sign + 32);
    } else if (!bare.empty() && bare.back() != ' ' && sign != '\'') {
      bare += ' ';
    }
  }
  if (bare.ends_with(' ')) bare.pop_back();
  return bare;
}

}  // namespace

Split splitForValidation(std::span<const std::string> keys, double share, std::uint64_t seed) {
  std::map<std::string_view, double> places;
  for (const std::string& key : keys) places.emplace(key, placeOf(key, seed));
  double border = share;  // below it: validation
  if (places.size() >= 2 && share > 0 && share < 1) {
    std::vector<double> order;
    for (const auto& [key, place] : places) order.push_back(place);
    std::ranges::sort(order);
    border = std::clamp(border, std::nextafter(order.front(), 2.0), order.back());
  }
  Split split;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    (places.at(keys[i]) < border ? split.validation : split.training).push_back(i);
  }
  return split;
}

std::string splitKey(const CaptionedPicture& example) { return example.picture.filename().string(); }
std::string splitKey(const CaptionedClip& example) { return example.clip.filename().string(); }

std::string splitKey(const SpeechExample& example) {
  const std::string words = bareWords(example.text);
  return words.empty() ? example.audio.filename().string() : words;
}

std::string splitKey(const ConversationExample& example) {
  std::string question;
  for (const ConversationTurn& turn : example.turns) {
    if (turn.role != Role::User) continue;
    for (const ConversationPart& part : turn.parts) {
      if (part.kind != ConversationPart::Kind::Text) return part.file.filename().string();
      if (question.empty()) question = part.text;
    }
  }
  return bareWords(question);
}

}  // namespace xllm::data
