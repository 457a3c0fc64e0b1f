// What the window needs to know of something that reads aloud, so that it can be tested without loudspeakers. One piece
// of text at a time; what comes next, and what a sentence is, is said by answer_reader.h.
#pragma once

#include <QList>
#include <QLocale>
#include <QObject>
#include <QString>

namespace xllm::ui {

struct VoiceChoice {
  QString name;       // as the system calls it; empty: the first one of the text's language
  double rate = 0;    // -1 … 1, 0: as the voice speaks by itself
  double volume = 1;  // 0 … 1
};

// GUI thread.
class Voice : public QObject {
  Q_OBJECT

 public:
  using QObject::QObject;

  struct Offered {
    QString name;
    QLocale locale;
    bool operator==(const Offered&) const = default;
  };
  // Looks for the voices of this computer, in the background; offersChanged() follows. say() does it by itself.
  virtual void wake() = 0;
  // False: this computer has no voice; `whyNot` says what to install. True as long as nobody looked.
  virtual bool canSpeak() const = 0;
  virtual QString whyNot() const = 0;
  virtual QList<Offered> voices() const = 0;

  virtual void choose(const VoiceChoice& choice) = 0;
  virtual void say(const QString& text, const QLocale& language) = 0;  // in place of what is being said
  virtual void pause() = 0;                                            // at once, not at the sentence's end
  virtual void resume() = 0;  // from there; where the system cannot, from the text's beginning
  virtual void stop() = 0;

 Q_SIGNALS:
  void offersChanged();
  void began();                          // the first sound of say()'s text
  void ended();                          // all of it was said; not after stop() or another say()
  void failed(const QString& sentence);  // what happened and what to do; nothing more is said of the text
};

}  // namespace xllm::ui
