// Who in the window plays what, one at a time: whoever begins ends what was played before. Reads what is only on disk.
// Leaves how it looks to sound_bar.h, loudspeakers to the player. GUI thread only.
#pragma once

#include <QHash>
#include <QObject>
#include <functional>

#include "ui/composer/attachment_loader.h"
#include "ui/playback/player.h"

namespace xllm::ui {

// A recording that can be played: in memory, or on disk.
struct Playable {
  generation::Sound sound = {};
  QString file = {};
  double seconds = 0;
};
Playable playableOf(const Attachment& attachment);  // its sound

class Playback final : public QObject {
  Q_OBJECT

 public:
  Playback(Player& player, const MediaReader& reader);  // both outlive this

  // Who plays pauses, and goes on; whoever else begins, at this place. `who` is only compared.
  void toggle(const QObject* who, const Playable& what, double fromSeconds);
  void seek(const QObject* who, double seconds);  // of who plays or pauses; else nothing
  void stop(const QObject* who);                  // it is not seen any more
  bool isPlaying(const QObject* who) const { return who == m_who && m_isPlaying; }

  // How loud its parts are, 0 … 1, once it is read; never where that takes long, or it cannot be read.
  void peaksOf(const Playable& what, QObject* receiver, std::function<void(const QList<float>&)> then);

 Q_SIGNALS:
  void changed(const QObject* who);  // plays, or not any more
  void moved(const QObject* who, double seconds);
  void failed(const QObject* who, const QString& details);

 private:
  void begin(const generation::Sound& sound);
  void end();
  void fail(const QString& details);

  Player& m_player;
  const MediaReader& m_reader;
  const QObject* m_who = nullptr;
  bool m_isPlaying = false;
  double m_from = 0;
  quint64 m_reading = 0;                 // the loader's; 0: nothing is read
  QHash<QString, QList<float>> m_peaks;  // of files
  AttachmentLoader m_loader;             // last: it answers into everything above
};

}  // namespace xllm::ui
