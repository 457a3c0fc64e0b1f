#include "core/data/captions.h"

#include <gtest/gtest.h>

#include "core/data/seeded_random.h"
#include "tests/core/data/scratch.h"

namespace xllm::data {
namespace {

using tests::Scratch;
using Texts = std::vector<std::string>;

const std::string kJpeg = "\xFF\xD8\xFF";  // as much of a picture as is looked at

// A folder with three pictures.
struct Folder : Scratch {
  Folder() {
    for (const char* name : {"a.jpg", "b.PNG", "c.jpg"}) write(name, kJpeg);
  }
  std::vector<CaptionedPicture> read(const std::string& name, const std::string& text) const {
    const auto pictures = readCaptionedPictures(write(name, text));
    if (!pictures) throw std::runtime_error(pictures.error().message);
    return *pictures;
  }
  std::string complaint(const std::string& name, const std::string& text) const {
    const auto pictures = readCaptionedPictures(write(name, text));
    return pictures ? "accepted" : pictures.error().message;
  }
};

TEST(Captions, OfAFolderStandBesideTheirPictures) {
  const Folder folder;
  folder.write("a.txt", "a dog\r\n\n a brown dog \n");
  folder.write("b.txt",
               "\xEF\xBB\xBF"
               "a cat");
  folder.write("c.txt", "a fish\n");
  folder.write("deeper/d.jpg", kJpeg);
  folder.write("deeper/d.txt", "a bird");
  folder.write(".hidden/e.jpg", kJpeg);
  const auto read = readCaptionedPictures(folder.path());
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 4U);
  EXPECT_EQ((*read)[0].picture, folder.path() / "a.jpg");
  EXPECT_EQ((*read)[0].captions, (Texts{"a dog", "a brown dog"}));
  EXPECT_EQ((*read)[1].captions, Texts{"a cat"});
  EXPECT_EQ((*read)[3].where, "deeper/d.jpg");
}

TEST(Captions, OfATableAreFoundByItsHeader) {
  const Folder folder;
  const auto rows = folder.read("x.csv",
                                "\xEF\xBB\xBFid,Filename,Caption\r\n"
                                "1,a.jpg,\"a \"\"big\"\" dog, brown\r\nand old\"\r\n\r\n"
                                "2,b.PNG,a cat\r\n"
                                "3,a.jpg,again a dog");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].captions, (Texts{"a \"big\" dog, brown\r\nand old", "again a dog"}));
  EXPECT_EQ(rows[0].where, "row 2 of x.csv");
  EXPECT_EQ(rows[1].where, "row 4 of x.csv");
  EXPECT_EQ(folder.read("x.tsv", "image\ttext\na.jpg\t\"Well,\" said the dog\nb.PNG\t\"a \"\"cat\"\"\"\n")[0].captions,
            Texts{"\"Well,\" said the dog"});
  EXPECT_EQ(folder.read("x.csv", "image_path;title\na.jpg;a dog, brown\n")[0].captions, Texts{"a dog, brown"});
}

TEST(Captions, OfJsonLinesMayBeSeveral) {
  const Folder folder;
  const auto rows = folder.read("x.jsonl",
                                "{\"picture\": \"a.jpg\", \"caption\": [\"one\", \"two\"]}\n\n"
                                "{\"file_name\": \"b.PNG\", \"text\": \"caf\\u00e9\"}\r\n");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].captions, (Texts{"one", "two"}));
  EXPECT_EQ(rows[1].captions, Texts{"caf\xC3\xA9"});
  EXPECT_EQ(rows[1].where, "line 3 of x.jsonl");
  EXPECT_EQ(folder.read("x.jsonl", "{\"picture\": \"a.jpg\", \"caption\": \"one line\"}").size(), 1U);
}

