#include "core/training/caption_vocabulary.h"

#include <gtest/gtest.h>

#include "tests/core/data/scratch.h"
#include "tests/core/training/byte_tokenizer.h"

namespace xllm::training {
namespace {

using Ids = std::vector<std::int64_t>;
constexpr auto kFirst = CaptionVocabulary::kFirst, kEnd = CaptionVocabulary::kEnd,
               kUnknown = CaptionVocabulary::kUnknown;

class CaptionVocabularyTest : public testing::Test {
 protected:
  const tests::ByteTokenizer m_tokenizer;
  const CaptionVocabulary m_words{std::vector<std::string>{"ab", "bd"}, m_tokenizer};  // ' ', a, b, d
};

TEST_F(CaptionVocabularyTest, HoldsTheTokensThatOccurAndNoOther) {
  EXPECT_EQ(m_words.size(), 5 + 4);
  EXPECT_EQ(m_words.encode("bad", 32), (Ids{kFirst, 5, 7, 6, 8, kEnd}));
  EXPECT_EQ(m_words.encode("acb", 32), (Ids{kFirst, 5, 6, kUnknown, 7, kEnd}));
  EXPECT_EQ(m_words.decode({kFirst, 5, 7, 6, 8, kEnd, 0, 0}), "bad");
}

TEST_F(CaptionVocabularyTest, CutsLongCaptionsAndStillEndsThem) {
  EXPECT_EQ(m_words.encode("ababab", 5), (Ids{kFirst, 5, 6, 7, kEnd}));
  EXPECT_EQ(m_words.encode("", 5), (Ids{kFirst, 5, kEnd}));
}

TEST_F(CaptionVocabularyTest, IsTheSameWhenItIsReadAgain) {
  const tests::Scratch folder;
  const auto file = folder.path() / "words.json";
  ASSERT_TRUE(m_words.write(file));
  const auto again = CaptionVocabulary::read(file, m_tokenizer);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->size(), m_words.size());
  EXPECT_EQ(again->encode("bad", 32), m_words.encode("bad", 32));
}

TEST_F(CaptionVocabularyTest, RefusesFilesThatAreNoListOfItsTokens) {
  const tests::Scratch folder;
  for (const char* bad : {"", "{}", "[1, \"a\"]", "[3, 2]", "[-1]", "[160]", "[1.5]"}) {
    const auto read = CaptionVocabulary::read(folder.write("words.json", bad), m_tokenizer);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, ErrorCode::CorruptFile) << bad;
  }
  EXPECT_EQ(CaptionVocabulary::read(folder.path() / "none.json", m_tokenizer).error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace xllm::training
