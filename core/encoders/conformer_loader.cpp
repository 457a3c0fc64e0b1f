// Conformer encoders out of the files of WeNet, ESPnet and FunASR, with the features that each of them computes.
#include <array>
#include <string>
#include <utility>

#include <ATen/ATen.h>

#include "core/encoders/conformer_loader.h"
#include "core/encoders/kaldi_fbank.h"
#include "core/encoders/log_mel.h"
#include "core/encoders/sound_windows.h"
#include "core/encoders/weight_reader.h"

namespace xllm::encoders {
namespace {

constexpr std::array kRoots = {"", "state_dict/", "model_state_dict/", "model/"};  // in front of "encoder."
constexpr std::int64_t kSubsampling = 4;
constexpr std::int64_t kFrequencies = 19;  // that the two convolutions leave of 80

class Loader {
 public:
  Loader(const weights::Checkpoint& checkpoint, const std::string& prefix)
      : m_checkpoint(checkpoint), m_reader(checkpoint, prefix) {}

  Result<ConformerWeights> load() {
    const auto out = m_reader.shape("embed.out.0.weight");
    if (out.size() != 2 || out[0] < 2 || out[0] % 2 != 0 || out[1] != kFrequencies * out[0]) {
      return refused(ErrorCode::Unsupported,
                     "does not reduce 80 bins to a quarter of the frame rate (embed.out.0.weight is not [width, 19 · "
                     "width]); only input_layer conv2d on 80 bins is read");
    }
    m_width = out[0];
    ConformerWeights weights;
    weights.conv0 = affine("embed.conv.0", {m_width, 1, 3, 3});
    weights.conv2 = affine("embed.conv.2", {m_width, m_width, 3, 3});
    weights.out = affine("embed.out.0", out);
    for (std::string name = "encoders.0."; m_reader.has(name + "norm_mha.weight");
         name = "encoders." + std::to_string(weights.encoders.size()) + ".") {
      weights.encoders.push_back(block(name));
    }
    weights.after_norm = norm("after_norm");
    if (m_reader.failure()) return tl::unexpected(*m_reader.failure());
    if (weights.encoders.empty()) return refused(ErrorCode::CorruptFile, "has no blocks (encoders.0.norm_mha.weight)");
    return weights;
  }

 private:
  tl::unexpected<Error> refused(ErrorCode code, const std::string& what) const {
    return fail(code, "The Conformer encoder in " + m_checkpoint.path().string() + " " + what + ".");
  }
  // The size along one dimension of a tensor whose other sizes are checked when it is taken; 1 where it has none.
  std::int64_t sizeOf(const std::string& name, std::size_t dimension) const {
    const auto shape = m_reader.shape(name);
    return dimension < shape.size() && shape[dimension] > 0 ? shape[dimension] : 1;
  }
  ConformerWeights::Norm norm(const std::string& name) {
    return {m_reader.take(name + ".weight", {m_width}), m_reader.take(name + ".bias", {m_width})};
  }
  Affine affine(const std::string& name, const std::vector<std::int64_t>& shape) {
    return {m_reader.take(name + ".weight", shape), m_reader.take(name + ".bias", {shape[0]})};
  }
  Affine projection(const std::string& name) { return affine(name, {m_width, m_width}); }
  ConformerWeights::FeedForward feedForward(const std::string& name) {
    const std::int64_t units = sizeOf(name + ".w_1.weight", 0);
    return {affine(name + ".w_1", {units, m_width}), affine(name + ".w_2", {m_width, units})};
  }
  RelativeAttentionWeights attention(const std::string& name) {
    std::int64_t heads = sizeOf(name + ".pos_bias_u", 0);
    if (m_width % heads != 0) heads = 1;  // then the shapes are refused
    return {.linear_q = projection(name + ".linear_q"),
            .linear_k = projection(name + ".linear_k"),
            .linear_v = projection(name + ".linear_v"),
            .linear_out = projection(name + ".linear_out"),
            .linear_pos = {m_reader.take(name + ".linear_pos.weight", {m_width, m_width}), {}},
            .pos_bias_u = m_reader.take(name + ".pos_bias_u", {heads, m_width / heads}),
            .pos_bias_v = m_reader.take(name + ".pos_bias_v", {heads, m_width / heads})};
  }
  ConformerWeights::Convolution convolution(const std::string& name) {
    ConformerWeights::Convolution weights;
    weights.pointwise_conv1 = affine(name + ".pointwise_conv1", {2 * m_width, m_width, 1});
    weights.depthwise_conv = affine(name + ".depthwise_conv", {m_width, 1, sizeOf(name + ".depthwise_conv.weight", 2)});
    weights.norm = norm(name + ".norm");
    if (m_reader.has(name + ".norm.running_mean")) {
      weights.running_mean = m_reader.take(name + ".norm.running_mean", {m_width});
      weights.running_var = m_reader.take(name + ".norm.running_var", {m_width});
    }
    weights.pointwise_conv2 = affine(name + ".pointwise_conv2", {m_width, m_width, 1});
    return weights;
  }
  ConformerWeights::Block block(const std::string& name) {
    return {.norm_ff_macaron = norm(name + "norm_ff_macaron"),
            .norm_mha = norm(name + "norm_mha"),
            .norm_conv = norm(name + "norm_conv"),
            .norm_ff = norm(name + "norm_ff"),
            .norm_final = norm(name + "norm_final"),
            .feed_forward_macaron = feedForward(name + "feed_forward_macaron"),
            .feed_forward = feedForward(name + "feed_forward"),
            .self_attn = attention(name + "self_attn"),
            .conv_module = convolution(name + "conv_module")};
  }

