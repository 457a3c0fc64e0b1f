// The printable alphabet in which byte-level BPE vocabularies are published: every byte is one character, so that a
// token of any bytes can stand in a text file. Bytes 33-126, 161-172 and 174-255 are themselves, the other 68 are
// U+0100 onward in their order (openai/gpt-2, encoder.py).
#pragma once

#include <string>
#include <string_view>

namespace xllm::tokenizer {

// Appends the bytes that `printable` stands for; false (and nothing appended) when it holds any other character.
bool appendBytes(std::string& out, std::string_view printable);
// The other way: any bytes in the alphabet's characters.
std::string printableOf(std::string_view bytes);

}  // namespace xllm::tokenizer
