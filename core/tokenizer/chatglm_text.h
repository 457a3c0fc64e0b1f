// What ChatGLM-6B's own code does to text around its sentencepiece model (tokenization_chatglm.py of THUDM/chatglm-6b):
// line breaks, tabs and runs of blanks have pieces of their own. Internal to core/tokenizer.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/tokenizer/tokenizer.h"

namespace xllm::tokenizer {

// "a\n\tb   c" -> "a<n><|tab|>b<|blank_3|>c". A run longer than 80 blanks is cut into 80 and the rest; one blank stays.
std::string markBlanks(std::string_view text);
// The other way. Marks that stand for nothing ("<|blank_81|>") stay as they are.
std::string openBlanks(std::string_view text);

// `model`: the bytes of ice_text.model, of any generation. The first one (vocab_size 150528) lacks the control and byte
// pieces, which the published code appended when it ran, and counts 20000 picture tokens in front of the words.
Result<std::unique_ptr<Tokenizer>> makeChatglmTokenizer(std::string_view model, const std::string& origin);

}  // namespace xllm::tokenizer
