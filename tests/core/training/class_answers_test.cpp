#include "core/training/class_answers.h"

#include <gtest/gtest.h>

#include "tests/core/data/scratch.h"

namespace xllm::training {
namespace {

class ClassAnswers : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& text) { return m_folder.write("answers.jsonl", text); }
  tests::Scratch m_folder;
};

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

}  // namespace
}  // namespace xllm::training
