// Captioned pictures ready for training: which of them are for validation, what the frozen encoder made of each (kept
// in the feature store), and what is said about them.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "core/base/clip_decoder.h"
#include "core/base/result.h"
#include "core/training/image_features.h"
#include "core/training/train_config.h"
#include "core/training/trainer.h"

namespace xllm::training {

struct CaptionedExample {
  std::string key;   // of the picture's content
  std::string name;  // of its file, for people
  std::vector<std::string> captions;
};

class CaptionedFeatures {
 public:
  // Reads the sources, takes the same pictures out of the training part that stand in the validation part (by content,
  // whatever their names), and encodes what the store lacks. BadInput when one of the parts is empty.
  static Result<std::unique_ptr<CaptionedFeatures>> make(const TrainConfig& config, const ClipDecoder& decoder,
                                                         std::stop_token stop, TrainObserver& observer);

  const std::vector<CaptionedExample>& train() const { return m_train; }
  const std::vector<CaptionedExample>& validation() const { return m_validation; }
  std::int64_t views() const { return m_views; }  // of each training picture; view 0 is the whole
  // (example, view) pairs; validation pictures have view 0 alone. PictureFeatures::labels as far as there are classes.
  PictureFeatures features(const std::vector<std::pair<const CaptionedExample*, std::int64_t>>& wanted) const;

 private:
  CaptionedFeatures() = default;

  PictureEncoder m_pictures;
  std::vector<CaptionedExample> m_train, m_validation;
  std::int64_t m_views = 1;
};

}  // namespace xllm::training
