#include <deque>
#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "core/base/mapped_file.h"
#include "core/tokenizer/bpe_tokenizer.h"
#include "core/tokenizer/chat_template.h"
#include "core/tokenizer/chatglm_text.h"
#include "core/tokenizer/sentencepiece_tokenizer.h"
#include "core/tokenizer/tokenizer_file.h"
#include "core/tokenizer/tokenizer_from_ranks.h"
#include "core/weights/checkpoint.h"

namespace xllm::tokenizer {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostFileBytes = std::size_t{1} << 28;
constexpr std::uint64_t kMostTokens = std::uint64_t{1} << 22;

// A file we cannot follow, with the reason; caught where the file is opened.
struct Refusal {
  ErrorCode code;
  std::string why;
};

[[noreturn]] void unsupported(const std::string& what) {
  throw Refusal{ErrorCode::Unsupported, what + " is not supported"};
}

// Which of our expressions a "pre_tokenizer" object means.
PreTokenizer preTokenizerOf(const Json& json) {
  // The steps that cut; ByteLevel without its expression only rewrites bytes, which we do anyway.
  std::vector<const Json*> steps;
  if (json.is_object() && json.value("type", "") == "Sequence") {
    for (const Json& step : json.at("pretokenizers")) steps.push_back(&step);
  } else {
    steps.push_back(&json);
  }
  bool digits = false;
  std::optional<PreTokenizer> words;
  for (const Json* const step : steps) {
    const std::string type = step->is_object() ? step->value("type", "") : "none";
    if (type == "Digits" && step->value("individual_digits", false) && !words) {
      digits = true;
    } else if (type == "ByteLevel" && !step->value("add_prefix_space", true)) {
      if (step->value("use_regex", true) && !words) words = PreTokenizer::Gpt2;
    } else if (type == "Split" && step->at("pattern").contains("Regex") && !words) {
      words = preTokenizerOfExpression(step->at("pattern").at("Regex").get<std::string>());
      if (!words) unsupported("its pre-tokenizer expression");
    } else {
      unsupported("its pre-tokenizer \"" + type + "\"");
    }
  }
  if (!words || (digits && *words != PreTokenizer::Gpt2)) unsupported("its pre-tokenizer");
  return digits ? PreTokenizer::SmolLm : *words;
}

// Puts a token where its id says, over one that already stands there.
void place(BpeVocabulary& vocabulary, const Json& id, const std::string& text, TokenKind kind) {
  if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= kMostTokens) {
    throw Refusal{ErrorCode::CorruptFile, "the id of \"" + text + "\" is not a sensible number"};
  }
  const auto index = id.get<std::size_t>();
  if (index >= vocabulary.tokens.size()) {
    vocabulary.tokens.resize(index + 1);
    vocabulary.kinds.resize(index + 1, TokenKind::Unused);
  }
  vocabulary.tokens[index] = text;
  vocabulary.kinds[index] = kind;
}

// `joined` keeps merges that are given as pairs.
BpeVocabulary vocabularyOf(const Json& json, std::deque<std::string>& joined, const std::string& origin) {
  const Json& model = json.at("model");
  // Old files leave the type out.
  if (model.value("type", "BPE") != "BPE") unsupported("its model \"" + model.value("type", "") + "\"");
  if (model.value("byte_fallback", false)) unsupported("its byte fallback");
  if (const auto normalizer = json.find("normalizer"); normalizer != json.end() && !normalizer->is_null()) {
    const std::string type = normalizer->value("type", "");
    // NFC changes only text that is not composed already, which keyboards and recognisers do not produce.
    if (type != "NFC") unsupported("its normalizer \"" + type + "\"");
  }
  BpeVocabulary vocabulary{.tokens = {},
                           .kinds = {},
                           .merges = {},
                           .preTokenizer = preTokenizerOf(json.value("pre_tokenizer", Json())),
                           .wholePiecesFirst = model.value("ignore_merges", false),
                           .origin = origin};
  for (const auto& [text, id] : model.at("vocab").get_ref<const Json::object_t&>()) {
    place(vocabulary, id, text, TokenKind::Normal);
  }
  if (const auto added = json.find("added_tokens"); added != json.end()) {
    for (const Json& token : *added) {
      const TokenKind kind = token.value("special", false) ? TokenKind::Control : TokenKind::UserDefined;
      place(vocabulary, token.at("id"), token.at("content").get_ref<const std::string&>(), kind);
    }
  }
  for (const Json& merge : model.at("merges")) {
    if (merge.is_array()) {
      vocabulary.merges.emplace_back(
          joined.emplace_back(merge.at(0).get<std::string>() + " " + merge.at(1).get<std::string>()));
    } else {
      vocabulary.merges.emplace_back(merge.get_ref<const std::string&>());
    }
  }
  return vocabulary;
}

Result<std::unique_ptr<Tokenizer>> fromJson(std::string_view text, const std::string& origin) {
  try {
    const Json json = Json::parse(text);
    std::deque<std::string> joined;
    return makeBpeTokenizer(vocabularyOf(json, joined, origin));
  } catch (const Refusal& refusal) {
    return fail(refusal.code, "The tokenizer file " + origin + " cannot be used: " + refusal.why + ".");
  } catch (const Json::exception& broken) {
    return fail(ErrorCode::CorruptFile, "The tokenizer file " + origin + " is damaged: " + broken.what() + ".");
  }
}

// A JSON object. A sentencepiece model begins with the byte 0x0A, which JSON would skip, but never goes on like this.
bool looksLikeJson(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t brace = text.find_first_not_of(kBlank);
  if (brace == std::string_view::npos || text[brace] != '{') return false;
  const std::size_t quote = text.find_first_not_of(kBlank, brace + 1);
  return quote != std::string_view::npos && text[quote] == '"';
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> tokenizerFromFile(const std::filesystem::path& file, std::string_view family) {
  const auto mapped = MappedFile::open(file);
  if (!mapped) return tl::unexpected(mapped.error());
  const std::span<const std::byte> bytes = (*mapped)->bytes();
  if (bytes.empty() || bytes.size() > kMostFileBytes) {
    return fail(ErrorCode::CorruptFile, "The tokenizer file " + file.string() + " has " + std::to_string(bytes.size()) +
                                            " bytes, which cannot be right.");
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (looksLikeJson(text)) return fromJson(text, file.string());
  if (looksLikeRanks(text)) return makeTokenizerFromRanks(text, file.string(), family);
  if (family == "chatglm" || family == "visualglm") return makeChatglmTokenizer(text, file.string());
  return makeSentencepieceTokenizer(text, file.string(), addedControlTokens(family));
}

std::filesystem::path tokenizerFileIn(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const char* name : {"tokenizer.json", "tokenizer.model", "ice_text.model"}) {
    if (std::filesystem::exists(folder / name, ignored)) return folder / name;
  }
  return {};
}

Result<std::unique_ptr<Tokenizer>> tokenizerOf(const weights::Checkpoint& languageModel, std::string_view family) {
  if (languageModel.format() == "gguf") return tokenizerFromGguf(languageModel);
  const auto file = tokenizerFileIn(languageModel.path().parent_path());
  if (!file.empty()) return tokenizerFromFile(file, family);
  return fail(ErrorCode::NotFound, "No tokenizer lies beside the language model " + languageModel.path().string() +
                                       ": neither tokenizer.json nor tokenizer.model nor ice_text.model is there. " +
                                       "Put the one that was published with it into its folder.");
}

}  // namespace xllm::tokenizer
