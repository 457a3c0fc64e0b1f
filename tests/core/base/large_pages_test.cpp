#include "core/base/large_pages.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/mapped_file.h"
#include "core/base/this_process.h"

namespace xllm {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBytes = 35 * kLargePage + 12345;  // two pieces, and what is no whole page

class LargePages : public ::testing::Test {
 protected:
  void SetUp() override {
    std::vector<std::uint32_t> words(kBytes / 4 + 1);
    for (std::size_t i = 0; i < words.size(); ++i) words[i] = static_cast<std::uint32_t>(i * 2654435761U);
    m_expected.resize(kBytes);
    std::memcpy(m_expected.data(), words.data(), kBytes);
    std::ofstream(m_path, std::ios::binary).write(reinterpret_cast<const char*>(m_expected.data()), kBytes);
    auto file = MappedFile::open(m_path);
    ASSERT_TRUE(file) << file.error().message;
    m_file = *file;
  }
  void TearDown() override {
    m_file.reset();
    fs::remove(m_path);
  }
  bool isWhole() const { return std::ranges::equal(m_file->bytes(), m_expected); }

  const fs::path m_path = fs::path(::testing::TempDir()) / ("large_pages-" + std::to_string(processId()));
  std::vector<std::byte> m_expected;
  std::shared_ptr<const MappedFile> m_file;
};

TEST_F(LargePages, BytesStayTheSameWhileTheyAreReadAndMoved) {
  std::atomic<bool> done{false}, wrong{false};
  std::vector<std::jthread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      do {
        if (!isWhole()) wrong = true;
      } while (!done);
    });
  }
  const std::size_t moved = moveToLargePages(m_file->bytes());
  done = true;
  readers.clear();
  EXPECT_FALSE(wrong);
  EXPECT_TRUE(isWhole());
  if (moved == 0) GTEST_SKIP() << "this system has no large pages for programs";
  EXPECT_GE(moved, 34 * kLargePage);
  EXPECT_EQ(moved % kLargePage, 0U);
}

// What has moved is the program's own: the file may change or go.
TEST_F(LargePages, WhatHasMovedNoLongerFollowsTheFile) {
  const std::size_t moved = moveToLargePages(m_file->bytes());
  if (moved == 0) GTEST_SKIP() << "this system has no large pages for programs";
  std::fstream file(m_path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(4 * kLargePage);
  file.write("changed", 7);
  file.close();
  EXPECT_TRUE(isWhole());
}

TEST_F(LargePages, NothingMovesOnceItIsToStop) {
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(moveToLargePages(m_file->bytes(), source.get_token()), 0U);
  EXPECT_TRUE(isWhole());
}

TEST_F(LargePages, LessThanOnePageStaysWhereItIs) {
  EXPECT_EQ(moveToLargePages(m_file->bytes().first(kLargePage - 1)), 0U);
  EXPECT_EQ(moveToLargePages({}), 0U);
}

}  // namespace
}  // namespace xllm
