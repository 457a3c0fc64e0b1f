#include "core/training/answer_lists.h"

#include <gtest/gtest.h>

#include "core/training/clip_features.h"
#include "tests/core/data/scratch.h"

namespace xllm::training {
namespace {

class AnswerLists : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& text) { return m_folder.write("answers.jsonl", text); }
  tests::Scratch m_folder;
};
using ClassAnswers = AnswerLists;
using ClipAnswersOfAFile = AnswerLists;

std::string lineFor(const std::string& event) {
  return "{\"event\": \"" + event + "\", \"ask\": \"What happens?\", \"answer\": \"{A name} " + event + ".\"}\n";
}

std::string linesForAllBut(const std::string& left) {
  std::string lines;
  for (const auto event : kClipEvents) {
    if (wordsOf(event) != left) lines += lineFor(wordsOf(event));
  }
  return lines;
}

TEST_F(ClassAnswers, GoToTheirClasses) {
  const auto answers = readClassAnswers(write("{\"class\": 2, \"ask\": \"Is it alive?\", \"answer\": \"Yes.\"}\n\n"
                                              "{\"class\": 0, \"ask\": \"Is it?\", \"answer\": \"No.\"}\n"
                                              "{\"class\": 2, \"ask\": \"What?\", \"answer\": \"A cat.\"}\n"),
                                        3);
  ASSERT_TRUE(answers) << answers.error().message;
  ASSERT_EQ(answers->size(), 3U);
  EXPECT_EQ((*answers)[0].size(), 1U);
  EXPECT_TRUE((*answers)[1].empty());
  ASSERT_EQ((*answers)[2].size(), 2U);
  EXPECT_EQ((*answers)[2][1].ask, "What?");
  EXPECT_EQ((*answers)[2][1].answer, "A cat.");
}

TEST_F(ClassAnswers, RefuseAWrongLineByItsNumber) {
  const std::string right = "{\"class\": 0, \"ask\": \"a\", \"answer\": \"b\"}\n";
  for (const std::string wrong : {"nonsense", "[1]", "{\"class\": -1, \"ask\": \"a\", \"answer\": \"b\"}",
                                  "{\"class\": 0, \"ask\": 1, \"answer\": \"b\"}", "{\"class\": 0, \"ask\": \"a\"}",
                                  "{\"class\": 3, \"ask\": \"a\", \"answer\": \"b\"}"}) {
    const auto answers = readClassAnswers(write(right + wrong + "\n"), 3);
    ASSERT_FALSE(answers) << wrong;
    EXPECT_EQ(answers.error().code, ErrorCode::BadInput);
    EXPECT_NE(answers.error().message.find("Line 2"), std::string::npos) << answers.error().message;
  }
  EXPECT_EQ(readClassAnswers(m_folder.path() / "none", 3).error().code, ErrorCode::NotFound);
}

TEST_F(ClipAnswersOfAFile, GoToTheirEvents) {
  const auto answers = readClipAnswers(write(linesForAllBut("") + lineFor("moves up")));
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(answers->size(), kClipEvents.size());
  EXPECT_EQ(answers->at("moves up").size(), 2U);
  EXPECT_EQ(answers->at("then").front().answer, "{A name} then.");
}

TEST_F(ClipAnswersOfAFile, RefuseAnUnknownEventAndAMissingOne) {
  const auto unknown = readClipAnswers(write(linesForAllBut("") + lineFor("jumps")));
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("Line 9"), std::string::npos) << unknown.error().message;
  EXPECT_NE(unknown.error().message.find("moves left"), std::string::npos) << "the known ones are told";
  const auto missing = readClipAnswers(write(linesForAllBut("vanishes")));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::BadInput);
  EXPECT_NE(missing.error().message.find("\"vanishes\""), std::string::npos) << missing.error().message;
}

}  // namespace
}  // namespace xllm::training
