#include "ui/widgets/flow_layout.h"

#include <QStyle>
#include <QWidget>
#include <algorithm>

namespace xllm::ui {

FlowLayout::FlowLayout(QWidget* parent, int gap) : QLayout(parent), m_gap(gap) { setContentsMargins(0, 0, 0, 0); }

FlowLayout::~FlowLayout() { qDeleteAll(m_items); }

void FlowLayout::addItem(QLayoutItem* item) { m_items.append(item); }

QLayoutItem* FlowLayout::takeAt(int index) {
  return index >= 0 && index < m_items.size() ? m_items.takeAt(index) : nullptr;
}

void FlowLayout::move(int from, int to) {
  m_items.move(from, to);
  invalidate();
}

int FlowLayout::heightForWidth(int width) const { return arrange(QRect(0, 0, width, 0), false).height(); }

int FlowLayout::usedWidth(int width) const { return arrange(QRect(0, 0, width, 0), false).width(); }

QSize FlowLayout::minimumSize() const {
  QSize size;
  for (const QLayoutItem* item : m_items) size = size.expandedTo(item->minimumSize());
  return size;
}

void FlowLayout::setGeometry(const QRect& rect) {
  QLayout::setGeometry(rect);
  arrange(rect, true);
}

QSize FlowLayout::arrange(const QRect& rect, bool move) const {
  const Qt::LayoutDirection direction = parentWidget() ? parentWidget()->layoutDirection() : Qt::LeftToRight;
  int x = 0, y = 0, rowHeight = 0, widest = 0;
  for (QLayoutItem* item : m_items) {
    if (item->isEmpty()) continue;  // hidden
    const QSize size =
        item->sizeHint().boundedTo(QSize(std::max(rect.width(), item->minimumSize().width()), QWIDGETSIZE_MAX));
    if (x > 0 && x + size.width() > rect.width()) {
      x = 0;
      y += rowHeight + m_gap;
      rowHeight = 0;
    }
    if (move) {
      item->setGeometry(QStyle::visualRect(direction, rect, QRect(rect.topLeft() + QPoint(x, y), size)));
    }
    x += size.width() + m_gap;
    widest = std::max(widest, x - m_gap);
    rowHeight = std::max(rowHeight, size.height());
  }
  return {widest, y + rowHeight};
}

}  // namespace xllm::ui
