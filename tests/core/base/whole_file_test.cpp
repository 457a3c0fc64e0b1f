#include "core/base/whole_file.h"

#include <fstream>
#include <iterator>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace xllm {
namespace {

namespace fs = std::filesystem;

// An empty folder of the test's own.
fs::path emptyFolder() {
  const fs::path folder = fs::path(::testing::TempDir()) / ("whole_file_" + std::to_string(::getpid()));
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

std::string textOf(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(WholeFile, ALinkStaysOneAndWhatItLeadsToIsWritten) {
  const fs::path folder = emptyFolder(), file = folder / "file", link = folder / "link";
  std::ofstream(file) << "old";
  fs::create_symlink(file, link);
  WholeFile written(link);
  written.write("new");
  EXPECT_FALSE(written.finish());
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(textOf(file), "new");
  fs::remove_all(folder);
}

TEST(WholeFile, APipeIsWrittenAndNotReplaced) {
  const fs::path folder = emptyFolder(), pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDWR | O_CLOEXEC);  // both ways, so that nobody waits
  ASSERT_GE(reader, 0);
  {
    WholeFile written(pipe);
    written.write("words");
    EXPECT_FALSE(written.finish());
  }
  EXPECT_TRUE(fs::is_fifo(pipe));
  char words[5];
  EXPECT_EQ(::read(reader, words, sizeof words), 5);
  EXPECT_EQ(std::string(words, 5), "words");
  ::close(reader);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace xllm
