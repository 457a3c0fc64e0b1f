// Each operation beside its plain LibTorch twin, on the instruction set XLLM_ISA asks for.
#include "core/kernels/transformer_ops.h"

#include <limits>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "tests/support/golden.h"

namespace xllm::kernels {
namespace {

using tests::isClose;

class TransformerOps : public ::testing::Test {
 protected:
  void SetUp() override { at::manual_seed(1); }
  ThreadPool pool{2};
};

at::Tensor plainRmsNorm(const at::Tensor& x, const at::Tensor& weight, double epsilon) {
  const at::Tensor wide = x.to(at::kDouble);
  return (wide * at::rsqrt(wide.square().mean(-1, true) + epsilon) * weight).to(at::kFloat);
}

at::Tensor plainRotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  const at::Tensor c = cos.unsqueeze(1), s = sin.unsqueeze(1);
  const auto parts = x.chunk(2, -1);
  return at::cat({parts[0] * c - parts[1] * s, parts[1] * c + parts[0] * s}, -1);
}

// In float64, with the mask written out.
at::Tensor plainAttend(const at::Tensor& q, const at::Tensor& keys, const at::Tensor& values) {
  const std::int64_t tokens = q.size(0), columns = keys.size(1), group = q.size(1) / keys.size(0);
  const at::Tensor k = keys.repeat_interleave(group, 0).to(at::kDouble),
                   v = values.repeat_interleave(group, 0).to(at::kDouble);
  at::Tensor scores = at::matmul(q.transpose(0, 1).to(at::kDouble), k.transpose(1, 2)) / std::sqrt(double(q.size(2)));
  const at::Tensor hidden = at::ones({tokens, columns}, at::kBool).triu(columns - tokens + 1);
  scores = scores.masked_fill(hidden, -std::numeric_limits<double>::infinity());
  return at::matmul(scores.softmax(-1), v).transpose(0, 1).to(at::kFloat);
}

TEST_F(TransformerOps, RmsNorm) {
  for (const std::int64_t width : {1, 7, 16, 33, 576, 1025}) {
    const at::Tensor weight = at::randn({width});
    for (const std::int64_t rows : {1, 3, 100}) {
      const at::Tensor x = at::randn({rows, width}) * 5 + 1;
      EXPECT_TRUE(isClose(rmsNorm(pool, x, weight, 1e-5), plainRmsNorm(x, weight, 1e-5), 1e-6))
          << rows << " x " << width;
    }
  }
  const at::Tensor zeros = at::zeros({2, 3, 20});  // epsilon keeps it finite, leading dimensions stay
  EXPECT_TRUE(tests::isSame(rmsNorm(pool, zeros, at::ones({20}), 1e-5), zeros));
  EXPECT_THROW(rmsNorm(pool, zeros, at::ones({21}), 1e-5), c10::Error);
}

TEST_F(TransformerOps, SwiGlu) {
  for (const std::int64_t count : {1, 8, 31, 1536, 20000}) {
    const at::Tensor gate = at::randn({count}) * 6, up = at::randn({count});
    EXPECT_TRUE(isClose(swiGlu(pool, gate, up), at::silu(gate) * up, 1e-6)) << count;
  }
  const at::Tensor extreme = at::tensor({-1e30F, -1000.0F, -90.0F, -30.0F, 0.0F, 30.0F, 90.0F, 1000.0F});
  EXPECT_TRUE(isClose(swiGlu(pool, extreme, at::ones({8})), at::silu(extreme).clamp_min(-1e-11), 1e-12)) << "extremes";
}

TEST_F(TransformerOps, SiluIsPreciseForSmallAndNegativeNumbersToo) {
  const at::Tensor gate = at::linspace(-20, 20, 4001);
  const at::Tensor exact = at::silu(gate.to(at::kDouble));
  const at::Tensor ours = swiGlu(pool, gate, at::ones({4001})).to(at::kDouble);
  EXPECT_LT(((ours - exact) / exact.abs().clamp_min(1e-30)).abs().max().item<double>(), 1e-6);
}

TEST_F(TransformerOps, QueriesAndKeysTurnAndKeysAndValuesAreKept) {
  for (const std::int64_t headDim : {2, 6, 16, 24, 64, 80, 128}) {
    for (const std::int64_t rows : {1, 70}) {
      const at::Tensor angle = at::randn({rows, headDim / 2}) * 3, cos = angle.cos(), sin = angle.sin();
      const at::Tensor q = at::randn({rows, 6, headDim}), k = at::randn({rows, 2, headDim}), v = at::randn_like(k);
      at::Tensor turned = q.clone(), own = k.clone();
      at::Tensor store = at::full({2, 2, 100, headDim}, 7.0F);  // columns of a larger cache
      at::Tensor keys = store[0].narrow(1, 5, rows), values = store[1].narrow(1, 5, rows);
      rotateAndKeep(pool, turned, own, v, cos, sin, keys, values);
      EXPECT_TRUE(isClose(turned, plainRotate(q, cos, sin), 1e-6)) << rows << " rows, head size " << headDim;
      EXPECT_TRUE(isClose(keys.transpose(0, 1), plainRotate(k, cos, sin), 1e-6)) << rows << ", " << headDim;
      EXPECT_TRUE(at::equal(values.transpose(0, 1), v));
      EXPECT_TRUE(store.narrow(2, 0, 5).eq(7).all().item<bool>() &&
                  store.narrow(2, 5 + rows, 95 - rows).eq(7).all().item<bool>())
          << "beside its columns";

      at::Tensor turnedToo = q.clone(), ownToo = k.clone();
      at::Tensor halves = at::full({2, 2, 100, headDim}, 7.0F, at::kHalf);
      at::Tensor halfKeys = halves[0].narrow(1, 5, rows), halfValues = halves[1].narrow(1, 5, rows);
      rotateAndKeep(pool, turnedToo, ownToo, v, cos, sin, halfKeys, halfValues);
      EXPECT_TRUE(at::equal(turnedToo, turned));
      EXPECT_TRUE(at::equal(halfKeys, keys.to(at::kHalf)) && at::equal(halfValues, values.to(at::kHalf)))
          << rows << " rows, head size " << headDim;
      EXPECT_TRUE(halves.narrow(2, 0, 5).eq(7).all().item<bool>() &&
                  halves.narrow(2, 5 + rows, 95 - rows).eq(7).all().item<bool>())
          << "beside its columns";
    }
  }
  at::Tensor q = at::randn({3, 4, 8}), k = at::randn({3, 2, 8}), keys = at::empty({2, 2, 8}), values = keys.clone();
  const at::Tensor cos = at::ones({3, 4}), sin = at::zeros({3, 4});
  EXPECT_THROW(rotateAndKeep(pool, q, k, k, cos, sin, keys, values), c10::Error) << "two columns for three rows";
}

TEST_F(TransformerOps, Attention) {
  struct Case {
    std::int64_t tokens, past, heads, kvHeads, headDim;
  };
  for (const Case c : {Case{1, 0, 9, 3, 64}, Case{1, 1, 9, 3, 64}, Case{1, 63, 9, 3, 64}, Case{1, 64, 9, 3, 64},
                       Case{1, 300, 9, 3, 64}, Case{2, 5, 9, 3, 64}, Case{3, 0, 4, 4, 8}, Case{1, 7, 4, 2, 20},
                       Case{33, 0, 9, 3, 64}, Case{70, 130, 9, 3, 64}, Case{64, 64, 8, 1, 128}, Case{5, 2, 6, 2, 80},
                       Case{97, 0, 2, 2, 12}, Case{4, 9, 200, 2, 16}, Case{128, 1, 3, 1, 33}}) {
    const at::Tensor q = at::randn({c.tokens, c.heads, c.headDim}) * 2;
    const at::Tensor keys = at::randn({c.kvHeads, c.past + c.tokens, c.headDim});
    const at::Tensor values = at::randn({c.kvHeads, c.past + c.tokens, c.headDim});
    EXPECT_TRUE(isClose(attend(pool, q, keys, values), plainAttend(q, keys, values), 2e-6))
        << c.tokens << " behind " << c.past << ", " << c.heads << "/" << c.kvHeads << " heads of " << c.headDim;
    const at::Tensor halfKeys = keys.to(at::kHalf), halfValues = values.to(at::kHalf);
    EXPECT_TRUE(isClose(attend(pool, q, halfKeys, halfValues),
                        plainAttend(q, halfKeys.to(at::kFloat), halfValues.to(at::kFloat)), 2e-6))
        << "halves: " << c.tokens << " behind " << c.past << ", " << c.heads << "/" << c.kvHeads << " heads of "
        << c.headDim;
  }
}

TEST_F(TransformerOps, AttentionReadsAViewOfALargerCache) {
  const at::Tensor store =
      at::full({3, 200, 64}, std::numeric_limits<float>::quiet_NaN());  // unwritten columns must not count
  at::Tensor keys = store.clone().narrow(1, 0, 77), values = store.clone().narrow(1, 0, 77);
  keys.normal_();
  values.normal_();
  for (const std::int64_t tokens : {1, 40}) {
    const at::Tensor q = at::randn({tokens, 9, 64});
    EXPECT_TRUE(isClose(attend(pool, q, keys, values), plainAttend(q, keys, values), 2e-6));
  }
  const at::Tensor across = at::randn({77, 3, 64}).transpose(0, 1);  // heads side by side
  const at::Tensor q = at::randn({4, 9, 64});
  EXPECT_TRUE(isClose(attend(pool, q, across, values), plainAttend(q, across, values), 2e-6));
}

TEST_F(TransformerOps, AttentionSurvivesLargeScores) {
  const at::Tensor q = at::randn({20, 4, 32}) * 100, keys = at::randn({2, 90, 32}) * 10,
                   values = at::randn({2, 90, 32});
  EXPECT_TRUE(isClose(attend(pool, q, keys, values), plainAttend(q, keys, values), 5e-4));
}

// To the last bit: what is kept of a conversation must not change a word of what follows.
TEST_F(TransformerOps, ATokenAttendsAlikeAloneAndInCompany) {
  for (const at::ScalarType type : {at::kFloat, at::kHalf}) {
    for (const std::int64_t headDim : {20, 64, 128}) {
      const at::Tensor q = at::randn({230, 9, headDim});
      const at::Tensor keys = at::randn({3, 250, headDim}).to(type), values = at::randn({3, 250, headDim}).to(type);
      const at::Tensor together = attend(pool, q, keys, values);
      for (const std::int64_t token : {0, 29, 43, 44, 229}) {
        for (const std::int64_t count : {1, 2, 5}) {
          if (token + count > 230) continue;
          const std::int64_t seen = 20 + token + count;
          const at::Tensor own =
              attend(pool, q.narrow(0, token, count).contiguous(), keys.narrow(1, 0, seen), values.narrow(1, 0, seen));
          EXPECT_TRUE(at::equal(own, together.narrow(0, token, count)))
              << count << " from " << token << ", head size " << headDim << ", " << type;
        }
      }
    }
  }
}

TEST_F(TransformerOps, AttentionRefusesShapesThatDoNotFit) {
  const at::Tensor keys = at::randn({2, 5, 8});
  EXPECT_THROW(attend(pool, at::randn({1, 3, 8}), keys, keys), c10::Error);   // 3 heads over 2
  EXPECT_THROW(attend(pool, at::randn({6, 4, 8}), keys, keys), c10::Error);   // more queries than columns
  EXPECT_THROW(attend(pool, at::randn({1, 4, 16}), keys, keys), c10::Error);  // another head size
}

}  // namespace
}  // namespace xllm::kernels
