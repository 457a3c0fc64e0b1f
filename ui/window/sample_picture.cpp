#include "ui/window/sample_picture.h"

#include <QLinearGradient>
#include <QPainter>

namespace xllm::ui {

QImage samplePicture() {
  constexpr int kSide = 480;
  QImage image(kSide, kSide, QImage::Format_RGB32);
  QPainter painter(&image);
  painter.setRenderHint(QPainter::Antialiasing);
  QLinearGradient sky(0, 0, 0, kSide);
  sky.setColorAt(0, QColor(0x6fb4ea));
  sky.setColorAt(1, QColor(0xcfe7f8));
  painter.fillRect(image.rect(), sky);
  painter.setPen(QPen(QColor(0x444444), 2));
  painter.drawLine(200, 322, 217, 392);
  painter.drawLine(280, 322, 263, 392);
  painter.setPen(Qt::NoPen);
  const QPoint middle(240, 190);
  const std::pair<int, QColor> stripes[] = {{130, QColor(0xd8432f)}, {80, QColor(0xf2c14e)}, {30, QColor(0xd8432f)}};
  for (const auto& [width, color] : stripes) {
    painter.setBrush(color);
    painter.drawEllipse(middle, width, 150);
  }
  painter.setBrush(QColor(0x8a5a2b));
  painter.drawRoundedRect(QRect(214, 390, 52, 42), 4, 4);
  return image;
}

}  // namespace xllm::ui
