#include "core/tokenizer/tokenizer.h"

#include <random>

#include <gtest/gtest.h>

#include "core/tokenizer/utf8.h"

namespace xllm::tokenizer {
namespace {

// Id n is the byte n.
class ByteTokenizer final : public Tokenizer {
 public:
  std::vector<TokenId> encode(std::string_view text) const override {
    std::vector<TokenId> ids;
    for (const char c : text) ids.push_back(static_cast<unsigned char>(c));
    return ids;
  }
  std::string bytesOf(TokenId id) const override { return {static_cast<char>(id)}; }
  std::optional<TokenId> controlToken(std::string_view) const override { return std::nullopt; }
  std::int64_t vocabularySize() const override { return 256; }
};

std::string decoded(std::string_view bytes) {
  const ByteTokenizer tokenizer;
  return tokenizer.decode(tokenizer.encode(bytes));
}

bool isWhole(std::string_view text) {
  while (!text.empty()) {
    const Utf8Step step = readUtf8(text);
    if (step.kind != Utf8Step::Kind::Whole) return false;
    text.remove_prefix(step.length);
  }
  return true;
}

TEST(Tokenizer, DecodesMalformedBytesAsReplacementCharacters) {
  EXPECT_EQ(decoded("a\xFF"
                    "b"),
            "a\uFFFDb");
  EXPECT_EQ(decoded("\xF0\x9F"), "\uFFFD");    // torn at the end: one
  EXPECT_EQ(decoded("\xF0\x9F!"), "\uFFFD!");  // torn in the middle: one
  EXPECT_EQ(decoded("\xE4\xBD\xA0\xE5"), "\u4F60\uFFFD");
  EXPECT_EQ(decoded("\xC0\xAF"), "\uFFFD\uFFFD");                      // overlong
  EXPECT_EQ(decoded("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");            // half a surrogate pair
  EXPECT_EQ(decoded("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");  // above U+10FFFF
  EXPECT_EQ(decoded(std::string_view("\0x", 2)), std::string("\0x", 2));
}

TEST(StreamDecoder, HoldsACharacterBackUntilItIsWhole) {
  const ByteTokenizer tokenizer;
  StreamDecoder stream(tokenizer);
  EXPECT_EQ(stream.push('a'), "a");
  EXPECT_EQ(stream.push(0xF0), "");
  EXPECT_EQ(stream.push(0x9F), "");
  EXPECT_EQ(stream.push(0x91), "");
  EXPECT_EQ(stream.push(0x8B), "\U0001F44B");
  EXPECT_EQ(stream.push(0xE4), "");
  EXPECT_EQ(stream.push('x'), "\uFFFDx");
  EXPECT_EQ(stream.push(0xC3), "");
  EXPECT_EQ(stream.flush(), "\uFFFD");
  EXPECT_EQ(stream.flush(), "");
}

TEST(StreamDecoder, EmitsOnlyWholeCharactersAndInTheEndWhatDecodeGives) {
  const ByteTokenizer tokenizer;
  std::mt19937 random(11);
  const std::string alphabet("a\xC3\xA9\xE4\xBD\xA0\xF0\x9F\x91\x8B\xFF\xED\xA0");
  for (int round = 0; round < 5000; ++round) {
    std::string bytes;
    for (auto left = random() % 12; left > 0; --left) bytes += alphabet[random() % alphabet.size()];
    StreamDecoder stream(tokenizer);
    std::string streamed;
    for (const TokenId id : tokenizer.encode(bytes)) {
      const std::string part = stream.push(id);
      ASSERT_TRUE(isWhole(part));
      streamed += part;
    }
    streamed += stream.flush();
    ASSERT_EQ(streamed, decoded(bytes));
  }
}

TEST(Utf8, WritesWhatItReads) {
  for (const char32_t codePoint : {0x0U, 0x7FU, 0x80U, 0x7FFU, 0x800U, 0xFFFDU, 0x10000U, 0x10FFFFU}) {
    std::string text;
    appendUtf8(text, codePoint);
    const Utf8Step step = readUtf8(text);
    EXPECT_EQ(step.kind, Utf8Step::Kind::Whole);
    EXPECT_EQ(step.length, text.size());
    EXPECT_EQ(step.codePoint, codePoint);
  }
}

}  // namespace
}  // namespace xllm::tokenizer
