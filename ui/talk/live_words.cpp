#include "ui/talk/live_words.h"

#include <QPainter>
#include <QTextLayout>
#include <algorithm>

#include "ui/widgets/theme.h"

namespace xllm::ui {

namespace {

constexpr qsizetype kMostLines = 2;
constexpr qsizetype kMostLetters = 1000;  // more do not fit into two lines of any window

}  // namespace

LiveWords::LiveWords(QWidget* parent) : QWidget(parent) {
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
  hide();
}

void LiveWords::setWords(const QString& words) {
  m_words = words;
  setVisible(!words.isEmpty());
  updateGeometry();
  update();
}

QStringList LiveWords::lines(int width) const {
  const QString text = m_words.right(kMostLetters);
  QStringList lines;
  QTextLayout layout(text, font());
  layout.beginLayout();
  for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
    line.setLineWidth(width);
    lines << text.mid(line.textStart(), line.textLength()).trimmed();
  }
  layout.endLayout();
  if (lines.size() <= kMostLines && text.size() == m_words.size()) return lines;
  const qsizetype first = std::max<qsizetype>(lines.size() - kMostLines, 0);
  QStringList newest = lines.mid(first);
  newest.first() = fontMetrics().elidedText(QChar(0x2026) + newest.first(), Qt::ElideLeft, width);
  return newest;
}

QSize LiveWords::sizeHint() const { return {200, heightForWidth(width())}; }

int LiveWords::heightForWidth(int width) const {
  return static_cast<int>(std::max<qsizetype>(lines(width).size(), 1)) * fontMetrics().lineSpacing();
}

void LiveWords::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setPen(colorsOf(palette()).text);
  int y = 0;
  for (const QString& line : lines(width())) {
    painter.drawText(QRect(0, y, width(), fontMetrics().lineSpacing()), Qt::AlignLeft | Qt::AlignVCenter, line);
    y += fontMetrics().lineSpacing();
  }
}

}  // namespace xllm::ui
