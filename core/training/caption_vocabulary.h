// The words of stage 1's text branch: those of the language model's tokens that occur in the training captions, so that
// the branch stays small whatever the language model knows. The branch is left behind after training, and its words
// with it; until then they are kept in the run's folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"
#include "core/tokenizer/tokenizer.h"

namespace xllm::training {

class CaptionVocabulary {
 public:
  // BERT's [PAD], [CLS], [DEC], [SEP] and [UNK] come first.
  enum Special : std::int64_t { kPadding = 0, kFirst, kDecode, kEnd, kUnknown, kSpecials };

  // `tokenizer` outlives this.
  CaptionVocabulary(const std::vector<std::string>& captions, const tokenizer::Tokenizer& tokenizer);
  // CorruptFile when the file was not written by write().
  static Result<CaptionVocabulary> read(const std::filesystem::path& file, const tokenizer::Tokenizer& tokenizer);
  Result<void> write(const std::filesystem::path& file) const;

  std::int64_t size() const { return kSpecials + static_cast<std::int64_t>(m_tokens.size()); }
  // kFirst, the caption's words, kEnd; a caption of more than `longest` places is cut before kEnd.
  std::vector<std::int64_t> encode(const std::string& caption, std::int64_t longest) const;
  std::string decode(const std::vector<std::int64_t>& ids) const;  // without the special ones

 private:
  CaptionVocabulary(std::vector<tokenizer::TokenId> tokens, const tokenizer::Tokenizer& tokenizer);

  const tokenizer::Tokenizer* m_tokenizer;
  std::vector<tokenizer::TokenId> m_tokens;  // ascending; place i is word kSpecials + i
  std::unordered_map<tokenizer::TokenId, std::int64_t> m_places;
};

}  // namespace xllm::training
