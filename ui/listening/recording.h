// What of a stream of sound becomes a message, by how somebody asked for it to be taken down. Knows no devices and no
// threads.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "core/generation/chat_request.h"
#include "core/listening/silero_vad.h"
#include "core/listening/utterance_detector.h"
#include "ui/listening/listening.h"

namespace xllm::ui {

// As the signals of Listening; Complete: nothing else is to be recorded.
struct HeardEvent {
  enum class Kind { SpeechBegan = 1, Grew, FellSilent, Heard, HeardNothing, Complete };
  Kind kind = Kind::SpeechBegan;
  generation::Sound sound = {};
};

// One thread at a time.
class Recording {
 public:
  static constexpr std::size_t kChunk = listening::SileroVad::kChunk;

  // Without a detector everything between the beginning and finish() is the recording; hands-free needs one.
  Recording(ListenMode mode, const ListenSettings& settings, std::optional<listening::SileroVad> detector);

  ListenMode mode() const { return m_mode; }
  void configure(const ListenSettings& settings);  // what is being said goes on

  // 16 kHz mono. What happened with it, in order; mostly nothing.
  std::vector<HeardEvent> push(std::span<const float, kChunk> samples);
  std::vector<HeardEvent> finish();  // the person says so, or the microphone is gone

 private:
  std::vector<HeardEvent> told(std::vector<listening::UtteranceEvent> events);
  std::vector<HeardEvent> pushUndetected(std::span<const float, kChunk> samples);
  std::vector<HeardEvent> finishUndetected();

  ListenMode m_mode;
  std::optional<listening::SileroVad> m_detector;
  listening::UtteranceDetector m_utterances;
  bool m_heard = false;
  std::vector<float> m_all;     // without a detector
  std::size_t m_toldUntil = 0;  // of m_all
};

}  // namespace xllm::ui
