// Conversations to train the last stage on: rows of words and media, and the media's features in the stores of the
// frozen encoders, which earlier stages have mostly filled.
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
#include "core/data/conversations.h"
#include "core/generation/chat_request.h"
#include "core/training/clip_features.h"
#include "core/training/image_features.h"
#include "core/training/speech_features.h"
#include "core/training/train_config.h"

namespace xllm::training {

struct DialogueMedium {
  data::ConversationPart::Kind kind = data::ConversationPart::Kind::Picture;
  std::string key;  // of its features
};

struct DialogueRow {
  std::string task;
  std::vector<generation::Turn> turns;  // up to the user's last; media in them are empty pointers …
  std::vector<DialogueMedium> media;    // … and these, in their order; at least one
  std::string answer;
};

class DialogueMedia {
 public:
  // Opens what the config's parts need; `speechWidth` of the speech encoder's frames.
  static Result<std::unique_ptr<DialogueMedia>> make(const TrainConfig& config, std::int64_t speechWidth);

  // Reads a list of conversations and computes what the stores lack. BadInput names a row without media, or with media
  // that the config has no interface for. Then finish(), before the features are taken.
  Result<std::vector<DialogueRow>> read(const std::filesystem::path& list, const ClipDecoder& decoder,
                                        std::stop_token stop, TrainObserver& observer);
  Result<void> finish();

  PictureFeatures pictures(const std::vector<std::string>& keys) const { return storedFeatures(m_pictures, keys); }
  SpeechFeatures recordings(const std::vector<std::string>& keys) const { return m_recordings->load(keys); }
  ClipFeatures clips(const std::vector<std::string>& keys) const { return m_clips->load(keys); }

 private:
  DialogueMedia() = default;
  bool knows(data::ConversationPart::Kind kind) const;
  Result<std::vector<std::string>> encode(data::ConversationPart::Kind kind,
                                          const std::vector<std::filesystem::path>& files, const ClipDecoder& decoder,
                                          std::stop_token stop, TrainObserver& observer);

  std::int64_t m_mostExamples = 0;  // of a list; 0: all
  PictureEncoder m_pictures;        // empty without an image interface
  std::unique_ptr<SpeechFeatureSource> m_recordings;
  std::unique_ptr<ClipFeatureSource> m_clips;
};

}  // namespace xllm::training
