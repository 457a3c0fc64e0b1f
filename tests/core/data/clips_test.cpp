#include "core/data/clips.h"

#include <gtest/gtest.h>

#include "tests/core/data/scratch.h"

namespace xllm::data {
namespace {

using tests::Scratch;
using Texts = std::vector<std::string>;

TEST(Clips, AreReadLikePictures) {
  const Scratch folder;
  folder.write("a.mp4", "x");
  folder.write("b.webm", "x");
  const auto table = readCaptionedClips(folder.write("x.csv", "video,caption\na.mp4,a ball falls\n"));
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->front().clip, folder.path() / "a.mp4");
  EXPECT_EQ(table->front().captions, Texts{"a ball falls"});
  const auto lines = readCaptionedClips(folder.write("x.jsonl", "{\"clip\": \"b.webm\", \"text\": \"it rolls\"}\n"));
  ASSERT_TRUE(lines) << lines.error().message;
  EXPECT_EQ(lines->front().where, "line 1 of x.jsonl");
  folder.write("a.txt", "one");
  folder.write("b.txt", "two");
  const auto all = readCaptionedClips(folder.path());
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->size(), 2U);
}

TEST(Clips, OfMsrVttAreNamedByTheirIds) {
  const Scratch folder;
  folder.write("TrainValVideo/video7.mp4", "x");
  const auto read = readCaptionedClips(folder.write("train_val_videodatainfo.json", R"({"info": {},
      "videos": [{"category": 9, "video_id": "video7", "start time": 1.5, "split": "train"}],
      "sentences": [{"caption": "a man sings", "video_id": "video7", "sen_id": 1},
                    {"caption": "someone sings", "video_id": "video7", "sen_id": 2}]})"));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 1U);
  EXPECT_EQ(read->front().clip, folder.path() / "TrainValVideo/video7.mp4");
  EXPECT_EQ(read->front().captions, (Texts{"a man sings", "someone sings"}));
}

}  // namespace
}  // namespace xllm::data
