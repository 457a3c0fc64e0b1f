// Each operation beside its plain LibTorch twin, on the instruction set XLLM_ISA asks for.
#include "core/kernels/transformer_ops.h"

#include <limits>
#include <utility>

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

// A row's numbers as they are kept, and its scale: of int8 the largest magnitude / 127, else 1.
std::pair<at::Tensor, at::Tensor> asKept(const at::Tensor& rows, at::ScalarType type) {
  if (type != at::kChar) return {rows.to(type), at::ones({rows.size(0), rows.size(1)})};
  const at::Tensor largest = rows.abs().amax(-1, true);
  return {(rows * (127 / largest.clamp_min(1e-30))).round().to(at::kChar), (largest / 127).squeeze(-1)};
}

// Room for `columns` whose every number is 7, which none of random ones is.
KeptColumns room(std::int64_t kvHeads, std::int64_t columns, std::int64_t headDim, at::ScalarType type) {
  const std::int64_t blocks = (columns + kKeyBlock - 1) / kKeyBlock;
  const at::Tensor scales = type == at::kChar ? at::full({kvHeads, blocks * kKeyBlock}, 7.0F) : at::Tensor();
  return {at::full({kvHeads, blocks, headDim, kKeyBlock}, 7, type),
          at::full({kvHeads, blocks * kKeyBlock, headDim}, 7, type), scales,
          scales.defined() ? scales.clone() : scales};
}
at::Tensor rowsOf(const at::Tensor& panels) { return panels.transpose(2, 3).flatten(1, 2); }

// keys, values [kvHeads, columns, headDim] float32 as they are kept; what nobody wrote is NaN, or the largest number.
KeptColumns kept(const at::Tensor& keys, const at::Tensor& values, at::ScalarType type) {
  KeptColumns result = room(keys.size(0), keys.size(1), keys.size(2), type);
  const auto [keyNumbers, keyScales] = asKept(keys, type);
  const auto [valueNumbers, valueScales] = asKept(values, type);
  const double nothing = type == at::kChar ? 127 : std::numeric_limits<double>::quiet_NaN();
  at::Tensor rows = at::full_like(result.values, nothing);
  rows.narrow(1, 0, keys.size(1)).copy_(keyNumbers);
  result.keys.copy_(rows.view({keys.size(0), -1, kKeyBlock, keys.size(2)}).transpose(2, 3));
  result.values.fill_(nothing).narrow(1, 0, keys.size(1)).copy_(valueNumbers);
  if (type == at::kChar) {
    result.keyScales.fill_(std::numeric_limits<float>::quiet_NaN()).narrow(1, 0, keys.size(1)).copy_(keyScales);
    result.valueScales.fill_(std::numeric_limits<float>::quiet_NaN()).narrow(1, 0, keys.size(1)).copy_(valueScales);
  }
  return result;
}
at::Tensor rounded(const at::Tensor& rows, at::ScalarType type) {
  const auto [numbers, scales] = asKept(rows, type);
  return numbers.to(at::kFloat) * scales.unsqueeze(-1);
}

constexpr at::ScalarType kTypes[] = {at::kFloat, at::kHalf, at::kChar};

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
  for (const at::ScalarType type : kTypes) {
    for (const std::int64_t headDim : {2, 6, 16, 24, 64, 66, 80, 128}) {
      for (const auto& [first, rows] : {std::pair<std::int64_t, std::int64_t>{5, 1}, {63, 1}, {5, 70}, {64, 200}}) {
        const at::Tensor angle = at::randn({rows, headDim / 2}) * 3, cos = angle.cos(), sin = angle.sin();
        const at::Tensor q = at::randn({rows, 6, headDim}), k = at::randn({rows, 2, headDim});
        at::Tensor turned = q.clone(), own = k.clone(), v = at::randn_like(k) * 9;
        v[0][1].zero_();  // has no largest number
        v[0][0].mul_(1e-38);
        const KeptColumns all = room(2, 300, headDim, type);
        rotateAndKeep(pool, turned, own, v, cos, sin, all, first);
        const auto what = ::testing::Message()
                          << rows << " rows from " << first << ", head size " << headDim << ", " << type;
        EXPECT_TRUE(isClose(turned, plainRotate(q, cos, sin), 1e-6)) << what;
        EXPECT_TRUE(isClose(own, plainRotate(k, cos, sin), 1e-6)) << what;
        const auto [keys, keyScales] = asKept(own.transpose(0, 1), type);
        const auto [values, valueScales] = asKept(v.transpose(0, 1), type);
        const auto isAt = [&](const at::Tensor& place, const at::Tensor& expected) {
          const std::int64_t behind = first + rows;
          return at::equal(place.narrow(1, first, rows), expected) &&
                 place.narrow(1, 0, first).eq(7).all().item<bool>() &&
                 place.narrow(1, behind, place.size(1) - behind).eq(7).all().item<bool>();
        };
        EXPECT_TRUE(isAt(rowsOf(all.keys), keys) && isAt(all.values, values)) << what;
        if (type == at::kChar) {
          EXPECT_TRUE(isAt(all.keyScales, keyScales) && isAt(all.valueScales, valueScales)) << what;
        }
      }
    }
  }
  at::Tensor q = at::randn({3, 4, 8}), k = at::randn({3, 2, 8});
  const at::Tensor cos = at::ones({3, 4}), sin = at::zeros({3, 4});
  const KeptColumns small = room(2, 64, 8, at::kFloat);
  EXPECT_THROW(rotateAndKeep(pool, q, k, k, cos, sin, small, 62), c10::Error) << "two columns for three rows";
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
    for (const at::ScalarType type : kTypes) {
      EXPECT_TRUE(isClose(attend(pool, q, kept(keys, values, type), c.past + c.tokens),
                          plainAttend(q, rounded(keys, type), rounded(values, type)), 2e-6))
          << c.tokens << " behind " << c.past << ", " << c.heads << "/" << c.kvHeads << " heads of " << c.headDim
          << ", " << type;
    }
  }
}

