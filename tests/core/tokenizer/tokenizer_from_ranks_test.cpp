#include "core/tokenizer/tokenizer_from_ranks.h"

#include <map>

#include <gtest/gtest.h>

#include "core/tokenizer/byte_alphabet.h"
#include "core/tokenizer/chat_template.h"
#include "tests/core/tokenizer/support.h"

namespace xllm::tokenizer {
namespace {

using Ids = std::vector<TokenId>;

std::string base64(const std::string& bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    unsigned group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i) text += at + i > bytes.size() ? '=' : kDigits[group >> (18 - 6 * i) & 63];
  }
  return text;
}

// The self-trained byte-level BPE of the golden files, as a list of ranks: its control tokens come first, so every id
// is a rank and that many more.
struct Ranked {
  std::string text;
  TokenId control = 0;
};
Ranked goldenAsRanks() {
  const nlohmann::json json = tests::readJson(tests::tokenizerGolden("bpe_smollm_like.tokenizer.json"));
  std::map<TokenId, std::string> tokens;
  for (const auto& [text, id] : json.at("model").at("vocab").items()) tokens[id.get<TokenId>()] = text;
  for (const auto& added : json.at("added_tokens")) tokens.erase(added.at("id").get<TokenId>());
  Ranked ranked{.text = {}, .control = tokens.begin()->first};
  std::size_t rank = 0;
  for (const auto& [id, printable] : tokens) {
    std::string bytes;
    EXPECT_TRUE(appendBytes(bytes, printable));
    EXPECT_EQ(printableOf(bytes), printable);
    ranked.text += base64(bytes) + " " + std::to_string(rank++) + "\n";
  }
  return ranked;
}

TEST(TokenizerFromRanks, MergesLowestRankFirst) {
  const auto original = tests::openTokenizer(tests::tokenizerGolden("bpe_smollm_like.tokenizer.json"));
  const Ranked ranked = goldenAsRanks();
  ASSERT_TRUE(looksLikeRanks(ranked.text));
  const tests::TemporaryFile file(ranked.text);
  const auto tokenizer = tokenizerFromFile(file.path(), "glm4");
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  for (const std::string text : {"Hello", " world", "the quick brown fox", "naïve café", "\xF0\x9F\x91\x8B"}) {
    Ids expected = original->encode(text);
    for (TokenId& id : expected) id -= ranked.control;
    EXPECT_EQ((*tokenizer)->encode(text), expected) << text;
    EXPECT_EQ((*tokenizer)->decode(expected), text);
  }
  EXPECT_TRUE(ChatTemplate::create("glm4", **tokenizer));
  const std::int64_t ranks = (*tokenizer)->vocabularySize() - 14;
  EXPECT_EQ((*tokenizer)->controlToken("[gMASK]"), ranks + 2);  // 151331 of 151329 ranks
  EXPECT_EQ((*tokenizer)->controlToken("<|assistant|>"), ranks + 8);
}

TEST(TokenizerFromRanks, NamesTheLineThatIsWrong) {
  for (const std::string broken : {"IQ== 0\nIg== 2\n", "IQ== 0\nIg= = 1\n", "IQ== 0\n\nIg== 1\n", "IQ== 0\n!! 1\n"}) {
    const auto refused = makeTokenizerFromRanks(broken, "torn.model", "glm4");
    ASSERT_FALSE(refused) << broken;
    EXPECT_EQ(refused.error().code, ErrorCode::CorruptFile);
    EXPECT_NE(refused.error().message.find("line 2"), std::string::npos) << refused.error().message;
  }
}

}  // namespace
}  // namespace xllm::tokenizer
