#include "ui/composer/attachment_chip.h"

#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolButton>
#include <algorithm>

#include "ui/widgets/icon.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kHeight = 60;
constexpr int kThumb = 44;
constexpr int kPadding = 8;
constexpr int kTextWidth = 132;
constexpr int kRemove = 22;

}  // namespace

AttachmentChip::AttachmentChip(quint64 id, const QString& name, QWidget* parent)
    : QWidget(parent), m_id(id), m_name(name), m_remove(new QToolButton(this)) {
  m_remove->setProperty("flat", true);
  m_remove->setIcon(themeIcon(u"close"_s, IconColor::Muted));
  m_remove->setIconSize(QSize(11, 11));
  m_remove->setFixedSize(kRemove, kRemove);
  m_remove->setFocusPolicy(Qt::StrongFocus);
  connect(m_remove, &QToolButton::clicked, this, [this] { Q_EMIT removeRequested(m_id); });
  retranslate();
}

void AttachmentChip::setAttachment(const Attachment& attachment) {
  m_attachment = attachment;
  retranslate();
  update();
}

QSize AttachmentChip::sizeHint() const { return {kPadding + kThumb + 10 + kTextWidth + kRemove + 6, kHeight}; }

QString AttachmentChip::caption() const {
  if (!m_attachment) return tr("Reading …");
  if (m_attachment->kind == MediaKind::Sound) return durationText(m_attachment->seconds);
  return u"%1 × %2"_s.arg(m_attachment->pixels.width()).arg(m_attachment->pixels.height());
}

void AttachmentChip::retranslate() {
  m_remove->setToolTip(tr("Remove"));
  m_remove->setAccessibleName(tr("Remove %1").arg(m_name));
  setAccessibleName(tr("Attachment: %1, %2").arg(m_name, caption()));
  setToolTip(m_name.toHtmlEscaped());
}

void AttachmentChip::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

void AttachmentChip::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Delete || event->key() == Qt::Key_Backspace) {
    Q_EMIT removeRequested(m_id);
    return;
  }
  QWidget::keyPressEvent(event);
}

void AttachmentChip::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  m_remove->move(width() - kRemove - 5, 5);
}

void AttachmentChip::paintEvent(QPaintEvent*) {
  const Colors& colors = colorsOf(palette());
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  painter.setPen(colors.border);
  painter.setBrush(colors.canvas);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10);

  const QRect thumb(kPadding, (height() - kThumb) / 2, kThumb, kThumb);
  QPainterPath shape;
  shape.addRoundedRect(thumb, 7, 7);
  painter.fillPath(shape, colors.code);
  if (m_attachment && !m_attachment->thumbnail.isNull()) {
    const QImage& image = m_attachment->thumbnail;
    const int edge = std::min(image.width(), image.height());
    const QRect middle((image.width() - edge) / 2, (image.height() - edge) / 2, edge, edge);
    painter.save();
    painter.setClipPath(shape);
    painter.drawImage(thumb, image, middle);
    painter.restore();
  } else {
    const bool isSound = m_attachment && m_attachment->kind == MediaKind::Sound;
    themeIcon(isSound ? u"sound"_s : u"picture"_s, isSound ? IconColor::Accent : IconColor::Muted)
        .paint(&painter, thumb.adjusted(11, 11, -11, -11));
  }

  const QFontMetrics metrics(font());
  const int left = thumb.right() + 11;
  const QRect nameLine(left, thumb.top() + 1, width() - left - kRemove - 6, thumb.height() / 2);
  painter.setPen(colors.text);
  painter.drawText(nameLine, Qt::AlignLeft | Qt::AlignVCenter,
                   metrics.elidedText(m_name, Qt::ElideMiddle, nameLine.width()));
  painter.setPen(colors.muted);
  QFont small = font();
  small.setPointSizeF(small.pointSizeF() * 0.9);
  painter.setFont(small);
  painter.drawText(nameLine.translated(0, thumb.height() / 2 - 1), Qt::AlignLeft | Qt::AlignVCenter, caption());
}

}  // namespace xllm::ui
