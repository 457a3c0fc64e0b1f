#include "core/kernels/quantized_linear.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/kernels/transformer_ops.h"
#include "core/weights/block_formats.h"
#include "tests/support/golden.h"

namespace xllm::kernels {
namespace {

using tests::isSame;
using tests::isWithin;
using weights::StorageType;

// A matrix of random blocks and what the format's description makes of it (GGUF, ggml-common.h: Q4_0 d, nibbles; Q4_1
// d, m, nibbles; Q8_0 d, bytes; low nibbles are columns 0–15, high ones 16–31).
struct Blocks {
  std::vector<std::byte> bytes;
  std::vector<std::int64_t> shape;
  StorageType type;
  at::Tensor values;  // [out, in] float32

  weights::StoredTensor stored() const { return {.shape = shape, .type = type, .bytes = bytes}; }
};

// Whole super-blocks of random bits with sane scales; what they stand for is weights::dequantise's to say.
Blocks randomSuperBlocks(StorageType type, std::int64_t out, std::int64_t in, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> scale(-0.01F, 0.01F);
  Blocks blocks{.bytes = {}, .shape = {out, in}, .type = type, .values = at::empty({out, in}, at::kFloat)};
  const auto size = static_cast<std::size_t>(weights::blockLayout(type).bytes);
  blocks.bytes.resize(static_cast<std::size_t>(out * in / 256) * size);
  for (std::byte& byte : blocks.bytes) byte = static_cast<std::byte>(random() & 255U);
  for (std::size_t at = 0; at < blocks.bytes.size(); at += size) {
    const c10::Half d(scale(random)), minimum(scale(random));
    std::byte* const head = blocks.bytes.data() + at;
    std::memcpy(type == StorageType::Q6_K ? head + 208 : head, &d.x, 2);
    if (type != StorageType::Q6_K) std::memcpy(head + 2, &minimum.x, 2);
  }
  weights::dequantise(type, blocks.bytes, {blocks.values.data_ptr<float>(), static_cast<std::size_t>(out * in)});
  return blocks;
}

bool isSuper(StorageType type) {
  return type == StorageType::Q4_K || type == StorageType::Q5_K || type == StorageType::Q6_K;
}

Blocks randomBlocks(StorageType type, std::int64_t out, std::int64_t in, unsigned seed) {
  if (isSuper(type)) return randomSuperBlocks(type, out, in, seed);
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> scale(-0.1F, 0.1F), offset(-0.5F, 0.5F);
  Blocks blocks{.bytes = {}, .shape = {out, in}, .type = type, .values = at::empty({out, in}, at::kFloat)};
  float* to = blocks.values.data_ptr<float>();
  const auto append = [&](std::uint8_t byte) { blocks.bytes.push_back(static_cast<std::byte>(byte)); };
  const auto appendHalf = [&](float value) {
    const c10::Half half(value);
    append(static_cast<std::uint8_t>(half.x & 0xFF));
    append(static_cast<std::uint8_t>(half.x >> 8));
    return static_cast<float>(half);
  };
  for (std::int64_t block = 0; block < out * in / 32; ++block, to += 32) {
    const float d = appendHalf(block % 11 == 3 ? 3e-6F : scale(random));  // some scales are subnormal in half precision
    const float m = type == StorageType::Q4_1 ? appendHalf(offset(random)) : 0.0F;
    if (type == StorageType::Q8_0) {
      for (int i = 0; i < 32; ++i) {
        const auto q = static_cast<std::uint8_t>(block % 7 == 2 ? 128 : random() & 255U);  // −128 has no positive twin
        append(q);
        to[i] = static_cast<float>(static_cast<std::int8_t>(q)) * d;
      }
      continue;
    }
    const float zero = type == StorageType::Q4_0 ? 8.0F : 0.0F;
    for (int i = 0; i < 16; ++i) {
      const auto q = static_cast<std::uint8_t>(block % 7 == 2 ? 0xFF : random() & 255U);
      append(q);
      to[i] = (static_cast<float>(q & 15) - zero) * d + m;
      to[i + 16] = (static_cast<float>(q >> 4) - zero) * d + m;
    }
  }
  return blocks;
}

QuantizedLinear make(const Blocks& blocks, Isa isa, int threads = 2) {
  auto result = QuantizedLinear::create(blocks.stored(), nullptr, std::make_shared<ThreadPool>(threads), isa);
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

at::Tensor randomRows(std::int64_t rows, std::int64_t in) {
  return at::randn({rows, in}) * at::exp(at::randn({rows, 1}));  // rows of very different size
}

// What rounding x to int8 may change: half a step per number, a step being max |x| of its 32 / 127.
at::Tensor roundingBound(const at::Tensor& x, const at::Tensor& weight) {
  const at::Tensor step =
      x.abs().view({x.size(0), -1, 32}).amax(-1, true).expand({-1, -1, 32}).reshape(x.sizes()) / 127.0;
  return at::matmul(step.to(at::kDouble) * 0.5, weight.abs().t().to(at::kDouble));
}

const std::vector<StorageType> kTypes = {StorageType::Q4_0, StorageType::Q4_1, StorageType::Q8_0,
                                         StorageType::Q4_K, StorageType::Q5_K, StorageType::Q6_K};

class QuantizedLinearOnEachIsa : public ::testing::TestWithParam<std::tuple<Isa, StorageType>> {
 protected:
  Isa isa() const { return std::get<0>(GetParam()); }
  StorageType type() const { return std::get<1>(GetParam()); }
  // Columns: as many as are wanted, or with super-blocks the next multiple of their 256.
  std::int64_t columns(std::int64_t wanted) const { return isSuper(type()) ? (wanted + 255) / 256 * 256 : wanted; }
};

TEST_P(QuantizedLinearOnEachIsa, AgreesWithTheExactProductUpToTheRoundingOfActivations) {
  at::manual_seed(1);
  for (const std::int64_t wanted : {32, 96, 576}) {
    const std::int64_t in = columns(wanted);
    for (const std::int64_t out : {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 67}) {
      const Blocks blocks = randomBlocks(type(), out, in, static_cast<unsigned>(out));
      const QuantizedLinear layer = make(blocks, isa());
      for (const std::int64_t rows : {1, 2, 5, 13}) {
        const at::Tensor x = randomRows(rows, in);
        const at::Tensor exact = at::matmul(x.to(at::kDouble), blocks.values.t().to(at::kDouble));
        const at::Tensor error = (layer(x).to(at::kDouble) - exact).abs();
        const at::Tensor bound = roundingBound(x, blocks.values) * 1.001 + 1e-5;
        EXPECT_TRUE(error.le(bound).all().item<bool>())
            << rows << " x " << in << " -> " << out << ": " << (error / bound).max().item<double>()
            << " of what is allowed";
      }
    }
  }
}

TEST_P(QuantizedLinearOnEachIsa, AgreesWithPlainForEveryNumberOfRows) {
  const std::int64_t in = columns(160);
  at::manual_seed(2);
  const Blocks blocks = randomBlocks(type(), 43, in, 2);
  const QuantizedLinear layer = make(blocks, isa()), plain = make(blocks, Isa::Plain);
  for (std::int64_t rows = 1; rows <= 64; rows += rows < 26 ? 1 : 13) {
    const at::Tensor x = randomRows(rows, in);
    const at::Tensor expected = plain(x);
    EXPECT_TRUE(isWithin(layer(x), expected, 1e-5 * x.abs().max().item<double>() * static_cast<double>(in)))
        << rows << " rows";
  }
}

TEST_P(QuantizedLinearOnEachIsa, ARowDoesNotDependOnItsCompanyOrTheThreads) {
  const std::int64_t in = columns(96);
  at::manual_seed(3);
  const Blocks blocks = randomBlocks(type(), 200, in, 3);
  const QuantizedLinear layer = make(blocks, isa(), 2);
  const at::Tensor x = randomRows(31, in), together = layer(x);
  for (std::int64_t i = 0; i < 31; ++i) EXPECT_TRUE(isSame(layer(x[i]), together[i])) << "row " << i;
  for (const int threads : {1, 3})
    EXPECT_TRUE(isSame(make(blocks, isa(), threads)(x), together)) << threads << " threads";
}

TEST_P(QuantizedLinearOnEachIsa, RowsAreTheDequantisedNumbersExactly) {
  const std::int64_t in = columns(64);
  const Blocks blocks = randomBlocks(type(), 37, in, 4);
  const QuantizedLinear layer = make(blocks, isa());
  EXPECT_TRUE(isSame(layer.rows(at::arange(37, at::kLong)), blocks.values));
  const at::Tensor ids = at::tensor({36, 0, 36, 5, 7, 1}, at::kLong).view({2, 3});
  EXPECT_TRUE(isSame(layer.rows(ids), at::embedding(blocks.values, ids)));
  EXPECT_THROW(layer.rows(at::tensor({37}, at::kLong)), c10::Error);
  EXPECT_THROW(layer.rows(at::tensor({-1}, at::kLong)), c10::Error);
}

TEST_P(QuantizedLinearOnEachIsa, KeepsLeadingDimensionsAndTakesNoRowsToo) {
  const std::int64_t in = columns(32);
  const Blocks blocks = randomBlocks(type(), 20, in, 5);
  const QuantizedLinear layer = make(blocks, isa());
  const at::Tensor x = at::randn({2, 3, in});
  EXPECT_TRUE(isSame(layer(x), layer(x.reshape({6, in})).view({2, 3, 20})));
  EXPECT_TRUE(isSame(layer(x.transpose(0, 1)), layer(x).transpose(0, 1).contiguous()));
  EXPECT_EQ(layer(at::empty({0, in})).sizes(), (std::vector<std::int64_t>{0, 20}));
  EXPECT_TRUE(isSame(layer(at::zeros({3, in})), at::zeros({3, 20})));
  EXPECT_THROW(layer(at::randn({2, 2 * in})), c10::Error);
  EXPECT_THROW(layer(at::randn({2, in}).to(at::kDouble)), c10::Error);
}

TEST_P(QuantizedLinearOnEachIsa, AddsToAResidualStream) {
  const std::int64_t in = columns(64);
  at::manual_seed(6);
  const Blocks blocks = randomBlocks(type(), 50, in, 6);
  const QuantizedLinear layer = make(blocks, isa());
  for (const std::int64_t rows : {1, 9}) {
    const at::Tensor x = at::randn({rows, in}), before = at::randn({rows, 50});
    at::Tensor sum = before.clone();
    layer.addTo(sum, x);
    EXPECT_TRUE(isSame(sum, before + layer(x)));
  }
  at::Tensor wrong = at::zeros({2, 50});
  EXPECT_THROW(layer.addTo(wrong, at::randn({3, in})), c10::Error);
}

TEST_P(QuantizedLinearOnEachIsa, ProjectsToSeveralAtOnce) {
  const std::int64_t in = columns(96);
  at::manual_seed(7);
  auto pool = std::make_shared<ThreadPool>(2);
  const Blocks big = randomBlocks(type(), 576, in, 7), small = randomBlocks(StorageType::Q8_0, 5, in, 8),
               middle = randomBlocks(type(), 192, in, 9);
  std::vector<QuantizedLinear> layers;
  for (const Blocks* blocks : {&big, &small, &middle}) {
    layers.push_back(*QuantizedLinear::create(blocks->stored(), nullptr, pool, isa()));
  }
  for (const std::int64_t rows : {1, 17}) {
    const at::Tensor x = at::randn({rows, in});
    const auto results = project(x, {&layers[0], &layers[1], &layers[2]});
    ASSERT_EQ(results.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(isSame(results[i], layers[i](x)));
  }
}

// What is made on the way in has the bits of what is made before.
TEST_P(QuantizedLinearOnEachIsa, NormsAndGatesOnTheWayIn) {
  const std::int64_t in = columns(96);
  at::manual_seed(11);
  auto pool = std::make_shared<ThreadPool>(2);
  const Blocks blocks = randomBlocks(type(), 50, in, 11);
  const QuantizedLinear layer = *QuantizedLinear::create(blocks.stored(), nullptr, pool, isa());
  for (const std::int64_t rows : {1, 40}) {
    const at::Tensor x = at::randn({1, rows, in}) * 3, weight = at::randn({in}), up = at::randn({1, rows, in});
    const auto normed = project(Normalized{x, weight, 1e-5}, {&layer, &layer});
    EXPECT_TRUE(isSame(normed[1], layer(rmsNorm(*pool, x, weight, 1e-5))));
    at::Tensor sum = at::ones({1, rows, 50}), expected = sum.clone();
    layer.addTo(sum, Gated{x, up});
    layer.addTo(expected, swiGlu(*pool, x, up));
    EXPECT_TRUE(isSame(sum, expected));
  }
  const at::Tensor x = at::randn({2, in}), narrow = at::randn({2, 32});
  at::Tensor sum = at::zeros({2, 50});
  EXPECT_THROW(project(Normalized{x, at::ones({32}), 1e-5}, {&layer}), c10::Error);
  EXPECT_THROW(layer.addTo(sum, Gated{narrow, narrow}), c10::Error);
  EXPECT_THROW(layer.addTo(sum, Gated{x, narrow}), c10::Error);
}

TEST_P(QuantizedLinearOnEachIsa, NotANumberIsNotLost) {
  const std::int64_t in = columns(64);
  const Blocks blocks = randomBlocks(type(), 18, in, 10);  // outlives the layer, which may read it in place
  const QuantizedLinear layer = make(blocks, isa());
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    at::Tensor x = at::ones({3, in});
    x[1][40] = bad;
    const at::Tensor y = layer(x);
    EXPECT_FALSE(y[1].isfinite().any().item<bool>());
    EXPECT_TRUE(y[0].isfinite().all().item<bool>());
    EXPECT_TRUE(y[2].isfinite().all().item<bool>());
  }
}

// The same numbers with d, and m, of the first of `groups` blocks for all of them.
Blocks withSharedScales(Blocks blocks, std::int64_t groups) {
  const auto size = static_cast<std::size_t>(weights::blockLayout(blocks.type).bytes);
  const std::size_t head = blocks.type == StorageType::Q4_1 ? 4 : 2;
  const std::int64_t perRow = blocks.shape[1] / 32;
  for (std::int64_t block = 0; block < blocks.shape[0] * perRow; ++block) {
    const std::int64_t first = block - block % perRow % groups;
    std::memcpy(blocks.bytes.data() + block * size, blocks.bytes.data() + first * size, head);
  }
  weights::dequantise(blocks.type, blocks.bytes,
                      {blocks.values.data_ptr<float>(), static_cast<std::size_t>(blocks.values.numel())});
  return blocks;
}

void expectScalesToBeKeptOnce(StorageType type, Isa isa, std::int64_t in, std::int64_t groups, bool isSmaller) {
  SCOPED_TRACE(std::string(weights::toString(type)) + " " + std::string(toString(isa)) + ": " + std::to_string(in) +
               " columns, " + std::to_string(groups) + " groups a scale");
  const Blocks own = randomBlocks(type, 43, in, 12), shared = withSharedScales(own, groups);
  const QuantizedLinear layer = make(shared, isa), other = make(own, isa), plain = make(shared, Isa::Plain);
  EXPECT_EQ(layer.strips().size() < other.strips().size(), isSmaller && isa != Isa::Plain);
  const auto kept = QuantizedLinear::create(shared.stored(), nullptr, std::make_shared<ThreadPool>(2), isa,
                                            MatrixUse::Products, {.bytes = layer.strips(), .owner = nullptr});
  ASSERT_TRUE(kept) << kept.error().message;
  for (const std::int64_t rows : {1, 2, 7, 25}) {
    const at::Tensor x = randomRows(rows, in), y = layer(x);
    EXPECT_TRUE(isWithin(y, plain(x), 1e-5 * x.abs().max().item<double>() * static_cast<double>(in)));
    EXPECT_TRUE(isSame((*kept)(x), y)) << "from kept strips";
  }
}

TEST(QuantizedLinear, KeepsScalesThatARowSharesOnce) {
  at::manual_seed(12);
  for (const Isa isa : availableIsas()) {
    for (const StorageType type : {StorageType::Q4_0, StorageType::Q4_1, StorageType::Q8_0}) {
      for (const auto& [in, groups] :
           std::vector<std::pair<int, int>>{{128, 4}, {160, 5}, {288, 2}, {288, 4}, {288, 9}, {1024, 8}, {1024, 32}}) {
        expectScalesToBeKeptOnce(type, isa, in, groups, true);
      }
      for (const auto& [in, groups] : std::vector<std::pair<int, int>>{{32, 1}, {64, 1}, {288, 3}}) {
        expectScalesToBeKeptOnce(type, isa, in, groups, false);
      }
    }
  }
}

// Numbers of five and six bits take five and six in memory, as in the file, and not eight.
TEST(QuantizedLinear, StripsAreHardlyLargerThanTheFile) {
  if (activeIsa() == Isa::Plain) GTEST_SKIP() << "reads the file's blocks";
  for (const StorageType type : kTypes) {
    const Blocks blocks = randomBlocks(type, 64, 1024, 13);
    EXPECT_LT(static_cast<double>(make(blocks, activeIsa()).strips().size()),
              1.05 * static_cast<double>(blocks.bytes.size()))
        << weights::toString(type);
  }
}

INSTANTIATE_TEST_SUITE_P(, QuantizedLinearOnEachIsa,
                         ::testing::Combine(::testing::ValuesIn(availableIsas()), ::testing::ValuesIn(kTypes)),
                         [](const auto& tested) {
                           return std::string(toString(std::get<0>(tested.param))) +
                                  std::string(weights::toString(std::get<1>(tested.param)));
                         });

TEST(QuantizedLinear, RefusesWhatItCannotCompute) {
  const auto pool = std::make_shared<ThreadPool>(1);
  const auto code = [&](const Blocks& blocks) {
    const auto result = QuantizedLinear::create(blocks.stored(), nullptr, pool);
    return result ? std::string("accepted") : std::string(toString(result.error().code));
  };
  Blocks blocks = randomBlocks(StorageType::Q4_1, 4, 64, 1);
  EXPECT_EQ(code(blocks), "accepted");
  blocks.shape = {8, 48};  // not a multiple of 32
  EXPECT_EQ(code(blocks), "corrupt-file");
  blocks.shape = {4, 96};  // more than there is
  EXPECT_EQ(code(blocks), "corrupt-file");
  blocks.shape = {3, 64};  // less than there is
  EXPECT_EQ(code(blocks), "corrupt-file");
  blocks.shape = {256};
  EXPECT_EQ(code(blocks), "corrupt-file");
  blocks.shape = {std::int64_t{1} << 60, 64};  // the byte count would wrap around
  EXPECT_EQ(code(blocks), "corrupt-file");
  blocks.shape = {4, 64};
  blocks.type = StorageType::Q6_K;  // whose rows are whole super-blocks of 256
  EXPECT_EQ(code(blocks), "corrupt-file");
  blocks.type = StorageType::Q3_K;
  EXPECT_EQ(code(blocks), "unsupported");
}

TEST(QuantizedLinear, KeepsItsOwnerAsLongAsItLives) {
  auto blocks = std::make_shared<const Blocks>(randomBlocks(StorageType::Q8_0, 4, 32, 1));
  const std::weak_ptr<const Blocks> watch = blocks;
  {
    const auto layer = QuantizedLinear::create(blocks->stored(), blocks, std::make_shared<ThreadPool>(1));
    blocks.reset();
    EXPECT_FALSE(watch.expired());
  }
  EXPECT_TRUE(watch.expired());
}

TEST(QuantizedLinear, LetsTheBytesGoWhereOnlyProductsAreWanted) {
  const Blocks blocks = randomBlocks(StorageType::Q4_0, 70, 64, 5);
  const auto pool = std::make_shared<ThreadPool>();
  auto bytes = std::make_shared<std::vector<std::byte>>(blocks.bytes);
  const std::weak_ptr<const void> kept = bytes;
  const weights::StoredTensor stored{.shape = blocks.shape, .type = blocks.type, .bytes = *bytes};
  const auto products = QuantizedLinear::create(stored, std::move(bytes), pool, activeIsa(), MatrixUse::Products);
  ASSERT_TRUE(products) << products.error().message;
  const auto both = QuantizedLinear::create(blocks.stored(), nullptr, pool);
  const at::Tensor x = at::randn({3, 64});
  EXPECT_TRUE(isSame((*products)(x), (*both)(x)));
  EXPECT_EQ(kept.expired(), activeIsa() != Isa::Plain);
  if (kept.expired()) {
    EXPECT_ANY_THROW(products->rows(at::zeros({1}, at::kLong)));
  }
}

}  // namespace
}  // namespace xllm::kernels
