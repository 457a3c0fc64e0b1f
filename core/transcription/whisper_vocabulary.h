// What Whisper's tokens stand for, from wherever its published files keep that.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/weights/checkpoint.h"

namespace xllm::transcription {

// Immutable: any thread may read.
class WhisperVocabulary {
 public:
  explicit WhisperVocabulary(std::vector<std::string> tokens) : m_tokens(std::move(tokens)) {}  // bytes, by id

  // Of tokens that are words. Malformed UTF-8 becomes U+FFFD; blanks in front and behind stay.
  std::string textOf(const std::vector<std::int64_t>& ids) const;

  // Tokens that mark sounds or speakers or decorate instead of saying what is said: brackets, notes, quotes, asterisks.
  // OpenAI's own code never chooses them.
  std::vector<std::int64_t> marks() const;

 private:
  std::vector<std::string> m_tokens;
};

// Inside whisper.cpp's files; beside others the first that is there of Hugging Face's tokenizer.json or vocab.json,
// CTranslate2's vocabulary.json or vocabulary.txt, OpenAI's multilingual.tiktoken or gpt2.tiktoken (English alone).
// `vocabulary`: how many tokens the decoder knows. NotFound says what to put beside the model; CorruptFile also when
// words are missing.
Result<WhisperVocabulary> whisperVocabularyOf(const weights::Checkpoint& model, std::int64_t vocabulary);

}  // namespace xllm::transcription
