#include "core/encoders/attention.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/support/attention_formula.h"
#include "tests/support/golden.h"

namespace xllm::encoders {
namespace {

using tests::attentionByFormula;
using tests::isClose;

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

struct Case {
  at::ScalarType type;
  Precision precision;
};
constexpr Case kCases[] = {
    {at::kFloat, Precision::Float32}, {at::kBFloat16, Precision::BFloat16}, {at::kFloat, Precision::Int8}};

TEST(Attention, IsTheSameByWhicheverWayIsFaster) {
  for (const auto& [type, precision] : kCases) {
    for (const std::int64_t dim : {15, 16, 64}) {
      const Parts each = parts(2, 4, 65, dim, type);
      const at::Tensor out = attention(each.q, each.k, each.v, precision), few = each.q.narrow(2, 10, 7);
      EXPECT_EQ(out.scalar_type(), type);
      EXPECT_TRUE(isClose(out.to(at::kFloat), attentionByFormula(each.q, each.k, each.v), 2e-2)) << type << " " << dim;
      EXPECT_TRUE(isClose(attention(few, each.k, each.v, precision).to(at::kFloat),
                          attentionByFormula(few, each.k, each.v), 2e-2))
          << type << " " << dim;
    }
  }
}

TEST(Attention, InFloat32IsExact) {
  const Parts each = parts(2, 4, 65, 16, at::kFloat);
  EXPECT_TRUE(
      isClose(attention(each.q, each.k, each.v, Precision::Float32), attentionByFormula(each.q, each.k, each.v), 1e-6));
}

TEST(Attention, OfShapesThatDoNotFitThrows) {
  for (const auto& [type, precision] : kCases) {
    const Parts each = parts(1, 2, 5, 8, type);
    EXPECT_ANY_THROW(attention(each.q, each.k, each.v.narrow(2, 0, 4), precision));
    EXPECT_ANY_THROW(attention(each.q.narrow(3, 0, 4), each.k, each.v, precision));
  }
}

}  // namespace
}  // namespace xllm::encoders
