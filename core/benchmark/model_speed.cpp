#include "core/benchmark/model_speed.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "core/base/audio_clip.h"
#include "core/base/rgb_image.h"
#include "core/generation/sampling.h"
#include "core/llm/language_model.h"
#include "core/llm/packed_weights.h"
#include "core/model/image_parts.h"
#include "core/model/speech_parts.h"
#include "core/weights/checkpoint.h"

namespace xllm::benchmark {

namespace {

constexpr std::int64_t kChunk = 128;  // columns of a prompt that go through together, as in a conversation

template <typename Run>
Result<Times> repeat(const Repetition& how, Run&& run) {
  using Clock = std::chrono::steady_clock;
  Times times;
  for (int i = -1; i < how.runs; ++i) {
    if (how.stop.stop_requested()) return fail(ErrorCode::Cancelled, "Stopped.");
    const auto start = Clock::now();
    if (auto done = run(); !done) return tl::unexpected(done.error());
    if (i >= 0) times.seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  return times;
}

// Words that a text would not repeat; the same for every run and program.
at::Tensor someWords(std::int64_t count, std::int64_t vocabulary) {
  const at::Tensor numbers = at::arange(count, at::kLong);
  return (numbers * 7919 + 1000).remainder(std::max<std::int64_t>(vocabulary - 64, 1)).unsqueeze(0);
}

// Runs `ids` behind what the cache holds -> scores of the last column [1, 1, vocabulary].
at::Tensor read(const llm::LanguageModel& model, const at::Tensor& ids, llm::KvCache& cache) {
  const std::int64_t count = ids.size(1);
  const std::int64_t step = model.config().readsBothWays() ? count : kChunk;
  at::Tensor last;
  for (std::int64_t begin = 0; begin < count; begin += step) {
    last = model.lastRow(model.embed(ids.narrow(1, begin, std::min(step, count - begin))), cache);
  }
  return model.logits(last);
}

// The next word as a conversation at temperature 0 has it: [1, 1] int64.
at::Tensor best(const at::Tensor& logits) {
  const auto words = static_cast<std::size_t>(logits.numel());
  return at::full({1, 1}, generation::mostLikely({logits.const_data_ptr<float>(), words}), at::kLong);
}

std::uint64_t bytesPerTokenOf(const weights::Checkpoint& file) {
  constexpr std::array<std::string_view, 5> kWords = {
      "token_embd.weight", "model.embed_tokens.weight", "transformer.word_embeddings.weight",
      "transformer.embedding.word_embeddings.weight", "model.language_model.embed_tokens.weight"};
  constexpr std::array<std::string_view, 3> kOutput = {"output.weight", "lm_head.weight",
                                                       "transformer.output_layer.weight"};
  const bool ownOutput =
      std::any_of(kOutput.begin(), kOutput.end(), [&](std::string_view name) { return file.find(name) != nullptr; });
  std::uint64_t bytes = 0;
  for (const weights::TensorInfo& tensor : file.tensors()) {
    const bool words = std::find(kWords.begin(), kWords.end(), tensor.name) != kWords.end();
    if (tensor.shape.size() >= 2 && !(words && ownOutput)) bytes += tensor.bytes;
  }
  return bytes;
}

AudioClip noiseOf(double seconds) {
  AudioClip noise{.sampleRateHz = 16000, .samples = {}};
  noise.samples.resize(static_cast<std::size_t>(std::llround(seconds * noise.sampleRateHz)));
  std::uint32_t state = 1;
  for (float& sample : noise.samples) {
    state = state * 1664525U + 1013904223U;  // Numerical Recipes' generator
    sample = static_cast<float>(state >> 8) / static_cast<float>(1U << 24) * 0.2F - 0.1F;
  }
  return noise;
}

Result<std::unique_ptr<encoders::SpeechEncoder>> openEars(const model::Pack& pack,
                                                          std::optional<encoders::Precision> precision) {
  if (!pack.speechEncoder) return fail(ErrorCode::Unsupported, "The pack " + pack.name + " does not hear speech.");
  return model::openSpeechEncoder(pack, precision);
}

}  // namespace

double Times::median() const {
  if (seconds.empty()) return 0;
  std::vector<double> sorted = seconds;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

double Times::best() const { return seconds.empty() ? 0 : *std::min_element(seconds.begin(), seconds.end()); }

LanguageModelSpeed::LanguageModelSpeed(std::unique_ptr<llm::PackedWeights> packed,
                                       std::unique_ptr<llm::LanguageModel> model, std::uint64_t bytesPerToken,
                                       llm::KeptAs kept)
    : m_packed(std::move(packed)), m_model(std::move(model)), m_bytesPerToken(bytesPerToken), m_kept(kept) {}
LanguageModelSpeed::LanguageModelSpeed(LanguageModelSpeed&&) noexcept = default;
LanguageModelSpeed& LanguageModelSpeed::operator=(LanguageModelSpeed&&) noexcept = default;
LanguageModelSpeed::~LanguageModelSpeed() = default;

Result<LanguageModelSpeed> LanguageModelSpeed::open(const std::filesystem::path& file,
                                                    const std::filesystem::path& packedFolder, llm::KeptAs kept) {
  const c10::InferenceMode inference;
  auto checkpoint = weights::Checkpoint::open(file);
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  const std::uint64_t bytes = bytesPerTokenOf(**checkpoint);
  std::unique_ptr<llm::PackedWeights> packed;
  if (!packedFolder.empty()) packed = std::make_unique<llm::PackedWeights>(packedFolder, **checkpoint);
  auto model = packed ? llm::loadLanguageModel(std::move(*checkpoint), *packed)
                      : llm::loadLanguageModel(std::move(*checkpoint), llm::Precision::AsStored);
  if (!model) return tl::unexpected(model.error());
  if (packed) {
    packed->keep();
    packed->finish();
  }
  return LanguageModelSpeed(std::move(packed), std::move(*model), bytes, kept);
}

Result<void> LanguageModelSpeed::checkFits(std::int64_t tokens) const {
  const std::int64_t context = m_model->config().contextLength;
  if (tokens >= 1 && tokens <= context) return {};
  return fail(ErrorCode::BadInput, std::to_string(tokens) +
                                       " tokens cannot be measured: this language model takes 1 to " +
                                       std::to_string(context) + ".");
}

Result<Times> LanguageModelSpeed::prefill(std::int64_t tokens, const Repetition& how) const {
  if (auto fits = checkFits(tokens); !fits) return tl::unexpected(fits.error());
  const c10::InferenceMode inference;
  const at::Tensor ids = someWords(tokens, m_model->config().vocabulary);
  return repeat(how, [&]() -> Result<void> {
    llm::KvCache cache = m_model->emptyCache(m_kept);
    read(*m_model, ids, cache);
    return {};
  });
}

Result<Times> LanguageModelSpeed::decode(std::int64_t tokens, std::int64_t past, const Repetition& how) const {
  if (auto fits = checkFits(tokens + past); !fits) return tl::unexpected(fits.error());
  const c10::InferenceMode inference;
  llm::KvCache cache = m_model->emptyCache(m_kept);
  const at::Tensor first =
      best(read(*m_model, someWords(std::max<std::int64_t>(past, 1), m_model->config().vocabulary), cache));
  const std::int64_t columns = cache.tokens();
  return repeat(how, [&]() -> Result<void> {
    cache.truncate(columns);
    at::Tensor id = first;
    for (std::int64_t i = 0; i < tokens; ++i) {
      if (how.stop.stop_requested()) return fail(ErrorCode::Cancelled, "Stopped.");
      id = best(m_model->logits(m_model->forward(m_model->embed(id), {}, &cache)));
    }
    return {};
  });
}

Result<Times> timeImageEncoder(const model::Pack& pack, const Repetition& how) {
  if (!pack.imageEncoder) return fail(ErrorCode::Unsupported, "The pack " + pack.name + " does not see pictures.");
  const c10::InferenceMode inference;
  const auto encoder = model::openImageEncoder(pack);
  if (!encoder) return tl::unexpected(encoder.error());
  RgbImage picture{.width = 640, .height = 480, .pixels = std::vector<std::uint8_t>(640 * 480 * 3)};
  for (std::size_t i = 0; i < picture.pixels.size(); ++i)
    picture.pixels[i] = static_cast<std::uint8_t>(i * 37 + i / 1920);
  return repeat(how, [&]() -> Result<void> {
    (*encoder)->forward((*encoder)->preprocess(picture));
    return {};
  });
}

Result<Times> timeSpeechEncoder(const model::Pack& pack, double seconds, const Repetition& how,
                                std::optional<encoders::Precision> precision) {
  const c10::InferenceMode inference;
  const auto encoder = openEars(pack, precision);
  if (!encoder) return tl::unexpected(encoder.error());
  const AudioClip noise = noiseOf(seconds);
  return repeat(how, [&]() -> Result<void> {
    const auto features = (*encoder)->encode(noise, how.stop);
    if (!features) return tl::unexpected(features.error());
    return {};
  });
}

Result<double> speechEncoderError(const model::Pack& pack, encoders::Precision precision) {
  const c10::InferenceMode inference;
  std::vector<at::Tensor> frames;
  for (const encoders::Precision each : {encoders::Precision::Float32, precision}) {
    const auto encoder = openEars(pack, each);
    if (!encoder) return tl::unexpected(encoder.error());
    auto encoded = (*encoder)->encode(noiseOf(1));
    if (!encoded) return tl::unexpected(encoded.error());
    frames.push_back(std::move(*encoded));
  }
  return ((frames[1] - frames[0]).norm(2, {1}) / frames[0].norm(2, {1})).median().item<double>();
}

}  // namespace xllm::benchmark
