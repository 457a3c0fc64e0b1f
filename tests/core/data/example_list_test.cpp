#include "core/data/example_list.h"

#include <gtest/gtest.h>

#include "tests/core/data/scratch.h"

namespace xllm::data {
namespace {

using tests::Scratch;

TEST(ExampleList, ReadsRecordingsRelativeToItsOwnFolder) {
  const Scratch folder;
  folder.write("a.wav", "x");
  const auto list =
      folder.write("list.jsonl", "{\"audio\": \"a.wav\", \"text\": \"hello there\", \"seconds\": 1.5}\n\n");
  const auto read = readSpeechList(list);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 1U);
  EXPECT_EQ(read->front().audio, folder.path() / "a.wav");
  EXPECT_EQ(read->front().text, "hello there");
  EXPECT_DOUBLE_EQ(read->front().seconds, 1.5);
}

TEST(ExampleList, NamesTheLineThatIsWrong) {
  const Scratch folder;
  folder.write("a.wav", "x");
  const std::string good = "{\"audio\": \"a.wav\", \"text\": \"hello\"}\n";
  const auto messageFor = [&](const std::string& second) {
    const auto read = readSpeechList(folder.write("list.jsonl", good + second));
    return read ? std::string("accepted") : read.error().message;
  };
  for (const char* bad :
       {"not json", "[1]", "{\"text\": \"no file\"}", "{\"audio\": 3, \"text\": \"x\"}", "{\"audio\": \"a.wav\"}",
        "{\"audio\": \"a.wav\", \"text\": \"\"}", "{\"audio\": \"gone.wav\", \"text\": \"x\"}",
        "{\"audio\": \"a.wav\", \"text\": \"x\", \"seconds\": \"two\"}"}) {
    EXPECT_NE(messageFor(bad).find("Line 2 of "), std::string::npos) << bad << " -> " << messageFor(bad);
  }
  EXPECT_FALSE(readSpeechList(folder.write("empty.jsonl", "\n")));
  EXPECT_EQ(readSpeechList(folder.path() / "none.jsonl").error().code, ErrorCode::NotFound);
}

TEST(ExampleList, ReadsNamesInOrderWithoutTheEmptyEnd) {
  const Scratch folder;
  const auto names = readNames(folder.write("names.txt", "tench\r\ngoldfish\n\n"));
  ASSERT_TRUE(names);
  EXPECT_EQ(*names, (std::vector<std::string>{"tench", "goldfish"}));
}

}  // namespace
}  // namespace xllm::data
