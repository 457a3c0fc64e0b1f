#include "ui/viewer/original_view.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>

#include "ui/widgets/icon.h"
#include "ui/widgets/on_worker.h"
#include "ui/widgets/pictures.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kScreenEdge = 1600;  // pixels; more than the view ever has at twice the usual density

}  // namespace

OriginalView::OriginalView(QWidget* parent) : QWidget(parent) {
  setMinimumSize(200, 200);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void OriginalView::setPicture(const Attachment& attachment) {
  const quint64 shown = ++m_shown;
  m_pixels = attachment.pixels;
  if (!attachment.thumbnail.isNull() || !attachment.picture) m_image = attachment.thumbnail;
  update();
  const auto take = [this, shown](const QImage& image) {
    if (shown != m_shown || image.isNull()) return;
    m_image = image;
    update();
  };
  if (attachment.picture) {
    onWorker(
        this, [picture = attachment.picture] { return screenImage(*picture, kScreenEdge); }, take);
  } else if (!attachment.thumbnailFile.isEmpty()) {
    onWorker(
        this, [file = attachment.thumbnailFile] { return QImage(file); }, take);
  }
}

void OriginalView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  const QSize pixels = m_pixels.isEmpty() ? m_image.size() : m_pixels;
  if (pixels.isEmpty() || m_image.isNull()) {
    const QIcon icon = themeIcon(u"picture"_s, IconColor::Muted);
    const QRect empty(0, 0, width(), std::min(height(), width() * 3 / 4));
    painter.setPen(Qt::NoPen);
    painter.setBrush(colorsOf(palette()).code);
    painter.drawRoundedRect(empty, 6, 6);
    return icon.paint(&painter, QRect(empty.center() - QPoint(20, 20), QSize(40, 40)));
  }
  QSizeF size = QSizeF(pixels).scaled(this->size(), Qt::KeepAspectRatio);
  if (size.width() > pixels.width()) size = pixels;  // a small one is not blown up
  const QRectF place(QPointF(0, 0), size);           // in line with what is written above and below
  painter.drawImage(place, m_image);
  if (m_crop.isEmpty() || m_crop.toAlignedRect().contains(QRect(QPoint(), pixels))) return;  // there is nothing else
  const qreal scale = place.width() / pixels.width();
  const QRectF crop(place.topLeft() + m_crop.topLeft() * scale, m_crop.size() * scale);
  QPainterPath outside;
  outside.addRect(place);
  outside.addRect(crop);  // odd-even: what is in both is left out
  painter.fillPath(outside, QColor(0, 0, 0, 140));
  painter.setPen(QPen(colorsOf(palette()).accent, 2));
  painter.drawRect(crop.adjusted(1, 1, -1, -1));
}

}  // namespace xllm::ui
