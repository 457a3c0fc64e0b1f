#include "media/camera/system_camera.h"

#include <QCamera>
#include <QCameraDevice>
#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QMediaDevices>
#include <QPluginLoader>
#include <QPointer>
#include <QThreadPool>
#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/result.h"
#include "media/camera/camera_permission.h"

namespace xllm::media {

using namespace Qt::StringLiterals;

namespace {

constexpr int kPatienceMs = 8000;        // until a camera that is open has to show something
constexpr QSize kWantedSize(1280, 720);  // more only costs time: encoders look at some 400 × 400
constexpr float kLeastFrameRate = 15;

// Any thread. What Qt would load on the GUI thread with the first question takes some 0.3 s.
void loadMultimedia() {
  const QString wanted = QString::fromLocal8Bit(qgetenv("QT_MEDIA_BACKEND"));
  for (const QString& path : QCoreApplication::libraryPaths()) {
    const QDir folder(path + u"/multimedia"_s);
    for (const QString& file : folder.entryList(QDir::Files)) {
      if (file.contains(wanted)) QPluginLoader(folder.filePath(file)).load();
    }
  }
}

QList<QCameraDevice> inOrder(QList<QCameraDevice> cameras) {
  std::stable_partition(cameras.begin(), cameras.end(), [](const QCameraDevice& each) { return each.isDefault(); });
  return cameras;
}

// The one nearest to the wanted size among those that are not too slow; nothing where the device does not tell.
QCameraFormat formatFor(const QCameraDevice& device) {
  const auto badness = [](const QCameraFormat& format) {
    const auto pixels = [](QSize size) { return std::max(1.0, static_cast<double>(size.width()) * size.height()); };
    const double off = std::abs(std::log(pixels(format.resolution()) / pixels(kWantedSize)));
    return off + (format.maxFrameRate() < kLeastFrameRate ? 10 : 0);
  };
  const QList<QCameraFormat> formats = device.videoFormats();
  const auto best = std::min_element(formats.begin(), formats.end(),
                                     [&](const auto& a, const auto& b) { return badness(a) < badness(b); });
  return best == formats.end() ? QCameraFormat() : *best;
}

// Linux: a camera that is there, and that this person may not use, is in no list of Qt's.
bool isForbidden() {
  const QDir devices(u"/dev"_s);
  const QStringList videos = devices.entryList({u"video*"_s}, QDir::System);
  return !videos.isEmpty() && std::none_of(videos.begin(), videos.end(), [&](const QString& name) {
    return QFileInfo(devices.filePath(name)).isReadable();
  });
}

}  // namespace

struct SystemCamera::Parts {
  FrameStream stream;
  QMediaDevices devices;
  QMediaCaptureSession session;
  std::unique_ptr<QCamera> camera;  // while it is open
};

SystemCamera::SystemCamera(QObject* parent) : Camera(parent) {
  m_patience.setSingleShot(true);
  m_patience.setInterval(kPatienceMs);
  connect(&m_patience, &QTimer::timeout, this, [this] { stopWith(CameraTrouble::NoPictures, {}); });
}

SystemCamera::~SystemCamera() {
  m_wanted = false;
  close();
}

void SystemCamera::prepare() {
  if (m_parts || std::exchange(m_preparing, true)) return;
  QThreadPool::globalInstance()->start([self = QPointer<SystemCamera>(this), app = QCoreApplication::instance()] {
    loadMultimedia();
    QMetaObject::invokeMethod(
        app,
        [self] {
          if (self) self->assemble();
        },
        Qt::QueuedConnection);
  });
}

void SystemCamera::assemble() {
  m_parts = std::make_unique<Parts>();
  m_parts->session.setVideoSink(&m_parts->stream.sink());
  connect(&m_parts->devices, &QMediaDevices::videoInputsChanged, this, &SystemCamera::onDevices);
  connect(&m_parts->stream, &FrameStream::framed, this, [this](const CameraPicture& picture) {
    m_patience.stop();
    Q_EMIT framed(picture);
  });
  connect(&m_parts->stream, &FrameStream::failed, this,
          [this](const Error& error) { stopWith(CameraTrouble::Failed, QString::fromStdString(error.message)); });
  Q_EMIT devicesChanged();
  if (m_wanted) start();
}

QList<CameraDevice> SystemCamera::devices() const {
  QList<CameraDevice> devices;
  if (!m_parts) return devices;
  for (const QCameraDevice& each : inOrder(QMediaDevices::videoInputs())) {
    devices << CameraDevice{each.id(), each.description(), each.isDefault()};
  }
  return devices;
}

bool SystemCamera::isOpen() const { return m_parts && m_parts->camera; }

void SystemCamera::open(const QByteArray& device) {
  close();
  m_asked = device;
  m_wanted = true;
  askForCamera(this, [this](bool allowed) {
    if (!m_wanted) return;
    if (!allowed) return stopWith(CameraTrouble::NotAllowed, {});
    m_parts ? start() : prepare();
  });
}

void SystemCamera::start() {
  const QList<QCameraDevice> cameras = inOrder(QMediaDevices::videoInputs());
  if (cameras.isEmpty()) {
    return stopWith(isForbidden() ? CameraTrouble::NotAllowed : CameraTrouble::NoDevice, {});
  }
  const auto asked =
      std::find_if(cameras.begin(), cameras.end(), [this](const auto& each) { return each.id() == m_asked; });
  const QCameraDevice& device = asked != cameras.end() ? *asked : cameras.front();
  m_device = device.id();
  m_parts->camera = std::make_unique<QCamera>(device);
  QCamera& camera = *m_parts->camera;
  if (const QCameraFormat format = formatFor(device); !format.isNull()) camera.setCameraFormat(format);
  const auto onError = [this, source = QPointer<QCamera>(&camera)](QCamera::Error error, const QString& details) {
    if (error == QCamera::NoError || !source) return;
    stopWith(isThere() ? CameraTrouble::Failed : CameraTrouble::Unplugged, details);
  };
  connect(&camera, &QCamera::errorOccurred, this, onError, Qt::QueuedConnection);  // stopWith() deletes who tells
  m_parts->session.setCamera(&camera);
  m_parts->stream.setOn(true);
  m_patience.start();
  camera.start();
  Q_EMIT opened();
}

void SystemCamera::close() {
  m_wanted = false;
  m_patience.stop();
  if (!isOpen()) return;
  m_parts->stream.setOn(false);
  m_parts->camera->stop();
  m_parts->session.setCamera(nullptr);
  m_parts->camera.reset();
  m_device.clear();
  Q_EMIT closed();
}

bool SystemCamera::isThere() const {
  const auto there = devices();
  return std::any_of(there.begin(), there.end(), [this](const CameraDevice& each) { return each.id == m_device; });
}

void SystemCamera::onDevices() {
  if (isOpen() && !isThere()) stopWith(CameraTrouble::Unplugged, {});
  Q_EMIT devicesChanged();
}

void SystemCamera::stopWith(CameraTrouble what, const QString& details) {
  close();
  Q_EMIT troubled(what, details);
}

}  // namespace xllm::media
