// Features to train V2L on: frames of clips as the frozen encoder sees them, and made-up clips for every class that it
// knows: a thing of that class appears, vanishes, moves or stays in front of noise, drawn from the encoder's own
// statistics (as image_features.h does for pictures).
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/clip_decoder.h"
#include "core/base/result.h"
#include "core/data/feature_store.h"
#include "core/data/seeded_random.h"
#include "core/encoders/efficientnet_lite.h"
#include "core/training/trainer.h"

namespace xllm::training {

struct ClipFeatures {
  at::Tensor cells;          // [B, F, cells, width]
  at::Tensor pooled;         // [B, F, width]
  at::Tensor probabilities;  // [B, F, classes]
};

enum class ClipEvent { Appear = 1, Vanish, Left, Right, Up, Down, Stay, Order };
inline constexpr std::array kClipEvents{ClipEvent::Appear, ClipEvent::Vanish, ClipEvent::Left, ClipEvent::Right,
                                        ClipEvent::Up,     ClipEvent::Down,   ClipEvent::Stay, ClipEvent::Order};
// "appears", "moves left", …; Order, one thing after another: "then".
std::string wordsOf(ClipEvent event);

struct MadeUpClips {
  ClipFeatures features;
  std::vector<std::int64_t> first, second;  // classes, as the encoder sees them; second is −1 but for Order
  std::vector<ClipEvent> events;
};

class ClipFeatureSource {
 public:
  // Features are kept in config.store, by the clip's content, the number of frames, and the frame.
  static Result<std::unique_ptr<ClipFeatureSource>> make(const TrainConfig& config);

  // Computes what the store lacks for each of `clips`; answers their keys. Then finish(), before load().
  Result<std::vector<std::string>> encode(const std::vector<std::filesystem::path>& clips, const ClipDecoder& decoder,
                                          std::stop_token stop, TrainObserver& observer);
  Result<void> finish() { return m_store->finish(); }

  std::int64_t classes() const { return m_encoder->shape().classes; }
  ClipFeatures load(const std::vector<std::string>& keys) const;
  MadeUpClips madeUp(data::SeededRandom& random, std::int64_t count) const;

 private:
  ClipFeatureSource() = default;
  ClipFeatures describe(const at::Tensor& cells) const;

  std::unique_ptr<encoders::EfficientNetLite> m_encoder;
  std::unique_ptr<data::FeatureStore> m_store;
  std::int64_t m_frames = 0;
  at::Tensor m_noise;  // [rows, width] standard normal: drawn once, picked from at random
};

}  // namespace xllm::training
