#include "core/data/recordings.h"

#include <gtest/gtest.h>

#include "core/data/seeded_random.h"
#include "tests/core/data/scratch.h"

namespace xllm::data {
namespace {

using tests::Scratch;

struct Folder : Scratch {
  Folder() {
    for (const char* name : {"a.wav", "b.flac", "clips/c.mp3"}) write(name, "x");
  }
  std::vector<SpeechExample> read(const std::string& name, const std::string& text) const {
    return from(write(name, text));
  }
  static std::vector<SpeechExample> from(const std::filesystem::path& source) {
    const auto examples = readSpeechList(source);
    if (!examples) throw std::runtime_error(examples.error().message);
    return *examples;
  }
  std::string complaint(const std::string& name, const std::string& text) const {
    const auto examples = readSpeechList(write(name, text));
    return examples ? "accepted" : examples.error().message;
  }
};

TEST(Recordings, OfJsonLinesHaveTextVoiceAndLength) {
  const Folder folder;
  const auto rows =
      folder.read("x.jsonl",
                  "{\"audio\": \"a.wav\", \"text\": \" hello there\", \"voice\": \"anna\", \"seconds\": 1.5}\n\n"
                  "{\"audio\": \"b.flac\", \"text\": \"\"}\n");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].audio, folder.path() / "a.wav");
  EXPECT_EQ(rows[0].text, "hello there");
  EXPECT_EQ(rows[0].voice, "anna");
  EXPECT_DOUBLE_EQ(rows[0].seconds, 1.5);
  EXPECT_EQ(rows[1].text, "") << "an empty text says that nobody speaks";
  EXPECT_EQ(rows[1].where, "line 3 of x.jsonl");
}

TEST(Recordings, MayHaveAnAnswer) {
  const Folder folder;
  const std::string asked = "{\"audio\": \"a.wav\", \"text\": \"who are you\", \"answer\": ";
  const auto rows = folder.read("x.jsonl", asked + "\" A program. \"}\n{\"audio\": \"b.flac\", \"text\": \"hm\"}");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].answer, "A program.");
  EXPECT_TRUE(rows[1].answer.empty());
  EXPECT_NE(folder.complaint("x.jsonl", asked + "7}").find("\"answer\" that is not a text"), std::string::npos);
  const std::string twice = folder.complaint("x.jsonl", asked + "\"a\"}\n" + asked + "\"b\"}");
  EXPECT_NE(twice.find("with another answer than line 1"), std::string::npos) << twice;
  const std::string silent =
      folder.complaint("x.jsonl", "{\"audio\": \"b.flac\", \"text\": \"\", \"answer\": \"Yes.\"}");
  EXPECT_NE(silent.find("nobody speaks"), std::string::npos) << silent;
}

TEST(Recordings, NameEveryLineThatIsWrong) {
  const Folder folder;
  const std::string good = "{\"audio\": \"a.wav\", \"text\": \"hello\"}\n";
  for (const char* bad :
       {"not json", "[1]", "{\"text\": \"no file\"}", "{\"audio\": 3, \"text\": \"x\"}", "{\"audio\": \"b.flac\"}",
        "{\"audio\": \"gone.wav\", \"text\": \"x\"}", "{\"audio\": \"b.flac\", \"text\": \"x\", \"seconds\": \"two\"}",
        "{\"audio\": \"b.flac\", \"text\": \"x\", \"voice\": 7}", "{\"audio\": \"a.wav\", \"text\": \"another\"}"}) {
    const std::string said = folder.complaint("x.jsonl", good + bad);
    EXPECT_NE(said.find("line 2 of x.jsonl "), std::string::npos) << bad << " -> " << said;
  }
  EXPECT_NE(folder.complaint("x.jsonl", "\n").find("neither JSON nor a table"), std::string::npos);
  EXPECT_EQ(readSpeechList(folder.path() / "none.jsonl").error().code, ErrorCode::NotFound);
}

TEST(Recordings, GivenTwiceAreKeptOnceAndCounted) {
  const Folder folder;
  const std::string row = "{\"audio\": \"a.wav\", \"text\": \"hello\"}\n";
  ListNotes notes;
  const auto read = readSpeechList(folder.write("x.jsonl", row + row), {}, &notes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->size(), 1U);
  EXPECT_EQ(notes.duplicates, 1);
}

TEST(Recordings, OfCommonVoiceLieInItsClips) {
  const Folder folder;
  folder.write("validated.tsv", "client_id\tpath\tsentence\tup_votes\nf00\tc.mp3\t\"Well,\" she said.\t2\n");
  const auto rows = Folder::from(folder.path());
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].audio, folder.path() / "clips/c.mp3");
  EXPECT_EQ(rows[0].text, "\"Well,\" she said.");
  EXPECT_EQ(rows[0].voice, "f00");
  EXPECT_EQ(rows[0].where, "row 2 of validated.tsv");
  EXPECT_EQ(Folder::from(folder.path() / "validated.tsv").size(), 1U);
}

