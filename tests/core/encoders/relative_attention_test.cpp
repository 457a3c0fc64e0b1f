#include "core/encoders/relative_attention.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"

namespace xllm::encoders {
namespace {

using tests::Golden;
using tests::isClose;

RelativeAttentionWeights weightsOf(const Golden& golden) {
  const auto affine = [&](const std::string& name) {
    return RelativeAttentionWeights::Linear{golden[name + ".weight"], golden[name + ".bias"]};
  };
  return {.linear_q = affine("linear_q"),
          .linear_k = affine("linear_k"),
          .linear_v = affine("linear_v"),
          .linear_out = affine("linear_out"),
          .linear_pos = {golden["linear_pos.weight"], {}},
          .pos_bias_u = golden["pos_bias_u"],
          .pos_bias_v = golden["pos_bias_v"]};
}

at::Tensor attended(const Golden& golden, RelativeRule rule) {
  const at::Tensor x = golden.input("x") * 8.0;  // sqrt(64)
  const at::Tensor valid = golden.input("mask");
  const at::Tensor mask = at::zeros(valid.sizes()).masked_fill_(valid.logical_not(), -1e30).unsqueeze(1);
  const at::Tensor positions = relativePositions(rule, x.size(1), x.size(2));
  const at::Tensor out = relativeAttention(x, weightsOf(golden), rule, positions, mask);
  return out.masked_fill(valid.transpose(1, 2).logical_not(), 0.0);
}

TEST(RelativeAttention, FollowsEachOfTheThreeRules) {
  const Golden golden("conformer_relpos_dialects");
  EXPECT_TRUE(isClose(attended(golden, RelativeRule::WeNet), golden.expected("wenet.output"), 1e-4));
  EXPECT_TRUE(isClose(attended(golden, RelativeRule::Latest), golden.expected("latest.output"), 1e-4));
  EXPECT_TRUE(isClose(attended(golden, RelativeRule::Legacy), golden.expected("legacy.output"), 2e-4));
}

TEST(RelativeAttention, RulesDifferByFarMoreThanTheirTolerance) {
  const Golden golden("conformer_relpos_dialects");
  EXPECT_FALSE(isClose(attended(golden, RelativeRule::Latest), golden.expected("legacy.output"), 1e-3));
  EXPECT_FALSE(isClose(attended(golden, RelativeRule::WeNet), golden.expected("latest.output"), 1e-3));
}

}  // namespace
}  // namespace xllm::encoders