TEST(Captions, OfCocoAreJoinedByThePicturesId) {
  const Folder folder;
  folder.write("val2014/COCO_1.jpg", kJpeg);
  folder.write("val2014/COCO_2.jpg", kJpeg);
  const std::string json = R"({"info": {"year": 2014}, "images": [
      {"id": 1, "file_name": "COCO_1.jpg"}, {"id": 2, "file_name": "COCO_2.jpg"}], "licenses": [],
      "annotations": [{"image_id": 2, "id": 9, "caption": "two"}, {"image_id": 1, "caption": "one"},
                      {"image_id": 2, "caption": "deux"}]})";
  for (const char* place : {"captions_val2014.json", "annotations/captions_val2014.json"}) {
    const auto rows = folder.read(place, json);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_TRUE(std::filesystem::equivalent(rows[0].picture, folder.path() / "val2014/COCO_2.jpg"));
    EXPECT_EQ(rows[0].captions, (Texts{"two", "deux"}));
    EXPECT_EQ(rows[0].where, "entry 1 of \"annotations\" in captions_val2014.json");
  }
  EXPECT_NE(
      folder.complaint("captions_val2014.json", R"({"images": [], "annotations": [{"image_id": 3, "caption": "x"}]})")
          .find("entry 1 of \"annotations\" in captions_val2014.json has no \"image_id\" that is among"),
      std::string::npos);
}

TEST(Captions, OfConversationsAreTheirFirstAnswers) {
  const Folder folder;
  const auto rows = folder.read("chat.json", R"([{"id": "1", "image": "a.jpg", "conversations": [
      {"from": "human", "value": "<image>\nWhat is it?"}, {"from": "gpt", "value": "A dog."},
      {"from": "human", "value": "Sure?"}, {"from": "gpt", "value": "Yes."}]}])");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].captions, Texts{"A dog."});
  EXPECT_EQ(rows[0].where, "entry 1 of chat.json");
}

TEST(Captions, OfAFolderWithMetadataComeFromThere) {
  const Folder folder;
  folder.write("metadata.csv", "file_name,text\nc.jpg,a fish\n");
  const auto read = readCaptionedPictures(folder.path());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->front().captions, Texts{"a fish"});
}

TEST(Captions, TellEveryWrongRowAndWhatIsWrongWithIt) {
  const Folder folder;
  folder.write("empty.jpg", "");
  folder.write("fake.jpg", "<html>");
  folder.write("phone.jpg", std::string("\0\0\0\x18"
                                        "ftypheic",
                                        12));
  const std::string said = folder.complaint("x.csv",
                                            "image,caption\na.jpg,fine\ngone.jpg,x\nempty.jpg,x\na.jpg, \n,x\n"
                                            "b.PNG,bad \xFF byte\nb.PNG\n.,x\nfake.jpg,x\nphone.jpg,x\n");
  for (const char* part :
       {"9 rows of ", "row 3 of x.csv names ", "gone.jpg, which is not there", "row 4 of x.csv names ",
        "empty.jpg, which is empty", "row 5 of x.csv has an empty caption", "row 6 of x.csv names no file",
        "row 7 of x.csv has a caption that is not valid UTF-8", "row 8 of x.csv has 1 cells where the header has 2",
        "row 9 of x.csv names ", "not a file", "skipWrongRows"}) {
    EXPECT_NE(said.find(part), std::string::npos) << part << " is missing in: " << said;
  }
}

TEST(Captions, TellTwentyWrongRowsAndCountTheOthers) {
  const Folder folder;
  std::string text = "image,caption\na.jpg,x\n";
  for (int i = 0; i < 50; ++i) text += "gone.jpg,x\n";
  const std::string said = folder.complaint("x.csv", text);
  EXPECT_NE(said.find("50 rows of "), std::string::npos) << said;
  EXPECT_NE(said.find("row 22 of x.csv"), std::string::npos) << said;
  EXPECT_EQ(said.find("row 23 of x.csv"), std::string::npos) << said;
  EXPECT_NE(said.find("and 30 more"), std::string::npos) << said;
}

