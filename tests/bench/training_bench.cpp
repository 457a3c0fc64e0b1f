// What a training step through the frozen language model costs, beside the same step with gradients for all weights:
// time (medians, interleaved) and memory (one child process each). Sizes of SmolLM2-135M, random weights: no file is
// needed. Arguments: none, or `memory frozen|all` for the child.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "core/llm/llama_model.h"

namespace {

using namespace xllm;

constexpr std::int64_t kBatch = 16, kBefore = 8, kQueries = 8, kAfter = 14, kAnswer = 10;
constexpr int kRounds = 7;

llm::LlamaConfig sizes() {
  return {.hidden = 576,
          .layers = 30,
          .heads = 9,
          .kvHeads = 3,
          .headDim = 64,
          .intermediate = 1536,
          .vocabulary = 49152,
          .contextLength = 2048,
          .ropeTheta = 100000.0,
          .normEpsilon = 1e-5};
}

// Of all threads; unlike the clock on the wall it does not count what other programs took.
double secondsOfThisProcess() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

class Model {
 public:
  explicit Model(bool allWeights) : m_all(allWeights) {
    at::manual_seed(1);
    const auto c = sizes();
    const at::Tensor table = leaf({c.vocabulary, c.hidden});
    std::vector<llm::LlamaBlock> layers;
    for (std::int64_t i = 0; i < c.layers; ++i) {
      llm::LlamaBlock::Weights w{
          .input_layernorm = at::ones({c.hidden}),
          .post_attention_layernorm = at::ones({c.hidden}),
          .qkv_proj = llm::Linear({leaf({c.heads * c.headDim, c.hidden}), leaf({c.kvHeads * c.headDim, c.hidden}),
                                   leaf({c.kvHeads * c.headDim, c.hidden})}),
          .o_proj = llm::Linear({leaf({c.hidden, c.heads * c.headDim})}),
          .gate_up_proj = llm::Linear({leaf({c.intermediate, c.hidden}), leaf({c.intermediate, c.hidden})}),
          .down_proj = llm::Linear({leaf({c.hidden, c.intermediate})})};
      layers.emplace_back(c, std::move(w), at::kBFloat16);
    }
    m_model = std::make_unique<llm::LlamaModel>(c,
                                                llm::LlamaModel::Weights{.embed_tokens = llm::WordEmbedding(table),
                                                                         .layers = std::move(layers),
                                                                         .norm = at::ones({c.hidden}),
                                                                         .lm_head = llm::Linear({table})},
                                                llm::Precision::BFloat16);
    m_soft = at::randn({kBatch, kQueries, c.hidden}).mul_(0.02).requires_grad_();
  }

  // CPU seconds of one forward and backward pass.
  double step() {
    for (at::Tensor& weight : m_leaves) weight.mutable_grad() = at::Tensor();
    m_soft.mutable_grad() = at::Tensor();
    const double start = secondsOfThisProcess();
    const at::Tensor before = m_model->embed(at::randint(49152, {kBatch, kBefore}, at::kLong));
    const at::Tensor after = m_model->embed(at::randint(49152, {kBatch, kAfter + kAnswer}, at::kLong));
    const auto length = kBefore + kQueries + kAfter + kAnswer;
    const at::Tensor lengths = at::full({kBatch, 1}, length, at::kLong).sub_(at::arange(kBatch).unsqueeze(1) % 5);
    const at::Tensor valid = at::arange(length).unsqueeze(0).lt(lengths);
    const at::Tensor hidden = m_model->forward(at::cat({before, m_soft, after}, 1), valid);
    const at::Tensor scores = m_model->logits(hidden.narrow(1, length - kAnswer, kAnswer)).flatten(0, 1);
    at::cross_entropy_loss(scores, at::randint(49152, {kBatch * kAnswer}, at::kLong)).backward();
    return secondsOfThisProcess() - start;
  }

 private:
  at::Tensor leaf(std::vector<std::int64_t> shape) {
    const at::Tensor weight = at::randn(shape).mul_(0.04).to(at::kBFloat16);
    if (m_all) m_leaves.push_back(weight.requires_grad_());
    return weight;
  }

  bool m_all;
  std::vector<at::Tensor> m_leaves;
  std::unique_ptr<llm::LanguageModel> m_model;
  at::Tensor m_soft;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Largest resident size of this process so far, MiB.
double peakMemory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "VmHWM:") continue;
    double kilobytes = 0;
    status >> kilobytes;
    return kilobytes / 1024;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) {
    Model model(std::string(argv[1]) == "all");
    const double loaded = peakMemory();
    for (int i = 0; i < (argc > 2 ? std::atoi(argv[2]) : 2); ++i) std::printf("%.3f s\n", model.step());
    std::printf("loaded %.0f MiB, peak %.0f MiB\n", loaded, peakMemory());
    return 0;
  }
  Model frozen(false), all(true);
  std::vector<double> a, b;
  frozen.step(), all.step();
  for (int i = 0; i < kRounds; ++i) {
    a.push_back(frozen.step());
    b.push_back(all.step());
    std::printf("%.3f %.3f\n", a.back(), b.back());
  }
  std::printf("frozen %.3f s, all %.3f s, ratio %.2f\n", median(a), median(b), median(a) / median(b));
}
