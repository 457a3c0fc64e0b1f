#include "core/x2l/spelling.h"

#include <algorithm>
#include <map>

#include <torch/torch.h>

namespace xllm::x2l {

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

at::Tensor spelledTable(const std::vector<std::string>& texts, const std::string& alphabet, std::int64_t places) {
  const auto kinds = spellingKinds(alphabet);
  std::map<std::string, std::int64_t> kindOf;
  for (const auto& character : charactersOf(alphabet)) {
    kindOf.try_emplace(character, static_cast<std::int64_t>(kindOf.size()) + 1);
  }
  const auto tokens = static_cast<std::int64_t>(texts.size());
  at::Tensor table = at::zeros({tokens, places * kinds}, at::kByte);
  auto* row = table.data_ptr<std::uint8_t>();
  for (const auto& text : texts) {
    const auto characters = charactersOf(text);
    for (std::int64_t place = 0; place < places; ++place) {
      std::int64_t kind = 0;
      if (place < static_cast<std::int64_t>(characters.size())) {
        const auto found = kindOf.find(characters[static_cast<std::size_t>(place)]);
        kind = found == kindOf.end() ? kinds - 1 : found->second;
      }
      row[place * kinds + kind] = 1;
    }
    row += places * kinds;
  }
  return table;
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

}  // namespace xllm::x2l
