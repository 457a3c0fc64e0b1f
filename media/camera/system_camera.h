// The cameras of this computer, through Qt Multimedia. Leaves making pictures of frames to frame_stream.h.
#pragma once

#include <QMediaCaptureSession>
#include <QTimer>
#include <memory>

#include "media/camera/camera.h"
#include "media/camera/frame_stream.h"

class QCamera;
class QMediaDevices;

namespace xllm::media {

// Qt's camera belongs to the GUI thread: starting it may take as long there as the driver does. The library behind it,
// which takes longest, is loaded on another thread.
class SystemCamera final : public Camera {
  Q_OBJECT

 public:
  explicit SystemCamera(QObject* parent = nullptr);
  ~SystemCamera() override;

  void prepare() override;
  bool isReady() const override { return m_parts != nullptr; }
  QList<CameraDevice> devices() const override;
  void open(const QByteArray& device) override;
  void close() override;
  bool isOpen() const override;
  QByteArray device() const override { return m_device; }

 private:
  struct Parts;  // of Qt Multimedia, once it is loaded

  void assemble();
  void start();
  bool isThere() const;  // the one that is open is in the list
  void onDevices();
  void stopWith(CameraTrouble what, const QString& details);

  std::unique_ptr<Parts> m_parts;
  bool m_preparing = false;
  bool m_wanted = false;  // open, or to be opened as soon as that is possible
  QByteArray m_asked, m_device;
  QTimer m_patience;
};

}  // namespace xllm::media
