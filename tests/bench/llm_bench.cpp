// The starter's language model from its file: load, prefill, decode. Needs the frozen part (packaging/setup/).
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>

#include <benchmark/benchmark.h>
#include <torch/types.h>

#include "core/kernels/isa.h"
#include "core/kernels/thread_pool.h"
#include "core/llm/language_model.h"
#include "tests/support/parts.h"

namespace {

using namespace xllm;

std::unique_ptr<llm::LanguageModel> load() {
  auto checkpoint = weights::Checkpoint::open(tests::part("SmolLM2-135M-Instruct.Q4_1.gguf"));
  if (!checkpoint) throw std::runtime_error(checkpoint.error().message);
  auto model = llm::loadLanguageModel(*checkpoint, llm::Precision::AsStored);
  if (!model) throw std::runtime_error(model.error().message);
  return *std::move(model);
}

at::Tensor prompt(const llm::LanguageModel& model, std::int64_t tokens) {
  return model.embed(at::arange(1000, 1000 + tokens, at::kLong).unsqueeze(0));
}

void loading(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(load());
}

void prefill(benchmark::State& state) {
  const c10::InferenceMode inference;
  const auto model = load();
  const at::Tensor embeddings = prompt(*model, state.range(0));
  for (auto _ : state) {
    llm::KvCache cache = model->emptyCache();
    const at::Tensor hidden = model->forward(embeddings, {}, &cache);
    benchmark::DoNotOptimize(model->logits(hidden.narrow(1, state.range(0) - 1, 1)));
  }
  state.counters["tokens/s"] =
      benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)), benchmark::Counter::kIsRate);
}

// Greedy, behind `past` tokens.
void decode(benchmark::State& state) {
  const c10::InferenceMode inference;
  const auto model = load();
  llm::KvCache cache = model->emptyCache();
  model->forward(prompt(*model, state.range(0)), {}, &cache);
  at::Tensor id = at::full({1, 1}, 42, at::kLong);
  for (auto _ : state) {
    id = model->logits(model->forward(model->embed(id), {}, &cache)).argmax(-1);
    if (cache.tokens() >= state.range(0) + 64) cache.truncate(state.range(0));
  }
  state.counters["tokens/s"] = benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

}  // namespace

BENCHMARK(loading)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(prefill)->Arg(8)->Arg(64)->Arg(512)->ArgName("tokens")->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(decode)->Arg(16)->Arg(512)->Arg(1500)->ArgName("past")->UseRealTime()->Unit(benchmark::kMillisecond);

int main(int argc, char** argv) {
  if (!std::filesystem::exists(tests::part("SmolLM2-135M-Instruct.Q4_1.gguf"))) {
    std::cerr << "The language model of the starter pack is not here; packaging/setup/ fetches it.\n";
    return 1;
  }
  std::cerr << "instruction set " << toString(kernels::activeIsa()) << ", " << kernels::ThreadPool().threads()
            << " threads\n";
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
