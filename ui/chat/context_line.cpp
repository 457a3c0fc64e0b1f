#include "ui/chat/context_line.h"

#include <QEvent>
#include <QPainter>

#include "ui/widgets/theme.h"

namespace xllm::ui {

namespace {

constexpr int kGap = 12;  // between line and words

}  // namespace

ContextLine::ContextLine(QWidget* parent) : QWidget(parent) {
  setAttribute(Qt::WA_TransparentForMouseEvents);
  QFont small = font();
  small.setPointSizeF(small.pointSizeF() * 0.88);
  setFont(small);
  setAccessibleName(text());
}

QString ContextLine::text() const { return tr("The model reads from here on"); }

void ContextLine::paintEvent(QPaintEvent*) {
  const Colors& colors = colorsOf(palette());
  QPainter painter(this);
  const int words = fontMetrics().horizontalAdvance(text());
  const int left = (width() - words) / 2, middle = height() / 2;
  painter.setPen(colors.warning);
  painter.drawText(rect(), Qt::AlignCenter, text());
  painter.setPen(colors.border);
  painter.drawLine(0, middle, left - kGap, middle);
  painter.drawLine(left + words + kGap, middle, width(), middle);
}

void ContextLine::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) {
    setAccessibleName(text());
    update();
  }
  QWidget::changeEvent(event);
}

}  // namespace xllm::ui
