#include "core/data/conversations.h"

#include <gtest/gtest.h>

#include "core/data/seeded_random.h"
#include "tests/core/data/scratch.h"

namespace xllm::data {
namespace {

using tests::Scratch;
using Kind = ConversationPart::Kind;

struct Folder : Scratch {
  Folder() {
    for (const char* name : {"a.jpg", "b.jpg"}) write(name, "\xFF\xD8\xFF");
    for (const char* name : {"q.wav", "c.mp4"}) write(name, "x");
  }
  ConversationExample one(const std::string& name, const std::string& text) const {
    const auto examples = readConversations(write(name, text));
    if (!examples) throw std::runtime_error(examples.error().message);
    return examples->front();
  }
  std::string complaint(const std::string& line) const {
    const auto examples = readConversations(write("x.jsonl", line));
    return examples ? "accepted" : examples.error().message;
  }
};

// "user: [a.jpg] What? | assistant: …"
std::string shown(const ConversationExample& example) {
  std::string text;
  for (const auto& turn : example.turns) {
    if (!text.empty()) text += " | ";
    text += turn.role == Role::User ? "user:" : turn.role == Role::System ? "system:" : "assistant:";
    for (const auto& part : turn.parts) {
      text += " " + (part.kind == Kind::Text ? part.text : "[" + part.file.filename().string() + "]");
    }
  }
  return text;
}

TEST(Conversations, OfOurOwnFormKeepTheOrderOfTheirParts) {
  const Folder folder;
  const auto example = folder.one("x.jsonl", R"({"task": "dialogue", "turns": [{"system": "Be brief."},
      {"user": ["Look:", {"image": "a.jpg"}, "What is this?", {"audio": "q.wav"}]}, {"assistant": "A cat."},
      {"user": {"video": "c.mp4"}}, {"assistant": "It runs."}]})");
  EXPECT_EQ(shown(example),
            "system: Be brief. | user: Look: [a.jpg] What is this? [q.wav] | assistant: A cat. | user: [c.mp4] | "
            "assistant: It runs.");
  EXPECT_EQ(example.turns[1].parts[1].kind, Kind::Picture);
  EXPECT_EQ(example.turns[1].parts[3].kind, Kind::Recording);
  EXPECT_EQ(example.turns[3].parts[0].kind, Kind::Clip);
  EXPECT_EQ(example.turns[1].parts[1].file, folder.path() / "a.jpg");
  EXPECT_EQ(example.task, "dialogue");
}

TEST(Conversations, OfLlavaPutPicturesWhereTheirMarksStand) {
  const Folder folder;
  EXPECT_EQ(shown(folder.one("x.json", R"([{"id": 1, "image": ["a.jpg", "b.jpg"], "conversations": [
      {"from": "human", "value": "Compare <image>\nwith <image>, is 3 < 4 > 2?"}, {"from": "gpt", "value": "Yes."}]}])")),
            "user: Compare [a.jpg] with [b.jpg] , is 3 < 4 > 2? | assistant: Yes.");
  EXPECT_EQ(shown(folder.one("x.json", R"([{"video": "c.mp4", "conversations": [
      {"from": "human", "value": "What happens?"}, {"from": "gpt", "value": "It runs."}]}])")),
            "user: [c.mp4] What happens? | assistant: It runs.");
}

TEST(Conversations, TellWhatIsWrongWithTheirRows) {
  const Folder folder;
  const std::vector<std::pair<const char*, const char*>> cases{
      {R"({"turns": [{"user": "x"}]})", "has no answer at its end"},
      {R"({"turns": [{"assistant": "x"}]})", "does not go user, assistant"},
      {R"({"turns": [{"user": "x"}, {"user": "y"}, {"assistant": "z"}]})", "does not go user, assistant"},
      {R"({"turns": [{"user": "x"}, {"assistant": [{"image": "a.jpg"}]}]})", "has an answer that is not one text"},
      {R"({"turns": [{"user": []}, {"assistant": "x"}]})", "says nothing in turn 1"},
      {R"({"turns": [{"user": " "}, {"assistant": "x"}]})", "has an empty text"},
      {R"({"turns": [{"user": [{"image": "gone.jpg"}]}, {"assistant": "x"}]})", "gone.jpg, which is not there"},
      {R"({"turns": [{"user": [{"imge": "a.jpg"}]}, {"assistant": "x"}]})", "did you mean \"image\"?"},
      {R"({"turns": [{"usr": "x"}, {"assistant": "x"}]})", "did you mean \"user\"?"},
      {R"({"turns": 3})", "\"turns\" that are not a list"},
      {R"({"question": "x"})", "has neither \"turns\" nor \"conversations\""},
      {R"({"conversations": [{"from": "human", "value": "<image> x"}, {"from": "gpt", "value": "y"}]})",
       "more <image> in its texts than files"},
      {R"({"turns": [{"user": "x"}, {"assistant": "y"}], "task": 3})", "has a \"task\" that is not a text"}};
  for (const auto& [row, expected] : cases) {
    const std::string said = folder.complaint(row);
    EXPECT_NE(said.find(std::string("line 1 of x.jsonl ")), std::string::npos) << said;
    EXPECT_NE(said.find(expected), std::string::npos) << row << " -> " << said;
  }
}

TEST(Conversations, AsQuestionsMayBringPhrasesInsteadOfAnAnswer) {
  const Folder folder;
  const auto list = folder.write("q.jsonl", R"({"turns": [{"user": [{"audio": "q.wav"}]}], "accept": ["Paris", "paris"]}
{"turns": [{"user": "Which?"}, {"assistant": "B"}], "choices": ["cat", "dog"]}
)");
  const auto read = readQuestions(list);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)[0].accept.size(), 2U);
  EXPECT_EQ((*read)[1].choices.size(), 2U);
  EXPECT_FALSE(readConversations(list));
  EXPECT_NE(
      readQuestions(folder.write("q.jsonl", R"({"turns": [{"user": "x"}]})")).error().message.find("nor \"accept\""),
      std::string::npos);
}

TEST(Conversations, SurviveBrokenRows) {
  const Folder folder;
  const std::string good =
      R"({"turns": [{"user": [{"image": "a.jpg"}, "What <image>?"]}, {"assistant": "A cat."}], "task": "x"})";
  SeededRandom random(3);
  std::int64_t accepted = 0, refused = 0;
  for (int round = 0; round < 400; ++round) {
    std::string text = good;
    const auto at = static_cast<std::size_t>(random.below(static_cast<std::int64_t>(text.size())));
    switch (random.below(3)) {
      case 0: text[at] = static_cast<char>(random.below(256)); break;
      case 1: text.resize(at); break;
      default: text.insert(at, "[{\",:}]3"[random.below(8)] + std::string());
    }
    const auto read = readConversations(folder.write("x.jsonl", text));
    EXPECT_TRUE(read || !read.error().message.empty());
    ++(read ? accepted : refused);
  }
  EXPECT_GT(accepted, 20);
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace xllm::data
