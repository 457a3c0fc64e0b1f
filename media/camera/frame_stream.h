// The frames of a video sink as pictures, made on a thread of their own. The newest wins: while one is being made,
// those that come replace each other. Leaves where frames come from to whoever holds the sink.
#pragma once

#include <QObject>
#include <QThreadPool>
#include <QVideoFrame>
#include <QVideoSink>
#include <mutex>

#include "core/base/result.h"
#include "media/camera/camera.h"

namespace xllm::media {

// GUI thread, but for the sink, which takes frames on any.
class FrameStream final : public QObject {
  Q_OBJECT

 public:
  explicit FrameStream(QObject* parent = nullptr);
  ~FrameStream() override;  // waits for the picture that is being made

  QVideoSink& sink() { return m_sink; }
  // Off, as at first: frames are dropped unseen, and what was on its way does not arrive any more.
  void setOn(bool on);

 Q_SIGNALS:
  void framed(const xllm::media::CameraPicture& picture);
  void failed(const xllm::Error& error);  // once until it is switched on again

 private:
  void take(const QVideoFrame& frame);
  void convert();
  void deliver(quint64 run, const Result<CameraPicture>& picture);

  QVideoSink m_sink;
  quint64 m_run = 0;  // of setOn()
  bool m_failed = false;

  std::mutex m_mutex;
  bool m_on = false;
  quint64 m_newestRun = 0;
  QVideoFrame m_newest;  // not made into a picture yet
  bool m_converting = false;
  QThreadPool m_worker;  // last: its work ends first
};

}  // namespace xllm::media
