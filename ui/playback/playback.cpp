#include "ui/playback/playback.h"

#include <utility>

#include "ui/playback/wave_view.h"
#include "ui/widgets/on_worker.h"

namespace xllm::ui {

namespace {

constexpr double kLongestUnasked = 120;  // seconds: longer ones are only read to be played
constexpr qsizetype kMostPeaks = 500;    // files whose loudness is remembered

}  // namespace

Playable playableOf(const Attachment& attachment) {
  const bool isSound = attachment.kind == MediaKind::Sound;
  return {.sound = attachment.sound,
          .file = isSound ? attachment.file : QString(),  // of a clip the part that was chosen alone
          .seconds = attachment.sound && !isSound ? attachment.sound->seconds() : attachment.seconds};
}

Playback::Playback(Player& player, const MediaReader& reader) : m_player(player), m_reader(reader), m_loader(reader) {
  connect(&player, &Player::moved, this, [this](double seconds) {
    if (m_who) Q_EMIT moved(m_who, seconds);
  });
  connect(&player, &Player::ended, this, [this] {
    const QObject* who = m_who;
    end();
    if (who) Q_EMIT moved(who, 0);  // it can be heard again
  });
  connect(&player, &Player::failed, this, &Playback::fail);
  connect(&m_loader, &AttachmentLoader::loaded, this, [this](quint64 id, const Attachment& read) {
    if (std::exchange(m_reading, 0) == id) begin(read.sound);
  });
  connect(&m_loader, &AttachmentLoader::failed, this, [this](quint64 id, const Error& error) {
    if (std::exchange(m_reading, 0) == id) fail(QString::fromStdString(error.message));
  });
}

void Playback::toggle(const QObject* who, const Playable& what, double fromSeconds) {
  if (who == m_who) {
    m_isPlaying = !m_isPlaying;
    m_isPlaying ? m_player.resume() : m_player.pause();
    return Q_EMIT changed(who);
  }
  m_player.stop();
  end();
  m_who = who;
  m_from = fromSeconds;
  m_isPlaying = true;
  Q_EMIT changed(who);
  if (what.sound) return begin(what.sound);
  m_reading = m_loader.addFile(what.file);
}

void Playback::begin(const generation::Sound& sound) {
  if (!sound) return fail({});
  m_player.play(sound, m_from);
  if (!m_isPlaying) m_player.pause();  // while it was read
}

void Playback::seek(const QObject* who, double seconds) {
  if (who != m_who) return;
  m_from = seconds;
  if (m_reading == 0) m_player.seek(seconds);
}

void Playback::stop(const QObject* who) {
  if (who != m_who) return;
  m_player.stop();
  end();
}

void Playback::end() {
  if (m_reading != 0) m_loader.forget(std::exchange(m_reading, 0));
  m_isPlaying = false;
  if (const QObject* who = std::exchange(m_who, nullptr)) Q_EMIT changed(who);
}

void Playback::fail(const QString& details) {
  const QObject* who = m_who;
  end();
  if (who) Q_EMIT failed(who, details);
}

void Playback::peaksOf(const Playable& what, QObject* receiver, std::function<void(const QList<float>&)> then) {
  if (const auto known = m_peaks.constFind(what.file); !what.file.isEmpty() && known != m_peaks.cend()) {
    return then(*known);
  }
  if (what.seconds > kLongestUnasked || (!what.sound && what.file.isEmpty())) return;
  const auto make = [&reader = m_reader, what] {
    if (what.sound) return WaveView::peaksOf(*what.sound);
    const auto read = reader.decodeSound(std::filesystem::path(what.file.toStdU16String()));
    return read ? WaveView::peaksOf(*read) : QList<float>();
  };
  onWorker(receiver, make,
           [self = QPointer(this), file = what.file, then = std::move(then)](const QList<float>& peaks) {
             if (self && !file.isEmpty() && !peaks.isEmpty() && self->m_peaks.size() < kMostPeaks)
               self->m_peaks.insert(file, peaks);
             then(peaks);
           });
}

}  // namespace xllm::ui
