#include "core/data/example_list.h"

#include <gtest/gtest.h>

#include "tests/core/data/scratch.h"

namespace xllm::data {
namespace {

using tests::Scratch;

TEST(ExampleList, ReadsPicturesOfAListAndOfAFolder) {
  const Scratch folder;
  folder.write("a.ppm", "P6 1 1");
  folder.write("deeper/b.jpg", "\xFF\xD8\xFF");
  const auto list = readPictureList(folder.write("list.jsonl", "{\"picture\": \"deeper/b.jpg\", \"other\": 1}\n"));
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_EQ(list->size(), 1U);
  EXPECT_EQ(list->front().picture, folder.path() / "deeper/b.jpg");
  const auto all = readPictureList(folder.path());
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->size(), 2U);
  const auto wrong =
      readPictureList(folder.write("list.jsonl", "{\"picture\": \"a.ppm\"}\n{\"picture\": \"c.jpg\"}\n{}"));
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("line 2 of list.jsonl names"), std::string::npos);
  EXPECT_NE(wrong.error().message.find("line 3 of list.jsonl has no \"picture\""), std::string::npos);
}

TEST(ExampleList, ReadsNamesInOrderWithoutTheEmptyEnd) {
  const Scratch folder;
  const auto names = readNames(folder.write("names.txt", "tench\r\ngoldfish\n\n"));
  ASSERT_TRUE(names);
  EXPECT_EQ(*names, (std::vector<std::string>{"tench", "goldfish"}));
}

}  // namespace
}  // namespace xllm::data