// Heads are as far apart as a larger cache has them.
TEST_F(TransformerOps, AttentionReadsWhatWasWrittenIntoALargerCache) {
  for (const at::ScalarType type : kTypes) {
    const KeptColumns all = room(3, 400, 64, type);
    at::Tensor q = at::randn({77, 9, 64}), k = at::randn({77, 3, 64}), v = at::randn_like(k);
    rotateAndKeep(pool, q, k, v, at::ones({77, 32}), at::zeros({77, 32}), all, 0);
    const at::Tensor keys = rounded(k.transpose(0, 1), type), values = rounded(v.transpose(0, 1), type);
    for (const std::int64_t tokens : {1, 40, 77}) {
      const at::Tensor last = q.narrow(0, 77 - tokens, tokens);
      EXPECT_TRUE(isClose(attend(pool, last, all, 77), plainAttend(last, keys, values), 2e-6)) << tokens << type;
    }
  }
}

TEST_F(TransformerOps, AttentionSurvivesLargeScores) {
  const at::Tensor q = at::randn({20, 4, 32}) * 100, keys = at::randn({2, 90, 32}) * 10,
                   values = at::randn({2, 90, 32});
  EXPECT_TRUE(isClose(attend(pool, q, kept(keys, values, at::kFloat), 90), plainAttend(q, keys, values), 5e-4));
}

// To the last bit: what is kept of a conversation must not change a word of what follows.
TEST_F(TransformerOps, ATokenAttendsAlikeAloneAndInCompany) {
  for (const at::ScalarType type : kTypes) {
    for (const std::int64_t headDim : {20, 64, 128}) {
      const at::Tensor q = at::randn({230, 9, headDim});
      const KeptColumns all = kept(at::randn({3, 250, headDim}), at::randn({3, 250, headDim}), type);
      const at::Tensor together = attend(pool, q, all, 250);
      for (const std::int64_t token : {0, 29, 43, 44, 229}) {
        for (const std::int64_t count : {1, 2, 5}) {
          if (token + count > 230) continue;
          const at::Tensor own = attend(pool, q.narrow(0, token, count).contiguous(), all, 20 + token + count);
          EXPECT_TRUE(at::equal(own, together.narrow(0, token, count)))
              << count << " from " << token << ", head size " << headDim << ", " << type;
        }
      }
    }
  }
}

TEST_F(TransformerOps, AttentionRefusesShapesThatDoNotFit) {
  const KeptColumns all = room(2, 5, 8, at::kFloat);
  EXPECT_THROW(attend(pool, at::randn({1, 3, 8}), all, 5), c10::Error);   // 3 heads over 2
  EXPECT_THROW(attend(pool, at::randn({6, 4, 8}), all, 5), c10::Error);   // more queries than columns
  EXPECT_THROW(attend(pool, at::randn({1, 4, 16}), all, 5), c10::Error);  // another head size
  EXPECT_THROW(attend(pool, at::randn({1, 4, 8}), all, 65), c10::Error);  // more columns than there are
  KeptColumns bytes = room(2, 5, 8, at::kChar);
  EXPECT_NO_THROW(attend(pool, at::randn({1, 4, 8}), bytes, 5));
  bytes.valueScales = at::Tensor();
  EXPECT_THROW(attend(pool, at::randn({1, 4, 8}), bytes, 5), c10::Error);
  EXPECT_THROW(attend(pool, at::randn({1, 4, 8}), KeptColumns{all.keys, bytes.values, {}, {}}, 5), c10::Error);
}

}  // namespace
}  // namespace xllm::kernels
