#include "ui/composer/attachment_chip.h"

#include <QApplication>
#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolButton>
#include <algorithm>

#include "ui/widgets/film_strip.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/on_worker.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/tool_tip.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kHeight = 60;
constexpr int kThumb = 44;
constexpr int kPadding = 8;
constexpr int kTextWidth = 148;
constexpr int kRemove = 22;
constexpr int kBarSteps = 48;  // of one pass of the bar that moves while a file is read
constexpr int kStepMs = 33;

}  // namespace

AttachmentChip::AttachmentChip(quint64 id, const QString& name, QWidget* parent)
    : QWidget(parent), m_id(id), m_name(name), m_frames(new QToolButton(this)), m_remove(new QToolButton(this)) {
  m_remove->setProperty("flat", true);
  m_remove->setIcon(themeIcon(u"close"_s, IconColor::Muted));
  m_remove->setIconSize(QSize(11, 11));
  m_remove->setFixedSize(kRemove, kRemove);
  m_remove->setFocusPolicy(Qt::StrongFocus);
  connect(m_remove, &QToolButton::clicked, this, [this] { Q_EMIT removeRequested(m_id); });
  setFocusPolicy(Qt::StrongFocus);
  setCursor(Qt::PointingHandCursor);
  m_reading.setInterval(kStepMs);
  connect(&m_reading, &QTimer::timeout, this, [this] {
    m_step = (m_step + 1) % kBarSteps;
    update(QRect(0, height() - 6, width(), 6));
  });
  m_reading.start();
  m_frames->setProperty("flat", true);
  m_frames->setIcon(themeIcon(u"film"_s, IconColor::Muted));
  m_frames->setIconSize(QSize(15, 15));
  m_frames->setFixedSize(kRemove + 4, kRemove);
  m_frames->setFocusPolicy(Qt::StrongFocus);
  m_frames->setCheckable(true);
  m_frames->hide();
  connect(m_frames, &QToolButton::clicked, this, [this] { Q_EMIT framesRequested(m_id); });
  retranslate();
}

void AttachmentChip::setFramesShown(bool shown) {
  m_frames->setChecked(shown);
  m_frames->setIcon(themeIcon(u"film"_s, shown ? IconColor::Accent : IconColor::Muted));
}

void AttachmentChip::setAttachment(const Attachment& attachment) {
  const bool isNew = !m_attachment;
  m_attachment = attachment;
  m_reading.stop();
  m_frames->setVisible(attachment.kind == MediaKind::Video);
  setCover(attachment.thumbnail);
  retranslate();
  update();
  if (!isNew || !attachment.thumbnail.isNull() || attachment.thumbnailFile.isEmpty()) return;
  onWorker(
      this, [file = attachment.thumbnailFile] { return QImage(file); },
      [this](const QImage& image) {
        m_attachment->thumbnail = image;
        setCover(image);
      });
}

// Of a clip one of its frames.
void AttachmentChip::setCover(const QImage& thumbnail) {
  m_cover = thumbnail;
  if (!m_cover.isNull() && m_attachment->kind == MediaKind::Video) {
    const int frames =
        m_attachment->clip ? static_cast<int>(m_attachment->clip->frames.size()) : m_attachment->choice.frames;
    m_cover = m_cover.copy(filmCell(m_cover, frames, frames / 2));
  }
  update();
}

void AttachmentChip::setPlace(int place, int count) {
  m_place = place;
  m_count = count;
  retranslate();
}

QSize AttachmentChip::sizeHint() const { return {kPadding + kThumb + 10 + kTextWidth + kRemove + 6, kHeight}; }

QString AttachmentChip::caption() const {
  if (!m_attachment) return tr("Reading …");
  QString size = u"%1 × %2"_s.arg(m_attachment->pixels.width()).arg(m_attachment->pixels.height());
  if (m_attachment->kind == MediaKind::Sound) size = durationText(m_attachment->seconds);
  if (m_attachment->kind == MediaKind::Video) {
    size = durationText(m_attachment->seconds) + u" · "_s + tr("%n frame(s)", nullptr, m_attachment->choice.frames);
  }
  if (m_attachment->tokens == 0 || m_attachment->kind == MediaKind::Video) return size;  // its strip tells them
  return size + u" · "_s + tr("%n token(s)", nullptr, static_cast<int>(m_attachment->tokens));
}

