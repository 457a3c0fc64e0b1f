// There are no published numbers to compare with here, so the graph is computed a second time, in plain loops over
// doubles, from the formulas of the paper and FunASR's order of operations.
#include "core/encoders/paraformer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/encoders/kaldi_fbank.h"
#include "tests/core/encoders/stored_tensors.h"
#include "tests/support/golden.h"

namespace xllm::encoders {
namespace {

using tests::isClose;
using Row = std::vector<double>;
using Rows = std::vector<Row>;

constexpr std::int64_t kWidth = 8, kUnits = 10, kKernel = 5, kBlocks = 3;
constexpr SanmOptions kExact{.precision = Precision::Float32, .heads = 2};

tests::NamedTensors tinyModel(std::int64_t in) {
  at::manual_seed(7);
  tests::NamedTensors tensors;
  const auto random = [&](const std::string& name, at::IntArrayRef shape) {
    tensors.emplace_back("encoder." + name, at::randn(shape) * 0.4);
  };
  const auto affine = [&](const std::string& name, std::int64_t out, std::int64_t from) {
    random(name + ".weight", {out, from});
    random(name + ".bias", {out});
  };
  const auto norm = [&](const std::string& name, std::int64_t width) {
    random(name + ".weight", {width});
    random(name + ".bias", {width});
  };
  for (std::int64_t i = 0; i < kBlocks; ++i) {
    const std::string block = i == 0 ? "encoders0.0." : "encoders." + std::to_string(i - 1) + ".";
    norm(block + "norm1", i == 0 ? in : kWidth);
    norm(block + "norm2", kWidth);
    affine(block + "self_attn.linear_q_k_v", 3 * kWidth, i == 0 ? in : kWidth);
    affine(block + "self_attn.linear_out", kWidth, kWidth);
    random(block + "self_attn.fsmn_block.weight", {kWidth, 1, kKernel});
    affine(block + "feed_forward.w_1", kUnits, kWidth);
    affine(block + "feed_forward.w_2", kWidth, kUnits);
  }
  norm("after_norm", kWidth);
  return tensors;
}

class SlowModel {
 public:
  explicit SlowModel(const tests::NamedTensors& tensors) : m_tensors(tensors) {}

  at::Tensor run(const at::Tensor& features, std::size_t heads) const {
    Rows x;
    const auto in = static_cast<std::size_t>(features.size(1));
    for (std::int64_t t = 0; t < features.size(0); ++t) {
      Row row(in);
      for (std::size_t i = 0; i < in; ++i) {
        const std::size_t pair = i % (in / 2);
        const double angle = static_cast<double>(t + 1) *
                             std::pow(10000.0, -static_cast<double>(pair) / static_cast<double>(in / 2 - 1));
        row[i] = features[t][static_cast<std::int64_t>(i)].item<double>() * std::sqrt(double(kWidth)) +
                 (i < in / 2 ? std::sin(angle) : std::cos(angle));
      }
      x.push_back(row);
    }
    for (std::int64_t i = 0; i < kBlocks; ++i) {
      const std::string block = i == 0 ? "encoders0.0." : "encoders." + std::to_string(i - 1) + ".";
      const Rows attended = attend(norm(x, block + "norm1"), block, heads);
      x = i == 0 ? attended : sum(x, attended);
      Rows inner = affine(norm(x, block + "norm2"), block + "feed_forward.w_1");
      for (Row& row : inner) {
        for (double& value : row) value = std::max(value, 0.0);
      }
      x = sum(x, affine(inner, block + "feed_forward.w_2"));
    }
    return toTensor(norm(x, "after_norm"));
  }

