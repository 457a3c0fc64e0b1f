// Speed that must not be lost, as ratios measured in one run: packed 4-bit layers beside LibTorch's float32 ones of the
// same shape. Not a measurement (tests/bench has those): the limits are far below what any machine shows, and a machine
// that is busy with other things gets three tries.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <vector>

#include <torch/types.h>

#include "core/kernels/quantized_linear.h"

namespace {

using namespace xllm;

constexpr std::int64_t kOut = 1536, kIn = 576, kMatrices = 40, kRounds = 7;
constexpr int kTries = 3;

struct Layers {
  std::vector<std::byte> blocks = std::vector<std::byte>(static_cast<std::size_t>(kOut * kIn / 32 * 18));
  std::vector<kernels::QuantizedLinear> packed;
  std::vector<at::Tensor> dense;
};

Layers makeLayers() {
  Layers layers;
  std::mt19937 random(1);
  for (std::byte& byte : layers.blocks) byte = static_cast<std::byte>(random() & 0x3F);  // finite scales
  const weights::StoredTensor stored{.shape = {kOut, kIn}, .type = weights::StorageType::Q4_0, .bytes = layers.blocks};
  const auto pool = std::make_shared<kernels::ThreadPool>();
  for (std::int64_t i = 0; i < kMatrices; ++i) {
    layers.packed.push_back(*kernels::QuantizedLinear::create(stored, nullptr, pool));
    layers.dense.push_back(at::randn({kOut, kIn}));
  }
  return layers;
}

template <typename Work>
double secondsOf(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> numbers) {
  std::nth_element(numbers.begin(), numbers.begin() + kRounds / 2, numbers.end());
  return numbers[kRounds / 2];
}

// How many times faster the packed layers are, both measured alternately.
double ratio(const Layers& layers, std::int64_t rows) {
  const at::Tensor x = at::randn({rows, kIn});
  std::vector<double> packed, dense;
  for (int round = -1; round < kRounds; ++round) {
    const double ours = secondsOf([&] {
      for (const auto& layer : layers.packed) layer(x);
    });
    const double theirs = secondsOf([&] {
      for (const auto& weight : layers.dense) at::linear(x, weight);
    });
    if (round < 0) continue;
    packed.push_back(ours);
    dense.push_back(theirs);
  }
  return median(dense) / median(packed);
}

bool isKept(const Layers& layers, std::int64_t rows, double least) {
  double best = 0;
  for (int i = 0; i < kTries && best < least; ++i) best = std::max(best, ratio(layers, rows));
  std::printf("%3lld rows: %.2f times LibTorch's float32 (at least %.1f), %s, %d threads\n",
              static_cast<long long>(rows), best, least, kernels::toString(kernels::activeIsa()).data(),
              layers.packed.front().pool().threads());
  return best >= least;
}

}  // namespace

int main() {
  const c10::InferenceMode inference;
  if (kernels::activeIsa() == kernels::Isa::Plain) {
    std::puts("Not measured: this processor, or XLLM_ISA, asks for the plain kernels.");
    return 77;
  }
  const Layers layers = makeLayers();
  at::set_num_threads(layers.packed.front().pool().threads());
  const bool one = isKept(layers, 1, 2.0), many = isKept(layers, 128, 1.1);
  return one && many ? 0 : 1;
}
