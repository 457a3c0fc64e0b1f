// Multiple choice: how the choices are shown, and what an answer chose. Strict: an answer that does not say one choice
// plainly chose none.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace xllm::evaluation {

inline constexpr std::size_t kMostChoices = 26;

// "\nA. cat\nB. dog\nAnswer with the letter alone."
std::string choiceLines(std::span<const std::string> choices);

// The letter alone, or with ")", "." or ":" behind it and brackets around it ("B", "(b)", "B."), that with the choice's
// own words behind it ("B. dog"), or these words alone; case and outer punctuation do not count. Nothing otherwise.
std::optional<std::size_t> parseChoice(std::string_view answer, std::span<const std::string> choices);

}  // namespace xllm::evaluation
