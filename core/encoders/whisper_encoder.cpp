#include "core/encoders/whisper_encoder.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "core/encoders/attention.h"
#include "core/encoders/log_mel.h"
#include "core/encoders/sound_windows.h"

namespace xllm::encoders {
namespace {

constexpr double kNormEpsilon = 1e-5;
constexpr std::int64_t kSamplesPerFrame = 2 * kMelHop;  // the second convolution halves the rate

at::Tensor norm(const at::Tensor& hidden, const WhisperWeights::Norm& weights) {
  return at::layer_norm(hidden, {hidden.size(-1)}, weights.scale, weights.shift, kNormEpsilon);
}

// A convolution over three frames as a matrix over all that it sees: [out, in, 3] -> [out, 3 · in].
void flatten(Affine& convolution) { convolution.weight = convolution.weight.transpose(1, 2).flatten(1); }

// signal [B, frames, in] -> GELU of the convolution [B, (frames − 1) / stride + 1, out]; a frame of zeros at either
// end.
at::Tensor convolve(const at::Tensor& signal, const Affine& flattened, std::int64_t stride) {
  const at::Tensor padded = at::constant_pad_nd(signal, {0, 0, 1, 1}).contiguous();
  const std::int64_t frames = padded.size(1), in = padded.size(2);
  const at::Tensor seen =
      padded.as_strided({padded.size(0), (frames - 3) / stride + 1, 3 * in}, {frames * in, stride * in, 1});
  return geluOfProduct(seen, flattened);
}

void check(const WhisperWeights& weights) {
  const at::Tensor& positions = weights.positions;
  TORCH_CHECK(positions.dim() == 2 && weights.heads > 0 && positions.size(1) % weights.heads == 0, "Whisper positions ",
              positions.sizes(), ", ", weights.heads, " heads");
  const std::int64_t width = positions.size(1);
  TORCH_CHECK(weights.conv1.weight.dim() == 3 && weights.conv1.weight.size(0) == width &&
                  weights.conv1.weight.size(2) == 3 &&
                  weights.conv2.weight.sizes() == at::IntArrayRef({width, width, 3}),
              "Whisper convolutions ", weights.conv1.weight.sizes(), ", ", weights.conv2.weight.sizes());
  for (const WhisperWeights::Block& block : weights.blocks) {
    TORCH_CHECK(block.queryKeyValue.weight.sizes() == at::IntArrayRef({3 * width, width}), "Whisper q, k, v ",
                block.queryKeyValue.weight.sizes());
  }
}

}  // namespace

WhisperEncoder::WhisperEncoder(WhisperWeights weights, Precision precision, double silenceSeconds)
    : m_weights(std::move(weights)),
      m_precision(precision),
      m_silence(static_cast<std::int64_t>(silenceSeconds * kSpeechRateHz)) {
  check(m_weights);
  TORCH_CHECK(m_silence >= 0 && m_silence < windowFrames() * kSamplesPerFrame, "no room for ", silenceSeconds,
              " s of silence");
  const at::NoGradGuard noGradients;
  m_filters = melFilters(m_weights.conv1.weight.size(1));
  for (Affine* layer : {&m_weights.conv1, &m_weights.conv2}) {
    flatten(*layer);
    convert(*layer, precision);
  }
  for (WhisperWeights::Block& block : m_weights.blocks) {
    for (Affine* layer : {&block.queryKeyValue, &block.out, &block.up, &block.down}) convert(*layer, precision);
  }
}

void WhisperEncoder::pass(const WhisperWeights::Block& block, at::Tensor& hidden) const {
  const std::int64_t batch = hidden.size(0), frames = hidden.size(1);
  const at::Tensor mixed =
      product(norm(hidden, block.attentionNorm), block.queryKeyValue).view({batch, frames, 3, m_weights.heads, -1});
  const auto part = [&](std::int64_t which) {
    return mixed.select(2, which).transpose(1, 2);
  };  // [B, heads, frames, dim]
  const at::Tensor seen = attention(part(0), part(1), part(2), m_precision);
  addProduct(hidden, seen.transpose(1, 2).reshape({batch, frames, width()}), block.out);
  addProduct(hidden, geluOfProduct(norm(hidden, block.mlpNorm), block.up), block.down);
}

at::Tensor WhisperEncoder::encodeMel(const at::Tensor& mel, const std::stop_token& stop) const {
  TORCH_CHECK(mel.dim() == 3 && mel.size(1) == mels() && mel.size(2) > 0 && mel.size(2) <= 2 * windowFrames(),
              "log-mel ", mel.sizes(), " for ", mels(), " bins and at most ", 2 * windowFrames(), " frames");
  const at::NoGradGuard noGradients;
  const at::Tensor early = convolve(mel.transpose(1, 2), m_weights.conv1, /*stride=*/1);
  const at::Tensor frames = convolve(early, m_weights.conv2, /*stride=*/2);
  at::Tensor hidden = frames + m_weights.positions.narrow(0, 0, frames.size(1));  // float32, as the positions
  for (const WhisperWeights::Block& block : m_weights.blocks) {
    if (stop.stop_requested()) break;
    pass(block, hidden);
  }
  return norm(hidden, m_weights.finalNorm);
}

Result<at::Tensor> WhisperEncoder::encode(const AudioClip& sound, std::stop_token stop) const {
  if (auto usable = checkSound(sound); !usable) return tl::unexpected(usable.error());
  const auto samples = static_cast<std::int64_t>(sound.samples.size());
  const at::NoGradGuard noGradients;
  std::vector<at::Tensor> parts;
  for (const auto& [begin, end] :
       equalWindows(samples, windowFrames() * kSamplesPerFrame - m_silence, kSamplesPerFrame)) {
    const std::int64_t frames = (end - begin + kSamplesPerFrame - 1) / kSamplesPerFrame;
    at::Tensor part = at::zeros({std::max(end - begin + m_silence, frames * kSamplesPerFrame)}, at::kFloat);
    std::copy(sound.samples.begin() + begin, sound.samples.begin() + end, part.mutable_data_ptr<float>());
    parts.push_back(encodeMel(logMel(part, m_filters).unsqueeze(0), stop).squeeze(0).narrow(0, 0, frames).clone());
    if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "Stopped.");
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

}  // namespace xllm::encoders
