#include "core/training/candidates.h"

#include <gtest/gtest.h>
#include <torch/types.h>

namespace xllm::training {
namespace {

TEST(Candidates, HoldWhatIsNeededAndPointAtTheRightRows) {
  const at::Tensor table = at::arange(100, at::kFloat).view({100, 1}).expand({100, 3});
  data::SeededRandom random(1);
  const Candidates candidates({42, 7, 42}, {3, 4, 5}, 100, 20, random);
  const at::Tensor rows = candidates.of(table).embeddings;
  EXPECT_EQ(rows.size(0), 20);
  EXPECT_EQ(rows[candidates.indexOf(42)][0].item<double>(), 42.0);
  EXPECT_EQ(rows[candidates.indexOf(7)][0].item<double>(), 7.0);
  EXPECT_EQ(std::get<0>(at::_unique(rows.select(1, 0))).size(0), rows.size(0));
}

TEST(Candidates, AreTheWholeVocabularyWhenNoSampleIsAskedFor) {
  const at::Tensor table = at::rand({10, 3});
  data::SeededRandom random(1);
  for (const std::int64_t size : {0, 10, 50}) {
    const Candidates candidates({4}, {}, 10, size, random);
    EXPECT_TRUE(at::equal(candidates.of(table).embeddings, table));
    EXPECT_EQ(candidates.indexOf(4), 4);
  }
}

}  // namespace
}  // namespace xllm::training
