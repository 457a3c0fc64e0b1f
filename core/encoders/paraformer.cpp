#include "core/encoders/paraformer.h"

#include <array>
#include <cmath>
#include <string>
#include <utility>

#include <ATen/ATen.h>

#include "core/encoders/attention.h"
#include "core/encoders/feature_statistics.h"
#include "core/encoders/kaldi_fbank.h"
#include "core/encoders/sound_windows.h"
#include "core/encoders/weight_reader.h"

namespace xllm::encoders {
namespace {

constexpr double kNormEpsilon = 1e-12;
constexpr std::int64_t kStacked = 7, kStep = 6;  // frames of the filter bank
constexpr std::int64_t kPublishedHeads = 4;
constexpr std::array kPrefixes = {"encoder.", "state_dict/encoder.", "model_state_dict/encoder.", "model/encoder."};

at::Tensor norm(const at::Tensor& x, const SanmWeights::Norm& weights) {
  return at::layer_norm(x, {x.size(-1)}, weights.weight, weights.bias, kNormEpsilon);
}

// Positions 1, 2, …: first half sines, second half cosines -> [frames, width]
at::Tensor positions(std::int64_t frames, std::int64_t width) {
  const std::int64_t half = width / 2;
  const at::Tensor places = at::arange(1, frames + 1, at::kDouble).unsqueeze(1);
  const at::Tensor rates =
      at::arange(half, at::kDouble).mul_(-std::log(10000.0) / static_cast<double>(half - 1)).exp_();
  const at::Tensor angles = places * rates;
  return at::cat({angles.sin(), angles.cos()}, 1).to(at::kFloat);
}

class Loader {
 public:
  Loader(const weights::Checkpoint& checkpoint, const std::string& prefix) : m_reader(checkpoint, prefix) {}

  Result<SanmWeights> load(std::int64_t heads) {
    const std::int64_t width = sizeOf("after_norm.weight", 0);
    SanmWeights weights{.blocks = {}, .after_norm = norm("after_norm", width), .heads = heads};
    weights.blocks.push_back(block("encoders0.0.", sizeOf("encoders0.0.norm1.weight", 0), width));
    for (std::string name = "encoders.0."; m_reader.has(name + "norm1.weight");
         name = "encoders." + std::to_string(weights.blocks.size() - 1) + ".") {
      weights.blocks.push_back(block(name, width, width));
    }
    if (m_reader.failure()) return tl::unexpected(*m_reader.failure());
    return weights;
  }

 private:
  // 1 where the tensor is missing or has no such dimension; then take() says so.
  std::int64_t sizeOf(const std::string& name, std::size_t dimension) const {
    const auto shape = m_reader.shape(name);
    return dimension < shape.size() && shape[dimension] > 0 ? shape[dimension] : 1;
  }
  SanmWeights::Norm norm(const std::string& name, std::int64_t width) {
    return {m_reader.take(name + ".weight", {width}), m_reader.take(name + ".bias", {width})};
  }
  Affine affine(const std::string& name, std::int64_t out, std::int64_t in) {
    return {m_reader.take(name + ".weight", {out, in}), m_reader.take(name + ".bias", {out})};
  }
  SanmWeights::Block block(const std::string& name, std::int64_t in, std::int64_t width) {
    const std::int64_t units = sizeOf(name + "feed_forward.w_1.weight", 0);
    const std::string memory = name + "self_attn.fsmn_block.weight";
    return {.norm1 = norm(name + "norm1", in),
            .norm2 = norm(name + "norm2", width),
            .linear_q_k_v = affine(name + "self_attn.linear_q_k_v", 3 * width, in),
            .linear_out = affine(name + "self_attn.linear_out", width, width),
            .fsmn_block = m_reader.take(memory, {width, 1, sizeOf(memory, 2)}),
            .w_1 = affine(name + "feed_forward.w_1", units, width),
            .w_2 = affine(name + "feed_forward.w_2", width, units)};
  }

