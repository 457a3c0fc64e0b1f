#include "core/base/mapped_file.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace xllm {
namespace {

std::filesystem::path temporary(const std::string& name, const std::string& content) {
  const auto path = std::filesystem::path(::testing::TempDir()) / name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

TEST(MappedFile, ShowsTheBytesOfTheFile) {
  const auto file = MappedFile::open(temporary("mapped", std::string("a\0b", 3)));
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ((*file)->bytes().size(), 3u);
  EXPECT_EQ((*file)->bytes()[2], std::byte{'b'});
}

TEST(MappedFile, OpensAnEmptyFileAsAnEmptySpan) {
  const auto file = MappedFile::open(temporary("empty", ""));
  ASSERT_TRUE(file);
  EXPECT_TRUE((*file)->bytes().empty());
}

TEST(MappedFile, NamesTheFileThatIsNotThere) {
  const auto file = MappedFile::open("/nowhere/at/all");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::NotFound);
  EXPECT_NE(file.error().message.find("/nowhere/at/all"), std::string::npos);
}

TEST(MappedFile, RefusesAFolder) {
  const auto file = MappedFile::open(::testing::TempDir());
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::BadInput);
}

}  // namespace
}  // namespace xllm
