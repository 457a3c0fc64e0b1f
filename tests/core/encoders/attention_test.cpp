#include "core/encoders/attention.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/golden.h"

namespace xllm::encoders {
namespace {

using tests::isClose;

// As the formula has it, in double.
at::Tensor byDefinition(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const at::Tensor scores =
      at::matmul(q.to(at::kDouble), k.to(at::kDouble).transpose(2, 3)) / std::sqrt(static_cast<double>(q.size(3)));
  return at::matmul(at::softmax(scores, 3), v.to(at::kDouble)).to(at::kFloat);
}

struct Parts {
  at::Tensor q, k, v;
};

// Views into one product, as the encoders have them: nothing is contiguous.
Parts parts(std::int64_t batch, std::int64_t heads, std::int64_t frames, std::int64_t dim, at::ScalarType type) {
  at::manual_seed(7);
  const at::Tensor mixed = at::randn({batch, frames, 3, heads, dim}).to(type);
  const auto part = [&](std::int64_t which) { return mixed.select(2, which).transpose(1, 2); };
  return {part(0), part(1), part(2)};
}

TEST(Attention, ByHeadsFollowsItsDefinition) {
  const Parts each = parts(2, 3, 53, 20, at::kFloat);
  EXPECT_TRUE(isClose(attentionByHeads(each.q, each.k, each.v), byDefinition(each.q, each.k, each.v), 1e-5));
}

TEST(Attention, ByHeadsTakesFewerQueriesThanKeys) {
  const Parts each = parts(2, 3, 53, 20, at::kFloat);
  const at::Tensor few = each.q.narrow(2, 10, 7);
  EXPECT_TRUE(isClose(attentionByHeads(few, each.k, each.v), byDefinition(few, each.k, each.v), 1e-5));
}

// 1500 frames: each head by itself, the last piece among them.
TEST(Attention, ByHeadsOfAWholeWindowStaysNearInBFloat16) {
  const Parts each = parts(1, 3, 1500, 64, at::kBFloat16);
  const at::Tensor out = attentionByHeads(each.q, each.k, each.v);
  EXPECT_EQ(out.scalar_type(), at::kBFloat16);
  EXPECT_TRUE(isClose(out.to(at::kFloat), byDefinition(each.q, each.k, each.v), 2e-2));
}

TEST(Attention, IsTheSameByWhicheverWayIsFaster) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const Parts each = parts(2, 4, 65, 16, type);
    EXPECT_TRUE(isClose(attention(each.q, each.k, each.v).to(at::kFloat), byDefinition(each.q, each.k, each.v), 2e-2))
        << type;
  }
}

TEST(Attention, OfShapesThatDoNotFitThrows) {
  const Parts each = parts(1, 2, 5, 8, at::kFloat);
  EXPECT_ANY_THROW(attentionByHeads(each.q, each.k, each.v.narrow(2, 0, 4)));
  EXPECT_ANY_THROW(attentionByHeads(each.q, each.k.narrow(1, 0, 1), each.v.narrow(1, 0, 1)));
  EXPECT_ANY_THROW(attentionByHeads(each.q.narrow(3, 0, 4), each.k, each.v));
}

}  // namespace
}  // namespace xllm::encoders
