// Packed linear layers on every instruction set this machine has: weight bytes per second for few rows, operations per
// second for many. The matrices together are larger than most caches, as in a real model.
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <torch/types.h>

#include "core/kernels/quantized_linear.h"

namespace {

using namespace xllm;

constexpr std::int64_t kOut = 1536, kIn = 576, kMatrices = 60;

struct Model {
  std::vector<std::byte> blocks;
  std::vector<kernels::QuantizedLinear> layers;
};

Model makeModel(weights::StorageType type, kernels::Isa isa, int threads) {
  const std::int64_t block = type == weights::StorageType::Q4_0 ? 18 : type == weights::StorageType::Q4_1 ? 20 : 34;
  Model model;
  model.blocks.resize(static_cast<std::size_t>(kOut * kIn / 32 * block));
  std::mt19937 random(1);
  for (std::byte& byte : model.blocks) byte = static_cast<std::byte>(random() & 0x3F);  // finite scales
  const auto pool = std::make_shared<kernels::ThreadPool>(threads);
  for (std::int64_t i = 0; i < kMatrices; ++i) {
    auto layer = kernels::QuantizedLinear::create({.shape = {kOut, kIn}, .type = type, .bytes = model.blocks}, nullptr,
                                                  pool, isa);
    if (!layer) throw std::runtime_error(layer.error().message);
    model.layers.push_back(*std::move(layer));
  }
  return model;
}

void multiply(benchmark::State& state, weights::StorageType type, kernels::Isa isa) {
  const c10::InferenceMode inference;
  const std::int64_t rows = state.range(0);
  const auto threads = static_cast<int>(state.range(1));
  const Model model = makeModel(type, isa, threads);
  const at::Tensor x = at::randn({rows, kIn});
  for (auto _ : state) {
    for (const kernels::QuantizedLinear& layer : model.layers) benchmark::DoNotOptimize(layer(x));
  }
  const auto passes = static_cast<double>(state.iterations() * kMatrices);
  using benchmark::Counter;
  state.counters["weightBytes/s"] = Counter(passes * static_cast<double>(model.blocks.size()), Counter::kIsRate);
  state.counters["ops/s"] = Counter(passes * 2.0 * static_cast<double>(rows * kOut * kIn), Counter::kIsRate);
  state.counters["threads"] = threads;
}

}  // namespace

int main(int argc, char** argv) {
  const int all = kernels::ThreadPool().threads();
  for (const auto isa : kernels::availableIsas()) {
    if (isa == kernels::Isa::Plain) continue;
    for (const auto type : {weights::StorageType::Q4_0, weights::StorageType::Q4_1, weights::StorageType::Q8_0}) {
      const std::string name = std::string(toString(isa)) + "/" + std::string(weights::toString(type));
      auto* const bench = benchmark::RegisterBenchmark(name.c_str(), multiply, type, isa);
      bench->ArgNames({"rows", "threads"})->UseRealTime()->Unit(benchmark::kMillisecond);
      for (const std::int64_t rows : {1, 2, 4, 8, 32, 512}) bench->Args({rows, all});
      bench->Args({1, 1})->Args({512, 1});
    }
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
