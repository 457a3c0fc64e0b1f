#include "ui/talk/talk.h"

#include <QLocale>
#include <QTime>
#include <utility>

#include "ui/chat/conversation.h"
#include "ui/composer/composer.h"
#include "ui/models/pack_state.h"
#include "ui/talk/talk_problem.h"

namespace xllm::ui {

namespace {

constexpr int kRetryMs = 250;

}  // namespace

Talk::Talk(const Parts& parts, QObject* parent) : QObject(parent), m_parts(parts), m_obstacle(obstacle()) {
  connectListening();
  connect(&parts.pack, &PackState::changed, this, &Talk::onPackChanged);
  connect(&parts.bridge, &EngineBridge::finished, this, &Talk::onFinished);
  connect(
      &parts.conversation, &Conversation::busyChanged, this,
      [this](bool busy) {
        if (!busy && m_sendsWhenIdle) sendNow();
      },
      Qt::QueuedConnection);  // the answer that ends is not quite over
  // The conversation that was new when somebody began to speak has a number now.
  connect(&parts.conversation, &Conversation::begun, this, [this](ConversationId id) {
    if (m_utterance.conversation == 0) m_utterance.conversation = id;
    if (m_sendsWhenIdle == 0) m_sendsWhenIdle = id;
  });
  m_retry.setSingleShot(true);
  m_retry.setInterval(kRetryMs);
  connect(&m_retry, &QTimer::timeout, this, &Talk::askNext);
}

Talk::~Talk() {
  m_parts.listening.disconnect(this);
  drop();
}

void Talk::connectListening() {
  Listening& listening = m_parts.listening;
  connect(&listening, &Listening::opened, this, [this] {
    m_isOpen = true;
    if (m_parts.pack.phase() == PackState::Phase::Loading) {
      m_parts.composer.showHint(
          [] { return tr("The model is still loading. What you say goes out as soon as it is there."); });
    }
    Q_EMIT changed();
  });
  connect(&listening, &Listening::closed, this, [this] {
    m_isOpen = m_isHeld = false;
    setSpoken(false);
    Q_EMIT changed();
  });
  connect(&listening, &Listening::troubled, this, [this](ListenTrouble what, const QString& details) {
    endUtterance();
    m_parts.composer.showProblem([what, details] { return TalkProblems::describe(what, details); });
  });
  connect(&listening, &Listening::levelChanged, this, &Talk::levelChanged);
  connect(&listening, &Listening::speechBegan, this, &Talk::onSpeechBegan);
  connect(&listening, &Listening::grew, this, &Talk::onGrew);
  connect(&listening, &Listening::fellSilent, this, &Talk::onFellSilent);
  connect(&listening, &Listening::heard, this, &Talk::onHeard);
  connect(&listening, &Listening::heardNothing, this, &Talk::onHeardNothing);
}

void Talk::setPreferences(const TalkPreferences& preferences) {
  const TalkPreferences before = std::exchange(m_preferences, preferences);
  if (!m_isOpen) return;
  if (before.mode != preferences.mode && preferences.mode == ListenMode::HoldToTalk) return putAside();
  if (before.mode != preferences.mode || before.listening != preferences.listening) {
    if (before.mode != preferences.mode) beginUtterance();
    m_parts.listening.start(preferences.mode, preferences.listening);
  }
  Q_EMIT changed();
}

void Talk::begin() {
  if (obstacle() != Obstacle::None) {
    m_isHeld = false;
    return sayObstacle();
  }
  m_parts.composer.showHint({});
  beginUtterance();
  m_parts.listening.setMuted(false);
  m_parts.listening.start(mode(), m_preferences.listening);
}

void Talk::beginHeld() {
  m_isHeld = true;
  begin();
}

void Talk::endHeld() {
  if (m_isHeld) end();
}

void Talk::end() { m_parts.listening.stop(); }

void Talk::toggle() { m_isOpen ? end() : begin(); }

void Talk::putAside() {
  m_utterance.waits = true;
  end();
}

void Talk::drop() {
  endUtterance();
  cancelPrepared();
  m_parts.listening.drop();
}

void Talk::setMuted(bool muted) {
  m_parts.listening.setMuted(muted);
  if (muted) setSpoken(false);
  Q_EMIT changed();
}

Talk::Obstacle Talk::obstacle() const {
  switch (m_parts.pack.phase()) {
    case PackState::Phase::Loading: return Obstacle::None;  // what is said waits for it
    case PackState::Phase::Ready: return m_parts.pack.summary().hearsSpeech ? Obstacle::None : Obstacle::CannotHear;
    case PackState::Phase::None:
    case PackState::Phase::Failed: break;
  }
  return Obstacle::NoPack;
}

void Talk::sayObstacle() {
  m_parts.composer.showProblem([what = obstacle()] { return TalkProblems::describe(what); });
}

// Another pack may not hear: what was said stays in the box.
void Talk::onPackChanged() {
  if (std::exchange(m_obstacle, obstacle()) == m_obstacle) return askNext();
  if (m_obstacle != Obstacle::None && m_isOpen) {
    putAside();
    sayObstacle();
  }
  Q_EMIT changed();
  askNext();
}

void Talk::beginUtterance() {
  const quint64 number = m_utterance.number + 1;
  m_utterance = {.mode = mode(), .conversation = m_parts.conversation.id(), .words = {}, .number = number};
}

// What is still asked about it comes too late.
Talk::Utterance Talk::endUtterance() {
  const Utterance ended = m_utterance;
  beginUtterance();
  m_next.reset();
  if (m_asked && m_asked->chip == 0) m_parts.bridge.cancel(m_asked->request);
  setSpoken(false);
  if (!ended.words.isEmpty()) Q_EMIT wordsChanged({});
  return ended;
}

void Talk::onSpeechBegan() {
  const bool isFirst = !std::exchange(m_utterance.isBegun, true);
  if (isFirst && m_utterance.mode == ListenMode::HandsFree) m_utterance.conversation = m_parts.conversation.id();
  setSpoken(true);
}

void Talk::setSpoken(bool spoken) {
  if (std::exchange(m_isSpoken, spoken) != spoken) Q_EMIT changed();
}

void Talk::onGrew(const generation::Sound& soFar) {
  cancelPrepared();
  setSpoken(true);
  askForWords(soFar);
}

// What goes at once is computed ahead; what is read first is understood first.
void Talk::onFellSilent(const generation::Sound& sound) {
  setSpoken(false);
  // The pause is short: what is computed in it is the whole of what was said.
  if (m_asked && m_asked->chip == 0) m_parts.bridge.cancel(m_asked->request);
  if (!goesAtOnce(m_utterance)) askForWords(sound);
  prepare(sound);
}

void Talk::onHeard(const generation::Sound& sound) {
  const Utterance said = endUtterance();
  if (m_holdsBack && m_holdsBack()) return cancelPrepared();
  become(sound, said);
}

void Talk::accept(const generation::Sound& heldBack) {
  become(heldBack, {.mode = mode(), .conversation = m_parts.conversation.id(), .words = {}});
}

void Talk::become(const generation::Sound& sound, const Utterance& said) {
  const bool atOnce = goesAtOnce(said);
  if (atOnce && !m_parts.conversation.isBusy()) {
    m_prepared.reset();  // what it computed, or still does, is what the answer needs
    return m_parts.composer.sendRecording(recordingOf(sound));
  }
  const bool inLine = m_preferences.showsWords && !atOnce;
  const quint64 chip =
      m_parts.composer.addRecording(recordingOf(sound), inLine ? std::optional(said.words) : std::nullopt);
  if (atOnce) {
    m_sendsWhenIdle = m_parts.conversation.id();
    return sendNow();
  }
  if (!inLine) return;
  if (said.mode != ListenMode::HandsFree) m_parts.composer.editWords(chip);
  m_finished.push_back({.sound = sound, .chip = chip});
  askNext();
}

void Talk::onHeardNothing() {
  const Utterance said = endUtterance();
  const bool held = said.mode == ListenMode::HoldToTalk;
  const auto words = [held] {
    return held ? tr("Nothing was heard: hold it while you talk") : tr("Nothing was heard");
  };
  m_parts.composer.showHint(words);
  Q_EMIT noticed(words());
}

// Begun in another conversation: it is not sent into this one.
bool Talk::goesAtOnce(const Utterance& said) const {
  if (said.waits || said.conversation != m_parts.conversation.id()) return false;
  switch (m_preferences.goes) {
    case SayingGoes::AtOnce: return true;
    case SayingGoes::AfterReading: return false;
    case SayingGoes::AtOnceHandsFree: break;
  }
  return said.mode == ListenMode::HandsFree;
}

void Talk::sendNow() {
  if (m_parts.conversation.isBusy()) {  // it goes when that has ended
    if (m_parts.conversation.isAnswering()) m_parts.conversation.stop();
    return;
  }
  if (std::exchange(m_sendsWhenIdle, std::nullopt) != m_parts.conversation.id()) return;
  m_parts.composer.send();
}

void Talk::prepare(const generation::Sound& sound) {
  cancelPrepared();
  Attachments attachments = m_parts.composer.attachments();
  attachments << recordingOf(sound);
  auto request = m_parts.conversation.foreseen(m_parts.composer.wholeText(), attachments);
  if (request) m_prepared = m_parts.bridge.prepare(std::move(*request));
}

void Talk::cancelPrepared() {
  if (const auto request = std::exchange(m_prepared, std::nullopt)) m_parts.bridge.cancel(*request);
}

Attachment Talk::recordingOf(const generation::Sound& sound) const {
  Attachment recording;
  recording.kind = MediaKind::Sound;
  recording.name = tr("Recording %1").arg(QLocale().toString(QTime::currentTime(), QLocale::ShortFormat));
  recording.sound = sound;
  recording.seconds = sound->seconds();
  return recording;
}

bool Talk::showsWords() const {
  return m_preferences.showsWords && m_parts.pack.phase() == PackState::Phase::Ready &&
         m_parts.pack.summary().hearsSpeech;
}

void Talk::askForWords(const generation::Sound& sound) {
  if (!showsWords()) return;
  m_next = Asked{.sound = sound, .utterance = m_utterance.number};
  askNext();
}

// One at a time: a computer that is slow skips some of the growing ones.
void Talk::askNext() {
  if (m_asked || !showsWords()) return;
  Asked next;
  if (!m_finished.empty()) {
    next = m_finished.front();
  } else if (m_next) {
    next = *m_next;
  } else {
    return;
  }
  const auto request = m_parts.bridge.transcribe(next.sound);
  if (!request) return m_retry.start();
  next.chip != 0 ? m_finished.pop_front() : m_next.reset();
  next.request = *request;
  m_asked = next;
}

void Talk::onFinished(quint64 id, const Finished& end) {
  if (m_prepared == id) m_prepared.reset();
  if (!m_asked || m_asked->request != id) return;
  const Asked asked = *std::exchange(m_asked, std::nullopt);
  const auto* words = end.outcome ? std::get_if<std::string>(&*end.outcome) : nullptr;
  if (words) take(asked, QString::fromStdString(*words).simplified());
  askNext();
}

void Talk::take(const Asked& asked, const QString& words) {
  if (asked.chip != 0) {
    m_parts.composer.setUnderstood(asked.chip, words);
    Q_EMIT understood(words);
  } else if (asked.utterance == m_utterance.number) {
    m_utterance.words = words;
    Q_EMIT wordsChanged(words);
  }
}

}  // namespace xllm::ui
