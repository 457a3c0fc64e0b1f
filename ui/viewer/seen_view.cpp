#include "ui/viewer/seen_view.h"

#include <QPainter>
#include <algorithm>

#include "ui/bridge/attachment.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

namespace {

constexpr int kGap = 8;

}  // namespace

SeenView::SeenView(QWidget* parent) : QWidget(parent) {
  setMinimumSize(200, 200);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void SeenView::setFrames(const std::vector<generation::Examination::Frame>& frames) {
  m_images.clear();
  m_seconds.clear();
  for (const auto& frame : frames) {
    const RgbImage& pixels = frame.picture.pixels;
    m_images << QImage(pixels.pixels.data(), pixels.width, pixels.height, static_cast<qsizetype>(pixels.width) * 3,
                       QImage::Format_RGB888)
                    .copy();
    m_seconds << frame.seconds;
  }
  update();
}

int SeenView::columns() const {
  int best = 1;
  double largest = 0;
  const auto count = static_cast<int>(m_images.size());
  for (int columns = 1; columns <= count; ++columns) {
    const int rows = (count + columns - 1) / columns;
    const double edge = std::min(static_cast<double>(width()) / columns, static_cast<double>(height()) / rows);
    if (edge > largest) best = columns, largest = edge;
  }
  return best;
}

void SeenView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  if (m_images.isEmpty()) {  // what comes will be a square as good as always
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colorsOf(palette()).code);
    const int edge = std::min(width(), height());
    painter.drawRoundedRect(QRect(0, 0, edge, edge), 6, 6);
    return;
  }
  const int across = columns();
  const int down = (static_cast<int>(m_images.size()) + across - 1) / across;
  const QSize cell(width() / across, height() / down);
  const int caption = m_images.size() > 1 ? fontMetrics().height() + 2 : 0;
  painter.setPen(colorsOf(palette()).muted);
  for (int place = 0; place < m_images.size(); ++place) {
    const QRect room(QPoint(place % across * cell.width(), place / across * cell.height()), cell);
    const int gap = m_images.size() > 1 ? kGap : 0;
    const QSize size =
        m_images[place].size().scaled(room.width() - gap, room.height() - gap - caption, Qt::KeepAspectRatio);
    const QRect frame(room.topLeft(), size);
    painter.drawImage(frame, m_images[place]);
    if (caption == 0) continue;
    painter.drawText(QRect(room.left(), frame.bottom() + 2, frame.width(), caption), Qt::AlignHCenter | Qt::AlignTop,
                     durationText(m_seconds[place]));
  }
}

}  // namespace xllm::ui
