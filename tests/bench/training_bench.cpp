// What a training step through the frozen language model costs, beside the same step with gradients for all weights:
// time (medians, interleaved) and memory (one child process each). Sizes of SmolLM2-135M, random weights: no file is
// needed. Then a stage-1 step with stored features beside one with the encoder in the loop. Arguments: none, or `memory
// frozen|all` for the child.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>
#include <torch/utils.h>

#include "core/base/this_process.h"
#include "core/encoders/efficientnet_lite.h"
#include "core/llm/decoder_model.h"
#include "core/training/frozen_head_loss.h"
#include "core/training/optimizer.h"
#include "core/x2l/image_interface.h"
#include "tests/support/parts.h"

namespace {

using namespace xllm;

constexpr std::int64_t kBatch = 16, kBefore = 8, kQueries = 8, kAfter = 14, kAnswer = 10;
constexpr int kRounds = 7;

llm::DecoderConfig sizes() {
  return {.hidden = 576,
          .layers = 30,
          .heads = 9,
          .kvHeads = 3,
          .headDim = 64,
          .intermediate = 1536,
          .vocabulary = 49152,
          .contextLength = 2048,
          .ropeTheta = 100000.0,
          .normEpsilon = 1e-5,
          .localLayers = {}};
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
    std::vector<llm::DecoderBlock> layers;
    for (std::int64_t i = 0; i < c.layers; ++i) {
      llm::DecoderBlock::Weights w{
          .input_layernorm = at::ones({c.hidden}),
          .post_attention_layernorm = at::ones({c.hidden}),
          .q_norm = {},
          .k_norm = {},
          .attention_output_norm = {},
          .mlp_output_norm = {},
          .qkv_proj = llm::Linear({leaf({c.heads * c.headDim, c.hidden}), leaf({c.kvHeads * c.headDim, c.hidden}),
                                   leaf({c.kvHeads * c.headDim, c.hidden})}),
          .o_proj = llm::Linear({leaf({c.hidden, c.heads * c.headDim})}),
          .gate_up_proj = llm::Linear({leaf({c.intermediate, c.hidden}), leaf({c.intermediate, c.hidden})}),
          .down_proj = llm::Linear({leaf({c.hidden, c.intermediate})})};
      layers.emplace_back(c, std::move(w), /*local=*/false, at::kBFloat16);
    }
    m_model = std::make_unique<llm::DecoderModel>(c,
                                                  llm::DecoderModel::Weights{.embed_tokens = llm::WordEmbedding(table),
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
    const at::Tensor states = hidden.narrow(1, length - kAnswer, kAnswer).flatten(0, 1);
    const at::Tensor labels = at::randint(49152, {kBatch * kAnswer}, at::kLong);
    if (m_all) {
      at::cross_entropy_loss(m_model->logits(states), labels).backward();
    } else {
      training::tokenLosses(*m_model, states, labels).each.mean().backward();
    }
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

// Time of both, one after the other in each round, so that what else the machine does falls on both alike.
void compareTimes() {
  Model frozen(false), all(true);
  std::vector<double> a, b;
  frozen.step(), all.step();
  for (int i = 0; i < kRounds; ++i) {
    a.push_back(frozen.step());
    b.push_back(all.step());
  }
  std::printf(
      "through the frozen model, %ld x %ld tokens: %.2f s of CPU; gradients for all weights: %.2f s; ratio %.2f\n",
      static_cast<long>(kBatch), static_cast<long>(kBefore + kQueries + kAfter + kAnswer), median(a), median(b),
      median(a) / median(b));
}

// Peak of a process that loads the model and takes two steps: {all of it, what the steps took beyond the weights}.
std::pair<double, double> memoryOf(const char* program, const std::string& which) {
  const std::string command = std::string(program) + " memory " + which;
  FILE* pipe = popen(command.c_str(), "r");
  double loaded = 0, peak = 0;
  if (pipe == nullptr || std::fscanf(pipe, "%lf %lf", &loaded, &peak) != 2) std::printf("%s failed\n", command.c_str());
  if (pipe != nullptr) pclose(pipe);
  return {peak, peak - loaded};
}

void tellMemory(bool all) {
  Model model(all);
  const double loaded = peakMemory();
  model.step(), model.step();
  std::printf("%.1f %.1f\n", loaded, peakMemory());
}

void compareMemory(const char* program) {
  const auto frozen = memoryOf(program, "frozen"), all = memoryOf(program, "all");
  std::printf("peak memory %.0f against %.0f MiB; beyond the weights %.0f against %.0f MiB, ratio %.2f\n", frozen.first,
              all.first, frozen.second, all.second, frozen.second / all.second);
}

// A step of the image interface's first stage at the starter's sizes, its features from memory as a store's are, and
// with the encoder in the loop.
void compareStoredFeatures() {
  const char* const name = "efficientnet-lite0-57934424.pth";
  if (!std::filesystem::exists(tests::part(name))) {
    std::printf("stored features: skipped, %s is not here\n", name);
    return;
  }
  const auto file = weights::Checkpoint::open(tests::part(name));
  const auto encoder = encoders::loadEfficientNetLite(**file);
  if (!encoder) throw std::runtime_error(encoder.error().message);
  x2l::ImageInterfaceConfig sizes;
  sizes.featureWidth = 1280, sizes.featureNorm = true, sizes.poolTo = 3, sizes.cellPositions = true, sizes.hidden = 320;
  sizes.layers = 2, sizes.heads = 8, sizes.intermediate = 1280, sizes.crossAttentionEvery = 1, sizes.queries = 8;
  sizes.llmWidth = 576;
  x2l::ImageInterface interface(sizes);
  training::AdamW optimizer(interface, {});
  const RgbImage picture{224, 224, std::vector<std::uint8_t>(224 * 224 * 3, 100)};
  const auto encode = [&] {
    const torch::NoGradGuard noGrad;
    std::vector<at::Tensor> cells;
    for (std::int64_t i = 0; i < kBatch; ++i)
      cells.push_back((*encoder)->forward((*encoder)->preprocess(picture)).cells);
    return at::cat(cells);
  };
  const auto step = [&](const at::Tensor& cells) {
    optimizer.clearGradients();
    interface.forward(cells).square().mean().backward();
    optimizer.clipGradients();
    optimizer.step(1e-4);
  };
  const at::Tensor stored = encode().to(at::kBFloat16);
  std::vector<double> with, without;
  for (int i = 0; i < kRounds; ++i) {
    double start = secondsOfThisProcess();
    step(stored.to(at::kFloat));
    without.push_back(secondsOfThisProcess() - start);
    start = secondsOfThisProcess();
    step(encode());
    with.push_back(secondsOfThisProcess() - start);
  }
  std::printf("stage-1 step with stored features: %.3f s of CPU; with the encoder in the loop: %.3f s; %.1f times\n",
              median(without), median(with), median(with) / median(without));
}

}  // namespace

int main(int argc, char** argv) {
  keepFreedMemory(std::int64_t{1} << 30);  // as training does
  if (argc == 3) {
    tellMemory(std::string(argv[2]) == "all");
    return 0;
  }
  std::printf("%d threads\n", at::get_num_threads());
  compareTimes();
  compareMemory(argv[0]);
  compareStoredFeatures();
  return 0;
}
