// GLM-4's tokenizer.model, and OpenAI's .tiktoken files: a text file with a line "base64 rank" for each token, from
// which byte-level BPE merges lowest rank first.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/tokenizer/tokenizer.h"

namespace xllm::tokenizer {

bool looksLikeRanks(std::string_view text);

// The bytes of every token, by rank. CorruptFile naming the line that is wrong.
Result<std::vector<std::string>> readRanks(std::string_view text, const std::string& origin);

// `family`: whose control tokens follow the last rank (chat_template.h). CorruptFile as readRanks().
Result<std::unique_ptr<Tokenizer>> makeTokenizerFromRanks(std::string_view text, const std::string& origin,
                                                          std::string_view family);

}  // namespace xllm::tokenizer
