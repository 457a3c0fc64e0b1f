#include "ui/models/context_meter.h"

#include <QAccessible>
#include <QEvent>
#include <QLocale>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

#include "ui/widgets/theme.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kBarWidth = 56;
constexpr int kBarHeight = 5;
constexpr int kGap = 8;
constexpr int kFrame = 4;  // around everything, for the focus

}  // namespace

ContextMeter::ContextMeter(QWidget* parent) : QAbstractButton(parent) {
  setFocusPolicy(Qt::TabFocus);
  setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
  connect(this, &QAbstractButton::clicked, this,
          [this] { QToolTip::showText(mapToGlobal(QPoint(0, height())), toolTip(), this); });
  refresh();
}

void ContextMeter::setUse(const ContextUse& use) {
  if (use == m_use) return;
  const bool warned = warns();
  const bool otherSize =
      use.length != m_use.length || use.messagesLeftOut != m_use.messagesLeftOut || use.tooLong != m_use.tooLong;
  m_use = use;
  refresh();
  if (otherSize) updateGeometry();
  if (warns() == warned) return;
  QAccessibleEvent event(this, QAccessible::DescriptionChanged);
  QAccessible::updateAccessibility(&event);
}

void ContextMeter::refresh() {
  setVisible(m_use.isKnown());
  const QString numbers = ContextWords::numbers(m_use);
  const QString warning = ContextWords::warning(m_use);
  setAccessibleName(tr("Context: %1").arg(numbers));
  setAccessibleDescription(warning);
  setToolTip(u"<p>"_s + tr("Context: %1").arg(numbers).toHtmlEscaped() + u"</p><p>"_s +
             tr("What the model reads for the next answer: this conversation, and what you are writing.") + u"</p>"_s +
             (warning.isEmpty() ? QString() : u"<p><b>"_s + warning.toHtmlEscaped() + u"</b></p>"_s));
  update();
}

QString ContextMeter::numbers(qint64 tokens) const {
  const QLocale locale;
  return locale.toString(tokens) + u" / "_s + locale.toString(m_use.length);
}

QString ContextMeter::words() const {
  if (m_use.tooLong) return tr("too long") + u"  ·  "_s;
  return m_use.messagesLeftOut > 0 ? tr("%n left out", nullptr, m_use.messagesLeftOut) + u"  ·  "_s : QString();
}

QSize ContextMeter::sizeWith(const QString& text) const {
  const QFontMetrics metrics(font());
  return {2 * kFrame + kBarWidth + kGap + metrics.horizontalAdvance(text), metrics.height() + 4};
}

// As wide as it can become, so that typing moves nothing.
QSize ContextMeter::sizeHint() const { return sizeWith(words() + numbers(std::max(m_use.tokens, m_use.length))); }

// In a narrow window the colour and the tool tip must do.
QSize ContextMeter::minimumSizeHint() const { return sizeWith(numbers(std::max(m_use.tokens, m_use.length))); }

void ContextMeter::paintEvent(QPaintEvent*) {
  const Colors& colors = colorsOf(palette());
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  if (hasFocus()) {
    painter.setPen(QPen(colors.accent, 1.5));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 5, 5);
  }
  const QColor strong = m_use.tooLong ? colors.danger : m_use.messagesLeftOut > 0 ? colors.warning : colors.accent;
  painter.setPen(warns() ? strong : colors.muted);
  const QRect room = rect().adjusted(kFrame, 0, -kFrame - kBarWidth - kGap, 0);
  const QString whole = words() + numbers(m_use.tokens);
  const bool fits = fontMetrics().horizontalAdvance(whole) <= room.width();
  painter.drawText(room, Qt::AlignRight | Qt::AlignVCenter, fits ? whole : numbers(m_use.tokens));
  const QRectF bar(width() - kFrame - kBarWidth, (height() - kBarHeight) / 2.0, kBarWidth, kBarHeight);
  painter.setPen(Qt::NoPen);
  painter.setBrush(colors.border);
  painter.drawRoundedRect(bar, kBarHeight / 2.0, kBarHeight / 2.0);
  const double filled = std::clamp(m_use.fraction(), 0.0, 1.0) * kBarWidth;
  if (filled <= 0) return;
  painter.setClipRect(QRectF(bar.left(), bar.top(), filled, kBarHeight));
  painter.setBrush(strong);
  painter.drawRoundedRect(bar, kBarHeight / 2.0, kBarHeight / 2.0);
}

void ContextMeter::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) refresh();
  if (event->type() == QEvent::LanguageChange || event->type() == QEvent::FontChange) updateGeometry();
  QAbstractButton::changeEvent(event);
}

}  // namespace xllm::ui
