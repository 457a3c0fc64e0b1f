#include "core/training/clip_list.h"

#include <gtest/gtest.h>

#include "tests/core/data/scratch.h"

namespace xllm::training {
namespace {

using tests::Scratch;

std::string refusalOf(const Scratch& folder, const std::string& list) {
  const auto read = readClipQuestions(folder.write("list.jsonl", list));
  return read ? "accepted" : read.error().message;
}

TEST(ClipList, ReadsQuestionsAboutClipsBesideTheList) {
  const Scratch folder;
  folder.write("clips/a.mp4", "x");
  const auto read = readClipQuestions(folder.write(
      "list.jsonl",
      R"({"video": "clips/a.mp4", "ask": "What?", "answer": "An owl.", "words": ["owl", "", "stays"], "event": 1}

{"video": "clips/a.mp4", "ask": "Where?", "answer": "There."}
)"));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ(read->at(0).video, folder.path() / "clips/a.mp4");
  EXPECT_EQ(read->at(0).words, (std::vector<std::string>{"owl", "", "stays"}));
  EXPECT_EQ(read->at(1).answer, "There.");
  EXPECT_TRUE(read->at(1).words.empty());
}

TEST(ClipList, NamesTheLineAndWhatIsWrong) {
  const Scratch folder;
  folder.write("a.mp4", "x");
  const std::string good = R"({"video": "a.mp4", "ask": "What?", "answer": "An owl."})";
  EXPECT_NE(refusalOf(folder, good + "\n{\"video\": \"a.mp4\", \"ask\": \"What?\"}").find("Line 2"), std::string::npos);
  EXPECT_NE(refusalOf(folder, R"({"video": "a.mp4", "ask": "", "answer": "x"})").find("\"ask\""), std::string::npos);
  EXPECT_NE(refusalOf(folder, "[1]").find("not a JSON object"), std::string::npos);
  EXPECT_NE(refusalOf(folder, R"({"video": "a.mp4", "ask": "?", "answer": "x", "words": ["one"]})").find("words"),
            std::string::npos);
  EXPECT_NE(refusalOf(folder, R"({"video": "gone.mp4", "ask": "?", "answer": "x"})").find("gone.mp4"),
            std::string::npos);
  EXPECT_NE(refusalOf(folder, "\n").find("empty"), std::string::npos);
  EXPECT_EQ(readClipQuestions("/nowhere/list.jsonl").error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace xllm::training
