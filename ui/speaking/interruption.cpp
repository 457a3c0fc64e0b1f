#include "ui/speaking/interruption.h"

#include <utility>

#include "ui/speaking/answer_reader.h"
#include "ui/speaking/heard_words.h"

namespace xllm::ui {

namespace {

// With the silence kept around it. What is shorter is no word that anybody interrupts with, but perhaps the first
// moment of an echo, before it is known.
constexpr double kShortestSeconds = 0.75;
constexpr int kRetryMs = 150;
constexpr qint64 kEchoMs = 3000;  // so long after its end a voice may still be heard

}  // namespace

Interruption::Interruption(Listening& listening, EngineBridge& bridge, AnswerReader& reader, QObject* parent)
    : QObject(parent), m_bridge(bridge), m_reader(reader), m_doubt(this), m_retry(this) {
  m_doubt.setSingleShot(true);
  m_doubt.setInterval(kDoubtMs);
  m_retry.setSingleShot(true);
  m_retry.setInterval(kRetryMs);
  connect(&m_doubt, &QTimer::timeout, this, &Interruption::onDoubtEnds);
  connect(&m_retry, &QTimer::timeout, this, &Interruption::askNewest);
  // Whoever opens the microphone by hand wants to be heard. (Its owner may say only then that it was by hand.)
  connect(
      &listening, &Listening::opened, this,
      [this, &listening] {
        m_hearsOver = listening.cancelsEcho();
        if (!m_handsFree) m_reader.stop();
        onReader();
      },
      Qt::QueuedConnection);
  connect(&listening, &Listening::speechBegan, this, &Interruption::onBegan);
  connect(&listening, &Listening::grew, this, &Interruption::onGrew);
  connect(&listening, &Listening::fellSilent, this, &Interruption::onGrew);
  connect(&listening, &Listening::heard, this, &Interruption::onHeard);
  connect(&listening, &Listening::heardNothing, this, &Interruption::onClosed);
  connect(&listening, &Listening::closed, this, &Interruption::onClosed);
  connect(&bridge, &EngineBridge::finished, this, &Interruption::onFinished);
  connect(&reader, &AnswerReader::changed, this, &Interruption::onReader);
}

void Interruption::setHandsFree(bool on) {
  if (std::exchange(m_handsFree, on) == on) return;
  if (!on) onClosed();
  onReader();
}

bool Interruption::isDeaf() const { return m_handsFree && !m_hearsOver && m_reader.isSpeaking(); }

bool Interruption::holdsBack() const { return m_phase == Phase::None ? m_heldBack : isUndecided(m_phase); }

bool Interruption::isUndecided(Phase phase) {
  return phase == Phase::Suspect || phase == Phase::Unheeded || phase == Phase::Deaf;
}

void Interruption::onBegan() {
  const bool goesOn = m_phase == Phase::Confirmed || m_phase == Phase::Innocent || m_phase == Phase::Deaf;
  if (goesOn) return;  // behind a pause
  if (m_phase == Phase::None) ++m_utterance;
  if (isDeaf()) {
    m_phase = Phase::Deaf;
  } else if (m_phase == Phase::None && !(m_handsFree && (m_answering || m_reader.isReading()))) {
    m_phase = Phase::Innocent;
  } else {
    m_phase = Phase::Suspect;
    m_doubtsLonger = false;
    m_doubt.start();
    m_reader.hold(AnswerReader::Hold::Listener);
  }
}

void Interruption::onGrew(const generation::Sound& soFar) {
  if (m_phase == Phase::Suspect || m_phase == Phase::Unheeded) ask(soFar, m_utterance);
}

void Interruption::onHeard(const generation::Sound& utterance) {
  const Phase phase = std::exchange(m_phase, Phase::None);
  m_heldBack = isUndecided(phase);
  if (phase == Phase::Deaf) return Q_EMIT dismissed();
  if (!m_heldBack) return;
  m_doubt.stop();
  m_pending = Pending{utterance, m_utterance};
  ask(utterance, m_utterance);
}

// The microphone is closed, or nobody spoke after all.
void Interruption::onClosed() {
  m_phase = Phase::None;
  m_doubt.stop();
  if (!m_pending) letGoOn();
}

// The voice begins again while somebody speaks: a sentence became complete meanwhile.
void Interruption::onReader() {
  if (m_reader.isReading()) {
    m_lately = m_reader.lately();
    m_spoke.start();
    if (m_phase == Phase::Suspect) m_reader.hold(AnswerReader::Hold::Listener);
  }
  if (const bool deaf = isDeaf(); std::exchange(m_wasDeaf, deaf) != deaf) Q_EMIT deafChanged(deaf);
}

// A recogniser that is still at it gets as long again.
void Interruption::onDoubtEnds() {
  if (m_asked && !std::exchange(m_doubtsLonger, true)) return m_doubt.start();
  if (m_phase == Phase::Suspect) m_phase = Phase::Unheeded;
  letGoOn();
}

void Interruption::ask(const generation::Sound& sound, int utterance) {
  if (m_asked && m_asked->sound == sound) return;
  const bool isComplete = m_pending && m_pending->sound == sound;
  if (!isComplete) m_newest = {sound, utterance};
  if (m_asked && isComplete) m_bridge.cancel(m_asked->request);  // a part of it tells less
  if (!m_asked) askNewest();
}

void Interruption::askNewest() {
  const Pending next = m_pending.value_or(m_newest);  // what is complete goes first
  if (m_asked || !next.sound) return;
  const auto request = m_bridge.transcribe(next.sound);
  if (!request) return m_retry.start();
  m_asked = Asked{*request, next.sound, next.utterance};
  if (m_newest.sound == next.sound) m_newest = {};
}

void Interruption::onFinished(quint64 id, const Finished& end) {
  if (!m_asked || m_asked->request != id) return;
  const Asked asked = *std::exchange(m_asked, std::nullopt);
  const std::string* words = end.outcome ? std::get_if<std::string>(&*end.outcome) : nullptr;
  decide(asked, words ? QString::fromStdString(*words) : QString());
  askNewest();
}

void Interruption::decide(const Asked& asked, const QString& words) {
  const bool isMessage =
      asked.sound->seconds() > kShortestSeconds && holdsWords(words) && !areSpokenWords(words, spokenJustNow());
  if (m_pending && m_pending->utterance == asked.utterance) {
    if (!isMessage && m_pending->sound != asked.sound) return;  // the whole of it is asked about
    const generation::Sound utterance = std::exchange(m_pending, std::nullopt)->sound;
    if (m_newest.utterance == asked.utterance) m_newest = {};
    if (!isMessage) {
      if (m_phase != Phase::Suspect) letGoOn();  // else the next one is being said already
      return Q_EMIT dismissed();
    }
    Q_EMIT interrupted();
    return Q_EMIT confirmed(utterance);
  }
  if (!isMessage || asked.utterance != m_utterance) return;
  if (m_phase != Phase::Suspect && m_phase != Phase::Unheeded) return;
  m_phase = Phase::Confirmed;
  m_newest = {};
  m_doubt.stop();
  Q_EMIT interrupted();
}

void Interruption::letGoOn() { m_reader.release(AnswerReader::Hold::Listener); }

QString Interruption::spokenJustNow() const {
  const bool isRecent = m_reader.isReading() || (m_spoke.isValid() && m_spoke.elapsed() < kEchoMs);
  return isRecent ? m_lately : QString();
}

}  // namespace xllm::ui
