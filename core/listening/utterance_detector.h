// Cuts a stream of 16 kHz samples into what is said at a time, by the probabilities of a voice detector: where an
// utterance begins and ends, and a recording of it. No clock, no threads, no detector of its own: time is counted in
// samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/audio_clip.h"

namespace xllm::listening {

// Seconds are rounded to whole chunks of 32 ms.
struct UtteranceSettings {
  double threshold = 0.5;            // (0, 1): the probability from which on somebody speaks
  double hysteresis = 0.15;          // who speaks goes on speaking down to this much below it, but not below its half
  double leastSpeechSeconds = 0.12;  // shorter is a click, a cough, a key: no utterance
  double endDelaySeconds = 0.7;      // of silence until an utterance is over; infinity: only finish() ends it
  double preRollSeconds = 0.3;       // kept in front of the first speech, so that soft beginnings are not cut …
  double tailSeconds = 0.13;         // … and behind the last; then nobody speaks any more, though it is not over yet
  double growSeconds = 0.5;          // between two Grew
  double longestSeconds = 300;       // then it is over, and what follows is another; nothing between them is lost
};

struct UtteranceEvent {
  enum class Kind {
    Began = 1,   // somebody speaks, and longer than a click
    Grew,        // more was said; at once when somebody goes on speaking after FellSilent
    FellSilent,  // nobody speaks any more, but endDelaySeconds are not over. Its sound is what Ended will bring, unless
                 // Grew comes first
    Ended,       // complete. Right behind FellSilent with the same sound; after longestSeconds alone
  };
  Kind kind = Kind::Began;
  // All of the utterance so far, [begin, end) of the stream, counted in samples since the detector was made or reset.
  // Shared: the sound of FellSilent and of the Ended that follows are one object.
  std::int64_t begin = 0, end = 0;
  std::shared_ptr<const AudioClip> sound;
};

// One thread at a time. For each utterance: Began, then any number of Grew and FellSilent, then Ended, once.
class UtteranceDetector {
 public:
  static constexpr std::size_t kChunk = 512;  // samples

  // Throws std::invalid_argument for settings out of range.
  explicit UtteranceDetector(const UtteranceSettings& settings = {});

  // The next samples and the probability of speech in them. What happened with them, in order; mostly nothing.
  std::vector<UtteranceEvent> push(std::span<const float, kChunk> samples, float probability);
  // The stream ends here, or the person says so: FellSilent (unless it was said already) and Ended of what is being
  // said; nothing where nobody spoke. The stream may go on.
  std::vector<UtteranceEvent> finish();
  void drop();   // forgets what is being said, without an event, and all samples
  void reset();  // drop(), and counts samples from 0 again

  // From the next chunk on; what is being said goes on.
  void configure(const UtteranceSettings& settings);
  bool inUtterance() const { return m_phase != Phase::Quiet; }  // between Began and Ended

 private:
  enum class Phase { Quiet = 1, Speaking, Silent };  // Silent: FellSilent was said

  struct Chunks {  // the settings, counted in chunks or samples
    float on = 0, off = 0;
    std::int64_t leastSpeech = 0, endDelay = 0, preRoll = 0, tail = 0, grow = 0, longest = 0;
  };
  static Chunks counted(const UtteranceSettings& settings);

  std::int64_t position() const { return m_kept + static_cast<std::int64_t>(m_samples.size()); }
  void forgetBefore(std::int64_t sample);
  void begin(std::vector<UtteranceEvent>& events);
  void speak(std::vector<UtteranceEvent>& events);
  void beSilent(std::vector<UtteranceEvent>& events);
  void end(std::vector<UtteranceEvent>& events);
  UtteranceEvent event(UtteranceEvent::Kind kind, std::int64_t until);

  Chunks m_settings;
  Phase m_phase = Phase::Quiet;
  std::vector<float> m_samples;  // from sample m_kept of the stream on
  std::int64_t m_kept = 0;
  std::int64_t m_begin = 0;                   // of the utterance, pre-roll included
  std::int64_t m_burst = 0;                   // samples of speech in a row that may still be a click
  std::int64_t m_spokenUntil = 0;             // end of the last speech
  std::int64_t m_toldUntil = 0;               // end of what the last event brought
  std::int64_t m_floor = 0;                   // no utterance begins before: the one before ended there
  std::shared_ptr<const AudioClip> m_silent;  // of FellSilent
};

}  // namespace xllm::listening