TEST(Captions, LeaveWrongRowsOutAndCountThemWhenAsked) {
  const Folder folder;
  const auto list = folder.write("x.csv", "image,caption\ngone.jpg,x\na.jpg,dog\na.jpg,dog\n");
  ListNotes notes;
  const auto read = readCaptionedPictures(list, {.skipWrongRows = true}, &notes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->size(), 1U);
  EXPECT_EQ(read->front().captions, Texts{"dog"});
  EXPECT_EQ(notes.skipped, 1);
  EXPECT_EQ(notes.duplicates, 1);
  ASSERT_EQ(notes.warnings.size(), 2U);
  EXPECT_NE(notes.warnings[1].find("row 4 of x.csv says again what row 3 of x.csv says"), std::string::npos);
  EXPECT_FALSE(readCaptionedPictures(folder.write("y.csv", "image,caption\ngone.jpg,x\n"), {.skipWrongRows = true}));
}

TEST(Captions, SayWhatASourceLacks) {
  const Folder folder;
  EXPECT_EQ(readCaptionedPictures(folder.path() / "none").error().code, ErrorCode::NotFound);
  EXPECT_NE(readCaptionedPictures(folder.path()).error().message.find("a.jpg has no a.txt"), std::string::npos);
  EXPECT_NE(folder.complaint("x.csv", "a,b\n1,2\n").find("names a column for the file"), std::string::npos);
  EXPECT_NE(folder.complaint("x.csv", "").find("neither JSON nor a table"), std::string::npos);
  EXPECT_NE(folder.complaint("x.csv", "image,caption\n").find("holds no examples"), std::string::npos);
  EXPECT_NE(folder.complaint("x.csv", std::string("\xFF\xFEi\0m\0", 6)).find("UTF-16"), std::string::npos);
  EXPECT_NE(folder.complaint("x.csv", std::string("\x89PNG\0\0", 6)).find("not a text file"), std::string::npos);
  EXPECT_NE(folder.complaint("x.csv", "image,caption\na.jpg,\"dog\nb.PNG,cat\n").find("row 2 of x.csv opens a quote"),
            std::string::npos);
}

// Whatever is cut off or changed in a list, the reader answers with rows or with a sentence, in bounded time.
TEST(Captions, SurviveBrokenLists) {
  const Folder folder;
  const std::vector<std::pair<const char*, std::string>> lists{
      {"x.csv", "image,caption\na.jpg,\"a \"\"dog\"\"\"\nb.PNG,cat\n"},
      {"x.jsonl", "{\"image\": \"a.jpg\", \"caption\": \"d\\u00e9\"}\n{\"image\": \"b.PNG\", \"caption\": [\"x\"]}\n"},
      {"x.json", R"({"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"image_id": 1, "caption": "x"}]})"},
      {"y.json", R"([{"image": "a.jpg", "conversations": [{"from": "gpt", "value": "x"}]}])"}};
  SeededRandom random(1);
  std::int64_t accepted = 0, refused = 0;
  for (const auto& [name, good] : lists) {
    for (int round = 0; round < 200; ++round) {
      std::string text = good;
      for (std::int64_t change = random.below(4); change >= 0 && !text.empty(); --change) {
        const auto at = static_cast<std::size_t>(random.below(static_cast<std::int64_t>(text.size())));
        switch (random.below(3)) {
          case 0: text[at] = static_cast<char>(random.below(256)); break;
          case 1: text.resize(at); break;
          default: text.insert(at, 1 + static_cast<std::size_t>(random.below(80)), "[{\",:}]\n"[random.below(8)]);
        }
      }
      const auto read = readCaptionedPictures(folder.write(name, text));
      EXPECT_TRUE(read || !read.error().message.empty());
      ++(read ? accepted : refused);
    }
  }
  EXPECT_GT(accepted, 5);
  EXPECT_GT(refused, 250);
}

TEST(Captions, RefuseDeepNestingAndEndlessRows) {
  const Folder folder;
  EXPECT_NE(folder.complaint("x.json", std::string(1 << 20, '[')).find("not valid JSON"), std::string::npos);
  EXPECT_NE(folder.complaint("x.jsonl", "{\"image\": " + std::string(100000, '[')).find("not a JSON object"),
            std::string::npos);
  EXPECT_NE(folder.complaint("x.csv", "image,caption\na.jpg," + std::string(2 << 20, 'x') + "\nb.PNG,cat\n")
                .find("row 2 of x.csv is longer than"),
            std::string::npos);
}

}  // namespace
}  // namespace xllm::data
