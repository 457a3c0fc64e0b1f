// Whether somebody who begins to speak while the computer reads or answers wants it to stop. The voice is silent at
// once; words stop it, noise does not, and its own words never do. Leaves stopping the answer, and asking what was
// said, to its owner. GUI thread.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <optional>

#include "ui/bridge/engine_bridge.h"
#include "ui/listening/listening.h"

namespace xllm::ui {

class AnswerReader;

class Interruption final : public QObject {
  Q_OBJECT

 public:
  static constexpr int kDoubtMs = 2000;  // without words for so long, the voice goes on

  // All outlive this.
  Interruption(Listening& listening, EngineBridge& bridge, AnswerReader& reader, QObject* parent = nullptr);

  void setHandsFree(bool on);  // else the microphone is opened by hand, and whoever does that has decided
  void setAnswering(bool on) { m_answering = on; }  // an answer is being written

  // Just now nothing that is said counts: the voice speaks, and what is played is not taken out of what is heard
  // (Listening::cancelsEcho()).
  bool isDeaf() const;
  bool isDoubting() const { return m_phase == Phase::Suspect; }  // the voice waits for words

  // Asked while Listening::heard() is signalled, of that utterance, in whatever order the signals arrive. True: it was
  // begun while the computer spoke or answered, and nobody knows yet whether it is a message: confirmed() or
  // dismissed() will tell. False: it is one.
  [[nodiscard]] bool holdsBack() const;

 Q_SIGNALS:
  void interrupted();  // words were said: reading and answering shall end. The utterance may still go on
  void confirmed(const xllm::generation::Sound& utterance);  // it was held back, and is a message all the same
  void dismissed();                                          // it was held back, and is none
  void deafChanged(bool deaf);

 private:
  // Of the utterance that is being said.
  enum class Phase {
    None = 1,
    Suspect,    // begun while the computer spoke or answered: the voice is held
    Unheeded,   // no words in time: the voice went on, and more may still come
    Confirmed,  // words were said
    Innocent,   // a message, begun while nothing was to be interrupted
    Deaf,
  };
  struct Asked {  // at the recogniser
    RequestId request = 0;
    generation::Sound sound;
    int utterance = 0;
  };
  struct Pending {  // to be asked about; or said, and not decided
    generation::Sound sound;
    int utterance = 0;
  };

  static bool isUndecided(Phase phase);
  void onBegan();
  void onGrew(const generation::Sound& soFar);
  void onHeard(const generation::Sound& utterance);
  void onClosed();
  void onFinished(quint64 id, const Finished& end);
  void onReader();
  void onDoubtEnds();
  void ask(const generation::Sound& sound, int utterance);
  void askNewest();
  void decide(const Asked& asked, const QString& words);
  void letGoOn();
  QString spokenJustNow() const;

  EngineBridge& m_bridge;
  AnswerReader& m_reader;
  bool m_handsFree = false, m_answering = false, m_hearsOver = true, m_wasDeaf = false;
  Phase m_phase = Phase::None;
  int m_utterance = 0;  // its number
  std::optional<Pending> m_pending;
  std::optional<Asked> m_asked;
  Pending m_newest;         // to be asked about next; no sound: nothing is
  bool m_heldBack = false;  // the last utterance
  QString m_lately;         // spoken by the voice
  QElapsedTimer m_spoke;    // since then
  QTimer m_doubt, m_retry;  // the engine's queue was full
  bool m_doubtsLonger = false;
};

}  // namespace xllm::ui
