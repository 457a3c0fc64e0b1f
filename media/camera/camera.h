// What the window needs to know of a camera, so that it can be tested without one: which there are, and the newest
// picture of the one that is open. Leaves the system's cameras to system_camera.h, and recording to whoever looks at
// the pictures.
#pragma once

#include <QByteArray>
#include <QList>
#include <QObject>
#include <QString>
#include <memory>

#include "core/base/rgb_image.h"

namespace xllm::media {

struct CameraDevice {
  QByteArray id;  // stays the same when it is plugged in again
  QString name;   // for people, in the system's language
  bool isDefault = false;
  bool operator==(const CameraDevice&) const = default;
};

enum class CameraTrouble {
  NotAllowed = 1,  // the system refuses the camera to this program
  NoDevice,        // there is none
  Unplugged,       // it went away while it was open
  NoPictures,      // it is open and sends nothing: another program may hold it
  Failed,          // anything else; the details say what
};

using CameraPicture = std::shared_ptr<const RgbImage>;  // upright, as others see it: not mirrored

// GUI thread. Nothing is opened before open().
class Camera : public QObject {
  Q_OBJECT

 public:
  using QObject::QObject;

  // Looks for cameras for the first time, which takes a moment; devicesChanged() follows unless isReady().
  virtual void prepare() = 0;
  virtual bool isReady() const = 0;
  virtual QList<CameraDevice> devices() const = 0;  // the default comes first; none before isReady()
  // Again: another one. `device`: CameraDevice::id; empty, or not there: the default. opened() and pictures follow, or
  // troubled().
  virtual void open(const QByteArray& device) = 0;
  virtual void close() = 0;
  virtual bool isOpen() const = 0;        // what the light beside the lens says
  virtual QByteArray device() const = 0;  // of the one that is open

 Q_SIGNALS:
  void devicesChanged();
  void opened();
  void closed();
  // Newest wins: one that nobody could take in time is not made up for.
  void framed(const xllm::media::CameraPicture& picture);
  void troubled(xllm::media::CameraTrouble what, const QString& details);  // it is closed by then
};

}  // namespace xllm::media
