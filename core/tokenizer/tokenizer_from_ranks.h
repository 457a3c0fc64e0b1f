// GLM-4's tokenizer.model: a text file with a line "base64 rank" for each token, from which byte-level BPE merges
// lowest rank first. Internal to core/tokenizer.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/tokenizer/tokenizer.h"

namespace xllm::tokenizer {

bool looksLikeRanks(std::string_view text);

// `family`: whose control tokens follow the last rank (chat_template.h). CorruptFile naming the line that is wrong.
Result<std::unique_ptr<Tokenizer>> makeTokenizerFromRanks(std::string_view text, const std::string& origin,
                                                          std::string_view family);

}  // namespace xllm::tokenizer
