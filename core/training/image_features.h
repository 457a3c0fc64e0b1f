// Features to train I2L on, without a single labelled photo: views of any pictures, as the frozen encoder sees them,
// and feature maps made up from the encoder's own statistics for every class it knows. What is in them is what the
// encoder itself says.
#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/clip_decoder.h"
#include "core/base/result.h"
#include "core/data/example_list.h"
#include "core/data/feature_store.h"
#include "core/data/seeded_random.h"
#include "core/encoders/efficientnet_lite.h"
#include "core/training/trainer.h"

namespace xllm::training {

struct PictureFeatures {
  at::Tensor cells;          // [B, cells, width]
  at::Tensor pooled;         // [B, width], undefined if the encoder has none
  at::Tensor probabilities;  // [B, classes], undefined if the encoder does not classify
  at::Tensor labels;         // [B] int64: the encoder's first choice, as far as it classifies
};

class ImageFeatureSource {
 public:
  // Computes what the store lacks. Views 1 … of a picture are random crops, mirrored or not; view 0 is the whole.
  static Result<std::unique_ptr<ImageFeatureSource>> make(const TrainConfig& config, const ClipDecoder& decoder,
                                                          std::stop_token stop, TrainObserver& observer);

  std::int64_t classes() const { return m_encoder->head().classWeight.size(0); }
  PictureFeatures trainingBatch(data::SeededRandom& random, std::int64_t size) const;
  std::int64_t validationViews() const { return static_cast<std::int64_t>(m_validation.size()); }
  PictureFeatures validationBatch(std::int64_t begin, std::int64_t end) const;
  // Made-up maps, one for each of the given classes [B] int64. `seed` decides the noise.
  PictureFeatures madeUp(const at::Tensor& classes, std::uint64_t seed) const;

 private:
  ImageFeatureSource() = default;
  Result<std::vector<std::string>> encode(const std::filesystem::path& list, std::int64_t most, std::int64_t views,
                                          const ClipDecoder& decoder, std::stop_token stop, TrainObserver& observer);
  at::Tensor madeUpCells(const at::Tensor& classes, std::uint64_t seed) const;
  at::Tensor noise(std::int64_t maps, data::SeededRandom& random) const;
  PictureFeatures describe(const at::Tensor& cells) const;

  std::unique_ptr<encoders::EfficientNetLite> m_encoder;
  std::unique_ptr<data::FeatureStore> m_store;
  std::vector<std::string> m_train, m_validation;  // keys
  at::Tensor m_noise;                              // [rows, width] standard normal: drawn once, picked from at random
  double m_syntheticShare = 0, m_mixupShare = 0;
};

// Encodes what `store` lacks: views 0 … views − 1 of each picture, cells [cells, width] a key. Answers the keys, the
// views of the first picture first. Cancelled after a stop; what is computed is kept.
Result<std::vector<std::string>> fillWithPictures(const std::vector<std::filesystem::path>& pictures,
                                                  std::int64_t views, const encoders::ImageEncoder& encoder,
                                                  data::FeatureStore& store, const ClipDecoder& decoder,
                                                  std::stop_token stop, TrainObserver& observer);

// Any image encoder, and the store of what it makes of pictures.
struct PictureEncoder {
  std::unique_ptr<encoders::ImageEncoder> encoder;
  std::unique_ptr<data::FeatureStore> store;
};
// `file`: of any type (encoders::openImageEncoder). EfficientNet-lite0's store in `folder` is called pictures, others
// have the features' width and the file's size in their names, so that the features of two encoders never mix. BadInput
// when the interface, of the given config, needs other features.
Result<PictureEncoder> openPictureEncoder(const std::filesystem::path& file, const std::filesystem::path& folder,
                                          const nlohmann::json& interface);
// What was stored under `keys`, and what follows from it.
PictureFeatures storedFeatures(const PictureEncoder& pictures, const std::vector<std::string>& keys);

// View `number` of a picture; the same for the same number and seed.
RgbImage viewOf(const RgbImage& picture, std::int64_t number, std::uint64_t seed);

}  // namespace xllm::training
