// The three classes of characters that pre-tokenizer expressions ask for: \p{L}, \p{N} and \s.
#pragma once

#include <cstdint>

namespace xllm::tokenizer {

enum class CharClass : std::uint8_t { Other = 0, Letter, Number, Space };

CharClass classOf(char32_t codePoint);

}  // namespace xllm::tokenizer
