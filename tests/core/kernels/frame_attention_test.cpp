// Attention of an encoder's frames beside its definition in float64.
#include "core/kernels/frame_attention.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/support/attention_formula.h"
#include "tests/support/golden.h"

namespace xllm::kernels {
namespace {

using tests::attentionByFormula;
using tests::isClose;

// bfloat16 keeps eight bits of weights and of what they sum up to.
constexpr double kRounding = 8e-3;

class FrameAttention : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!canAttendFrames()) GTEST_SKIP() << "this processor has no AVX512-BF16";
    at::manual_seed(11);
  }

  struct Parts {
    at::Tensor q, k, v;
  };
  // Views into one product, as encoders have them: nothing is contiguous.
  static Parts parts(std::int64_t batch, std::int64_t heads, std::int64_t frames, std::int64_t dim) {
    const at::Tensor mixed = at::randn({batch, frames, 3, heads, dim}).to(at::kBFloat16);
    const auto part = [&](std::int64_t which) { return mixed.select(2, which).transpose(1, 2); };
    return {part(0), part(1), part(2)};
  }
};

TEST_F(FrameAttention, FollowsItsDefinitionWhateverTheShape) {
  for (const std::int64_t dim : {2, 16, 20, 64, 72, 88, 130}) {
    for (const std::int64_t frames : {1, 2, 6, 23, 25, 63, 64, 65, 257}) {
      const Parts each = parts(2, 3, frames, dim);
      const at::Tensor out = attendFrames(each.q, each.k, each.v);
      ASSERT_EQ(out.scalar_type(), at::kBFloat16);
      ASSERT_TRUE(isClose(out.to(at::kFloat), attentionByFormula(each.q, each.k, each.v), kRounding))
          << frames << " frames of " << dim;
    }
  }
}

TEST_F(FrameAttention, OfAWholeWindow) {
  const Parts each = parts(1, 2, 1500, 64);
  EXPECT_TRUE(isClose(attendFrames(each.q, each.k, each.v).to(at::kFloat), attentionByFormula(each.q, each.k, each.v),
                      kRounding));
}

TEST_F(FrameAttention, TakesFewerQueriesThanKeysAndMore) {
  const Parts each = parts(2, 3, 53, 20);
  const at::Tensor few = each.q.narrow(2, 10, 7), fewKeys = each.k.narrow(2, 3, 5), fewValues = each.v.narrow(2, 3, 5);
  EXPECT_TRUE(
      isClose(attendFrames(few, each.k, each.v).to(at::kFloat), attentionByFormula(few, each.k, each.v), kRounding));
  EXPECT_TRUE(isClose(attendFrames(each.q, fewKeys, fewValues).to(at::kFloat),
                      attentionByFormula(each.q, fewKeys, fewValues), kRounding));
}

// One key far ahead of all others gets all the weight, and nothing overflows on the way.
TEST_F(FrameAttention, ScoresMayBeHuge) {
  Parts each = parts(1, 2, 70, 32);
  each.q = each.q * 1000;
  const at::Tensor out = attendFrames(each.q, each.k, each.v).to(at::kFloat);
  EXPECT_TRUE(out.isfinite().all().item<bool>());
  EXPECT_TRUE(isClose(out, attentionByFormula(each.q, each.k, each.v), kRounding));
}

TEST_F(FrameAttention, AFramesResultDoesNotDependOnTheOthers) {
  const Parts each = parts(1, 2, 70, 64);
  const at::Tensor whole = attendFrames(each.q, each.k, each.v);
  EXPECT_TRUE(tests::isSame(attendFrames(each.q.narrow(2, 31, 2), each.k, each.v), whole.narrow(2, 31, 2)));
}

TEST_F(FrameAttention, OfShapesOrTypesThatDoNotFitThrows) {
  const Parts each = parts(1, 2, 5, 8);
  EXPECT_THROW(attendFrames(each.q, each.k, each.v.narrow(2, 0, 4)), c10::Error);
  EXPECT_THROW(attendFrames(each.q, each.k.narrow(1, 0, 1), each.v.narrow(1, 0, 1)), c10::Error);
  EXPECT_THROW(attendFrames(each.q.to(at::kFloat), each.k, each.v), c10::Error);
  const Parts odd = parts(1, 2, 5, 7);
  EXPECT_THROW(attendFrames(odd.q, odd.k, odd.v), c10::Error);
}

}  // namespace
}  // namespace xllm::kernels
