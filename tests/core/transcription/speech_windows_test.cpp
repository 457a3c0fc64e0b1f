#include "core/transcription/speech_windows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace xllm::transcription {
namespace {

using Windows = std::vector<std::pair<std::int64_t, std::int64_t>>;

TEST(QuietWindows, LeaveWhatFitsWhole) {
  EXPECT_EQ(quietWindows(std::vector<float>(1000, 1.0F), 1000, 100), (Windows{{0, 1000}}));
}

TEST(QuietWindows, CutInTheQuietestPartOfTheLastFifth) {
  std::vector<float> sound(2500);
  for (std::size_t i = 0; i < sound.size(); ++i) sound[i] = std::sin(static_cast<float>(i));
  std::fill_n(sound.begin() + 200, 40, 0.0F);  // too early for the first cut
  std::fill_n(sound.begin() + 850, 40, 0.0F);
  std::fill_n(sound.begin() + 1700, 40, 0.01F);
  const Windows windows = quietWindows(sound, 1000, 100);
  ASSERT_EQ(windows.size(), 3U);
  EXPECT_EQ(windows[0].first, 0);
  EXPECT_NEAR(windows[0].second, 870, 11);
  EXPECT_EQ(windows[1].first, windows[0].second);
  EXPECT_NEAR(windows[1].second, 1720, 11);
  EXPECT_EQ(windows[2], std::pair(windows[1].second, std::int64_t{2500}));
}

TEST(QuietWindows, AreNeverLongerThanAllowedAndLoseNothing) {
  const std::vector<float> sound(98765, 0.5F);
  std::int64_t at = 0;
  for (const auto& [begin, end] : quietWindows(sound, 1000, 100)) {
    EXPECT_EQ(begin, at);
    EXPECT_GT(end, begin);
    EXPECT_LE(end - begin, 1000);
    at = end;
  }
  EXPECT_EQ(at, 98765);
}

}  // namespace
}  // namespace xllm::transcription
