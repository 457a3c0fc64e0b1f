#include "core/transcription/whisper_vocabulary.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/base/mapped_file.h"
#include "core/encoders/whisper_decoder.h"
#include "core/tokenizer/byte_alphabet.h"
#include "core/tokenizer/tokenizer_from_ranks.h"
#include "core/tokenizer/utf8.h"

namespace xllm::transcription {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Tokens = std::vector<std::string>;

// What OpenAI's tokenizer.py lists for "non-speech tokens": each alone and behind a blank, where that is one token.
constexpr std::array kMarks = {"\"",  "#",   "(",  ")",   "*",   "+",  "/",   ":",   ";",  "<",  "=",   ">",  "@",
                               "[",   "\\",  "]",  "^",   "_",   "`",  "{",   "|",   "}",  "~",  "「",  "」", "『",
                               "』",  "<<",  ">>", "<<<", ">>>", "--", "---", "-(",  "-[", "('", "(\"", "((", "))",
                               "(((", ")))", "[[", "]]",  "{{",  "}}", "♪♪",  "♪♪♪", "♩",  "♪",  "♫",   "♬"};
// Accidentals and rarer notes have no token of their own: they are kept out by that of the two bytes they begin with.
constexpr std::string_view kNotes = "\xE2\x99";

tl::unexpected<Error> damaged(const fs::path& file, const std::string& why) {
  return fail(ErrorCode::CorruptFile, "The vocabulary " + file.string() + " " + why +
                                          ". Download the one that was published with this Whisper again.");
}

// A piece of the printable alphabet at its id; control tokens stand for nothing.
void place(Tokens& tokens, std::size_t id, std::string_view piece) {
  if (id >= tokens.size()) return;
  std::string bytes;
  if (tokenizer::appendBytes(bytes, piece)) tokens[id] = std::move(bytes);
}

// {"piece": id}, that under "model" and "vocab", or ["piece", …].
Result<Tokens> fromJson(std::string_view text, const fs::path& file, std::size_t words) {
  const json root = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) return damaged(file, "is not valid JSON");
  const json* pieces = &root;
  if (root.is_object() && root.contains("model")) {
    const auto inner = root["model"].find("vocab");
    if (inner == root["model"].end()) return damaged(file, "has no \"vocab\" in its \"model\"");
    pieces = &*inner;
  }
  Tokens tokens(words);
  std::size_t placed = 0;
  if (pieces->is_array()) {
    for (const json& piece : *pieces) {
      if (!piece.is_string()) return damaged(file, "holds something that is no text");
      place(tokens, placed++, piece.get_ref<const std::string&>());
    }
  } else if (pieces->is_object()) {
    for (const auto& [piece, id] : pieces->get_ref<const json::object_t&>()) {
      if (!id.is_number_unsigned()) return damaged(file, "has a piece \"" + piece + "\" without an id");
      place(tokens, id.get<std::size_t>(), piece);
      if (id.get<std::size_t>() < words) ++placed;
    }
  } else {
    return damaged(file, "is no list of pieces");
  }
  if (placed < words) return damaged(file, "holds " + std::to_string(placed) + " words of " + std::to_string(words));
  return tokens;
}

// A piece a line.
Result<Tokens> fromLines(std::string_view text, const fs::path& file, std::size_t words) {
  Tokens tokens(words);
  std::size_t line = 0;
  for (; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view piece = text.substr(0, end);
    if (piece.ends_with('\r')) piece.remove_suffix(1);
    place(tokens, line, piece);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (line < words) return damaged(file, "has " + std::to_string(line) + " lines of " + std::to_string(words));
  return tokens;
}

Result<Tokens> fromFile(const fs::path& file, std::size_t words) {
  const auto mapped = MappedFile::open(file);
  if (!mapped) return tl::unexpected(mapped.error());
  const auto bytes = (*mapped)->bytes();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (file.extension() == ".json") return fromJson(text, file, words);
  if (file.extension() == ".txt") return fromLines(text, file, words);
  auto ranks = tokenizer::readRanks(text, file.string());
  if (ranks && ranks->size() < words)
    return damaged(file, "has " + std::to_string(ranks->size()) + " lines of " + std::to_string(words));
  return ranks;
}

Result<Tokens> insideOf(const weights::Checkpoint& model, std::size_t words) {
  const auto found = model.metadata().find("tokens");
  const auto* const pieces =
      found == model.metadata().end() ? nullptr : std::get_if<std::vector<std::string_view>>(&found->second);
  if (pieces == nullptr || pieces->size() < words) {
    return fail(ErrorCode::CorruptFile, "The Whisper model " + model.path().string() + " holds " +
                                            std::to_string(pieces == nullptr ? 0 : pieces->size()) + " words of " +
                                            std::to_string(words) + "; download it again.");
  }
  return Tokens(pieces->begin(), pieces->end());
}

}  // namespace

std::string WhisperVocabulary::textOf(const std::vector<std::int64_t>& ids) const {
  std::string bytes;
  for (const std::int64_t id : ids) {
    if (id >= 0 && static_cast<std::size_t>(id) < m_tokens.size()) bytes += m_tokens[static_cast<std::size_t>(id)];
  }
  return tokenizer::repairedUtf8(std::move(bytes));
}

std::vector<std::int64_t> WhisperVocabulary::marks() const {
  std::set<std::string> wanted{" -", " '", std::string(kNotes), " " + std::string(kNotes)};
  for (const std::string mark : kMarks) {
    wanted.insert(mark);
    wanted.insert(" " + mark);
  }
  std::vector<std::int64_t> ids;
  for (std::size_t id = 0; id < m_tokens.size(); ++id) {
    if (wanted.contains(m_tokens[id])) ids.push_back(static_cast<std::int64_t>(id));
  }
  return ids;
}

Result<WhisperVocabulary> whisperVocabularyOf(const weights::Checkpoint& model, std::int64_t vocabulary) {
  const auto words = static_cast<std::size_t>(encoders::whisperEndOfText(vocabulary));
  const auto made = [](Tokens tokens) { return WhisperVocabulary(std::move(tokens)); };
  if (model.format() == "whisper.cpp") return insideOf(model, words).map(made);
  const bool english = words == static_cast<std::size_t>(encoders::whisperEndOfText(51864));
  const std::string ranks = english ? "gpt2.tiktoken" : "multilingual.tiktoken";
  const fs::path folder = model.path().parent_path();
  std::error_code ignored;
  for (const std::string& name : {std::string("tokenizer.json"), std::string("vocab.json"),
                                  std::string("vocabulary.json"), std::string("vocabulary.txt"), ranks}) {
    if (fs::exists(folder / name, ignored)) return fromFile(folder / name, words).map(made);
  }
  return fail(ErrorCode::NotFound,
              "Beside " + model.path().string() +
                  " lies nothing that says which words its tokens are. Put the file of the same Whisper there: Hugging "
                  "Face's tokenizer.json or vocab.json, CTranslate2's vocabulary.json or vocabulary.txt, or OpenAI's " +
                  ranks + " (in whisper/assets of its program).");
}

}  // namespace xllm::transcription
