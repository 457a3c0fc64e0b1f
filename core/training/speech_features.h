// Features to train S2L on: recordings as the frozen speech encoder hears them, computed once and kept.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/clip_decoder.h"
#include "core/base/result.h"
#include "core/data/feature_store.h"
#include "core/encoders/speech_encoder_kind.h"
#include "core/training/trainer.h"

namespace xllm::training {

struct SpeechFeatures {
  at::Tensor frames;  // [B, T, width]; T is a multiple of 32 and frames past a recording's end are 0
  at::Tensor valid;   // [B, T] bool
};

class SpeechFeatureSource {
 public:
  // Features are kept in the folder `store`, by the encoder's type and the recording's content. `width` is what the
  // encoder's frames must have.
  static Result<std::unique_ptr<SpeechFeatureSource>> make(const encoders::SpeechEncoderKind& kind,
                                                           const std::filesystem::path& encoder,
                                                           const std::filesystem::path& store, std::int64_t width);

  // Computes what the store lacks for each of `recordings`; answers their keys. Then finish(), before load(). The
  // encoder is read only if something is missing. Cancelled after a stop; what is computed is kept.
  Result<std::vector<std::string>> encode(const std::vector<std::filesystem::path>& recordings,
                                          const ClipDecoder& decoder, std::stop_token stop, TrainObserver& observer);
  Result<void> finish() { return m_store->finish(); }

  std::int64_t frames(const std::string& key) const { return m_store->rows(key); }
  SpeechFeatures load(const std::vector<std::string>& keys) const;

 private:
  SpeechFeatureSource() = default;

  encoders::SpeechEncoderKind m_kind;
  std::filesystem::path m_encoder;
  std::unique_ptr<data::FeatureStore> m_store;
  std::int64_t m_width = 0;
};

}  // namespace xllm::training
