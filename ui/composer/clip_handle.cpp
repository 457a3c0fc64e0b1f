#include "ui/composer/clip_handle.h"

#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>

#include "ui/widgets/theme.h"

namespace xllm::ui {

ClipHandle::ClipHandle(Side side, QWidget* parent) : QAbstractSlider(parent), m_side(side) {
  setOrientation(Qt::Horizontal);
  setFocusPolicy(Qt::StrongFocus);
  setCursor(Qt::SizeHorCursor);
}

void ClipHandle::keyPressEvent(QKeyEvent* event) {
  int step = singleStep();
  if (event->modifiers() == Qt::ShiftModifier) step = pageStep();
  if (event->modifiers() == Qt::ControlModifier) step = std::min(step, kFineMs);
  switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Down: return setValue(value() - step);
    case Qt::Key_Right:
    case Qt::Key_Up: return setValue(value() + step);
    default: QAbstractSlider::keyPressEvent(event);
  }
}

void ClipHandle::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return event->ignore();
  m_grip = event->pos().x() - (m_side == Side::Start ? width() : 0);
  setSliderDown(true);
}

void ClipHandle::mouseMoveEvent(QMouseEvent* event) {
  if (isSliderDown()) Q_EMIT draggedTo(mapToParent(event->pos()).x() - m_grip);
}

void ClipHandle::mouseReleaseEvent(QMouseEvent*) { setSliderDown(false); }

void ClipHandle::wheelEvent(QWheelEvent* event) { event->ignore(); }  // it is the conversation that scrolls

void ClipHandle::focusInEvent(QFocusEvent* event) {
  QAbstractSlider::focusInEvent(event);
  update();
}

void ClipHandle::focusOutEvent(QFocusEvent* event) {
  QAbstractSlider::focusOutEvent(event);
  update();
}

void ClipHandle::paintEvent(QPaintEvent*) {
  const Colors& colors = colorsOf(palette());
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  // Round on the side away from the part.
  constexpr double kRound = 6;
  const QRectF box = QRectF(rect());
  QPainterPath shape;
  shape.addRoundedRect(m_side == Side::Start ? box.adjusted(0, 0, kRound, 0) : box.adjusted(-kRound, 0, 0, 0), kRound,
                       kRound);
  painter.setClipRect(rect());
  painter.fillPath(shape, colors.accent);
  painter.setPen(QPen(colors.onAccent, 2, Qt::SolidLine, Qt::RoundCap));
  const QPointF middle = box.center();
  painter.drawLine(middle - QPointF(0, 8), middle + QPointF(0, 8));
  if (!hasFocus()) return;
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(colors.text, 2));
  painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), kRound - 1, kRound - 1);
}

}  // namespace xllm::ui
