// Reads one answer aloud while it is written: sentence by sentence, from the first complete one on, each in a voice of
// its language. Says which sentence is being spoken. Leaves which answer, and when, to the window. GUI thread.
#pragma once

#include <QFlags>
#include <QList>
#include <QLocale>
#include <QObject>
#include <QStringList>
#include <optional>

#include "ui/speaking/spoken_text.h"
#include "ui/speaking/voice.h"

namespace xllm::ui {

class AnswerReader final : public QObject {
  Q_OBJECT

 public:
  // Who wants it to be silent for a while: it goes on when nobody does.
  enum class Hold { None = 0, Person = 1, Listener = 2 };
  Q_DECLARE_FLAGS(Holds, Hold)

  enum class From { Beginning = 1, Here };

  explicit AnswerReader(Voice& voice, QObject* parent = nullptr);  // `voice` outlives it

  // It decides where the language of an answer is not clear.
  void setInterfaceLanguage(QLocale::Language language) {
    m_interface = language == QLocale::C ? QLocale::English : language;
  }

  void begin(const QString& soFar = {}, From from = From::Beginning);  // another answer; the one before is stopped
  void append(const QString& markdown);
  void finish();  // nothing more will come; ended() follows behind the last sentence
  void skip();    // on to the next sentence, though it may have to be waited for
  void hold(Hold who);
  void release(Hold who);
  void stop();

  bool isReading() const { return m_reading; }                       // from begin() until the end
  bool isSpeaking() const { return m_now.has_value() && !m_holds; }  // a sentence is at the voice
  bool isHeld(Hold by) const { return m_holds.testFlag(by); }
  QString sentence() const { return m_now ? m_now->words : QString(); }  // being said, or held
  QString lately() const;  // what was said in the last moments, and what is being said

 Q_SIGNALS:
  void changed();  // isReading(), isSpeaking(), isHeld()
  // A sentence is heard from now on; its place as SpokenText counts. Empty: none any more.
  void marked(int firstLetter, int endLetter);
  void ended();  // all was said, or it was stopped
  void failed(const QString& sentence);

 private:
  struct Sentence {
    QString words;
    QLocale language;
    int firstLetter = 0, endLetter = 0;
  };

  void gather();
  void next();
  void end();

  Voice& m_voice;
  SpokenText m_text;
  QList<Sentence> m_waiting;
  std::optional<Sentence> m_now;
  QStringList m_said;  // the last few, with the one that is being said
  QLocale::Language m_interface = QLocale::English;
  QLocale::Language m_context = QLocale::English;  // of the sentence before
  Holds m_holds;
  bool m_reading = false;
  bool m_finished = false;  // the answer is complete
};

}  // namespace xllm::ui
