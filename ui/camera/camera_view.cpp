#include "ui/camera/camera_view.h"

#include <QPainter>
#include <QPainterPath>
#include <QTimer>

#include "ui/widgets/theme.h"

namespace xllm::ui {

namespace {

constexpr int kFlashMs = 120;
constexpr qreal kRadius = 10;

}  // namespace

CameraView::CameraView(QWidget* parent) : QWidget(parent) {
  setMinimumSize(240, 150);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void CameraView::setPicture(const media::CameraPicture& picture) {
  // Scaling is many times faster from 32 bits.
  m_image = picture ? QImage(picture->pixels.data(), picture->width, picture->height, picture->width * 3,
                             QImage::Format_RGB888)
                          .convertToFormat(QImage::Format_RGB32)
                    : QImage();
  update();
}

void CameraView::setWords(const QString& words) {
  m_words = words;
  setAccessibleDescription(words);
  update();
}

void CameraView::setRecording(bool on) {
  if (on == m_isRecording) return;
  m_isRecording = on;
  update();
}

void CameraView::flash() {
  m_isFlashing = true;
  update();
  QTimer::singleShot(kFlashMs, this, [this] {
    m_isFlashing = false;
    update();
  });
}

QRectF CameraView::pictureRect() const {
  const QSizeF size = QSizeF(m_image.size()).scaled(QSizeF(this->size()), Qt::KeepAspectRatio);
  return {QPointF((width() - size.width()) / 2, (height() - size.height()) / 2), size};
}

void CameraView::paintEvent(QPaintEvent*) {
  const Colors& colors = colorsOf(palette());
  QPainter painter(this);
  painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
  const QRectF all = QRectF(rect()).adjusted(1, 1, -1, -1);
  const QRectF where = m_image.isNull() ? all : pictureRect().adjusted(1, 1, -1, -1);
  QPainterPath shape;
  shape.addRoundedRect(where, kRadius, kRadius);
  painter.fillPath(shape, colors.code);
  if (m_image.isNull()) {
    painter.setPen(colors.muted);
    painter.drawText(all.adjusted(16, 8, -16, -8), Qt::AlignCenter | Qt::TextWordWrap, m_words);
  } else {
    painter.save();
    painter.setClipPath(shape);
    painter.translate(where.center().x() * 2, 0);
    painter.scale(-1, 1);
    painter.drawImage(where, m_image);
    painter.restore();
  }
  if (m_isFlashing) painter.fillPath(shape, QColor(255, 255, 255, 150));
  if (!m_isRecording) return;
  painter.setPen(QPen(colors.danger, 3));
  painter.drawPath(shape);
}

}  // namespace xllm::ui
