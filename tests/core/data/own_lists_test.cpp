#include "core/data/own_lists.h"

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/data/captions.h"
#include "core/data/clips.h"
#include "core/data/conversations.h"
#include "core/data/recordings.h"
#include "tests/core/data/scratch.h"

namespace xllm::data {
namespace {

using tests::Scratch;

const std::string kJpeg = "\xFF\xD8\xFF";

struct Pictures : Scratch {
  Pictures() {
    std::string table = "image,caption\n";
    for (int i = 0; i < 20; ++i) {
      const std::string name = "p" + std::to_string(i) + ".jpg";
      write(name, kJpeg);
      table += name + ",thing " + std::to_string(i) + "\n" + name + ",the same " + std::to_string(i) + "\n";
    }
    list = write("list.csv", table);
  }
  std::filesystem::path list;
};

TEST(OwnLists, OfPicturesAreReadAgainAndShareNothing) {
  const Pictures folder;
  const auto out = folder.path() / "lists";
  const auto made = writeOwnLists(folder.list, DataKind::Pictures, {.ask = "What is it?"}, out);
  ASSERT_TRUE(made) << made.error().message;
  const auto train = readCaptionedPictures(out / "image-train.jsonl");
  const auto validation = readCaptionedPictures(out / "image-validation.jsonl");
  ASSERT_TRUE(train && validation);
  EXPECT_EQ(std::ssize(*train), made->training);
  EXPECT_EQ(std::ssize(*validation), made->validation);
  EXPECT_EQ(made->training + made->validation, 20);
  std::set<std::filesystem::path> seen;
  for (const auto* list : {&*train, &*validation}) {
    for (const auto& picture : *list) {
      EXPECT_TRUE(seen.insert(picture.picture).second) << picture.picture;
      EXPECT_EQ(picture.captions.size(), 2U);
    }
  }
  const auto talk = readConversations(out / "image-talk-train.jsonl");
  ASSERT_TRUE(talk) << talk.error().message;
  EXPECT_EQ(std::ssize(*talk), 2 * made->training);
  EXPECT_EQ(talk->front().task, "image");
  ASSERT_EQ(talk->front().turns.front().parts.size(), 2U);
  EXPECT_EQ(talk->front().turns.front().parts[1].text, "What is it?");
}

TEST(OwnLists, AreTheSameAgain) {
  const Pictures folder;
  const auto a = folder.path() / "a", b = folder.path() / "b";
  ASSERT_TRUE(writeOwnLists(folder.list, DataKind::Pictures, {.seed = 3}, a));
  ASSERT_TRUE(writeOwnLists(folder.list, DataKind::Pictures, {.seed = 3}, b));
  const auto text = [](const std::filesystem::path& file) {
    std::ifstream stream(file);
    return std::string{std::istreambuf_iterator<char>(stream), {}};
  };
  EXPECT_EQ(text(a / "image-validation.jsonl"), text(b / "image-validation.jsonl"));
  EXPECT_FALSE(text(a / "image-validation.jsonl").empty());
}

TEST(OwnLists, OfRecordingsAnswerWithTheirAnswerOrTheirWords) {
  const Scratch folder;
  for (const char* name : {"a.wav", "b.wav", "c.wav"}) folder.write(name, "RIFF");
  const auto list = folder.write("list.jsonl",
                                 "{\"audio\": \"a.wav\", \"text\": \"who are you\", \"answer\": \"A program.\"}\n"
                                 "{\"audio\": \"b.wav\", \"text\": \"good morning\"}\n"
                                 "{\"audio\": \"c.wav\", \"text\": \"\"}\n");
  const auto out = folder.path() / "lists";
  const auto made = writeOwnLists(list, DataKind::Recordings, {.validationShare = 0.3, .ask = "Write it down."}, out);
  ASSERT_TRUE(made) << made.error().message;
  std::map<std::string, std::string> answers;
  std::int64_t recordings = 0;
  for (const char* part : {"train", "validation"}) {
    const auto read = readSpeechList(out / (std::string("speech-") + part + ".jsonl"));
    if (read) recordings += std::ssize(*read);
    const auto talk = readConversations(out / (std::string("speech-talk-") + part + ".jsonl"));
    if (!talk) continue;  // silence alone makes no conversation
    for (const auto& example : *talk)
      answers[example.turns[0].parts[0].file.filename()] = example.turns[1].parts[0].text;
  }
  EXPECT_EQ(recordings, 3);
  EXPECT_EQ(answers, (std::map<std::string, std::string>{{"a.wav", "A program."}, {"b.wav", "good morning"}}));
}

TEST(OwnLists, OfClipsServeTrainingAndMeasuring) {
  const Scratch folder;
  for (const char* name : {"a.mp4", "b.mp4"}) folder.write(name, "clip");
  const auto list = folder.write("list.jsonl",
                                 "{\"video\": \"a.mp4\", \"caption\": \"a ball falls\"}\n"
                                 "{\"video\": \"b.mp4\", \"caption\": \"a bird flies\"}\n");
  const auto out = folder.path() / "lists";
  ASSERT_TRUE(writeOwnLists(list, DataKind::Clips, {.validationShare = 0.5, .ask = "What happens?"}, out));
  const auto clips = readCaptionedClips(out / "video-train.jsonl");
  ASSERT_TRUE(clips) << clips.error().message;
  std::ifstream stream(out / "video-train.jsonl");
  const auto row = nlohmann::json::parse(stream);
  EXPECT_EQ(row["ask"], "What happens?");
  EXPECT_EQ(row["answer"], row["caption"]);
}

// JSON cannot name it.
TEST(OwnLists, AFileWhoseNameIsNotUtf8IsTold) {
  const Scratch folder;
  for (const std::string name : {"a", "caf\xE9"}) {
    folder.write(name + ".jpg", kJpeg);
    folder.write(name + ".txt", "a cup called " + std::to_string(name.size()));
  }
  const auto out = folder.path() / "lists";
  const auto made = writeOwnLists(folder.path(), DataKind::Pictures, {.validationShare = 0.5}, out);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::BadInput);
  EXPECT_NE(made.error().message.find("caf\xEF\xBF\xBD.jpg"), std::string::npos) << made.error().message;
}

TEST(OwnLists, OfOneExampleAreRefused) {
  const Scratch folder;
  folder.write("a.jpg", kJpeg);
  folder.write("a.txt", "a dog");
  const auto made = writeOwnLists(folder.path(), DataKind::Pictures, {}, folder.path() / "lists");
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("too few"), std::string::npos) << made.error().message;
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "lists/image-train.jsonl"));
}

}  // namespace
}  // namespace xllm::data
