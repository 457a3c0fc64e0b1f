// A sentencepiece model behind the Tokenizer face. The library does the work; this adds the bytes of single pieces.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/tokenizer/tokenizer.h"

namespace xllm::tokenizer {

// `model`: the bytes of a .model file. `origin` is named in errors. `added`: control tokens behind the model's own
// pieces.
Result<std::unique_ptr<Tokenizer>> makeSentencepieceTokenizer(std::string_view model, const std::string& origin,
                                                              const std::vector<std::string_view>& added = {});

}  // namespace xllm::tokenizer
