#include "core/base/mapped_file.h"

#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

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

TEST(MappedFile, BytesLetGoAreReadAgain) {
  std::string content(1 << 20, 'x');
  for (std::size_t i = 0; i < content.size(); i += 1000) content[i] = static_cast<char>('a' + i / 1000 % 26);
  const auto file = MappedFile::open(temporary("let-go", content));
  ASSERT_TRUE(file) << file.error().message;
  const auto bytes = (*file)->bytes();
  const auto same = [&] { return std::memcmp(bytes.data(), content.data(), content.size()) == 0; };
  EXPECT_TRUE(same());
  (*file)->letGo(bytes.subspan(123, 700'000));
  unsigned char resident = 1;  // of a page in the middle of what was let go
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto middle = (reinterpret_cast<std::uintptr_t>(bytes.data()) + 300'000) / page * page;
  EXPECT_EQ(::mincore(reinterpret_cast<void*>(middle), page, &resident), 0);  // it is still mapped
  EXPECT_TRUE(same());
  (*file)->letGo(bytes.first(10));  // less than a page
  EXPECT_TRUE(same());
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
