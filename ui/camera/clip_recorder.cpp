#include "ui/camera/clip_recorder.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <optional>
#include <utility>

#include "media/encode/clip_writer.h"

namespace xllm::ui {

namespace {

constexpr int kPatienceMs = 1500;  // for the microphone
constexpr int kTickMs = 100;
constexpr double kPictureEvery = 1.0 / 16;  // seconds: 15 a second show every movement, and leave room for the rest
constexpr int kMostWaiting = 4;             // pictures of up to 6 MB each

}  // namespace

struct ClipRecorder::Writing {
  std::optional<media::ClipWriter> writer;  // once the first picture tells how large they are
  Result<void> outcome;
  std::atomic<int> waiting = 0;  // pictures that are not written yet
  std::atomic<bool> isDropped = false;
};

ClipRecorder::ClipRecorder(ClipSound* sound, QObject* parent) : QObject(parent), m_sound(sound) {
  m_worker.setMaxThreadCount(1);  // everything in order
  m_patience.setSingleShot(true);
  m_patience.setInterval(kPatienceMs);
  connect(&m_patience, &QTimer::timeout, this, [this] {
    m_sound->stop();
    begin(false);
  });
  m_tick.setInterval(kTickMs);
  connect(&m_tick, &QTimer::timeout, this, [this] {
    Q_EMIT changed();
    if (seconds() >= kMostSeconds) stop();
  });
  if (!m_sound) return;
  connect(m_sound, &ClipSound::heard, this, &ClipRecorder::hear);
  connect(m_sound, &ClipSound::failed, this, [this] {
    if (m_stage == Stage::Starting) return begin(false);
    m_hasSound = false;  // what was heard until now stays
    if (m_stage == Stage::Recording) Q_EMIT changed();
  });
}

ClipRecorder::~ClipRecorder() {
  if (m_sound && (m_stage == Stage::Starting || m_stage == Stage::Recording)) m_sound->stop();
  if (m_writing) m_writing->isDropped = true;
  m_worker.waitForDone();
}

void ClipRecorder::start(const QString& file) {
  if (isBusy()) return;
  m_file = file;
  m_newest = nullptr;
  m_writing = std::make_shared<Writing>();
  m_stage = Stage::Starting;
  if (!m_sound) return begin(false);
  m_patience.start();
  m_sound->start();  // may fail at once
  if (m_stage == Stage::Starting) Q_EMIT changed();
}

void ClipRecorder::begin(bool withSound) {
  m_patience.stop();
  m_stage = Stage::Recording;
  m_hasSound = withSound;
  m_lastPicture = -kPictureEvery;
  m_clock.start();
  m_tick.start();
  if (m_newest) write(std::exchange(m_newest, nullptr));
  Q_EMIT changed();
}

double ClipRecorder::seconds() const {
  const bool counts = m_stage == Stage::Recording || m_stage == Stage::Finishing;
  return counts ? std::min(static_cast<double>(m_clock.elapsed()) / 1000, kMostSeconds) : 0;
}

void ClipRecorder::hear(const QList<float>& samples) {
  if (m_stage == Stage::Starting) return begin(true);  // from here on they count
  if (m_stage != Stage::Recording || !m_hasSound) return;
  post([samples](media::ClipWriter& writer) {
    return writer.addSound(std::span(samples.constData(), static_cast<std::size_t>(samples.size())));
  });
}

void ClipRecorder::add(const media::CameraPicture& picture) {
  if (m_stage == Stage::Starting) m_newest = picture;
  if (m_stage == Stage::Recording) write(picture);
}

void ClipRecorder::write(const media::CameraPicture& picture) {
  const double now = seconds();
  if (now - m_lastPicture < kPictureEvery || m_writing->waiting >= kMostWaiting) return;
  // The clip begins with its first picture, whenever that came.
  const double at = m_lastPicture < 0 ? 0 : now;
  m_lastPicture = now;
  ++m_writing->waiting;
  m_worker.start([writing = m_writing, picture, at, file = m_file, hasSound = m_hasSound] {
    if (writing->outcome && !writing->writer && !writing->isDropped) {
      const media::ClipSettings settings{.width = picture->width,
                                         .height = picture->height,
                                         .soundRateHz = hasSound ? ClipSound::kRateHz : 0,
                                         .mostSeconds = kMostSeconds};
      auto opened = media::ClipWriter::open(std::filesystem::path(file.toStdU16String()), settings);
      if (opened) writing->writer = std::move(*opened);
      if (!opened) writing->outcome = tl::unexpected(std::move(opened.error()));
    }
    if (writing->outcome && writing->writer && !writing->isDropped)
      writing->outcome = writing->writer->addFrame(*picture, at);
    --writing->waiting;
  });
}

// Sound that comes before the first picture is left out: there is no file yet.
void ClipRecorder::post(std::function<Result<void>(media::ClipWriter&)> work) {
  m_worker.start([writing = m_writing, work = std::move(work)] {
    if (writing->outcome && writing->writer && !writing->isDropped) writing->outcome = work(*writing->writer);
  });
}

void ClipRecorder::stop() {
  if (m_stage != Stage::Recording && m_stage != Stage::Starting) return;
  const double length = seconds();
  m_patience.stop();
  m_tick.stop();
  if (m_sound) m_sound->stop();
  if (std::exchange(m_stage, Stage::Finishing) == Stage::Starting) {  // nothing was recorded yet
    m_stage = Stage::Idle;
    Q_EMIT changed();
    return;
  }
  m_worker.start([this, writing = m_writing, length] {
    if (writing->outcome && writing->writer && !writing->isDropped) {
      writing->outcome = writing->writer->finish(length);
    } else if (writing->outcome) {
      writing->outcome = fail(ErrorCode::BadInput, "The camera sent no picture while the clip was recorded.");
    }
    writing->writer.reset();
    QMetaObject::invokeMethod(
        this, [this, writing] { settle(writing); }, Qt::QueuedConnection);
  });
  Q_EMIT changed();
}

void ClipRecorder::settle(const std::shared_ptr<Writing>& writing) {
  m_stage = Stage::Idle;
  m_writing = nullptr;
  Q_EMIT changed();
  if (writing->outcome) {
    Q_EMIT finished(m_file);
  } else {
    Q_EMIT failed(writing->outcome.error());
  }
}

}  // namespace xllm::ui
