#include "core/training/speech_features.h"

#include <algorithm>
#include <utility>

#include <torch/types.h>
#include <torch/utils.h>

#include "core/data/format_text.h"
#include "core/encoders/speech_encoder.h"

namespace xllm::training {

namespace {

constexpr std::int64_t kFrameStep =
    32;  // batches are padded to a multiple: few sizes, for which products are set up only once

// Frames of one encoder must not pass for those of another that is as wide.
std::string storeName(const encoders::SpeechEncoderKind& kind) {
  if (kind.type == "whisper") return "speech";
  return "speech-" + kind.type + (kind.positions.empty() ? "" : "-" + kind.positions);
}

}  // namespace

Result<std::unique_ptr<SpeechFeatureSource>> SpeechFeatureSource::make(const encoders::SpeechEncoderKind& kind,
                                                                       const std::filesystem::path& encoder,
                                                                       const std::filesystem::path& store,
                                                                       std::int64_t width) {
  if (auto fine = encoders::checkSpeechEncoderKind(kind); !fine) return tl::unexpected(fine.error());
  std::unique_ptr<SpeechFeatureSource> source(new SpeechFeatureSource());
  source->m_kind = kind;
  source->m_encoder = encoder;
  source->m_width = width;
  auto opened = data::FeatureStore::open(store, storeName(kind), width);
  if (!opened) return tl::unexpected(opened.error());
  source->m_store = std::move(*opened);
  return source;
}

Result<std::vector<std::string>> SpeechFeatureSource::encode(const std::vector<std::filesystem::path>& recordings,
                                                             const ClipDecoder& decoder, std::stop_token stop,
                                                             TrainObserver& observer) {
  const torch::NoGradGuard noGrad;
  std::unique_ptr<encoders::SpeechEncoder> encoder;
  std::vector<std::string> keys;
  for (const auto& recording : recordings) {
    if (stop.stop_requested())
      return fail(ErrorCode::Cancelled, "Stopped while features were computed; they are kept.");
    auto key = data::contentKey(recording);
    if (!key) return tl::unexpected(key.error());
    if (!m_store->contains(*key)) {
      if (!encoder) {
        auto loaded = encoders::openSpeechEncoder(m_kind, m_encoder);
        if (!loaded) return tl::unexpected(loaded.error());
        encoder = std::move(*loaded);
        if (encoder->width() != m_width) {
          return fail(
              ErrorCode::BadInput,
              data::formatText("The speech encoder {} gives frames {} wide, and the interface's featureWidth is {}.",
                               m_encoder.string(), encoder->width(), m_width));
        }
      }
      const auto sound = decoder.decodeSound(recording);
      if (!sound) return tl::unexpected(sound.error());
      const auto features = encoder->encode(*sound);
      if (!features) {
        return fail(features.error().code, data::formatText("{}: {}", recording.string(), features.error().message));
      }
      if (const auto kept = m_store->append(*key, *features); !kept) return tl::unexpected(kept.error());
    }
    keys.push_back(std::move(*key));
    observer.onPreparing("speech features", static_cast<std::int64_t>(keys.size()),
                         static_cast<std::int64_t>(recordings.size()));
  }
  return keys;
}

SpeechFeatures SpeechFeatureSource::load(const std::vector<std::string>& keys) const {
  std::vector<at::Tensor> each;
  std::int64_t longest = 1;
  for (const auto& key : keys) {
    each.push_back(m_store->load(key));
    longest = std::max(longest, each.back().size(0));
  }
  longest = (longest + kFrameStep - 1) / kFrameStep * kFrameStep;
  const auto count = static_cast<std::int64_t>(keys.size());
  SpeechFeatures features{at::zeros({count, longest, m_width}), at::zeros({count, longest}, at::kBool)};
  for (std::int64_t b = 0; b < count; ++b) {
    const at::Tensor& source = each[static_cast<std::size_t>(b)];
    features.frames[b].narrow(0, 0, source.size(0)).copy_(source);
    features.valid[b].narrow(0, 0, source.size(0)).fill_(true);
  }
  return features;
}

}  // namespace xllm::training
