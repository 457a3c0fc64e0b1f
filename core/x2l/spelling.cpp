#include "core/x2l/spelling.h"

#include <cctype>
#include <iterator>
#include <map>

#include <torch/types.h>

namespace xllm::x2l {
namespace {

// The place of each character of an alphabet, from 1 on.
std::map<std::string, std::int64_t> placesOf(const std::string& alphabet) {
  std::map<std::string, std::int64_t> places;
  for (const auto& character : charactersOf(alphabet)) {
    places.try_emplace(character, static_cast<std::int64_t>(places.size()) + 1);
  }
  return places;
}

std::string smallLetter(std::string character) {
  if (character.size() == 1 && character.front() >= 'A' && character.front() <= 'Z') character.front() += 'a' - 'A';
  return character;
}

}  // namespace

std::vector<std::string> charactersOf(const std::string& utf8) {
  std::vector<std::string> characters;
  for (const char byte : utf8) {
    const bool continues = (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
    if (continues && !characters.empty()) {
      characters.back() += byte;
    } else {
      characters.emplace_back(1, byte);
    }
  }
  return characters;
}

std::int64_t spellingKinds(const std::string& alphabet) {
  return static_cast<std::int64_t>(charactersOf(alphabet).size()) + 2;
}

at::Tensor spelledTable(const std::vector<std::string>& texts, const std::string& alphabet, std::int64_t places,
                        LetterCase letterCase) {
  const auto kinds = spellingKinds(alphabet);
  const auto kindOf = placesOf(alphabet);
  const auto tokens = static_cast<std::int64_t>(texts.size());
  at::Tensor table = at::zeros({tokens, places * kinds}, at::kByte);
  auto* row = table.data_ptr<std::uint8_t>();
  for (const auto& text : texts) {
    const auto characters = charactersOf(text);
    for (std::int64_t place = 0; place < places; ++place) {
      std::int64_t kind = 0;
      if (place < static_cast<std::int64_t>(characters.size())) {
        const auto& character = characters[static_cast<std::size_t>(place)];
        const auto found = kindOf.find(letterCase == LetterCase::Folded ? smallLetter(character) : character);
        kind = found == kindOf.end() ? kinds - 1 : found->second;
      }
      row[place * kinds + kind] = 1;
    }
    row += places * kinds;
  }
  return table;
}

HeardCharacters heardCharacters(const std::string& text, const std::string& alphabet) {
  const auto kindOf = placesOf(alphabet);
  const auto space = kindOf.find(" ");
  HeardCharacters heard;
  bool gap = false;  // a space is due before the next letter
  for (const auto& character : charactersOf(text)) {
    auto found = kindOf.find(character);
    if (found == kindOf.end()) found = kindOf.find(smallLetter(character));
    const bool punctuation = character.size() == 1 && std::ispunct(static_cast<unsigned char>(character.front())) != 0;
    if (found == kindOf.end() && !punctuation) {
      heard.unknown = character;
      return heard;
    }
    if (found == kindOf.end() || character == " ") {
      gap = true;
      continue;
    }
    if (gap && !heard.places.empty() && space != kindOf.end()) heard.places.push_back(space->second);
    gap = false;
    heard.places.push_back(found->second);
  }
  return heard;
}

std::vector<std::string> readLetters(const at::Tensor& logits, const at::Tensor& frames, const std::string& alphabet) {
  const auto characters = charactersOf(alphabet);
  const at::Tensor best = logits.argmax(2).contiguous();
  const auto kinds = best.accessor<std::int64_t, 2>();
  std::vector<std::string> texts;
  for (std::int64_t b = 0; b < best.size(0); ++b) {
    std::string text;
    std::int64_t before = 0;
    for (std::int64_t t = 0; t < frames[b].item<std::int64_t>(); ++t) {
      const auto kind = kinds[b][t];
      if (kind != 0 && kind != before) text += characters[static_cast<std::size_t>(kind - 1)];
      before = kind;
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

at::Tensor letterLikelihoods(const at::Tensor& logits, const std::vector<std::vector<std::int64_t>>& texts) {
  TORCH_CHECK(logits.dim() == 2 && !texts.empty(), "CTC scores ", logits.sizes(), " of ", texts.size(), " texts");
  const auto count = static_cast<std::int64_t>(texts.size());
  std::vector<std::int64_t> characters, lengths;
  for (const auto& text : texts) {
    characters.insert(characters.end(), text.begin(), text.end());
    lengths.push_back(std::ssize(text));
  }
  const at::Tensor likely = at::log_softmax(logits.to(at::kFloat), 1).unsqueeze(1).expand({-1, count, -1});
  return at::ctc_loss(likely, at::tensor(characters, at::kLong), at::full({count}, logits.size(0), at::kLong),
                      at::tensor(lengths, at::kLong), /*blank=*/0, at::Reduction::None)
      .neg();
}

}  // namespace xllm::x2l