  WeightReader m_reader;
};

}  // namespace

SanmEncoder::SanmEncoder(SanmWeights weights, Precision precision)
    : m_weights(std::move(weights)), m_precision(precision) {
  TORCH_CHECK(!m_weights.blocks.empty() && m_weights.heads > 0 && width() % m_weights.heads == 0, "SAN-M of width ",
              width(), ", ", m_weights.heads, " heads");
  TORCH_CHECK(inputWidth() % 2 == 0 && inputWidth() >= 4, "SAN-M features of width ", inputWidth());
  for (const SanmWeights::Block& block : m_weights.blocks) {
    TORCH_CHECK(block.fsmn_block.size(2) % 2 == 1, "SAN-M memory ", block.fsmn_block.sizes());
  }
  const at::NoGradGuard noGradients;
  for (SanmWeights::Block& block : m_weights.blocks) {
    for (Affine* layer : {&block.linear_q_k_v, &block.linear_out, &block.w_1, &block.w_2}) convert(*layer, precision);
    block.fsmn_block = block.fsmn_block.to(scalarType(precision));
  }
}

at::Tensor SanmEncoder::attend(const at::Tensor& x, const SanmWeights::Block& block) const {
  const std::int64_t batch = x.size(0), frames = x.size(1);
  const at::Tensor mixed = product(norm(x, block.norm1), block.linear_q_k_v);
  const at::Tensor split = mixed.view({batch, frames, 3, m_weights.heads, -1});
  const auto part = [&](std::int64_t which) { return split.select(2, which).transpose(1, 2); };
  const at::Tensor seen = attention(part(0), part(1), part(2), m_precision);
  const at::Tensor values = mixed.narrow(2, 2 * width(), width());
  const at::Tensor memory = at::conv1d(values.transpose(1, 2), block.fsmn_block, /*bias=*/{}, /*stride=*/1,
                                       /*padding=*/block.fsmn_block.size(2) / 2, /*dilation=*/1, /*groups=*/width());
  return product(seen.transpose(1, 2).reshape({batch, frames, width()}), block.linear_out).to(at::kFloat) +
         memory.transpose(1, 2) + values;
}

at::Tensor SanmEncoder::forward(const at::Tensor& features) const {
  TORCH_CHECK(features.dim() == 3 && features.size(1) > 0 && features.size(2) == inputWidth(), "Paraformer features ",
              features.sizes(), " for width ", inputWidth());
  const at::NoGradGuard noGradients;
  at::Tensor x = features * std::sqrt(static_cast<double>(width())) + positions(features.size(1), inputWidth());
  for (const SanmWeights::Block& block : m_weights.blocks) {
    const at::Tensor attended = attend(x, block);
    x = x.size(2) == width() ? x + attended : attended;  // the first block changes the width and keeps nothing
    x = x + product(at::relu(product(norm(x, block.norm2), block.w_1)), block.w_2);
  }
  return norm(x, m_weights.after_norm);
}

std::optional<std::string> paraformerRoot(const weights::Checkpoint& checkpoint) {
  for (const std::string prefix : kPrefixes) {
    if (checkpoint.find(prefix + "encoders0.0.norm1.weight") != nullptr) return prefix;
  }
  return std::nullopt;
}

Result<SanmEncoder> loadSanmEncoder(const weights::Checkpoint& checkpoint, const SanmOptions& options) {
  const std::int64_t heads = options.heads == 0 ? kPublishedHeads : options.heads;
  if (const auto root = paraformerRoot(checkpoint)) {
    auto weights = Loader(checkpoint, *root).load(heads);
    if (!weights) return tl::unexpected(weights.error());
    const std::int64_t width = weights->after_norm.weight.size(0), kernel = weights->blocks[0].fsmn_block.size(2);
    const std::int64_t in = weights->blocks[0].norm1.weight.size(0);
    if (heads < 1 || width % heads != 0 || kernel % 2 == 0 || in < 4 || in % 2 != 0) {
      return fail(ErrorCode::Unsupported, "The Paraformer in " + checkpoint.path().string() + " is " +
                                              std::to_string(width) + " wide on features " + std::to_string(in) +
                                              " wide, with a memory over " + std::to_string(kernel) + " frames and " +
                                              std::to_string(heads) +
                                              " heads; heads must divide the width, features be even, a memory odd.");
    }
    return SanmEncoder(std::move(*weights), options.precision.value_or(fastestPrecision()));
  }
  return fail(ErrorCode::Unsupported, "The file " + checkpoint.path().string() +
                                          " holds no Paraformer: it has no tensor encoder.encoders0.0.norm1.weight.");
}

Result<std::unique_ptr<SpeechEncoder>> loadParaformerEncoder(const weights::Checkpoint& checkpoint,
                                                             const std::filesystem::path& statistics,
                                                             std::optional<Precision> precision) {
  auto graph = loadSanmEncoder(checkpoint, {.precision = precision});
  if (!graph) return tl::unexpected(graph.error());
  if (graph->inputWidth() != kStacked * kFbankBins) {
    return fail(ErrorCode::Unsupported, "The Paraformer in " + checkpoint.path().string() + " reads features " +
                                            std::to_string(graph->inputWidth()) +
                                            " wide; only 7 frames of 80 bins, 560, are computed.");
  }
  const auto normalisation = readFeatureStatistics(statistics, graph->inputWidth());
  if (!normalisation) return tl::unexpected(normalisation.error());
  const std::int64_t width = graph->width();
  return windowedSpeechEncoder(
      {.frontEnd =
           [how = *normalisation](const at::Tensor& samples) {
             return how.normalise(lowFrameRate(kaldiFbank(samples, FbankWindow::Hamming), kStacked, kStep));
           },
       .graph = [sanm = std::move(*graph)](const at::Tensor& features) { return sanm.forward(features); },
       .width = width,
       .samplesPerFrame = kStep * kFbankHop});
}

}  // namespace xllm::encoders
