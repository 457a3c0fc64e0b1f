#include "core/evaluation/choices.h"

#include "core/data/format_text.h"
#include "core/evaluation/text_errors.h"

namespace xllm::evaluation {

std::string choiceLines(std::span<const std::string> choices) {
  std::string text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    text += data::formatText("\n{}. {}", static_cast<char>('A' + i), choices[i]);
  }
  return text + "\nAnswer with the letter alone.";
}

std::optional<std::size_t> parseChoice(std::string_view answer, std::span<const std::string> choices) {
  const std::string said = normalisedText(answer);
  std::optional<std::size_t> chosen;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const std::string letter(1, static_cast<char>('a' + i)), words = normalisedText(choices[i]);
    if (said != letter && said != words && said != letter + " " + words) continue;
    if (chosen) return std::nullopt;  // two choices say the same
    chosen = i;
  }
  return chosen;
}

}  // namespace xllm::evaluation
