// Whisper as it was published, from its ears to its pen: a recording in, what its own decoder writes out. Greedy,
// without timestamps, beams or second tries; the project's own recognition is core/x2l's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/audio_clip.h"
#include "core/base/result.h"
#include "core/encoders/speech_encoder.h"
#include "core/encoders/whisper_decoder.h"
#include "core/transcription/whisper_vocabulary.h"

namespace xllm::transcription {

struct WhisperSettings {
  std::string language = {};  // as Whisper spells it ("en", "zh"); empty: heard from the first window
  encoders::WhisperTask task = encoders::WhisperTask::Transcribe;
  std::optional<encoders::Precision> precision = {};  // none: fastestPrecision()
};

// One stretch of at most 30 s.
struct HeardWindow {
  double begin = 0, end = 0;  // seconds
  encoders::WhisperHeard heard;
  std::string text;  // empty where nobody speaks
};
struct Transcript {
  std::string text;  // of all windows, without blanks around it
  std::string language;
  std::vector<HeardWindow> windows;
};

// Immutable: any thread may transcribe.
class WhisperTranscriber {
 public:
  // `given`: a model file of any layout (core/encoders/speech_encoder.h), or the folder it was published in. What the
  // readers of weights and vocabulary say; BadInput for a language that this Whisper does not know.
  static Result<WhisperTranscriber> open(const std::filesystem::path& given, const WhisperSettings& settings);

  // Sound longer than 30 s is cut where it is quiet. BadInput as the encoder says; Cancelled.
  Result<Transcript> transcribe(const AudioClip& sound, std::stop_token stop) const;

 private:
  WhisperTranscriber(std::unique_ptr<encoders::SpeechEncoder> encoder, encoders::WhisperDecoder decoder,
                     WhisperVocabulary vocabulary, WhisperSettings settings);
  Result<HeardWindow> hear(const AudioClip& sound, std::string& language, std::stop_token stop) const;

  std::unique_ptr<encoders::SpeechEncoder> m_encoder;
  encoders::WhisperDecoder m_decoder;
  WhisperVocabulary m_vocabulary;
  WhisperSettings m_settings;
  std::vector<std::int64_t> m_marks;
};

}  // namespace xllm::transcription
