#include "ui/speaking/flite_speech.h"

#include <QAudioDevice>
#include <QLibrary>
#include <QMediaDevices>
#include <algorithm>
#include <utility>
#include <vector>

#if __has_include(<flite/flite.h>)
#include <flite/flite.h>
#define XLLM_HAS_FLITE
#endif

namespace xllm::ui {

using namespace Qt::StringLiterals;

#ifdef XLLM_HAS_FLITE

// Looked for at run time: the program needs none of it.
struct FliteSpeech::Library {
  using Register = cst_voice*(const char*);

  struct Known {
    QString name;
    cst_voice* voice;
  };

  bool load() {
    if (!core.load()) return false;
    const auto init = reinterpret_cast<decltype(&flite_init)>(core.resolve("flite_init"));
    toWave = reinterpret_cast<decltype(toWave)>(core.resolve("flite_text_to_wave"));
    deleteWave = reinterpret_cast<decltype(deleteWave)>(core.resolve("delete_wave"));
    setFloat = reinterpret_cast<decltype(setFloat)>(core.resolve("feat_set_float"));
    if (!init || !toWave || !deleteWave || !setFloat) return false;
    init();
    // The others sound better, and take about ten times as long for a sentence, which a model that answers needs.
    for (const char* name : {"kal16", "slt", "rms", "awb"}) {
      QLibrary library(u"flite_cmu_us_%1"_s.arg(QLatin1StringView(name)), 1);
      if (!library.load()) continue;
      const auto add =
          reinterpret_cast<Register*>(library.resolve(QByteArray("register_cmu_us_").append(name).constData()));
      if (cst_voice* voice = add ? add(nullptr) : nullptr) voices.push_back({QString::fromLatin1(name), voice});
    }
    return !voices.empty();
  }

  QLibrary core{u"flite"_s, 1};
  cst_wave* (*toWave)(const char*, cst_voice*) = nullptr;
  void (*deleteWave)(cst_wave*) = nullptr;
  void (*setFloat)(cst_features*, const char*, float) = nullptr;
  std::vector<Known> voices;  // theirs until the program ends
};

std::unique_ptr<FliteSpeech> FliteSpeech::open() {
  auto library = std::make_unique<Library>();
  if (!library->load()) return nullptr;
  return std::unique_ptr<FliteSpeech>(new FliteSpeech(std::move(library)));
}

QList<Voice::Offered> FliteSpeech::voices() const {
  QList<Voice::Offered> voices;
  for (const Library::Known& each : m_library->voices) {
    voices << Voice::Offered{each.name, QLocale(QLocale::English, QLocale::UnitedStates)};
  }
  return voices;
}

void FliteSpeech::say(const QString& text, const VoiceChoice& choice) {
  stop();
  auto known = std::find_if(m_library->voices.begin(), m_library->voices.end(),
                            [&choice](const Library::Known& each) { return each.name == choice.name; });
  if (known == m_library->voices.end()) known = m_library->voices.begin();
  // Half as fast to twice as fast.
  const double rate = std::clamp(choice.rate, -1.0, 1.0);
  m_library->setFloat(known->voice->features, "duration_stretch",
                      static_cast<float>(rate < 0 ? 1 - rate : 1 / (1 + rate)));
  cst_wave* wave = m_library->toWave(text.toUtf8().constData(), known->voice);
  if (!wave) return Q_EMIT failed(u"flite made no sound of it."_s);
  m_format.setSampleFormat(QAudioFormat::Int16);
  m_format.setChannelCount(std::max(wave->num_channels, 1));
  m_format.setSampleRate(wave->sample_rate);
  const auto bytes = static_cast<qsizetype>(wave->num_samples) * m_format.bytesPerFrame();
  m_samples = QByteArray(reinterpret_cast<const char*>(wave->samples), bytes);
  m_library->deleteWave(wave);
  m_volume = std::clamp(choice.volume, 0.0, 1.0);
  play();
}

#else

struct FliteSpeech::Library {};
std::unique_ptr<FliteSpeech> FliteSpeech::open() { return nullptr; }
QList<Voice::Offered> FliteSpeech::voices() const { return {}; }
void FliteSpeech::say(const QString&, const VoiceChoice&) {}

#endif

FliteSpeech::FliteSpeech(std::unique_ptr<Library> library) : m_library(std::move(library)) {}

FliteSpeech::~FliteSpeech() { stop(); }

void FliteSpeech::play() {
  const QAudioDevice device = QMediaDevices::defaultAudioOutput();
  if (device.isNull()) return Q_EMIT failed(u"There are no loudspeakers."_s);
  m_source.setData(m_samples);
  m_source.open(QIODevice::ReadOnly);
  m_sink = std::make_unique<QAudioSink>(device, m_format);
  m_sink->setVolume(m_volume);
  connect(m_sink.get(), &QAudioSink::stateChanged, this, &FliteSpeech::onState);
  m_sink->start(&m_source);
  if (m_sink->error() != QAudio::NoError) {
    stop();
    return Q_EMIT failed(u"The loudspeakers do not open."_s);
  }
  Q_EMIT began();
}

void FliteSpeech::pause() {
  if (!m_sink || std::exchange(m_isPaused, true)) return;
  m_sink->suspend();
}

void FliteSpeech::resume() {
  if (!m_sink || !std::exchange(m_isPaused, false)) return;
  m_sink->resume();
}

void FliteSpeech::stop() {
  m_isPaused = false;
  if (m_sink) {
    m_sink->disconnect(this);
    m_sink->reset();                  // what is on its way to the loudspeakers, too
    m_sink.release()->deleteLater();  // this may be its signal
  }
  m_source.close();
}

void FliteSpeech::onState(QAudio::State state) {
  if (m_isPaused || !m_sink) return;
  if (state == QAudio::IdleState && m_source.atEnd()) {
    stop();
    return Q_EMIT ended();
  }
  if (state != QAudio::StoppedState || m_sink->error() == QAudio::NoError) return;
  stop();
  Q_EMIT failed(u"The loudspeakers went away."_s);
}

}  // namespace xllm::ui
