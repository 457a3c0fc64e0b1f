#include "ui/window/reading_aloud.h"

#include <QAction>
#include <QTimer>
#include <utility>

#include "ui/chat/conversation.h"
#include "ui/chat/conversation_view.h"
#include "ui/settings/reading_aloud_group.h"
#include "ui/settings/settings_dialog.h"
#include "ui/settings/voice_page.h"
#include "ui/speaking/speaking_bar.h"
#include "ui/widgets/inline_message.h"
#include "ui/window/actions.h"
#include "ui/window/preferences_control.h"

namespace xllm::ui {

namespace {

constexpr int kWakeMs = 400;  // the window is drawn and takes input by then

}  // namespace

ReadingAloud::ReadingAloud(Voice& voice, const Parts& parts, QObject* parent)
    : QObject(parent), m_voice(voice), m_parts(parts), m_reader(voice) {
  connectConversation();
  connectControls();
  connect(&m_reader, &AnswerReader::changed, this, &ReadingAloud::refresh);
  connect(&m_reader, &AnswerReader::marked, this,
          [this](int first, int end) { m_parts.view.mark(m_reader.isReading() ? row() : -1, first, end); });
  connect(&m_reader, &AnswerReader::failed, this, &ReadingAloud::sayProblem);
  connect(&voice, &Voice::offersChanged, this, [this] {
    if (m_parts.preferences.current().reading.answers && !m_voice.canSpeak()) sayProblem(m_voice.whyNot());
  });
  m_parts.view.setMayBeReadAloud(true);
  for (QAction* action : {m_parts.actions.readAnswer, m_parts.actions.readAnswers, m_parts.actions.pauseReading,
                          m_parts.actions.skipSentence}) {
    action->setVisible(true);
  }
  applyPreferences();
  retranslate();
  refresh();
}

ReadingAloud::~ReadingAloud() { m_reader.disconnect(this); }

void ReadingAloud::connectConversation() {
  Conversation& conversation = m_parts.conversation;
  ConversationModel& model = conversation.model();
  connect(&model, &ConversationModel::textAppended, this, &ReadingAloud::onText);
  connect(&conversation, &Conversation::answered, this, &ReadingAloud::onAnswered);
  // A new question, or the same once more: what was answered before is not meant any more.
  connect(&conversation, &Conversation::busyChanged, this, [this](bool busy) {
    if (busy) stop();
    m_quiet = 0;
    if (m_interruption) m_interruption->setAnswering(busy);
  });
  const auto onGone = [this] {
    if (m_reader.isReading() && row() < 0) stop();
    refreshActions();
  };
  connect(&model, &QAbstractItemModel::modelReset, this, onGone);
  connect(&model, &QAbstractItemModel::rowsRemoved, this, onGone);
  connect(&model, &QAbstractItemModel::rowsInserted, this, &ReadingAloud::refreshActions);
  connect(&model, &QAbstractItemModel::dataChanged, this,
          [this](const QModelIndex&, const QModelIndex&, const QList<int>& roles) {
            if (roles.contains(ConversationModel::StateRole)) refreshActions();
          });
}

void ReadingAloud::connectControls() {
  const Actions& actions = m_parts.actions;
  connect(actions.readAnswer, &QAction::triggered, this,
          [this] { toggle(m_parts.conversation.model().rowCount() - 1); });
  connect(actions.readAnswers, &QAction::triggered, this, [this](bool on) {
    m_parts.preferences.change([on](Preferences& preferences) { preferences.reading.answers = on; });
  });
  const auto pause = [this](bool on) {
    on ? m_reader.hold(AnswerReader::Hold::Person) : m_reader.release(AnswerReader::Hold::Person);
  };
  connect(actions.pauseReading, &QAction::triggered, this,
          [this, pause] { pause(!m_reader.isHeld(AnswerReader::Hold::Person)); });
  connect(actions.skipSentence, &QAction::triggered, &m_reader, &AnswerReader::skip);
  const SpeakingBar& bar = m_parts.bar;
  connect(&bar, &SpeakingBar::pauseRequested, this, [pause] { pause(true); });
  connect(&bar, &SpeakingBar::resumeRequested, this, [pause] { pause(false); });
  connect(&bar, &SpeakingBar::skipRequested, &m_reader, &AnswerReader::skip);
  connect(&bar, &SpeakingBar::stopRequested, this, &ReadingAloud::stop);
  connect(&m_parts.view, &ConversationView::readAloudRequested, this, &ReadingAloud::toggle);
  connect(&m_parts.preferences, &PreferencesControl::changed, this, &ReadingAloud::applyPreferences);
  connect(&m_parts.preferences, &PreferencesControl::dialogOpened, this, &ReadingAloud::onDialog);
}

void ReadingAloud::listen(Listening& listening, EngineBridge& bridge) {
  m_interruption = new Interruption(listening, bridge, m_reader, this);
  m_interruption->setAnswering(m_parts.conversation.isBusy());
  connect(m_interruption, &Interruption::interrupted, this, [this] {
    stop();
    m_parts.conversation.stop();
  });
  connect(m_interruption, &Interruption::deafChanged, this, &ReadingAloud::refresh);
}

bool ReadingAloud::reads(MessageId reply) const {
  if (m_reader.isReading() && m_reply == reply) return true;
  return m_parts.preferences.current().reading.answers && m_voice.canSpeak() && m_quiet != reply;
}

void ReadingAloud::toggle(int row) {
  const ConversationModel& model = m_parts.conversation.model();
  if (row < 0 || row >= model.rowCount()) return;
  const Message& message = model.at(row);
  if (message.speaker != Speaker::Model) return;
  if (m_reader.isReading() && m_reply == message.id) return stop();
  if (!canSpeak()) return;
  begin(message.id, message.text, AnswerReader::From::Beginning);
  if (!isUnfinished(message.state)) m_reader.finish();
}

void ReadingAloud::stop() {
  if (m_reader.isReading()) m_quiet = m_reply;
  m_reader.stop();
}

void ReadingAloud::begin(MessageId reply, const QString& soFar, AnswerReader::From from) {
  m_parts.message.hide();
  m_reader.stop();
  m_reply = reply;
  m_quiet = 0;
  m_reader.begin(soFar, from);
}

void ReadingAloud::onText(int row, const QString& text) {
  const Message& message = m_parts.conversation.model().at(row);
  if (m_reader.isReading() && m_reply == message.id) return m_reader.append(text);
  if (!m_parts.preferences.current().reading.answers || m_quiet == message.id) return;
  if (m_reader.isReading() || !m_voice.canSpeak()) return;
  begin(message.id, message.text.chopped(text.size()), AnswerReader::From::Here);
  m_reader.append(text);
}

void ReadingAloud::onAnswered(int row) {
  if (m_parts.conversation.model().at(row).id == m_reply) m_reader.finish();
}

int ReadingAloud::row() const { return m_parts.conversation.model().rowOf(m_reply); }

bool ReadingAloud::canSpeak() {
  if (m_voice.canSpeak()) return true;
  sayProblem(m_voice.whyNot());
  return false;
}

void ReadingAloud::sayProblem(const QString& sentence) {
  m_quiet = m_reply;
  m_parts.message.say(InlineMessage::Kind::Error, tr("Nothing can be read aloud"), sentence);
}

void ReadingAloud::applyPreferences() {
  const ReadingPreferences& reading = m_parts.preferences.current().reading;
  m_voice.choose({.name = reading.voice, .rate = reading.rate, .volume = reading.volume});
  m_parts.actions.readAnswers->setChecked(reading.answers);
  if (std::exchange(m_readsAnswers, reading.answers) == reading.answers) return;
  if (reading.answers) {
    canSpeak();
    QTimer::singleShot(kWakeMs, this, [this] { m_voice.wake(); });
  } else if (m_parts.conversation.isBusy()) {
    stop();
  }
}

void ReadingAloud::onDialog(SettingsDialog& dialog) {
  ReadingAloudGroup& group = dialog.voice().readingAloud();
  const auto fill = [this, &group] {
    QList<ReadingAloudGroup::VoiceName> names;
    for (const Voice::Offered& each : m_voice.voices()) names << ReadingAloudGroup::VoiceName{each.name, each.locale};
    group.setVoices(names);
    group.setWhyNot(m_voice.canSpeak() ? QString() : m_voice.whyNot());
  };
  m_voice.disconnect(&group);
  group.disconnect(this);
  connect(&m_voice, &Voice::offersChanged, &group, fill);
  connect(&group, &ReadingAloudGroup::tryRequested, this, [this] {
    if (!canSpeak()) return;
    begin(0, tr("This is how answers are read aloud."), AnswerReader::From::Beginning);
    m_reader.finish();
  });
  fill();
  m_voice.wake();
}

void ReadingAloud::refresh() {
  using State = SpeakingBar::State;
  const bool reading = m_reader.isReading();
  m_parts.view.setReadAloud(reading ? row() : -1);
  refreshActions();
  if (!reading) {
    m_parts.bar.hide();
  } else if (m_reader.isHeld(AnswerReader::Hold::Listener)) {
    m_parts.bar.show(State::Listening);
  } else if (m_reader.isHeld(AnswerReader::Hold::Person)) {
    m_parts.bar.show(State::Paused);
  } else if (m_interruption && m_interruption->isDeaf()) {
    m_parts.bar.show(State::Deaf);
  } else {
    m_parts.bar.show(m_reader.isSpeaking() ? State::Reading : State::Waiting);
  }
  Q_EMIT changed();
}

void ReadingAloud::refreshActions() {
  const ConversationModel& model = m_parts.conversation.model();
  const int last = model.rowCount() - 1;
  const bool reading = m_reader.isReading();
  m_parts.actions.readAnswer->setEnabled(reading || (last > 0 && !model.at(last).text.isEmpty()));
  m_parts.actions.readAnswers->setEnabled(true);
  m_parts.actions.pauseReading->setEnabled(reading);
  m_parts.actions.skipSentence->setEnabled(reading);
}

void ReadingAloud::retranslate() {
  m_reader.setInterfaceLanguage(QLocale().language());
  m_parts.message.hide();  // its words are of the language before
}

}  // namespace xllm::ui
