// Answers read aloud, in the window: which one and when, its sentence marked in the view, the bar, keys and settings,
// and what happens when somebody speaks meanwhile. Leaves speaking to ui/speaking.
#pragma once

#include <QObject>
#include <functional>
#include <optional>

#include "ui/history/records.h"
#include "ui/speaking/answer_reader.h"
#include "ui/speaking/interruption.h"

namespace xllm::ui {

class Actions;
class Conversation;
class ConversationView;
class InlineMessage;
class PreferencesControl;
class SettingsDialog;
class SpeakingBar;

class ReadingAloud final : public QObject {
  Q_OBJECT

 public:
  struct Parts {  // all outlive this
    Conversation& conversation;
    ConversationView& view;
    Actions& actions;
    PreferencesControl& preferences;
    SpeakingBar& bar;
    InlineMessage& message;
  };
  ReadingAloud(Voice& voice, const Parts& parts, QObject* parent = nullptr);
  ~ReadingAloud() override;  // says nothing more

  bool isReading() const { return m_reader.isReading(); }
  // Whether a screen reader need not: it is read aloud, or will be.
  bool reads(MessageId reply) const;
  void toggle(int row);  // reads the answer, or stops reading it
  void stop();
  void retranslate();

  // From now on somebody may interrupt by speaking. Both outlive this. Whoever opens the microphone tells
  // interruption() whether it is hands-free, and asks it whether an utterance is held back.
  void listen(Listening& listening, EngineBridge& bridge);
  Interruption* interruption() const { return m_interruption; }  // null before listen()
  AnswerReader& reader() { return m_reader; }

 Q_SIGNALS:
  void changed();  // isReading()

 private:
  void connectConversation();
  void connectControls();
  void onText(int row, const QString& text);
  void onAnswered(int row);
  void onDialog(SettingsDialog& dialog);
  void begin(MessageId reply, const QString& soFar, AnswerReader::From from);
  void refresh();
  void refreshActions();
  void applyPreferences();
  void sayProblem(const QString& sentence);
  bool canSpeak();  // says why when not
  int row() const;  // of what is being read; -1: it is not shown

  Voice& m_voice;
  Parts m_parts;
  AnswerReader m_reader;
  Interruption* m_interruption = nullptr;
  MessageId m_reply = 0;
  MessageId m_quiet = 0;        // was stopped, though more of it is being written
  bool m_readsAnswers = false;  // as the preferences said last
};

}  // namespace xllm::ui
