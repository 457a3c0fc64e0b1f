// A sentencepiece model behind the Tokenizer face. The library does the work; this adds the bytes of single pieces.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/tokenizer/tokenizer.h"

namespace xllm::tokenizer {

// `model`: the bytes of a .model file. `origin` is named in errors.
Result<std::unique_ptr<Tokenizer>> makeSentencepieceTokenizer(std::string_view model, const std::string& origin);

}  // namespace xllm::tokenizer
