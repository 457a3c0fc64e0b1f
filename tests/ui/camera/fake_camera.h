// A camera and a microphone that do as they are told. Tests only.
#pragma once

#include <QTimer>
#include <algorithm>
#include <utility>

#include "media/camera/camera.h"
#include "ui/camera/clip_sound.h"

namespace xllm::tests {

class FakeCamera final : public media::Camera {
 public:
  void prepare() override {
    if (std::exchange(ready, true)) return;
    QMetaObject::invokeMethod(
        this, [this] { Q_EMIT devicesChanged(); }, Qt::QueuedConnection);
  }
  bool isReady() const override { return ready; }
  QList<media::CameraDevice> devices() const override { return ready ? there : QList<media::CameraDevice>(); }
  void open(const QByteArray& device) override {
    close();
    ++openings;
    if (refusal)
      return (void)QMetaObject::invokeMethod(
          this, [this] { Q_EMIT troubled(*refusal, QStringLiteral("details")); }, Qt::QueuedConnection);
    if (there.isEmpty()) return trouble(media::CameraTrouble::NoDevice);
    const bool known = std::any_of(there.begin(), there.end(), [&](const auto& each) { return each.id == device; });
    m_device = known ? device : there.first().id;
    m_open = true;
    Q_EMIT opened();
  }
  void close() override {
    if (!std::exchange(m_open, false)) return;
    Q_EMIT closed();
  }
  bool isOpen() const override { return m_open; }
  QByteArray device() const override { return m_device; }

  void trouble(media::CameraTrouble what) {
    close();
    Q_EMIT troubled(what, {});
  }
  void plug(const QList<media::CameraDevice>& devices) {
    there = devices;
    Q_EMIT devicesChanged();
  }
  // Left half of one grey, right half of another.
  media::CameraPicture show(int left, int right, int width = 320, int height = 240) {
    auto image = std::make_shared<RgbImage>(RgbImage{width, height, {}});
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x)
        image->pixels.insert(image->pixels.end(), 3, static_cast<std::uint8_t>(x < width / 2 ? left : right));
    }
    const media::CameraPicture picture = std::move(image);
    if (m_open) Q_EMIT framed(picture);
    return picture;
  }

  QList<media::CameraDevice> there{{"front", QStringLiteral("11"), true}, {"back", QStringLiteral("22"), false}};
  std::optional<media::CameraTrouble> refusal;
  bool ready = false;
  int openings = 0;

 private:
  bool m_open = false;
  QByteArray m_device;
};

class FakeSound final : public ui::ClipSound {
 public:
  FakeSound() {
    m_timer.setInterval(50);
    connect(&m_timer, &QTimer::timeout, this, [this] { Q_EMIT heard(QList<float>(800, 0.25F)); });
  }
  void start() override {
    isOn = true;
    if (refuses)
      return (void)QMetaObject::invokeMethod(
          this, [this] { Q_EMIT failed(QStringLiteral("no microphone")); }, Qt::QueuedConnection);
    m_timer.start();
  }
  void stop() override {
    isOn = false;
    m_timer.stop();
  }

  bool refuses = false, isOn = false;

 private:
  QTimer m_timer;
};

}  // namespace xllm::tests
