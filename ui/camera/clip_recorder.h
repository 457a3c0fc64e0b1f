// Records the camera's pictures, and what the microphone hears meanwhile, into a file. The file is written on a thread
// of its own, and pictures that come faster than they can be written are left out; memory does not grow. Leaves the
// camera, and what becomes of the file, to its owner.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QThreadPool>
#include <QTimer>
#include <functional>
#include <memory>

#include "core/base/result.h"
#include "media/camera/camera.h"
#include "ui/camera/clip_sound.h"

namespace xllm::media {
class ClipWriter;
}

namespace xllm::ui {

// GUI thread.
class ClipRecorder final : public QObject {
  Q_OBJECT

 public:
  static constexpr double kMostSeconds = 30;

  explicit ClipRecorder(ClipSound* sound, QObject* parent = nullptr);  // outlives this; null: clips are silent
  ~ClipRecorder() override;                                            // what is not finished goes

  // `file`: where the clip will be. Waits a moment for the microphone, so that sound and pictures begin together.
  void start(const QString& file);
  void add(const media::CameraPicture& picture);  // the newest one; ignored while nothing is recorded
  void stop();                                    // finished() or failed() follows, unless nothing was recorded yet
  bool isBusy() const { return m_stage != Stage::Idle; }
  bool isRecording() const { return m_stage == Stage::Recording; }
  bool hasSound() const { return m_hasSound; }
  double seconds() const;  // recorded so far

 Q_SIGNALS:
  void changed();  // it began, or stopped, or lost its sound, or a little time passed
  void finished(const QString& file);
  void failed(const xllm::Error& error);

 private:
  enum class Stage { Idle = 1, Starting, Recording, Finishing };
  struct Writing;  // the worker's

  void begin(bool withSound);
  void hear(const QList<float>& samples);
  void write(const media::CameraPicture& picture);
  void post(std::function<Result<void>(media::ClipWriter&)> work);
  void settle(const std::shared_ptr<Writing>& writing);

  ClipSound* m_sound;
  Stage m_stage = Stage::Idle;
  QString m_file;
  bool m_hasSound = false;
  media::CameraPicture m_newest;  // before it began
  QElapsedTimer m_clock;
  double m_lastPicture = 0;  // seconds
  QTimer m_patience, m_tick;
  std::shared_ptr<Writing> m_writing;
  QThreadPool m_worker;  // last: its work ends first
};

}  // namespace xllm::ui
