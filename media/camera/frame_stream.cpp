#include "media/camera/frame_stream.h"

#include <new>
#include <utility>

#include "media/camera/frame_pixels.h"

namespace xllm::media {

namespace {

Result<CameraPicture> pictureOf(QVideoFrame frame) {
  try {
    return pixelsOf(std::move(frame)).map([](RgbImage image) -> CameraPicture {
      return std::make_shared<const RgbImage>(std::move(image));
    });
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::OutOfMemory, "There was not enough memory for the camera's picture.");
  }
}

}  // namespace

FrameStream::FrameStream(QObject* parent) : QObject(parent) {
  m_worker.setMaxThreadCount(1);
  // On the thread that brings the frame: all that is done there is to put it down.
  connect(&m_sink, &QVideoSink::videoFrameChanged, this, &FrameStream::take, Qt::DirectConnection);
}

FrameStream::~FrameStream() {
  setOn(false);
  m_worker.waitForDone();
}

void FrameStream::setOn(bool on) {
  ++m_run;
  m_failed = false;
  const std::lock_guard lock(m_mutex);
  m_on = on;
  m_newestRun = m_run;
  m_newest = {};
}

void FrameStream::take(const QVideoFrame& frame) {
  const std::lock_guard lock(m_mutex);
  if (!m_on || !frame.isValid()) return;
  m_newest = frame;
  if (!std::exchange(m_converting, true)) m_worker.start([this] { convert(); });
}

// On the worker.
void FrameStream::convert() {
  for (;;) {
    QVideoFrame frame;
    quint64 run = 0;
    {
      const std::lock_guard lock(m_mutex);
      frame = std::exchange(m_newest, {});
      run = m_newestRun;
      if (!frame.isValid()) {
        m_converting = false;
        return;
      }
    }
    QMetaObject::invokeMethod(
        this, [this, run, picture = pictureOf(std::move(frame))] { deliver(run, picture); }, Qt::QueuedConnection);
  }
}

void FrameStream::deliver(quint64 run, const Result<CameraPicture>& picture) {
  if (run != m_run) return;
  if (picture) {
    Q_EMIT framed(*picture);
  } else if (!std::exchange(m_failed, true)) {
    Q_EMIT failed(picture.error());
  }
}

}  // namespace xllm::media
