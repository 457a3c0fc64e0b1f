#include "core/encoders/relative_attention.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"

namespace xllm::encoders {
namespace {

using tests::Golden;
using tests::isClose;

RelativeAttentionWeights weightsOf(const Golden& golden) {
  const auto affine = [&](const std::string& name) { return Affine{golden[name + ".weight"], golden[name + ".bias"]}; };
  return {.linear_q = affine("linear_q"),
          .linear_k = affine("linear_k"),
          .linear_v = affine("linear_v"),
          .linear_out = affine("linear_out"),
          .linear_pos = {golden["linear_pos.weight"], {}},
          .pos_bias_u = golden["pos_bias_u"],
          .pos_bias_v = golden["pos_bias_v"]};
}

at::Tensor attended(const Golden& golden, const RelativeAttentionWeights& weights, RelativeRule rule) {
  const at::Tensor x = golden.input("x") * 8.0;  // sqrt(64)
  const at::Tensor valid = golden.input("mask");
  const at::Tensor mask = at::zeros(valid.sizes()).masked_fill_(valid.logical_not(), -1e30).unsqueeze(1);
  const at::Tensor positions = relativePositions(rule, x.size(1), x.size(2));
  const at::Tensor out = relativeAttention(x, weights, rule, positions, mask);
  return out.masked_fill(valid.transpose(1, 2).logical_not(), 0.0);
}

at::Tensor attended(const Golden& golden, RelativeRule rule) { return attended(golden, weightsOf(golden), rule); }

TEST(RelativeAttention, FollowsEachOfTheThreeRules) {
  const Golden golden("conformer_relpos_dialects");
  EXPECT_TRUE(isClose(attended(golden, RelativeRule::WeNet), golden.expected("wenet.output"), 1e-4));
  EXPECT_TRUE(isClose(attended(golden, RelativeRule::Latest), golden.expected("latest.output"), 1e-4));
  EXPECT_TRUE(isClose(attended(golden, RelativeRule::Legacy), golden.expected("legacy.output"), 2e-4));
}

TEST(RelativeAttention, StaysNearInBFloat16) {
  const Golden golden("conformer_relpos_dialects");
  RelativeAttentionWeights weights = weightsOf(golden);
  for (Affine* layer :
       {&weights.linear_q, &weights.linear_k, &weights.linear_v, &weights.linear_out, &weights.linear_pos})
    convert(*layer, Precision::BFloat16);
  for (const auto& [rule, name] : {std::pair(RelativeRule::WeNet, "wenet"), std::pair(RelativeRule::Latest, "latest"),
                                   std::pair(RelativeRule::Legacy, "legacy")}) {
    const at::Tensor out = attended(golden, weights, rule);
    EXPECT_EQ(out.scalar_type(), at::kBFloat16);
    EXPECT_TRUE(isClose(out.to(at::kFloat), golden.expected(std::string(name) + ".output"), 3e-2)) << name;
  }
}

TEST(RelativeAttention, RulesDifferByFarMoreThanTheirTolerance) {
  const Golden golden("conformer_relpos_dialects");
  EXPECT_FALSE(isClose(attended(golden, RelativeRule::Latest), golden.expected("legacy.output"), 1e-3));
  EXPECT_FALSE(isClose(attended(golden, RelativeRule::WeNet), golden.expected("latest.output"), 1e-3));
}

}  // namespace
}  // namespace xllm::encoders
