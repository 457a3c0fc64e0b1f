#include "core/training/optimizer.h"

#include <cmath>

#include <gtest/gtest.h>
#include <torch/nn/module.h>
#include <torch/types.h>

namespace xllm::training {
namespace {

class Tiny : public torch::nn::Module {
 public:
  Tiny() {
    matrix = register_parameter("matrix", torch::tensor({{1.0, -2.0}}, at::kFloat));
    vector = register_parameter("vector", torch::tensor({0.5}, at::kFloat));
    unused = register_parameter("unused", torch::tensor({{7.0}}, at::kFloat));
  }
  at::Tensor matrix, vector, unused;
};

TEST(LearningRate, RisesOverTheWarmUpAndFallsAlongACosineToItsEnd) {
  const OptimizerConfig config{.steps = 110, .warmupSteps = 10, .learningRate = 1e-3, .finalLearningRate = 1e-5};
  EXPECT_NEAR(learningRateAt(0, config), 1e-4, 1e-12);
  EXPECT_NEAR(learningRateAt(9, config), 1e-3, 1e-12);
  EXPECT_NEAR(learningRateAt(10, config), 1e-3, 1e-12);
  EXPECT_NEAR(learningRateAt(109, config), 1e-5, 1e-12);
  const double middle = 1e-5 + (1e-3 - 1e-5) * 0.5 * (1 + std::cos(std::acos(-1.0) * 50.0 / 99.0));
  EXPECT_NEAR(learningRateAt(60, config), middle, 1e-12);  // per step, not per epoch
}

// Two steps of decoupled AdamW by hand: m, v, bias correction, decay of matrices alone.
TEST(AdamW, AgreesWithItsDefinition) {
  Tiny module;
  const OptimizerConfig config{.weightDecay = 0.1, .beta1 = 0.9, .beta2 = 0.98};
  AdamW optimizer(module, config);
  double x = 1.0, m = 0, v = 0, bias = 0.5, mb = 0, vb = 0;
  const double rate = 0.01;
  for (int step = 1; step <= 2; ++step) {
    optimizer.clearGradients();
    (module.matrix.square().sum() + 3.0 * module.vector.sum()).backward();
    optimizer.step(rate);
    const double g = 2 * x;
    m = 0.9 * m + 0.1 * g, v = 0.98 * v + 0.02 * g * g;
    mb = 0.9 * mb + 0.1 * 3.0, vb = 0.98 * vb + 0.02 * 9.0;
    const double c1 = 1 - std::pow(0.9, step), c2 = 1 - std::pow(0.98, step);
    x = x * (1 - rate * 0.1) - rate * (m / c1) / (std::sqrt(v / c2) + 1e-8);
    bias -= rate * (mb / c1) / (std::sqrt(vb / c2) + 1e-8);
  }
  EXPECT_NEAR(module.matrix[0][0].item<double>(), x, 1e-6);
  EXPECT_NEAR(module.vector[0].item<double>(), bias, 1e-6);
  EXPECT_EQ(module.unused.item<double>(), 7.0);  // no gradient: not even decay
}

TEST(AdamW, ClipsTheJointNorm) {
  Tiny module;
  AdamW optimizer(module, {.clipNorm = 1.0});
  optimizer.clearGradients();
  (3.0 * module.matrix.sum() + 4.0 * module.vector.sum()).backward();
  EXPECT_NEAR(optimizer.clipGradients(), std::sqrt(9.0 + 9.0 + 16.0), 1e-5);
  const double after =
      module.matrix.grad().square().sum().item<double>() + module.vector.grad().square().sum().item<double>();
  EXPECT_NEAR(after, 1.0, 1e-5);
}

}  // namespace
}  // namespace xllm::training
