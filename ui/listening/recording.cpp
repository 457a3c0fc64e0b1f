#include "ui/listening/recording.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

namespace xllm::ui {

namespace {

constexpr std::size_t kRateHz = 16000;
constexpr std::size_t kGrowSamples = kRateHz / 2;
constexpr std::size_t kShortestSamples = kRateHz / 5;  // less is a key that was only touched
constexpr float kAudible = 0.003F;                     // -50 dB

// One chunk less, so that a complete one never grows past it.
const std::size_t kLongestSamples =
    static_cast<std::size_t>(listening::UtteranceSettings{}.longestSeconds * kRateHz) - Recording::kChunk;

listening::UtteranceSettings utteranceSettings(ListenMode mode, const ListenSettings& settings) {
  listening::UtteranceSettings made;
  made.threshold = std::clamp(settings.sensitivity, 0.05, 0.95);
  made.hysteresis = std::min(made.hysteresis, made.threshold / 2);
  made.endDelaySeconds = mode == ListenMode::HoldToTalk ? std::numeric_limits<double>::infinity()
                                                        : std::clamp(settings.endDelaySeconds, 0.2, 10.0);
  return made;
}

generation::Sound soundOf(const std::vector<float>& samples) {
  return std::make_shared<const AudioClip>(AudioClip{.sampleRateHz = kRateHz, .samples = samples});
}

HeardEvent::Kind kindOf(listening::UtteranceEvent::Kind kind) {
  using From = listening::UtteranceEvent::Kind;
  switch (kind) {
    case From::Began: return HeardEvent::Kind::SpeechBegan;
    case From::Grew: return HeardEvent::Kind::Grew;
    case From::FellSilent: return HeardEvent::Kind::FellSilent;
    case From::Ended: break;
  }
  return HeardEvent::Kind::Heard;
}

}  // namespace

Recording::Recording(ListenMode mode, const ListenSettings& settings, std::optional<listening::SileroVad> detector)
    : m_mode(mode), m_detector(std::move(detector)), m_utterances(utteranceSettings(mode, settings)) {
  if (m_detector) m_detector->reset();
}

void Recording::configure(const ListenSettings& settings) {
  m_utterances.configure(utteranceSettings(m_mode, settings));
}

std::vector<HeardEvent> Recording::push(std::span<const float, kChunk> samples) {
  if (!m_detector) return pushUndetected(samples);
  return told(m_utterances.push(samples, m_detector->next(samples)));
}

std::vector<HeardEvent> Recording::finish() {
  if (!m_detector) return finishUndetected();
  std::vector<HeardEvent> events = told(m_utterances.finish());
  if (!m_heard && m_mode != ListenMode::HandsFree) events.push_back({.kind = HeardEvent::Kind::HeardNothing});
  return events;
}

std::vector<HeardEvent> Recording::told(std::vector<listening::UtteranceEvent> events) {
  std::vector<HeardEvent> heard;
  for (listening::UtteranceEvent& event : events) {
    heard.push_back({.kind = kindOf(event.kind), .sound = std::move(event.sound)});
    if (heard.back().kind != HeardEvent::Kind::Heard) continue;
    m_heard = true;
    if (m_mode != ListenMode::ClickToTalk) continue;
    heard.push_back({.kind = HeardEvent::Kind::Complete});
    break;
  }
  return heard;
}

std::vector<HeardEvent> Recording::pushUndetected(std::span<const float, kChunk> samples) {
  m_all.insert(m_all.end(), samples.begin(), samples.end());
  if (m_all.size() >= kLongestSamples) {
    std::vector<HeardEvent> events = finishUndetected();
    events.push_back({.kind = HeardEvent::Kind::Complete});
    return events;
  }
  if (m_all.size() < m_toldUntil + kGrowSamples) return {};
  m_toldUntil = m_all.size();
  return {{.kind = HeardEvent::Kind::Grew, .sound = soundOf(m_all)}};
}

std::vector<HeardEvent> Recording::finishUndetected() {
  const std::vector<float> all = std::exchange(m_all, {});
  m_toldUntil = 0;
  const bool audible = std::ranges::any_of(all, [](float sample) { return std::abs(sample) >= kAudible; });
  if (!audible || all.size() < kShortestSamples) return {{.kind = HeardEvent::Kind::HeardNothing}};
  return {{.kind = HeardEvent::Kind::Heard, .sound = soundOf(all)}};
}

}  // namespace xllm::ui
