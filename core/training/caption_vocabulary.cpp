#include "core/training/caption_vocabulary.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/training/run_folder.h"

namespace xllm::training {

namespace {

using nlohmann::json;
using tokenizer::TokenId;

// The language model's words start with a blank, also the first of a caption.
std::vector<TokenId> tokensOf(const std::string& caption, const tokenizer::Tokenizer& tokenizer) {
  return tokenizer.encode(" " + caption);
}

std::vector<TokenId> allTokens(const std::vector<std::string>& captions, const tokenizer::Tokenizer& tokenizer) {
  std::set<TokenId> tokens;
  for (const auto& caption : captions) {
    for (const TokenId token : tokensOf(caption, tokenizer)) tokens.insert(token);
  }
  return {tokens.begin(), tokens.end()};
}

}  // namespace

CaptionVocabulary::CaptionVocabulary(const std::vector<std::string>& captions, const tokenizer::Tokenizer& tokenizer)
    : CaptionVocabulary(allTokens(captions, tokenizer), tokenizer) {}

CaptionVocabulary::CaptionVocabulary(std::vector<TokenId> tokens, const tokenizer::Tokenizer& tokenizer)
    : m_tokenizer(&tokenizer), m_tokens(std::move(tokens)) {
  for (std::size_t i = 0; i < m_tokens.size(); ++i) m_places[m_tokens[i]] = kSpecials + static_cast<std::int64_t>(i);
}

Result<CaptionVocabulary> CaptionVocabulary::read(const std::filesystem::path& file,
                                                  const tokenizer::Tokenizer& tokenizer) {
  std::ifstream stream(file);
  if (!stream) return fail(ErrorCode::NotFound, "The run's list of words " + file.string() + " cannot be opened.");
  const json list = json::parse(stream, nullptr, false);
  std::vector<TokenId> tokens;
  bool good = list.is_array();
  for (std::size_t i = 0; good && i < list.size(); ++i) {
    good = list[i].is_number_integer() && list[i].get<TokenId>() >= 0 &&
           list[i].get<TokenId>() < tokenizer.vocabularySize() && (tokens.empty() || tokens.back() < list[i]);
    if (good) tokens.push_back(list[i].get<TokenId>());
  }
  if (!good) {
    return fail(ErrorCode::CorruptFile, "The run's list of words " + file.string() +
                                            " is not an ascending list of the language model's tokens.");
  }
  return CaptionVocabulary(std::move(tokens), tokenizer);
}

Result<void> CaptionVocabulary::write(const std::filesystem::path& file) const {
  return writeAtomically(file, json(m_tokens).dump() + "\n");
}

std::vector<std::int64_t> CaptionVocabulary::encode(const std::string& caption, std::int64_t longest) const {
  std::vector<std::int64_t> ids{kFirst};
  for (const TokenId token : tokensOf(caption, *m_tokenizer)) {
    if (std::ssize(ids) + 1 >= longest) break;
    const auto found = m_places.find(token);
    ids.push_back(found == m_places.end() ? kUnknown : found->second);
  }
  ids.push_back(kEnd);
  return ids;
}

std::string CaptionVocabulary::decode(const std::vector<std::int64_t>& ids) const {
  std::vector<TokenId> tokens;
  for (const auto id : ids) {
    if (id >= kSpecials && id < size()) tokens.push_back(m_tokens[static_cast<std::size_t>(id - kSpecials)]);
  }
  const std::string text = m_tokenizer->decode(tokens);
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? std::string() : text.substr(first);
}

}  // namespace xllm::training