  const weights::Checkpoint& m_checkpoint;
  WeightReader m_reader;
  std::int64_t m_width = 0;
};

Result<std::string> rootOf(const weights::Checkpoint& checkpoint) {
  if (const auto root = conformerRoot(checkpoint)) return *root;
  return fail(ErrorCode::Unsupported, "The file " + checkpoint.path().string() +
                                          " holds no Conformer encoder: it has no tensor encoder.embed.conv.0.weight.");
}

using FrontEnd = std::function<at::Tensor(const at::Tensor&)>;

Result<FrontEnd> kaldiFrontEnd(FbankWindow window, const Result<FeatureStatistics>& statistics) {
  if (!statistics) return tl::unexpected(statistics.error());
  return [window, how = *statistics](const at::Tensor& samples) { return how.normalise(kaldiFbank(samples, window)); };
}

Result<FrontEnd> wenetFrontEnd(const weights::Checkpoint& checkpoint, const std::string& root,
                               const std::filesystem::path& statistics) {
  if (!statistics.empty()) return kaldiFrontEnd(FbankWindow::Povey, readFeatureStatistics(statistics, kFbankBins));
  WeightReader reader(checkpoint, root + "encoder.global_cmvn.");
  const at::Tensor mean = reader.take("mean", {kFbankBins}), inverse = reader.take("istd", {kFbankBins});
  if (reader.failure()) return tl::unexpected(*reader.failure());
  return kaldiFrontEnd(FbankWindow::Povey, FeatureStatistics{mean.neg(), inverse});
}

// ESPnet's own spectrogram, whose mel matrix lies in the file.
Result<FrontEnd> espnetFrontEnd(const weights::Checkpoint& checkpoint, const std::string& root) {
  WeightReader reader(checkpoint, root);
  const at::Tensor mean = reader.take("normalize.mean", {kFbankBins}),
                   deviation = reader.take("normalize.std", {kFbankBins});
  const at::Tensor filters = reader.take("frontend.logmel.melmat", {kEspnetSpectrum, kFbankBins});
  if (reader.failure()) return tl::unexpected(*reader.failure());
  return [filters, how = FeatureStatistics{mean.neg(), deviation.reciprocal()}](const at::Tensor& samples) {
    return how.normalise(espnetLogMel(samples, filters));
  };
}

Result<FrontEnd> frontEndOf(const weights::Checkpoint& checkpoint, const std::string& root,
                            const ConformerLoading& how) {
  switch (how.toolkit) {
    case SpeechToolkit::WeNet: return wenetFrontEnd(checkpoint, root, how.statistics);
    case SpeechToolkit::EspNet: return espnetFrontEnd(checkpoint, root);
    case SpeechToolkit::FunAsr: break;
  }
  return kaldiFrontEnd(FbankWindow::Hamming, readFeatureStatistics(how.statistics, kFbankBins));
}

}  // namespace

std::optional<std::string> conformerRoot(const weights::Checkpoint& checkpoint) {
  for (const std::string root : kRoots) {
    if (checkpoint.find(root + "encoder.embed.conv.0.weight") != nullptr) return root;
  }
  return std::nullopt;
}

Result<Conformer> loadConformer(const weights::Checkpoint& checkpoint, const ConformerLoading& how) {
  const auto root = rootOf(checkpoint);
  if (!root) return tl::unexpected(root.error());
  auto weights = Loader(checkpoint, *root + "encoder.").load();
  if (!weights) return tl::unexpected(weights.error());
  const ConformerWeights::Convolution& first = weights->encoders.front().conv_module;
  ConformerOptions options{.rule = how.rule,
                           .normEpsilon = how.toolkit == SpeechToolkit::WeNet ? 1e-5 : 1e-12,
                           .precision = how.precision.value_or(fastestPrecision())};
  options.causal = !first.running_mean.defined() || first.depthwise_conv.weight.size(2) % 2 == 0;
  return Conformer(std::move(*weights), options);
}

Result<std::unique_ptr<SpeechEncoder>> loadConformerEncoder(const weights::Checkpoint& checkpoint,
                                                            const ConformerLoading& how) {
  auto graph = loadConformer(checkpoint, how);
  if (!graph) return tl::unexpected(graph.error());
  auto frontEnd = frontEndOf(checkpoint, *rootOf(checkpoint), how);
  if (!frontEnd) return tl::unexpected(frontEnd.error());
  const std::int64_t width = graph->width();
  return windowedSpeechEncoder(
      {.frontEnd = std::move(*frontEnd),
       .graph = [conformer = std::move(*graph)](const at::Tensor& features) { return conformer.forward(features); },
       .width = width,
       .samplesPerFrame = kSubsampling * (how.toolkit == SpeechToolkit::EspNet ? kEspnetHop : kFbankHop)});
}

}  // namespace xllm::encoders
