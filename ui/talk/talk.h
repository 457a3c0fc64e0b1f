// Between a microphone and a conversation: what is said is understood while it is said, the answer's beginning is
// computed before the speaker has finished, and the recording becomes a message, or waits in the box to be read first.
// Leaves hearing to ui/listening, widgets to talk_bar.h and talk_buttons.h. GUI thread only.
#pragma once

#include <QObject>
#include <QTimer>
#include <deque>
#include <functional>
#include <optional>

#include "ui/bridge/attachment.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/history/records.h"
#include "ui/listening/listening.h"
#include "ui/settings/preferences.h"

namespace xllm::ui {

class Composer;
class Conversation;
class PackState;

class Talk final : public QObject {
  Q_OBJECT

 public:
  struct Parts {  // all outlive this
    Listening& listening;
    EngineBridge& bridge;
    PackState& pack;
    Conversation& conversation;
    Composer& composer;
  };
  // Why nobody can talk now.
  enum class Obstacle { None = 1, NoPack, CannotHear };

  explicit Talk(const Parts& parts, QObject* parent = nullptr);
  ~Talk() override;  // closes the microphone; what is being said is thrown away

  void setPreferences(const TalkPreferences& preferences);  // in force at once, also while the microphone is open
  const TalkPreferences& preferences() const { return m_preferences; }

  void begin();      // opens the microphone
  void end();        // closes it; what was said is complete
  void toggle();     // one or the other
  void beginHeld();  // as begin(), for as long as something is held, whatever way is preferred
  void endHeld();    // end() of that
  void putAside();   // as end(), but what was said waits in the box
  void drop();       // closes it; what is being said is thrown away
  void setMuted(bool muted);

  bool isOpen() const { return m_isOpen; }
  bool isMuted() const { return m_parts.listening.isMuted(); }
  bool isSpoken() const { return m_isSpoken; }  // somebody speaks just now
  ListenMode mode() const { return m_isHeld ? ListenMode::HoldToTalk : m_preferences.mode; }  // in force
  Obstacle obstacle() const;

  // Asked of every utterance. True: nothing happens with it, unless accept() tells later that it is a message all the
  // same. Without it, one that is heard while an answer runs stops that answer and is asked next.
  void setHoldBack(std::function<bool()> holdsBack) { m_holdsBack = std::move(holdsBack); }
  void accept(const generation::Sound& heldBack);

 Q_SIGNALS:
  void changed();                                            // open, muted, spoken, or the obstacle
  void levelChanged(double rms, double peak, bool clipped);  // as Listening says it
  void wordsChanged(const QString& words);  // understood so far of what is being said; empty: nothing, or it is over
  void understood(const QString& words);    // of a recording that waits in the box: all of it
  void noticed(const QString& hint);        // what a screen reader should tell

 private:
  // What is being said.
  struct Utterance {
    ListenMode mode = ListenMode::ClickToTalk;
    ConversationId conversation = 0;  // in which it was begun
    bool waits = false;               // whatever the preferences say
    bool isBegun = false;             // hands-free: before it nobody spoke
    QString words;
    quint64 number = 0;
  };
  // A recording on its way through the recogniser.
  struct Asked {
    generation::Sound sound;
    quint64 chip = 0;       // of the box; 0: it is being said
    quint64 utterance = 0;  // for chip 0
    RequestId request = 0;
  };

  void connectListening();
  void onSpeechBegan();
  void onGrew(const generation::Sound& soFar);
  void onFellSilent(const generation::Sound& sound);
  void onHeard(const generation::Sound& sound);
  void onHeardNothing();
  void onPackChanged();
  void onFinished(quint64 id, const Finished& end);
  void take(const Asked& asked, const QString& words);
  bool goesAtOnce(const Utterance& said) const;
  void become(const generation::Sound& sound, const Utterance& said);  // a message, now or once it was read
  bool showsWords() const;
  void beginUtterance();
  Utterance endUtterance();
  void sendNow();
  void prepare(const generation::Sound& sound);
  void cancelPrepared();
  void askForWords(const generation::Sound& sound);
  void askNext();
  void sayObstacle();
  Attachment recordingOf(const generation::Sound& sound) const;
  void setSpoken(bool spoken);

  Parts m_parts;
  TalkPreferences m_preferences;
  std::function<bool()> m_holdsBack;
  bool m_isOpen = false, m_isSpoken = false, m_isHeld = false;
  Obstacle m_obstacle = Obstacle::None;
  Utterance m_utterance;
  std::optional<ConversationId> m_sendsWhenIdle;  // what is in the box of that conversation
  std::optional<RequestId> m_prepared;
  std::optional<Asked> m_asked, m_next;  // words of what is being said: the newest alone is asked next
  std::deque<Asked> m_finished;          // recordings of the box, which go first
  QTimer m_retry;                        // the engine's queue was full
};

}  // namespace xllm::ui
