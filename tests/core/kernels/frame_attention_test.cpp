// Attention of an encoder's frames beside its definition in float64, on every instruction set.
#include "core/kernels/frame_attention.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/support/attention_formula.h"
#include "tests/support/golden.h"

namespace xllm::kernels {
namespace {

using tests::attentionByFormula;
using tests::isClose;

// Values keep eleven bits of the largest of their kind, weights fifteen, and hundreds of them are summed up.
constexpr double kRounding = 2e-3;

class FrameAttention : public ::testing::TestWithParam<Isa> {
 protected:
  void SetUp() override { at::manual_seed(11); }

  struct Parts {
    at::Tensor q, k, v;
  };
  // Views into one product, as encoders have them: nothing is contiguous.
  static Parts parts(std::int64_t batch, std::int64_t heads, std::int64_t frames, std::int64_t dim) {
    const at::Tensor mixed = at::randn({batch, frames, 3, heads, dim});
    const auto part = [&](std::int64_t which) { return mixed.select(2, which).transpose(1, 2); };
    return {part(0), part(1), part(2)};
  }
  static at::Tensor ours(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
    return attendFrames(q, k, v, GetParam());
  }
  static at::Tensor ours(const Parts& each) { return ours(each.q, each.k, each.v); }
  static at::Tensor exactly(const Parts& each) { return attentionByFormula(each.q, each.k, each.v); }
};

TEST_P(FrameAttention, FollowsItsDefinitionWhateverTheShape) {
  for (const std::int64_t dim : {1, 2, 7, 16, 20, 64, 72, 88, 130}) {
    for (const std::int64_t frames : {1, 2, 6, 23, 25, 63, 64, 65, 257}) {
      const Parts each = parts(2, 3, frames, dim);
      ASSERT_TRUE(isClose(ours(each), exactly(each), kRounding)) << frames << " frames of " << dim;
    }
  }
}

TEST_P(FrameAttention, OfOneHeadAsWideAsItsEncoder) {
  const Parts each = parts(1, 1, 65, 1281);
  EXPECT_TRUE(isClose(ours(each), exactly(each), kRounding));
}

TEST_P(FrameAttention, OfAWholeWindow) {
  const Parts each = parts(1, 2, 1500, 64);
  EXPECT_TRUE(isClose(ours(each), exactly(each), kRounding));
}

TEST_P(FrameAttention, TakesFewerQueriesThanKeysAndMore) {
  const Parts each = parts(2, 3, 53, 20);
  const Parts few{each.q.narrow(2, 10, 7), each.k, each.v};
  const Parts many{each.q, each.k.narrow(2, 3, 5), each.v.narrow(2, 3, 5)};
  EXPECT_TRUE(isClose(ours(few), exactly(few), kRounding));
  EXPECT_TRUE(isClose(ours(many), exactly(many), kRounding));
}

TEST_P(FrameAttention, TakesAnyTypeAndAnyStrides) {
  const Parts each = parts(1, 2, 40, 16);
  const auto across = [](const at::Tensor& x) { return x.transpose(2, 3).contiguous().transpose(2, 3); };
  EXPECT_TRUE(tests::isSame(ours(across(each.q), across(each.k), across(each.v)), ours(each)));
  const Parts few{each.q.to(at::kBFloat16), each.k.to(at::kBFloat16), each.v.to(at::kBFloat16)};
  EXPECT_TRUE(isClose(ours(few), exactly(few), kRounding));
}

// One key far ahead of all others gets all the weight, and nothing overflows on the way.
TEST_P(FrameAttention, ScoresMayBeHuge) {
  Parts each = parts(1, 2, 70, 32);
  each.q = each.q * 1000;
  const at::Tensor out = ours(each);
  EXPECT_TRUE(out.isfinite().all().item<bool>());
  EXPECT_TRUE(isClose(out, exactly(each), 10 * kRounding));  // a few scores of a thousand are nearly the same
}

// The largest sums of products there can be, of either sign: one bit more and they would change it.
TEST_P(FrameAttention, TheLargestScoresKeepTheirSign) {
  for (const std::int64_t dim : {1, 2, 8, 32, 64, 128}) {
    Parts each{at::full({1, 1, 3, dim}, 10.0), at::full({1, 1, 70, dim}, -1.0), at::randn({1, 1, 70, dim})};
    each.k[0][0][41] = 1.0;
    EXPECT_TRUE(isClose(ours(each), exactly(each), kRounding)) << dim;
  }
}

// The same of weights and values.
TEST_P(FrameAttention, OfEqualNumbersIsThatNumber) {
  const at::Tensor same = at::full({1, 1, 300, 128}, -3.5);
  EXPECT_TRUE(isClose(ours(same, same, same), same, 1e-6));
  const at::Tensor nothing = at::zeros({1, 1, 300, 128});
  EXPECT_TRUE(tests::isSame(ours(nothing, nothing, nothing), nothing));
}

TEST_P(FrameAttention, AFramesResultDoesNotDependOnTheOthers) {
  const Parts each = parts(1, 2, 70, 64);
  EXPECT_TRUE(tests::isSame(ours(each.q.narrow(2, 31, 2), each.k, each.v), ours(each).narrow(2, 31, 2)));
}

TEST_P(FrameAttention, OfShapesThatDoNotFitThrows) {
  const Parts each = parts(1, 2, 5, 8);
  EXPECT_THROW(ours(each.q, each.k, each.v.narrow(2, 0, 4)), c10::Error);
  EXPECT_THROW(ours(each.q, each.k.narrow(1, 0, 1), each.v.narrow(1, 0, 1)), c10::Error);
  EXPECT_THROW(ours(each.q.narrow(3, 0, 4), each.k, each.v), c10::Error);
}

INSTANTIATE_TEST_SUITE_P(Isas, FrameAttention, ::testing::ValuesIn(availableIsas()),
                         [](const auto& each) { return std::string(toString(each.param)); });

}  // namespace
}  // namespace xllm::kernels