 private:
  at::Tensor named(const std::string& name) const {
    for (const auto& [key, value] : m_tensors) {
      if (key == "encoder." + name) return value;
    }
    throw std::runtime_error("no " + name);
  }
  static at::Tensor toTensor(const Rows& rows) {
    std::vector<at::Tensor> each;
    for (const Row& row : rows) each.push_back(at::tensor(row, at::kDouble).to(at::kFloat));
    return at::stack(each);
  }
  static Rows sum(Rows a, const Rows& b) {
    for (std::size_t t = 0; t < a.size(); ++t) {
      for (std::size_t i = 0; i < a[t].size(); ++i) a[t][i] += b[t][i];
    }
    return a;
  }
  Rows norm(const Rows& x, const std::string& name) const {
    const at::Tensor weight = named(name + ".weight"), bias = named(name + ".bias");
    Rows out = x;
    for (Row& row : out) {
      double mean = 0, variance = 0;
      for (const double value : row) mean += value / static_cast<double>(row.size());
      for (const double value : row) variance += (value - mean) * (value - mean) / static_cast<double>(row.size());
      for (std::size_t i = 0; i < row.size(); ++i) {
        const auto place = static_cast<std::int64_t>(i);
        row[i] =
            (row[i] - mean) / std::sqrt(variance + 1e-12) * weight[place].item<double>() + bias[place].item<double>();
      }
    }
    return out;
  }
  Rows affine(const Rows& x, const std::string& name) const {
    const at::Tensor weight = named(name + ".weight"), bias = named(name + ".bias");
    Rows out;
    for (const Row& row : x) {
      Row result;
      for (std::int64_t o = 0; o < weight.size(0); ++o) {
        double value = bias[o].item<double>();
        for (std::size_t i = 0; i < row.size(); ++i)
          value += weight[o][static_cast<std::int64_t>(i)].item<double>() * row[i];
        result.push_back(value);
      }
      out.push_back(result);
    }
    return out;
  }
  Rows attend(const Rows& x, const std::string& block, std::size_t heads) const {
    const Rows mixed = affine(x, block + "self_attn.linear_q_k_v");
    const at::Tensor memory = named(block + "self_attn.fsmn_block.weight");
    const std::size_t frames = x.size(), width = kWidth, size = width / heads;
    Rows seen(frames, Row(width, 0.0)), remembered(frames, Row(width, 0.0));
    for (std::size_t t = 0; t < frames; ++t) {
      for (std::size_t h = 0; h < heads; ++h) {
        Row scores(frames, 0.0);
        double total = 0;
        for (std::size_t s = 0; s < frames; ++s) {
          for (std::size_t d = h * size; d < (h + 1) * size; ++d) scores[s] += mixed[t][d] * mixed[s][width + d];
          scores[s] = std::exp(scores[s] / std::sqrt(static_cast<double>(size)));
          total += scores[s];
        }
        for (std::size_t s = 0; s < frames; ++s) {
          for (std::size_t d = h * size; d < (h + 1) * size; ++d)
            seen[t][d] += scores[s] / total * mixed[s][2 * width + d];
        }
      }
      for (std::size_t d = 0; d < width; ++d) {
        remembered[t][d] = mixed[t][2 * width + d];
        for (std::int64_t k = 0; k < kKernel; ++k) {
          const std::int64_t from = static_cast<std::int64_t>(t) + k - kKernel / 2;
          if (from < 0 || from >= static_cast<std::int64_t>(frames)) continue;
          remembered[t][d] += memory[static_cast<std::int64_t>(d)][0][k].item<double>() *
                              mixed[static_cast<std::size_t>(from)][2 * width + d];
        }
      }
    }
    return sum(affine(seen, block + "self_attn.linear_out"), remembered);
  }

