#include "media/audio/echo_canceller.h"

#include <webrtc/modules/audio_processing/include/audio_processing.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "media/audio/mono_converter.h"

namespace xllm::media {

struct EchoCanceller::Processing {
  std::unique_ptr<webrtc::AudioProcessing> module;
  webrtc::StreamConfig format{kListeningRateHz, 1};
  std::array<float, kFrame> scratch{};
};

EchoCanceller::EchoCanceller() : m_processing(std::make_unique<Processing>()) {
  webrtc::Config config;
  config.Set<webrtc::ExtendedFilter>(new webrtc::ExtendedFilter(true));
  config.Set<webrtc::DelayAgnostic>(new webrtc::DelayAgnostic(true));
  config.Set<webrtc::ExperimentalAgc>(new webrtc::ExperimentalAgc(false));
  m_processing->module.reset(webrtc::AudioProcessing::Create(config));
  webrtc::AudioProcessing* module = m_processing->module.get();
  if (module == nullptr) throw std::runtime_error("WebRTC's audio processing cannot be made");
  module->high_pass_filter()->Enable(true);
  // The weaker ones spoil less of what is said while something is played, but let the first words of an echo through,
  // and that must never count as speech. Who reads aloud pauses when somebody speaks: the rest is clean.
  module->echo_cancellation()->set_suppression_level(webrtc::EchoCancellation::kHighSuppression);
  module->echo_cancellation()->enable_drift_compensation(false);
  module->echo_cancellation()->Enable(true);
  module->noise_suppression()->set_level(webrtc::NoiseSuppression::kModerate);
  module->noise_suppression()->Enable(true);
  module->gain_control()->Enable(false);
}

EchoCanceller::~EchoCanceller() = default;

void EchoCanceller::played(std::span<const float, kFrame> samples) {
  const float* in = samples.data();
  float* out = m_processing->scratch.data();
  m_processing->module->ProcessReverseStream(&in, m_processing->format, m_processing->format, &out);
}

void EchoCanceller::clean(std::span<float, kFrame> heard) {
  m_processing->module->set_stream_delay_ms(0);  // it is found out
  const float* in = heard.data();
  float* out = heard.data();
  m_processing->module->ProcessStream(&in, m_processing->format, m_processing->format, &out);
}

void EchoCanceller::reset() { m_processing->module->Initialize(); }

}  // namespace xllm::media