void AttachmentChip::retranslate() {
  m_remove->setToolTip(tr("Remove"));
  m_remove->setAccessibleName(tr("Remove %1").arg(m_name));
  setAccessibleName(tr("Attachment %1 of %2: %3, %4").arg(m_place + 1).arg(m_count).arg(m_name, caption()));
  setAccessibleDescription(tr("Enter opens it, Delete removes it, Ctrl with an arrow key moves it"));
  m_frames->setToolTip(tr("Which frames go to the model"));
  m_frames->setAccessibleName(tr("Frames of %1").arg(m_name));
  setToolTip(toolTipOf(m_name));
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
  if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space) {
    Q_EMIT openRequested(m_id);
    return;
  }
  const bool sideways = event->key() == Qt::Key_Left || event->key() == Qt::Key_Right;
  if (sideways && event->modifiers().testFlag(Qt::ControlModifier)) {
    const bool forward = (event->key() == Qt::Key_Left) == (layoutDirection() == Qt::LeftToRight);
    Q_EMIT moveRequested(m_id, forward ? -1 : 1);
    return;
  }
  QWidget::keyPressEvent(event);
}

void AttachmentChip::focusInEvent(QFocusEvent* event) {
  update();
  QWidget::focusInEvent(event);
}

void AttachmentChip::focusOutEvent(QFocusEvent* event) {
  update();
  QWidget::focusOutEvent(event);
}

void AttachmentChip::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return QWidget::mousePressEvent(event);
  m_pressed = event->pos();
  m_dragged = false;
}

// The others make way while it is dragged: where it is let go, it already is.
void AttachmentChip::mouseMoveEvent(QMouseEvent* event) {
  if (!m_pressed) return;
  if ((event->pos() - *m_pressed).manhattanLength() >= QApplication::startDragDistance()) m_dragged = true;
  if (!m_dragged) return;
  setCursor(Qt::ClosedHandCursor);
  Q_EMIT draggedTo(m_id, mapToParent(event->pos()));
}

void AttachmentChip::mouseReleaseEvent(QMouseEvent* event) {
  if (!m_pressed || event->button() != Qt::LeftButton) return;
  m_pressed.reset();
  setCursor(Qt::PointingHandCursor);
  if (!m_dragged && rect().contains(event->pos())) Q_EMIT openRequested(m_id);
}

void AttachmentChip::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  m_remove->move(width() - kRemove - 5, 5);
  m_frames->move(width() - kRemove - 9, height() - kRemove - 5);
}

void AttachmentChip::paintEvent(QPaintEvent*) {
  const Colors& colors = colorsOf(palette());
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  painter.setPen(hasFocus() ? QPen(colors.accent, 2) : QPen(colors.border));
  painter.setBrush(colors.canvas);
  const qreal edge = hasFocus() ? 1 : 0.5;
  painter.drawRoundedRect(QRectF(rect()).adjusted(edge, edge, -edge, -edge), 10, 10);
  if (!m_attachment) paintReading(painter);

  const QRect thumb(kPadding, (height() - kThumb) / 2, kThumb, kThumb);
  paintThumbnail(painter, thumb);
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
  QRect factsLine = nameLine.translated(0, thumb.height() / 2 - 1);
  if (!m_frames->isHidden()) factsLine.setRight(m_frames->x() - 3);
  painter.drawText(factsLine, Qt::AlignLeft | Qt::AlignVCenter,
                   QFontMetrics(small).elidedText(caption(), Qt::ElideRight, factsLine.width()));
}

// A piece of line that travels along the lower edge: how long it takes is not known, only that it goes on.
void AttachmentChip::paintReading(QPainter& painter) const {
  const QRectF track(kPadding + 2, height() - 4.5, width() - 2 * kPadding - 4, 2);
  const double length = track.width() / 4;
  const double begin = track.left() + (track.width() + length) * m_step / kBarSteps - length;
  const QRectF piece = QRectF(begin, track.top(), length, track.height()).intersected(track);
  painter.save();
  painter.setPen(Qt::NoPen);
  painter.setBrush(colorsOf(palette()).accent);
  painter.drawRoundedRect(piece, 1, 1);
  painter.restore();
}

void AttachmentChip::paintThumbnail(QPainter& painter, const QRect& thumb) const {
  const Colors& colors = colorsOf(palette());
  QPainterPath shape;
  shape.addRoundedRect(thumb, 7, 7);
  painter.fillPath(shape, colors.code);
  if (!m_cover.isNull()) {
    const QImage& image = m_cover;
    const int edge = std::min(image.width(), image.height());
    const QRect middle((image.width() - edge) / 2, (image.height() - edge) / 2, edge, edge);
    painter.save();
    painter.setClipPath(shape);
    painter.drawImage(thumb, image, middle);
    painter.restore();
  } else {
    const bool isSound = m_attachment && m_attachment->kind == MediaKind::Sound;
    const bool isClip = m_attachment && m_attachment->kind == MediaKind::Video;
    themeIcon(isSound ? u"sound"_s : (isClip ? u"clip"_s : u"picture"_s),
              isSound ? IconColor::Accent : IconColor::Muted)
        .paint(&painter, thumb.adjusted(11, 11, -11, -11));
  }
}

}  // namespace xllm::ui
