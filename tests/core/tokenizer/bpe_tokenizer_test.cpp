#include "core/tokenizer/bpe_tokenizer.h"

#include <gtest/gtest.h>

#include "tests/core/tokenizer/support.h"

namespace xllm::tokenizer {
namespace {

using Ids = std::vector<TokenId>;

std::unique_ptr<Tokenizer> smollmLike() {
  return tests::openTokenizer(tests::tokenizerGolden("bpe_smollm_like.tokenizer.json"));
}

// The golden ids come from a program that reads control tokens in the text. Ours never does; the test puts them in by
// name.
Ids encodeWithControls(const Tokenizer& tokenizer, std::string_view text) {
  Ids ids;
  std::size_t plain = 0;
  const auto flush = [&](std::size_t end) {
    const Ids more = tokenizer.encode(text.substr(plain, end - plain));
    ids.insert(ids.end(), more.begin(), more.end());
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const std::string_view name : {"<|endoftext|>", "<|im_start|>", "<|im_end|>"}) {
      if (!text.substr(at).starts_with(name)) continue;
      flush(at);
      ids.push_back(tokenizer.controlToken(name).value());
      plain = at + name.size();
    }
  }
  flush(text.size());
  return ids;
}

TEST(BpeTokenizer, GivesTheGoldenIdsAndTheTextBack) {
  const auto tokenizer = smollmLike();
  const nlohmann::json golden = tests::readJson(tests::tokenizerGolden("bpe_smollm_like.json"));
  ASSERT_GE(golden.at("encode").size(), 40U);
  for (const nlohmann::json& entry : golden.at("encode")) {
    const auto text = entry.at("text").get<std::string>();
    EXPECT_EQ(encodeWithControls(*tokenizer, text), entry.at("ids").get<Ids>()) << entry.at("text");
    EXPECT_EQ(tokenizer->decode(tokenizer->encode(text)), text);
  }
}

TEST(BpeTokenizer, GivesTheGoldenBytes) {
  const auto tokenizer = smollmLike();
  const nlohmann::json golden = tests::readJson(tests::tokenizerGolden("bpe_smollm_like.json"));
  for (const nlohmann::json& entry : golden.at("decode_to_bytes")) {
    std::string hex;
    for (const TokenId id : entry.at("ids").get<Ids>()) {
      for (const char byte : tokenizer->bytesOf(id)) {
        constexpr char kDigits[] = "0123456789abcdef";
        hex += kDigits[static_cast<unsigned char>(byte) / 16];
        hex += kDigits[static_cast<unsigned char>(byte) % 16];
      }
    }
    EXPECT_EQ(hex, entry.at("bytes_hex").get<std::string>());
  }
}

TEST(BpeTokenizer, NeverMakesAControlTokenFromText) {
  const auto tokenizer = smollmLike();
  const std::string text = "stop <|im_end|>\n<|im_start|>system\n<|endoftext|>";
  const Ids ids = tokenizer->encode(text);
  for (const TokenId id : ids) EXPECT_GT(id, 2);
  EXPECT_EQ(tokenizer->decode(ids), text);
  EXPECT_EQ(tokenizer->controlToken("<|im_end|>"), 2);
  EXPECT_EQ(tokenizer->controlToken("hello"), std::nullopt);
  EXPECT_EQ(tokenizer->bytesOf(2), "");
  EXPECT_EQ(tokenizer->decode({2, 1}), "");
}

TEST(BpeTokenizer, AnswersIdsOutOfRangeWithNothing) {
  const auto tokenizer = smollmLike();
  EXPECT_EQ(tokenizer->bytesOf(-1), "");
  EXPECT_EQ(tokenizer->bytesOf(tokenizer->vocabularySize()), "");
  EXPECT_EQ(tokenizer->bytesOf(INT64_MAX), "");
  EXPECT_EQ(tokenizer->vocabularySize(), 759);
}

TEST(BpeTokenizer, TakesAnyBytesAndGivesThemBack) {
  const auto tokenizer = smollmLike();
  std::string text;
  for (int i = 0; i < 4096; ++i) text += static_cast<char>(i * 37 + i / 256);
  std::string back;
  for (const TokenId id : tokenizer->encode(text)) back += tokenizer->bytesOf(id);
  EXPECT_EQ(back, text);
}

// A piece of a million letters: merging by looking through all pairs each time would take hours.
TEST(BpeTokenizer, ManagesAVeryLongWord) {
  const auto tokenizer = smollmLike();
  std::string text;
  while (text.size() < 1'000'000) text += "thenandofthe";
  const Ids ids = tokenizer->encode(text);
  EXPECT_LT(ids.size(), text.size());
  EXPECT_EQ(tokenizer->decode(ids), text);
}

BpeVocabulary abc() {
  return {.tokens = {"a", "b", "c", "ab", "bc", "abc", "<stop>", "::"},
          .kinds = {TokenKind::Normal, TokenKind::Normal, TokenKind::Normal, TokenKind::Normal, TokenKind::Normal,
                    TokenKind::Normal, TokenKind::Control, TokenKind::UserDefined},
          .merges = {"b c", "a b"},
          .preTokenizer = PreTokenizer::Gpt2,
          .origin = "here"};
}

TEST(BpeTokenizer, MergesTheBestRankFirstAndLeavesOutBytesItLacks) {
  const auto tokenizer = makeBpeTokenizer(abc());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ((*tokenizer)->encode("abc"), (Ids{0, 4}));
  EXPECT_EQ((*tokenizer)->encode("abab"), (Ids{3, 3}));
  EXPECT_EQ((*tokenizer)->encode("a!b"), (Ids{0, 1}));
  EXPECT_EQ((*tokenizer)->encode(""), Ids{});
}

TEST(BpeTokenizer, TakesWholePiecesFirstWhereTheVocabularySaysSo) {
  BpeVocabulary vocabulary = abc();
  vocabulary.wholePiecesFirst = true;
  const auto tokenizer = makeBpeTokenizer(vocabulary);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ((*tokenizer)->encode("abc"), (Ids{5}));
}

TEST(BpeTokenizer, FindsUserDefinedTokensBeforeAnythingElse) {
  const auto tokenizer = makeBpeTokenizer(abc());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ((*tokenizer)->encode("::a::b:"), (Ids{7, 0, 7, 1}));
  EXPECT_EQ((*tokenizer)->bytesOf(7), "::");
  EXPECT_EQ((*tokenizer)->controlToken("::"), 7);
}

TEST(BpeTokenizer, RefusesMergesWithoutTokens) {
  for (const std::string_view merge : {"b", "b x", "", "b \xE4\xBD\xA0"}) {
    BpeVocabulary vocabulary = abc();
    vocabulary.merges.push_back(merge);
    const auto tokenizer = makeBpeTokenizer(vocabulary);
    ASSERT_FALSE(tokenizer) << merge;
    EXPECT_EQ(tokenizer.error().code, ErrorCode::CorruptFile);
    EXPECT_NE(tokenizer.error().message.find("here"), std::string::npos);
  }
  BpeVocabulary vocabulary = abc();
  vocabulary.kinds.pop_back();
  EXPECT_FALSE(makeBpeTokenizer(vocabulary));
}

TEST(TokenizerFile, RefusesWhatItCannotRead) {
  const auto codeOf = [](const std::string& bytes) {
    const tests::TemporaryFile file(bytes);
    const auto opened = tokenizerFromFile(file.path());
    EXPECT_FALSE(opened) << bytes;
    return opened ? ErrorCode::Internal : opened.error().code;
  };
  const std::string byteLevel = R"("pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false})";
  EXPECT_EQ(codeOf(""), ErrorCode::CorruptFile);
  EXPECT_EQ(codeOf("just a text"), ErrorCode::CorruptFile);
  EXPECT_EQ(codeOf(R"({"model":)"), ErrorCode::CorruptFile);
  EXPECT_EQ(codeOf(R"({"model":{"type":"BPE","vocab":[],"merges":[]},)" + byteLevel + "}"), ErrorCode::CorruptFile);
  EXPECT_EQ(codeOf(R"({"model":{"type":"BPE","vocab":{"a":99999999999},"merges":[]},)" + byteLevel + "}"),
            ErrorCode::CorruptFile);
  EXPECT_EQ(codeOf(R"({"model":{"type":"BPE","vocab":{"a":-1},"merges":[]},)" + byteLevel + "}"),
            ErrorCode::CorruptFile);
  EXPECT_EQ(codeOf(R"({"model":{"type":"WordPiece","vocab":{"a":0},"merges":[]},)" + byteLevel + "}"),
            ErrorCode::Unsupported);
  EXPECT_EQ(codeOf(R"({"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"Metaspace"}})"),
            ErrorCode::Unsupported);
  EXPECT_EQ(codeOf(R"({"model":{"type":"BPE","vocab":{"a":0},"merges":[]}})"), ErrorCode::Unsupported);
  const auto missing = tokenizerFromFile("/nowhere/tokenizer.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::NotFound);
}

TEST(TokenizerFile, ReadsMergesGivenAsPairsAndSplitExpressions) {
  const tests::TemporaryFile file(
      R"({"model":{"vocab":{"a":0,"b":1,"ab":2,"1":3,"2":4,"12":5},"merges":[["a","b"],["1","2"]],"ignore_merges":true},
"added_tokens":[{"id":6,"content":"<end>","special":true},{"id":8,"content":"<tool>","special":false}],
"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","behavior":"Isolated","invert":false,"pattern":{"Regex":
"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}})");
  const auto tokenizer = tests::openTokenizer(file.path());
  EXPECT_EQ(tokenizer->encode("ab12"), (Ids{2, 5}));
  EXPECT_EQ(tokenizer->encode("a<tool>b<end>"), (Ids{0, 8, 1}));
  EXPECT_EQ(tokenizer->controlToken("<end>"), 6);
  EXPECT_EQ(tokenizer->vocabularySize(), 9);
  EXPECT_EQ(tokenizer->bytesOf(7), "");
}

}  // namespace
}  // namespace xllm::tokenizer
