#include "core/llm/kv_cache.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "tests/support/golden.h"

namespace xllm::llm {
namespace {

at::Tensor columns(std::int64_t count) { return at::randn({2, 3, count, 4}); }

// Appends the same number of columns to two layers and returns what went in: {keys 0, values 0, keys 1, values 1}.
std::vector<at::Tensor> fill(KvCache& cache, std::int64_t count) {
  const std::vector<at::Tensor> in{columns(count), columns(count), columns(count), columns(count)};
  cache.append(0, in[0], in[1]);
  cache.append(1, in[2], in[3]);
  cache.advance({}, count);
  return in;
}

TEST(KvCache, KeepsEarlierTokensWhenItGrows) {
  KvCache cache;
  std::vector<std::vector<at::Tensor>> all{fill(cache, 7)};
  for (int i = 0; i < 300; ++i) all.push_back(fill(cache, 1));
  ASSERT_EQ(cache.tokens(), 307);
  for (std::size_t part = 0; part < 4; ++part) {
    std::vector<at::Tensor> wanted;
    for (const auto& in : all) wanted.push_back(in[part]);
    const at::Tensor held = part % 2 == 0 ? cache.keys(part / 2) : cache.values(part / 2);
    EXPECT_TRUE(at::equal(held, at::cat(wanted, 2))) << "part " << part;
  }
}

TEST(KvCache, RarelyMovesWhatItHolds) {
  KvCache cache;
  fill(cache, 1);
  int moves = 0;
  for (int i = 0; i < 2000; ++i) {
    const void* before = cache.keys(0).const_data_ptr();
    fill(cache, 1);
    if (cache.keys(0).const_data_ptr() != before) ++moves;
  }
  EXPECT_LE(moves, 12);
}

TEST(KvCache, ForgetsWhatCameAfterATruncation) {
  KvCache cache;
  const auto first = fill(cache, 5);
  fill(cache, 6);
  cache.truncate(5);
  EXPECT_EQ(cache.tokens(), 5);
  EXPECT_TRUE(at::equal(cache.keys(1), first[2]));
  const auto second = fill(cache, 2);
  EXPECT_TRUE(at::equal(cache.values(0), at::cat({first[1], second[1]}, 2)));
  EXPECT_ANY_THROW(cache.truncate(8));
}

TEST(KvCache, IsUsableForAnotherBatchOnceEmpty) {
  KvCache cache;
  fill(cache, 5);
  EXPECT_ANY_THROW(cache.append(0, at::randn({1, 3, 2, 4}), at::randn({1, 3, 2, 4})));
  cache.truncate(0);
  cache.append(0, at::randn({1, 3, 2, 4}), at::randn({1, 3, 2, 4}));
  cache.advance({}, 2);
  EXPECT_EQ(cache.tokens(), 2);
}

TEST(KvCache, RemembersWhichColumnsArePadding) {
  KvCache cache;
  fill(cache, 2);
  EXPECT_FALSE(cache.valid().defined());
  cache.append(0, columns(2), columns(2));
  cache.append(1, columns(2), columns(2));
  cache.advance(at::tensor({0, 1, 1, 1}, at::kLong).view({2, 2}).to(at::kBool), 2);
  fill(cache, 1);
  const at::Tensor wanted = at::tensor({1, 1, 0, 1, 1, 1, 1, 1, 1, 1}, at::kLong).view({2, 5}).to(at::kBool);
  EXPECT_TRUE(at::equal(cache.valid(), wanted)) << cache.valid();
  cache.truncate(3);
  EXPECT_TRUE(at::equal(cache.valid(), wanted.narrow(1, 0, 3)));
}

TEST(KvCache, IsUntouchedByAnAbandonedPass) {
  KvCache cache;
  const auto first = fill(cache, 4);
  cache.append(0, columns(3), columns(3));  // the second layer never has its turn
  EXPECT_EQ(cache.tokens(), 4);
  EXPECT_ANY_THROW(cache.advance({}, 3));
  const auto second = fill(cache, 1);
  EXPECT_EQ(cache.tokens(), 5);
  EXPECT_TRUE(at::equal(cache.keys(0), at::cat({first[0], second[0]}, 2)));
}

TEST(KvCache, KeepsHalvesWhereItIsToldSo) {
  KvCache cache(KeptAs::Float16);
  const auto first = fill(cache, 4);
  EXPECT_TRUE(at::equal(cache.keys(1), first[2].to(at::kHalf)));
  KvCache copy = cache.clone();
  const auto its = fill(copy, 70);
  EXPECT_TRUE(at::equal(copy.values(0), at::cat({first[1], its[1]}, 2).to(at::kHalf)));
  copy.truncate(0);  // and stays so
  const auto again = fill(copy, 2);
  EXPECT_TRUE(at::equal(copy.values(1), again[3].to(at::kHalf)));
}

// The order of core/kernels is another one in memory alone.
TEST(KvCache, KeepsForKernelsWhatItIsGiven) {
  KvCache cache(KeptAs::Float32);
  std::vector<std::vector<at::Tensor>> all;
  for (const std::int64_t count : {3, 60, 1, 1, 130, 1}) all.push_back(fill(cache, count));
  for (std::size_t part = 0; part < 4; ++part) {
    std::vector<at::Tensor> wanted;
    for (const auto& in : all) wanted.push_back(in[part]);
    const at::Tensor held = part % 2 == 0 ? cache.keys(part / 2) : cache.values(part / 2);
    EXPECT_TRUE(at::equal(held, at::cat(wanted, 2))) << "part " << part;
  }
  EXPECT_TRUE(at::equal(cache.beginning(65).keys(1), cache.keys(1).narrow(2, 0, 65)));
}

TEST(KvCache, GivesKernelsRoomBehindWhatItHolds) {
  KvCache cache(KeptAs::Float32);
  const at::Tensor keys = at::randn({1, 3, 5, 4});
  cache.append(0, keys, keys);
  cache.advance({}, 5);
  const kernels::KeptColumns kept = cache.extend(0, {1, 3, 70, 4}).at(0);
  EXPECT_GE(kept.keys.size(1) * kernels::kKeyBlock, 75);
  EXPECT_TRUE(at::equal(kept.keys.select(1, 0).transpose(1, 2).narrow(1, 0, 5), keys[0]));
  kept.keys.select(1, 1).select(2, 3).fill_(2);  // column 67
  cache.advance({}, 70);
  EXPECT_TRUE(cache.keys(0).select(2, 67).eq(2).all().item<bool>());
  EXPECT_ANY_THROW(cache.extend(0, {1, 2, 1, 4})) << "other heads";
  KvCache rows;
  EXPECT_ANY_THROW(rows.extend(0, {1, 3, 1, 4})) << "not in this order";
}

// Neither counts what an abandoned pass wrote.
TEST(KvCache, ForgetsAnAbandonedPassOfKernelsToo) {
  for (const KeptAs as : {KeptAs::Float32, KeptAs::Int8}) {
    KvCache cache(as);
    fill(cache, 4);
    const at::Tensor held = cache.keys(0);
    const std::int64_t bytes = cache.bytes();
    cache.extend(0, {2, 3, 90, 4}).at(1).keys.select(1, 0).select(2, 5).fill_(3);
    EXPECT_EQ(cache.bytes(), bytes);
    const auto second = fill(cache, 1);
    EXPECT_TRUE(at::equal(cache.keys(0).narrow(2, 0, 4), held));
    EXPECT_TRUE(tests::isClose(cache.keys(0).narrow(2, 4, 1), second[0], 1e-2));
  }
}

// Rows of bytes: what they stand for lies within half a step of what went in, and it is that to the last bit however
// often the cache grows, is copied and goes back.
TEST(KvCache, KeepsBytesWithScalesWhereItIsToldSo) {
  KvCache cache(KeptAs::Int8);
  auto first = fill(cache, 4);
  const at::Tensor step = first[2].abs().amax(-1, true) / 127, held = cache.keys(1);
  EXPECT_EQ(held.scalar_type(), at::kFloat);
  EXPECT_TRUE(((held - first[2]).abs() <= step * 0.5001F).all().item<bool>()) << (held - first[2]);
  EXPECT_GT((held - first[2]).abs().max().item<double>(), 0);
  EXPECT_EQ(cache.bytes(), 2 * 2 * 4 * 2 * 3 * (4 + 4));  // two layers, keys and values, rows of 4 and a scale

  KvCache copy = cache.clone();
  fill(copy, 70);
  EXPECT_TRUE(at::equal(copy.keys(1).narrow(2, 0, 4), held));
  copy.truncate(4);
  EXPECT_TRUE(at::equal(copy.keys(1), held));
  EXPECT_TRUE(at::equal(cache.beginning(3).keys(1), held.narrow(2, 0, 3)));
  cache.select(torch::tensor({1, 1, 0}));
  EXPECT_TRUE(at::equal(cache.keys(1), at::stack({held[1], held[1], held[0]})));
  copy.truncate(0);  // and stays so
  first = fill(copy, 2);
  EXPECT_EQ(copy.bytes(), cache.bytes() / 3);  // two columns of two rows, not four of three
  KvCache zeros(KeptAs::Int8);
  zeros.append(0, at::zeros({1, 1, 2, 4}), at::zeros({1, 1, 2, 4}));
  EXPECT_TRUE(at::equal(zeros.keys(0), at::zeros({1, 1, 2, 4})));
}

TEST(KvCache, ItsBeginningIsACopy) {
  KvCache cache;
  const auto first = fill(cache, 4);
  KvCache begun = cache.beginning(3);
  EXPECT_EQ(begun.tokens(), 3);
  const auto its = fill(begun, 2);
  EXPECT_TRUE(at::equal(begun.keys(0), at::cat({first[0].narrow(2, 0, 3), its[0]}, 2)));
  EXPECT_TRUE(at::equal(cache.keys(0), first[0]));
  EXPECT_EQ(cache.beginning(0).tokens(), 0);
  EXPECT_ANY_THROW(cache.beginning(5));
}

TEST(KvCache, ClonesIntoStorageOfItsOwn) {
  KvCache cache;
  const auto first = fill(cache, 4);
  KvCache copy = cache.clone();
  const auto mine = fill(cache, 1), its = fill(copy, 1);
  EXPECT_TRUE(at::equal(cache.keys(0), at::cat({first[0], mine[0]}, 2)));
  EXPECT_TRUE(at::equal(copy.keys(0), at::cat({first[0], its[0]}, 2)));
}

TEST(KvCache, GoesOnWithSelectedRows) {
  KvCache cache;
  const auto in = fill(cache, 5);
  cache.select(torch::tensor({1, 1, 0}));
  EXPECT_EQ(cache.tokens(), 5);
  EXPECT_TRUE(at::equal(cache.keys(0), at::stack({in[0][1], in[0][1], in[0][0]})));
  EXPECT_TRUE(at::equal(cache.values(1), at::stack({in[3][1], in[3][1], in[3][0]})));
}

TEST(KvCache, WorksAcrossInferenceMode) {
  KvCache cache;
  {
    const c10::InferenceMode inference;
    fill(cache, 3);
  }
  fill(cache, 1);
  const c10::InferenceMode inference;
  fill(cache, 100);
  EXPECT_EQ(cache.tokens(), 104);
}

}  // namespace
}  // namespace xllm::llm
