#include "core/base/nearest.h"

#include <vector>

#include <gtest/gtest.h>

namespace xllm {
namespace {

TEST(Nearest, CountsTheStepsBetweenTwoWords) {
  EXPECT_EQ(editDistance("", ""), 0U);
  EXPECT_EQ(editDistance("", "abc"), 3U);
  EXPECT_EQ(editDistance("kitten", "sitting"), 3U);
  EXPECT_EQ(editDistance("heads", "haeds"), 1U);  // a swap is one step
  EXPECT_EQ(editDistance("llmWidth", "LLMwidth"), 0U);
  EXPECT_EQ(editDistance("queries", "querys"), 2U);
}

TEST(Nearest, FindsTheRightNameOrTheFirstOfEquals) {
  const std::vector<std::string> names{"layers", "heads", "hidden", "queries"};
  EXPECT_EQ(nearest("query", names), "queries");
  EXPECT_EQ(nearest("hiden", names), "hidden");
  EXPECT_EQ(nearest("layer", names), "layers");
  EXPECT_EQ(nearest("zz", std::vector<std::string>{"ab", "cd"}), "ab");
  EXPECT_EQ(nearest("anything", std::vector<std::string>{}), "");
}

}  // namespace
}  // namespace xllm
