#include "ui/speaking/voice_worker.h"

#include <algorithm>
#include <utility>

#include "ui/speaking/flite_speech.h"
#include "ui/speaking/qt_speech.h"

namespace xllm::ui {

namespace {

constexpr int kPatienceMs = 10000;  // until the first sound of a text

}  // namespace

VoiceWorker::VoiceWorker() : m_patience(this) {
  m_patience.setSingleShot(true);
  m_patience.setInterval(kPatienceMs);
  connect(&m_patience, &QTimer::timeout, this, [this] {
    m_engine->stop();
    fail(tr("The voice of this computer does not answer. Is its sound switched on?"));
  });
}

VoiceWorker::~VoiceWorker() = default;

void VoiceWorker::load() {
  if (m_engine) return;
  m_engine = QtSpeech::open();
  if (!m_engine) m_engine = FliteSpeech::open();
  if (m_engine) {
    m_voices = m_engine->voices();
    connect(m_engine.get(), &SpeechEngine::began, this, [this] {
      m_patience.stop();
      Q_EMIT began(m_number);
    });
    connect(m_engine.get(), &SpeechEngine::ended, this, [this] { Q_EMIT ended(std::exchange(m_number, 0)); });
    connect(m_engine.get(), &SpeechEngine::failed, this, [this](const QString& details) {
      fail(tr("The voice of this computer stopped: %1 Check the loudspeakers in the system's settings, and try again.")
               .arg(details));
    });
  }
  Q_EMIT found(m_voices);
}

// The chosen voice where it speaks the language, else the first one that does, else, for a language in the same
// letters, the first of all.
const Voice::Offered* VoiceWorker::voiceFor(const QLocale& language) const {
  const auto find = [this](auto fits) {
    const auto found = std::find_if(m_voices.cbegin(), m_voices.cend(), fits);
    return found == m_voices.cend() ? nullptr : &*found;
  };
  const auto speaks = [&](const Voice::Offered& each) { return each.locale.language() == language.language(); };
  if (const auto* chosen = find([&](const auto& each) { return each.name == m_choice.name && speaks(each); }))
    return chosen;
  if (const auto* first = find(speaks)) return first;
  return find([&](const auto& each) { return each.locale.script() == language.script(); });
}

void VoiceWorker::say(quint64 number, const QString& text, const QLocale& language) {
  load();
  m_number = number;
  if (!m_engine) return fail({});
  const Voice::Offered* voice = voiceFor(language);
  if (!voice) {
    m_engine->stop();
    return fail(tr("This computer has no voice for this language (%1). Add one in the system's settings of speech.")
                    .arg(QLocale(language.language()).nativeLanguageName()));
  }
  m_patience.start();
  VoiceChoice choice = m_choice;
  choice.name = voice->name;
  m_engine->say(text, choice);
}

void VoiceWorker::pause() {
  m_patience.stop();
  if (m_number != 0) m_engine->pause();
}

void VoiceWorker::resume() {
  if (m_number != 0) m_engine->resume();
}

void VoiceWorker::stop() {
  m_patience.stop();
  if (std::exchange(m_number, 0) != 0) m_engine->stop();
}

void VoiceWorker::fail(const QString& sentence) {
  m_patience.stop();
  if (m_number != 0) Q_EMIT failed(std::exchange(m_number, 0), sentence);
}

}  // namespace xllm::ui
