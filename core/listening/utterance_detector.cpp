#include "core/listening/utterance_detector.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace xllm::listening {

namespace {

constexpr int kRateHz = 16000;
constexpr auto kSignedChunk = static_cast<std::int64_t>(UtteranceDetector::kChunk);

std::int64_t samplesOf(double seconds, const char* name, std::int64_t leastChunks = 0) {
  if (std::isnan(seconds) || seconds < 0) {
    throw std::invalid_argument(std::string("UtteranceSettings: ") + name + " is " + std::to_string(seconds) + " s");
  }
  if (std::isinf(seconds)) return std::numeric_limits<std::int64_t>::max();
  return std::max<std::int64_t>(std::llround(seconds * kRateHz / kSignedChunk), leastChunks) * kSignedChunk;
}

}  // namespace

UtteranceDetector::Chunks UtteranceDetector::counted(const UtteranceSettings& settings) {
  if (!(settings.threshold > 0 && settings.threshold < 1) || !(settings.hysteresis >= 0)) {
    throw std::invalid_argument("UtteranceSettings: threshold " + std::to_string(settings.threshold) + ", hysteresis " +
                                std::to_string(settings.hysteresis));
  }
  return {.on = static_cast<float>(settings.threshold),
          .off = static_cast<float>(std::max(settings.threshold - settings.hysteresis, settings.threshold / 2)),
          .leastSpeech = samplesOf(settings.leastSpeechSeconds, "leastSpeechSeconds", 1),
          .endDelay = samplesOf(settings.endDelaySeconds, "endDelaySeconds"),
          .preRoll = samplesOf(settings.preRollSeconds, "preRollSeconds"),
          .tail = samplesOf(settings.tailSeconds, "tailSeconds"),
          .grow = samplesOf(settings.growSeconds, "growSeconds", 1),
          .longest = samplesOf(settings.longestSeconds, "longestSeconds", 1)};
}

UtteranceDetector::UtteranceDetector(const UtteranceSettings& settings) : m_settings(counted(settings)) {}

void UtteranceDetector::configure(const UtteranceSettings& settings) { m_settings = counted(settings); }

std::vector<UtteranceEvent> UtteranceDetector::push(std::span<const float, kChunk> samples, float probability) {
  m_samples.insert(m_samples.end(), samples.begin(), samples.end());
  std::vector<UtteranceEvent> events;
  if (m_phase == Phase::Speaking) {
    const bool goesOn = m_spokenUntil == position() - kSignedChunk;
    if (probability >= (goesOn ? m_settings.off : m_settings.on)) {
      speak(events);
    } else if (position() - m_spokenUntil >= m_settings.tail) {
      beSilent(events);
    }
  } else {
    m_burst = probability >= (m_burst > 0 ? m_settings.off : m_settings.on) ? m_burst + kSignedChunk : 0;
    if (m_burst >= m_settings.leastSpeech) begin(events);
  }
  const bool waitedLongEnough = m_burst == 0 && position() - m_spokenUntil >= m_settings.endDelay;
  const bool tooLong = m_phase != Phase::Quiet && position() - m_begin >= m_settings.longest;
  if ((m_phase == Phase::Silent && waitedLongEnough) || tooLong) end(events);
  if (m_phase == Phase::Quiet && m_burst == 0) forgetBefore(position() - m_settings.preRoll);
  return events;
}

std::vector<UtteranceEvent> UtteranceDetector::finish() {
  std::vector<UtteranceEvent> events;
  if (m_phase == Phase::Speaking) beSilent(events);
  if (m_phase == Phase::Silent) end(events);
  m_burst = 0;
  return events;
}

void UtteranceDetector::drop() {
  m_phase = Phase::Quiet;
  m_burst = 0;
  m_silent.reset();
  m_floor = position();
  forgetBefore(m_floor);
}

void UtteranceDetector::reset() {
  drop();
  m_kept = m_begin = m_spokenUntil = m_toldUntil = m_floor = 0;
}

// Speech that is no click any more: of a new utterance, or once more of one that fell silent.
void UtteranceDetector::begin(std::vector<UtteranceEvent>& events) {
  const bool isNew = m_phase == Phase::Quiet;
  if (isNew) m_begin = std::max({position() - m_burst - m_settings.preRoll, m_floor, m_kept});
  m_phase = Phase::Speaking;
  m_silent.reset();
  m_spokenUntil = position();
  m_burst = 0;
  events.push_back(event(isNew ? UtteranceEvent::Kind::Began : UtteranceEvent::Kind::Grew, position()));
}

void UtteranceDetector::speak(std::vector<UtteranceEvent>& events) {
  m_spokenUntil = position();
  if (position() - m_toldUntil >= m_settings.grow) events.push_back(event(UtteranceEvent::Kind::Grew, position()));
}

void UtteranceDetector::beSilent(std::vector<UtteranceEvent>& events) {
  m_phase = Phase::Silent;
  events.push_back(
      event(UtteranceEvent::Kind::FellSilent, m_spokenUntil + std::min(m_settings.tail, position() - m_spokenUntil)));
  m_silent = events.back().sound;
}

void UtteranceDetector::end(std::vector<UtteranceEvent>& events) {
  if (m_phase == Phase::Silent) {
    events.push_back({UtteranceEvent::Kind::Ended, m_begin, m_toldUntil, std::move(m_silent)});
  } else {
    events.push_back(event(UtteranceEvent::Kind::Ended, position()));
  }
  m_phase = Phase::Quiet;
  m_silent.reset();
  m_floor = events.back().end;
  forgetBefore(m_floor);
}

UtteranceEvent UtteranceDetector::event(UtteranceEvent::Kind kind, std::int64_t until) {
  m_toldUntil = until;
  const auto first = m_samples.begin() + (m_begin - m_kept), last = m_samples.begin() + (until - m_kept);
  return {kind, m_begin, until, std::make_shared<const AudioClip>(AudioClip{kRateHz, {first, last}})};
}

void UtteranceDetector::forgetBefore(std::int64_t sample) {
  const std::int64_t forgotten = std::clamp<std::int64_t>(sample - m_kept, 0, std::ssize(m_samples));
  m_samples.erase(m_samples.begin(), m_samples.begin() + forgotten);
  m_kept += forgotten;
}

}  // namespace xllm::listening