  const tests::NamedTensors& m_tensors;
};

TEST(Paraformer, EqualsAPlainComputation) {
  const tests::NamedTensors tensors = tinyModel(12);
  const tests::TemporaryFolder folder;
  const auto encoder = loadSanmEncoder(*tests::stored(folder / "model.safetensors", tensors), kExact);
  ASSERT_TRUE(encoder) << encoder.error().message;
  EXPECT_EQ(encoder->width(), kWidth);
  EXPECT_EQ(encoder->inputWidth(), 12);
  const at::Tensor features = at::randn({2, 7, 12});
  const at::Tensor out = encoder->forward(features);
  EXPECT_TRUE(isClose(out[0], SlowModel(tensors).run(features[0], 2), 1e-5));
  EXPECT_TRUE(isClose(out[1], SlowModel(tensors).run(features[1], 2), 1e-5));
  EXPECT_FALSE(isClose(out[0], SlowModel(tensors).run(features[0], 4), 1e-3)) << "the number of heads counts";
}

TEST(Paraformer, StaysNearInBFloat16) {
  const tests::NamedTensors tensors = tinyModel(12);
  const tests::TemporaryFolder folder;
  const auto file = tests::stored(folder / "model.safetensors", tensors);
  const at::Tensor features = at::randn({1, 7, 12});
  const at::Tensor expected = SlowModel(tensors).run(features[0], 2);
  const at::Tensor out = loadSanmEncoder(*file, {.precision = Precision::BFloat16, .heads = 2})->forward(features)[0];
  EXPECT_EQ(out.scalar_type(), at::kFloat);
  EXPECT_TRUE(isClose(out, expected, 3e-2));
  EXPECT_FALSE(isClose(out, expected, 1e-4)) << "it is not float32";
}

std::string amMvn(std::int64_t width) {
  std::string shift, scale;
  for (std::int64_t i = 0; i < width; ++i) {
    shift += " " + std::to_string(-12 + 0.01 * static_cast<double>(i));
    scale += " 0.3";
  }
  return "<Nnet>\n<AddShift> 1 1\n<LearnRateCoef> 0 [" + shift + " ]\n<Rescale> 1 1\n<LearnRateCoef> 0 [" + scale +
         " ]\n</Nnet>\n";
}

TEST(Paraformer, HearsStackedAndNormalisedFrames) {
  const tests::TemporaryFolder folder;
  const auto file = tests::stored(folder / "model.safetensors", tinyModel(560));
  const auto encoder =
      loadParaformerEncoder(*file, tests::writeFile(folder / "am.mvn", amMvn(560)), Precision::Float32);
  ASSERT_TRUE(encoder) << encoder.error().message;
  EXPECT_EQ((*encoder)->width(), kWidth);
  EXPECT_NEAR((*encoder)->framesPerSecond(), 1000.0 / 60, 1e-9);
  const at::Tensor samples = tests::Golden("kaldi_fbank").input("waveform_int16").to(at::kFloat) / 32768.0;
  const auto frames = (*encoder)->encode(tests::toSound(samples));
  ASSERT_TRUE(frames) << frames.error().message;
  const at::Tensor stacked = lowFrameRate(tests::Golden("kaldi_fbank").expected("fbank_hamming"), 7, 6);
  const at::Tensor features = (stacked - 12 + at::arange(560, at::kFloat) * 0.01) * 0.3;
  EXPECT_TRUE(isClose(
      *frames, loadSanmEncoder(*file, {.precision = Precision::Float32})->forward(features.unsqueeze(0))[0], 1e-3));
}

TEST(Paraformer, NamesWhatIsWrong) {
  const tests::TemporaryFolder folder;
  const auto refusal = [&](const std::string& name, const at::Tensor& replacement, std::int64_t heads = 0) {
    tests::NamedTensors tensors = tinyModel(12);
    std::erase_if(tensors, [&](const auto& tensor) { return tensor.first == name; });
    if (replacement.defined()) tensors.emplace_back(name, replacement);
    const auto encoder = loadSanmEncoder(*tests::stored(folder / "damaged.safetensors", tensors), {.heads = heads});
    return encoder ? Error{ErrorCode::Internal, "was loaded"} : encoder.error();
  };
  EXPECT_EQ(refusal("encoder.encoders0.0.norm1.weight", {}).code, ErrorCode::Unsupported);
  EXPECT_EQ(refusal("", {}, 3).code, ErrorCode::Unsupported);
  const Error missing = refusal("encoder.encoders.1.self_attn.fsmn_block.weight", {});
  EXPECT_EQ(missing.code, ErrorCode::CorruptFile);
  EXPECT_NE(missing.message.find("encoders.1.self_attn.fsmn_block.weight"), std::string::npos) << missing.message;
  const auto file = tests::stored(folder / "model.safetensors", tinyModel(560));
  EXPECT_EQ(loadParaformerEncoder(*file, tests::writeFile(folder / "am.mvn", amMvn(80))).error().code,
            ErrorCode::CorruptFile);
  const auto narrow = tests::stored(folder / "narrow.safetensors", tinyModel(12));
  EXPECT_EQ(loadParaformerEncoder(*narrow, folder / "am.mvn").error().code, ErrorCode::Unsupported);
}

}  // namespace
}  // namespace xllm::encoders
