#include "ui/speaking/qt_speech.h"

#include <QVoice>
#include <algorithm>
#include <utility>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kHaltMs = 2000;          // until an engine says that it has stopped; then it is believed to have
constexpr qsizetype kMostVoices = 24;  // of one language: some engines offer hundreds of variants

// The system's own first.
QStringList engines() {
  static constexpr QLatin1StringView kOrder[] = {"darwin"_L1, "macos"_L1, "winrt"_L1, "sapi"_L1, "speechd"_L1};
  const QStringList available = QTextToSpeech::availableEngines();
  QStringList wanted;
  for (const QLatin1StringView name : kOrder) {
    if (available.contains(name)) wanted << name;
  }
  for (const QString& name : available) {
    const bool isSound = name != "mock"_L1 && (name != "flite"_L1 || QT_VERSION >= QT_VERSION_CHECK(6, 6, 0));
    if (isSound && !wanted.contains(name)) wanted << name;
  }
  return wanted;
}

}  // namespace

std::unique_ptr<QtSpeech> QtSpeech::open() {
  for (const QString& name : engines()) {
    std::unique_ptr<QtSpeech> speech(new QtSpeech(name));
    if (!speech->m_voices.isEmpty()) return speech;
  }
  return nullptr;
}

QtSpeech::QtSpeech(const QString& engine) : m_engine(engine), m_halting(this) {
  if (m_engine.state() == QTextToSpeech::Error) return;
  const QLocale usual = m_engine.locale();
  for (const QLocale& locale : m_engine.availableLocales()) {
    m_engine.setLocale(locale);
    const QList<QVoice> voices = m_engine.availableVoices();
    for (const QVoice& voice : voices.first(std::min(voices.size(), kMostVoices))) {
      m_voices << Voice::Offered{voice.name(), locale};
    }
  }
  m_engine.setLocale(usual);
  m_halting.setSingleShot(true);
  m_halting.setInterval(kHaltMs);
  const auto onHalted = [this] {
    m_isBusy = false;
    if (std::exchange(m_startsWhenReady, false)) start();
  };
  connect(&m_halting, &QTimer::timeout, this, onHalted);
  connect(&m_engine, &QTextToSpeech::stateChanged, this, &QtSpeech::onState);
  connect(&m_engine, &QTextToSpeech::errorOccurred, this, [this](QTextToSpeech::ErrorReason, const QString& details) {
    m_isBusy = false;
    m_halting.stop();
    if (!std::exchange(m_text, {}).isEmpty()) Q_EMIT failed(details);
  });
}

void QtSpeech::say(const QString& text, const VoiceChoice& choice) {
  m_text = text;
  m_choice = choice;
  m_isPaused = false;
  m_isBusy ? halt() : start();  // engines mix up two texts at once
}

void QtSpeech::start() {
  choose();
  m_isBusy = true;
  m_isHeard = false;
  m_engine.say(m_text);
}

void QtSpeech::choose() {
  const auto wanted = std::find_if(m_voices.cbegin(), m_voices.cend(),
                                   [this](const Voice::Offered& each) { return each.name == m_choice.name; });
  if (wanted != m_voices.cend()) {
    m_engine.setLocale(wanted->locale);
    for (const QVoice& voice : m_engine.availableVoices()) {
      if (voice.name() != wanted->name) continue;
      m_engine.setVoice(voice);
      break;
    }
  }
  m_engine.setRate(std::clamp(m_choice.rate, -1.0, 1.0));
  m_engine.setVolume(std::clamp(m_choice.volume, 0.0, 1.0));
}

// Ends what the engine is doing; once it says so, the text that waits begins.
void QtSpeech::halt() {
  m_startsWhenReady = !m_text.isEmpty() && !m_isPaused;
  if (!m_isBusy || m_halting.isActive()) return;
  m_halting.start();
  m_engine.stop(QTextToSpeech::BoundaryHint::Immediate);
}

// speech-dispatcher pauses at the end of a sentence only, when its module does at all.
bool QtSpeech::pausesByItself() const { return m_engine.engine() != "speechd"_L1; }

void QtSpeech::pause() {
  if (m_text.isEmpty() || std::exchange(m_isPaused, true)) return;
  if (m_halting.isActive() || !pausesByItself()) return halt();
  if (m_isHeard) m_engine.pause(QTextToSpeech::BoundaryHint::Immediate);  // else as soon as it is
}

void QtSpeech::resume() {
  if (m_text.isEmpty() || !std::exchange(m_isPaused, false)) return;
  if (m_halting.isActive() || !m_isBusy) return say(QString(m_text), VoiceChoice(m_choice));
  if (m_engine.state() == QTextToSpeech::Paused) m_engine.resume();  // else as soon as it is
}

void QtSpeech::stop() {
  m_text.clear();
  m_isPaused = false;
  halt();
}

void QtSpeech::onState(QTextToSpeech::State state) {
  switch (state) {
    case QTextToSpeech::Speaking:
      if (m_halting.isActive() || m_text.isEmpty()) return;
      if (!std::exchange(m_isHeard, true)) Q_EMIT began();
      if (m_isPaused) m_engine.pause(QTextToSpeech::BoundaryHint::Immediate);
      break;
    case QTextToSpeech::Paused:
      if (!m_text.isEmpty() && !m_isPaused) m_engine.resume();
      break;
    case QTextToSpeech::Ready:
      if (!m_isBusy) return;
      if (m_halting.isActive()) {
        m_halting.stop();
        m_isBusy = false;
        if (std::exchange(m_startsWhenReady, false)) start();
        return;
      }
      if (!m_isHeard) return;  // of the text before
      m_isBusy = false;
      if (!m_isPaused && !std::exchange(m_text, {}).isEmpty()) Q_EMIT ended();
      break;
    default: break;
  }
}

}  // namespace xllm::ui
