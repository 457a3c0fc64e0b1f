// The recordings that S2L is trained and judged on: their features, what is said in them as tokens and letters, and
// what is answered to it.
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
#include "core/data/seeded_random.h"
#include "core/tokenizer/tokenizer.h"
#include "core/training/candidates.h"
#include "core/training/losses.h"
#include "core/training/speech_features.h"
#include "core/training/train_config.h"
#include "core/x2l/speech_interface.h"

namespace xllm::training {

struct Recording {
  std::string key;                               // of its features
  std::string text;                              // empty: nobody speaks
  std::string answer;                            // to what is said; empty: none is known
  std::vector<std::int64_t> tokens, characters;  // of the text: the language model's, and places in the CTC's alphabet
};
using Recordings = std::vector<const Recording*>;

class SpeechRecordings {
 public:
  // Reads the lists of config.speech, and computes what the feature store lacks (that can take a while; it goes on
  // where it was stopped). BadInput names a text that the interface's ctcAlphabet cannot spell.
  static Result<std::unique_ptr<SpeechRecordings>> make(const TrainConfig& config,
                                                        const x2l::SpeechInterfaceConfig& sizes,
                                                        const tokenizer::Tokenizer& tokenizer,
                                                        const ClipDecoder& decoder, std::stop_token stop,
                                                        TrainObserver& observer);

  const std::vector<Recording>& train() const { return m_train; }
  const std::vector<Recording>& validation() const { return m_validation; }
  // Only recordings with an answer are left to train on.
  void leaveOutUnanswered();

  std::vector<std::int64_t> trainLengths() const;  // frames of each
  SpeechFeatures load(const Recordings& recordings) const;
  // Blanks `masks` stretches of up to 0.2 s in each recording.
  void maskTime(SpeechFeatures& features, const Recordings& recordings, std::int64_t masks,
                data::SeededRandom& random) const;

 private:
  SpeechRecordings() = default;

  std::unique_ptr<SpeechFeatureSource> m_source;
  std::vector<Recording> m_train, m_validation;
};

RecognitionTargets recognitionTargets(const Recordings& recordings, const Candidates& candidates);

}  // namespace xllm::training
