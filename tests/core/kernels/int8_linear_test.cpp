// Products in whole numbers beside the same written with tensors, on every instruction set.
#include "core/kernels/int8_linear.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/golden.h"

namespace xllm::kernels {
namespace {

using tests::isClose;
using Then = Int8Linear::Then;

// Both sides rounded and multiplied in float64.
at::Tensor byDefinition(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const at::Tensor scales = weight.abs().amax(1, true) / 127.0;
  const at::Tensor w = (weight / scales.clamp_min(1e-30)).round();
  const at::Tensor low = x.amin(-1, true).clamp_max(0), scale = (x.amax(-1, true).clamp_min(0) - low) / 255.0;
  const at::Tensor zero = (-low / scale.clamp_min(1e-30)).round();
  const at::Tensor q = ((x / scale.clamp_min(1e-30)).round() + zero).clamp(0, 255) - zero;
  const at::Tensor whole = at::matmul(q.to(at::kDouble), w.to(at::kDouble).t());
  return (whole * scale.to(at::kDouble) * scales.to(at::kDouble).t() + bias).to(at::kFloat);
}

class Int8LinearTest : public ::testing::TestWithParam<Isa> {
 protected:
  void SetUp() override { at::manual_seed(3); }
};

TEST_P(Int8LinearTest, FollowsItsDefinitionWhateverTheShape) {
  for (const std::int64_t in : {1, 3, 4, 15, 16, 65, 512}) {
    for (const std::int64_t out : {1, 16, 63, 64, 65, 200}) {
      const at::Tensor weight = at::randn({out, in}), bias = at::randn({out});
      const Int8Linear layer(weight, bias, GetParam());
      EXPECT_EQ(layer.inFeatures(), in);
      EXPECT_EQ(layer.outFeatures(), out);
      for (const std::int64_t rows : {1, 5, 6, 13, 97}) {
        const at::Tensor x = at::randn({rows, in}) + 0.3;
        ASSERT_TRUE(isClose(layer(x), byDefinition(x, weight, bias), 1e-5)) << rows << " x " << in << " -> " << out;
      }
    }
  }
}

TEST_P(Int8LinearTest, IsNearTheExactProduct) {
  const at::Tensor weight = at::randn({384, 512}), x = at::randn({50, 512});
  const at::Tensor exact = at::linear(x, weight), ours = Int8Linear(weight, {}, GetParam())(x);
  EXPECT_LT(((ours - exact).norm() / exact.norm()).item<double>(), 0.012);
}

TEST_P(Int8LinearTest, RowsOfZerosOfOneSignAndOfOneLargeNumber) {
  const at::Tensor weight = at::randn({70, 40}), bias = at::randn({70});
  const at::Tensor x = at::cat({at::zeros({1, 40}), at::rand({1, 40}) + 5, -at::rand({1, 40}) - 5, at::randn({1, 40})});
  x[3][7] = 3e8;
  const at::Tensor y = Int8Linear(weight, bias, GetParam())(x);
  EXPECT_TRUE(tests::isSame(y[0], bias));
  EXPECT_TRUE(isClose(y, byDefinition(x, weight, bias), 1e-5));
}

TEST_P(Int8LinearTest, GeluAndASumMayFollow) {
  const Int8Linear layer(at::randn({130, 64}) / 8, at::randn({130}), GetParam());
  const at::Tensor x = at::randn({2, 21, 64}) * 3, y = layer(x);
  ASSERT_EQ(y.sizes(), at::IntArrayRef({2, 21, 130}));
  EXPECT_TRUE(tests::isWithin(layer(x, Then::Gelu), at::gelu(y), 2e-6));
  at::Tensor sum = at::randn_like(y);
  const at::Tensor wanted = sum + y;
  layer.addTo(sum, x);
  EXPECT_TRUE(tests::isSame(sum, wanted));
  const at::Tensor few = x.to(at::kBFloat16);
  EXPECT_TRUE(tests::isSame(layer(few), layer(few.to(at::kFloat))));
}

TEST_P(Int8LinearTest, ARowsResultDoesNotDependOnTheOthers) {
  const Int8Linear layer(at::randn({100, 64}), at::randn({100}), GetParam());
  const at::Tensor x = at::randn({200, 64}), whole = layer(x);
  EXPECT_TRUE(tests::isSame(layer(x.narrow(0, 101, 8)), whole.narrow(0, 101, 8)));
}

TEST_P(Int8LinearTest, RowsMayOverlapOrStandAsColumns) {
  const Int8Linear layer(at::randn({70, 24}), at::randn({70}), GetParam());
  const at::Tensor signal = at::randn({53, 8}), seen = signal.as_strided({51, 24}, {8, 1}),
                   across = at::randn({24, 9}).t();
  EXPECT_TRUE(tests::isSame(layer(seen), layer(seen.contiguous())));
  EXPECT_TRUE(tests::isSame(layer(across), layer(across.contiguous())));
}

TEST_P(Int8LinearTest, OfShapesThatDoNotFitThrows) {
  EXPECT_THROW(Int8Linear(at::randn({4, 8}), at::randn({5}), GetParam()), c10::Error);
  EXPECT_THROW(Int8Linear(at::randn({8}), {}, GetParam()), c10::Error);
  const Int8Linear layer(at::randn({4, 8}), {}, GetParam());
  EXPECT_THROW(layer(at::randn({2, 9})), c10::Error);
  at::Tensor sum = at::zeros({3, 4});
  EXPECT_THROW(layer.addTo(sum, at::randn({2, 8})), c10::Error);
}

INSTANTIATE_TEST_SUITE_P(Isas, Int8LinearTest, ::testing::ValuesIn(availableIsas()),
                         [](const auto& each) { return std::string(toString(each.param)); });

}  // namespace
}  // namespace xllm::kernels
