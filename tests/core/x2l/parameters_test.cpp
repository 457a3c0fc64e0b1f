#include "core/x2l/parameters.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "tests/support/golden.h"

namespace xllm::x2l {
namespace {

using tests::isSame;
using tests::isWithin;

// Big enough for its matrices to be packed.
struct Net : torch::nn::Module {
  Net() {
    linear = register_module("linear", torch::nn::Linear(96, 64));
    convolution = register_module("conv", torch::nn::Conv1d(32, 48, 3));
    norm = register_module("LayerNorm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({64})));
    queries = register_parameter("queries", torch::randn({1, 8, 64}));
  }
  torch::nn::Linear linear{nullptr};
  torch::nn::Conv1d convolution{nullptr};
  torch::nn::LayerNorm norm{nullptr};
  at::Tensor queries;
};

class Parameters : public ::testing::Test {
 protected:
  void SetUp() override {
    torch::manual_seed(1);
    m_folder = std::filesystem::path(::testing::TempDir()) /
               ("xllm_parameters_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(m_folder);
    std::filesystem::create_directories(m_folder);
  }
  void TearDown() override { std::filesystem::remove_all(m_folder); }

  std::shared_ptr<const weights::Checkpoint> write(const std::vector<std::pair<std::string, at::Tensor>>& tensors) {
    const auto saved = weights::saveSafetensors(file(), tensors);
    EXPECT_TRUE(saved.has_value()) << saved.error().message;
    return open();
  }
  std::shared_ptr<const weights::Checkpoint> open() {
    auto opened = weights::Checkpoint::open(file());
    if (!opened) throw std::runtime_error(opened.error().message);
    return *opened;
  }
  std::filesystem::path file() const { return m_folder / "weights.safetensors"; }
  std::string bytes() const {
    std::ifstream stream(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  std::filesystem::path m_folder;
};

void expectEqual(torch::nn::Module& a, torch::nn::Module& b) {
  for (const auto& item : a.named_parameters())
    EXPECT_TRUE(isSame(b.named_parameters()[item.key()], item.value())) << item.key();
}

std::string complaint(torch::nn::Module& module, const weights::Checkpoint& file, const LoadOptions& options = {}) {
  const auto loaded = loadParameters(module, file, options);
  if (loaded) return "";
  EXPECT_EQ(loaded.error().code, ErrorCode::CorruptFile);
  return loaded.error().message;
}

TEST_F(Parameters, ComeBackExactlyInFullPrecision) {
  Net net, other;
  ASSERT_TRUE(saveParameters(net, file(), ParameterFormat::Float32, "interfaces.image.", {{"run", "7"}}).has_value());
  ASSERT_EQ(complaint(other, *open(), {.prefix = "interfaces.image."}), "");
  expectEqual(net, other);
  EXPECT_EQ(std::get<std::string>(open()->metadata().at("run")), "7");
}

TEST_F(Parameters, ComeBackNearlyFromPackedFiles) {
  Net net;
  {
    const torch::NoGradGuard noGrad;
    net.linear->weight[3] *= 100.0;  // one loud channel must not cost the others their precision
    net.linear->weight[5].zero_();
  }
  ASSERT_TRUE(saveParameters(net, file(), ParameterFormat::Float32).has_value());
  const auto full = std::filesystem::file_size(file());
  for (const auto format : {ParameterFormat::Float16, ParameterFormat::Int8}) {
    ASSERT_TRUE(saveParameters(net, file(), format).has_value());
    const auto once = bytes();
    Net other;
    ASSERT_EQ(complaint(other, *open()), "");
    const double error = format == ParameterFormat::Int8 ? 0.5 / 127 : 1.0 / 2048;
    const auto limit = net.linear->weight.abs().amax(1, true) * error * 1.01 + 1e-9;
    EXPECT_TRUE(((other.linear->weight - net.linear->weight).abs() <= limit).all().item<bool>());
    EXPECT_TRUE(isWithin(other.convolution->weight, net.convolution->weight, 0.11 * error));
    EXPECT_TRUE(isWithin(other.queries, net.queries, 5.0 / 2048));
    EXPECT_LT(once.size(), format == ParameterFormat::Int8 ? full * 40 / 100 : full * 60 / 100);
    ASSERT_TRUE(saveParameters(net, file(), format).has_value());
    EXPECT_EQ(bytes(), once);
  }
  EXPECT_EQ(open()->find("linear.weight")->type, weights::StorageType::I8);
  EXPECT_EQ(open()->find("linear.weight_scale")->shape, std::vector<std::int64_t>{64});
  EXPECT_EQ(open()->find("linear.bias")->type, weights::StorageType::F16);
}

TEST_F(Parameters, NameWhatIsMissingUnexpectedOrMisshapenAndChangeNothing) {
  Net net, before;
  auto tensors = packedParameters(net, ParameterFormat::Float32);
  std::erase_if(tensors, [](const auto& item) { return item.first == "linear.bias"; });
  for (auto& [name, value] : tensors) {
    if (name == "queries") value = torch::zeros({1, 9, 64});
  }
  tensors.emplace_back("text.weight", torch::zeros({2}));
  const auto file = write(tensors);
  Net other;
  {
    const torch::NoGradGuard noGrad;
    for (const auto& item : before.named_parameters()) item.value().copy_(other.named_parameters()[item.key()]);
  }
  const auto said = complaint(other, *file);
  EXPECT_NE(said.find("Missing: linear.bias."), std::string::npos) << said;
  EXPECT_NE(said.find("Wrong shape: queries is [1, 9, 64] instead of [1, 8, 64]."), std::string::npos) << said;
  EXPECT_NE(said.find("Unexpected: text.weight."), std::string::npos) << said;
  expectEqual(before, other);
  const auto less = complaint(other, *file, {.ignore = {"te*.weight"}, .optional = {"*.bias"}});
  EXPECT_EQ(less.find("Missing:"), std::string::npos) << less;
  EXPECT_EQ(less.find("Unexpected:"), std::string::npos) << less;
}

TEST_F(Parameters, MayBeRenamed) {
  Net net, other;
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (auto& [name, value] : packedParameters(net, ParameterFormat::Float32)) {
    auto renamed = name;
    if (name == "LayerNorm.weight") renamed = "LayerNorm.gamma";
    if (name == "LayerNorm.bias") renamed = "LayerNorm.beta";
    if (name.starts_with("linear.")) renamed = "encoder.dense." + name.substr(7);
    tensors.emplace_back("bert." + renamed, value);
  }
  tensors.emplace_back("cls.weight", torch::zeros({2}));
  ASSERT_EQ(complaint(other, *write(tensors), {.prefix = "bert.", .rename = {{"linear.", "encoder.dense."}}}), "");
  expectEqual(net, other);
}

TEST_F(Parameters, RefuseWholeNumbersWithoutFittingScales) {
  Net net;
  auto tensors = packedParameters(net, ParameterFormat::Int8);
  for (auto& [name, value] : tensors) {
    if (name == "linear.weight_scale") value = torch::ones({63});
  }
  EXPECT_NE(complaint(net, *write(tensors)).find("linear.weight_scale"), std::string::npos);
  std::erase_if(tensors, [](const auto& item) { return item.first == "linear.weight_scale"; });
  EXPECT_NE(complaint(net, *write(tensors)).find("linear.weight_scale"), std::string::npos);
}

}  // namespace
}  // namespace xllm::x2l
