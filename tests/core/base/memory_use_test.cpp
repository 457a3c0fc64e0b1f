#include "core/base/memory_use.h"

#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

namespace xllm {
namespace {

TEST(MemoryUse, GrowsWithWhatIsTouchedAndRemembersTheMost) {
  constexpr std::int64_t kSize = 96 << 20;
  const std::int64_t before = residentMemoryBytes();
  EXPECT_GT(before, 1 << 20);
  {
    std::vector<std::byte> block(kSize, std::byte{1});
    volatile std::byte* first = block.data();  // the block must not be optimised away
    *first = std::byte{2};
    EXPECT_GT(residentMemoryBytes(), before + kSize * 9 / 10);
    EXPECT_LT(residentMemoryBytes(), before + 2 * kSize);
  }
  EXPECT_LT(residentMemoryBytes(), before + kSize / 2);
  EXPECT_GE(peakMemoryBytes(), before + kSize * 9 / 10);
}

TEST(MemoryUse, TheMachineHasMoreThanIsFreeAndThisProgramTakes) {
  EXPECT_GT(availableMemoryBytes(), 0);
  EXPECT_GT(totalMemoryBytes(), availableMemoryBytes());
  EXPECT_GT(totalMemoryBytes(), residentMemoryBytes());
  EXPECT_LT(totalMemoryBytes(), std::int64_t{1} << 50);
}

}  // namespace
}  // namespace xllm
