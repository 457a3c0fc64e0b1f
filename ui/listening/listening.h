// What the window needs to know of a microphone, so that it can be tested without one. Says what is heard and when;
// leaves what is done with it to ui/talk, and how it is captured to microphone_listening.h.
#pragma once

#include <QByteArray>
#include <QObject>
#include <QString>

#include "core/generation/chat_request.h"

namespace xllm::ui {

// How a recording begins and ends.
enum class ListenMode {
  HoldToTalk = 1,  // from start() to stop()
  ClickToTalk,     // from start() to stop(), or to the end of what is said
  HandsFree,       // one utterance after the other until stop()
};

struct ListenSettings {
  QByteArray device = {};        // QAudioDevice::id(); empty, or pulled out: the system's default
  double endDelaySeconds = 0.7;  // of silence, until what was said counts as complete
  double sensitivity = 0.5;      // (0, 1): the probability of speech from which on somebody speaks; higher hears less
  bool cancelsEcho = true;       // what this computer plays is taken out of what is heard

  bool operator==(const ListenSettings&) const = default;
};

enum class ListenTrouble {
  NotAllowed = 1,  // the system refuses the microphone to this program
  NoDevice,        // there is none
  Unplugged,       // it went away while it was open
  NoDetector,      // hands-free needs the detector's weights, and no pack of this computer brings them
  Failed,          // anything else that the sound system said
};

// GUI thread. Nothing is recorded before start(), or while muted.
class Listening : public QObject {
  Q_OBJECT

 public:
  using QObject::QObject;

  virtual void start(ListenMode mode, const ListenSettings& settings) = 0;  // again: with other settings
  virtual void stop() = 0;                // what is being recorded is complete; closes the microphone
  virtual void drop() = 0;                // as stop(), but what is being recorded is thrown away
  virtual void setMuted(bool muted) = 0;  // samples are thrown away before anything sees them
  virtual bool isOpen() const = 0;
  virtual bool isMuted() const = 0;
  // While open: what this computer plays is taken out of what is heard. False: that was not wished, or cannot be done
  // here, and whoever reads aloud mutes the microphone meanwhile.
  virtual bool cancelsEcho() const { return true; }

 Q_SIGNALS:
  void opened();  // the microphone is open: show it
  void closed();
  void troubled(xllm::ui::ListenTrouble what, const QString& details);  // closed() follows, or came before
  // Twenty times a second while open. Decibels below full scale, -90 … 0; `clipped`: some samples were at the limit.
  void levelChanged(double rms, double peak, bool clipped);
  void speechBegan();  // somebody speaks; in a recording between start() and stop() at most once a pause
  // Twice a second while it grows: all of the recording so far.
  void grew(const xllm::generation::Sound& soFar);
  // Nobody speaks any more, but the delay is not over: `sound` is what heard() will bring (the same buffer) unless
  // grew() comes first. To compute ahead.
  void fellSilent(const xllm::generation::Sound& sound);
  // One utterance, silence around it cut off but for a little before and behind.
  void heard(const xllm::generation::Sound& sound);
  void heardNothing();  // stop() after a recording in which nobody spoke
};

}  // namespace xllm::ui
