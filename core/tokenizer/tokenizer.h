// Text ↔ token ids of one language model. Knows no chat format (see chat_template.h) and no tensors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace xllm::weights {
class Checkpoint;
}

namespace xllm::tokenizer {

using TokenId = std::int64_t;

// Immutable: any thread may call.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // Plain text: control tokens such as <|im_end|> that happen to stand in `text` are encoded as ordinary characters, so
  // a user's or a file's text can never end a turn. Any bytes are accepted; nothing is added in front or behind.
  virtual std::vector<TokenId> encode(std::string_view text) const = 0;
  // The bytes that `id` stands for: maybe half a UTF-8 character; empty for control tokens and ids out of range.
  virtual std::string bytesOf(TokenId id) const = 0;
  // Id of a control or user-defined token by its exact name ("<|im_start|>").
  virtual std::optional<TokenId> controlToken(std::string_view name) const = 0;
  virtual std::int64_t vocabularySize() const = 0;

  // Whole-sequence decode; malformed UTF-8 becomes U+FFFD. Sentencepiece also drops the space that encode put in front.
  virtual std::string decode(const std::vector<TokenId>& ids) const;
};

// From the metadata of a GGUF file (tokenizer.ggml.*: byte-level BPE, "gpt2", or sentencepiece's, "llama"). Copies what
// it keeps.
Result<std::unique_ptr<Tokenizer>> tokenizerFromGguf(const weights::Checkpoint& gguf);
// Hugging Face tokenizer.json (byte-level BPE), a sentencepiece .model, or GLM-4's list of ranks; told apart by
// content. `family`, a name of ChatTemplate's: what the published code of that family adds to the file (ChatGLM-6B's
// pieces for blanks, control tokens of ChatGLM2, ChatGLM3 and GLM-4).
Result<std::unique_ptr<Tokenizer>> tokenizerFromFile(const std::filesystem::path& file, std::string_view family = "");

// The tokenizer that belongs to a language model's file: inside a GGUF file, else tokenizer.json, tokenizer.model or
// ice_text.model beside it. NotFound when there is none.
Result<std::unique_ptr<Tokenizer>> tokenizerOf(const weights::Checkpoint& languageModel, std::string_view family = "");

// Turns a stream of ids into whole UTF-8 characters: an unfinished character is held back until its bytes are complete;
// malformed bytes become U+FFFD. One per answer, one thread.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer) : m_tokenizer(tokenizer) {}
  std::string push(TokenId id);  // what became complete with this token; may be empty
  std::string flush();           // at the end: what is left, U+FFFD for a torn character

 private:
  const Tokenizer& m_tokenizer;
  std::string m_pending;
};

}  // namespace xllm::tokenizer