TEST(Recordings, OfKaldiAreJoinedByTheirNames) {
  const Folder folder;
  folder.write("wav.scp", "utt2 b.flac\nutt1  a.wav \n");
  folder.write("text", "utt1 hello there\nutt2\n");
  folder.write("utt2spk", "utt1 anna\n");
  const auto rows = Folder::from(folder.path());
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].audio, folder.path() / "a.wav");
  EXPECT_EQ(rows[0].text, "hello there");
  EXPECT_EQ(rows[0].voice, "anna");
  EXPECT_EQ(rows[1].text, "");
}

TEST(Recordings, OfKaldiNeverRunCommands) {
  const Folder folder;
  folder.write("text", "utt1 hello\nutt2 x\nutt2 y\nutt9 z\n");
  folder.write("wav.scp", "utt1 sox a.wav -t wav - |\nutt2 a.wav\nutt3 b.flac\n");
  const auto wrong = readSpeechList(folder.path());
  ASSERT_FALSE(wrong);
  const std::string& said = wrong.error().message;
  for (const char* part : {"line 1 of wav.scp is a command", "line 3 of text gives \"utt2\" a second time",
                           "line 3 of wav.scp has no line \"utt3\"", "line 4 of text has no line \"utt9\""}) {
    EXPECT_NE(said.find(part), std::string::npos) << part << " is missing in: " << said;
  }
  folder.write("segments", "utt1 rec 0 1\n");
  EXPECT_EQ(readSpeechList(folder.path()).error().code, ErrorCode::Unsupported);
}

TEST(Recordings, OfLjSpeechHaveTheirNumbersWrittenOut) {
  const Scratch folder;
  folder.write("wavs/LJ1.wav", "x");
  folder.write("wavs/LJ2.wav", "x");
  folder.write("metadata.csv", "LJ1|in 1455, \"he said|in fourteen fifty-five, \"he said\nLJ2|as printed\n");
  for (const auto& source : {folder.path(), folder.path() / "metadata.csv"}) {
    const auto rows = Folder::from(source);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].audio, folder.path() / "wavs/LJ1.wav");
    EXPECT_EQ(rows[0].text, "in fourteen fifty-five, \"he said");
    EXPECT_EQ(rows[1].text, "as printed");
  }
  folder.write("metadata.csv", "LJ1\nLJ3|gone\n");
  const auto wrong = readSpeechList(folder.path());
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("row 1 of metadata.csv has 1 cells"), std::string::npos);
  EXPECT_NE(wrong.error().message.find("row 2 of metadata.csv names"), std::string::npos);
}

TEST(Recordings, OfAFolderHaveTheirWordsBesideThem) {
  const Folder folder;
  folder.write("a.txt", "hello\r\nthere\n");
  folder.write("b.txt", "");
  EXPECT_NE(readSpeechList(folder.path()).error().message.find("clips/c.mp3 has no c.txt"), std::string::npos);
  folder.write("clips/c.txt", "one");
  const auto rows = Folder::from(folder.path());
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].text, "hello there");
  EXPECT_EQ(rows[1].text, "");
}

TEST(Recordings, SurviveBrokenLists) {
  const Folder folder;
  folder.write("text", "utt1 hello\nutt2 x\n");
  const std::vector<std::pair<const char*, std::string>> lists{
      {"x.jsonl", "{\"audio\": \"a.wav\", \"text\": \"d\\u00e9\"}\n{\"audio\": \"b.flac\", \"text\": \"x\"}\n"},
      {"x.tsv", "path\tsentence\na.wav\t\"a \"\"dog\"\"\"\nb.flac\tcat\n"},
      {"wav.scp", "utt1 a.wav\nutt2 b.flac\n"}};
  SeededRandom random(2);
  std::int64_t accepted = 0, refused = 0;
  for (const auto& [name, good] : lists) {
    for (int round = 0; round < 200; ++round) {
      std::string text = good;
      const auto at = static_cast<std::size_t>(random.below(static_cast<std::int64_t>(text.size())));
      if (random.below(2) == 0) {
        text[at] = static_cast<char>(random.below(256));
      } else {
        text.resize(at);
      }
      const auto list = folder.write(name, text);
      const auto read = readSpeechList(list.filename() == "wav.scp" ? folder.path() : list);
      EXPECT_TRUE(read || !read.error().message.empty());
      ++(read ? accepted : refused);
    }
  }
  EXPECT_GT(accepted, 20);
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace xllm::data
