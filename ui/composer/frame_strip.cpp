#include "ui/composer/frame_strip.h"

#include <QEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

#include "ui/bridge/attachment.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

namespace {

constexpr int kTrackHeight = 54, kFrameHeight = 54;
constexpr int kBand = 18;  // between them, for the lines that tie frames to their moments
constexpr int kGap = 3;
constexpr int kLeastSpanMs = 100;
constexpr int kMostTied = 24;  // more lines would only be a tangle
constexpr double kFaint = 0.4;

// The first of these that is not less.
template <typename T>
T roundedUp(T value, std::initializer_list<T> steps) {
  const auto found = std::find_if(steps.begin(), steps.end(), [value](T step) { return step >= value; });
  return found == steps.end() ? *(steps.end() - 1) : *found;
}

}  // namespace

FrameStrip::FrameStrip(double seconds, double aspect, QWidget* parent)
    : QWidget(parent),
      m_seconds(seconds),
      m_aspect(std::clamp(aspect, 0.4, 2.2)),
      m_lengthMs(std::max(static_cast<int>(std::ceil(std::min(seconds, 1e6) * 1000)), 1)),
      m_start(new ClipHandle(ClipHandle::Side::Start, this)),
      m_end(new ClipHandle(ClipHandle::Side::End, this)) {
  m_glances.resize(kGlances);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  const int step = roundedUp(m_lengthMs / 250, {50, 100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000, 300000});
  for (ClipHandle* handle : {m_start, m_end}) {
    handle->setSingleStep(step);
    handle->setPageStep(10 * step);
    connect(handle, &QAbstractSlider::valueChanged, this, &FrameStrip::onHandleMoved);
    connect(handle, &ClipHandle::draggedTo, this, [this, handle](int x) { handle->setValue(millisecondsAt(x)); });
  }
  setChoice({.end = seconds});
  retranslate();
}

void FrameStrip::setGlance(int index, const QImage& picture) {
  if (index < 0 || index >= m_glances.size()) return;
  m_glances[index] = picture;
  update();
}

void FrameStrip::setChoice(const ClipChoice& choice) {
  m_choice = choice;
  if (m_choice.end <= m_choice.start || m_choice.end > m_seconds) m_choice.end = m_seconds;
  const int gap = std::min(kLeastSpanMs, m_lengthMs / 2);
  const int start = static_cast<int>(std::lround(m_choice.start * 1000));
  const int end = m_choice.end >= m_seconds ? m_lengthMs : static_cast<int>(std::lround(m_choice.end * 1000));
  m_placing = true;
  m_start->setRange(0, std::max(end - gap, 0));
  m_end->setRange(std::min(start + gap, m_lengthMs), m_lengthMs);
  m_start->setValue(start);
  m_end->setValue(end);
  m_placing = false;
  place();
  retranslate();
  update();
}

void FrameStrip::setFrames(const QImage& film, const QList<double>& moments) {
  m_film = film;
  m_filmMoments = moments;
  m_reading = false;
  update();
}

void FrameStrip::setReading(bool reading) {
  m_reading = reading;
  update();
}

QList<double> FrameStrip::moments() const {
  if (!m_reading && m_filmMoments.size() == m_choice.frames) return m_filmMoments;
  QList<double> moments;
  for (int i = 0; i < m_choice.frames; ++i) {
    moments << m_choice.start + (i + 0.5) * (m_choice.end - m_choice.start) / m_choice.frames;
  }
  return moments;
}

int FrameStrip::captionHeight() const {
  QFont small = font();
  small.setPointSizeF(small.pointSizeF() * 0.85);
  return QFontMetrics(small).height();
}

QRect FrameStrip::track() const { return {0, captionHeight() + kGap, width(), kTrackHeight}; }

QSize FrameStrip::sizeHint() const { return {480, 2 * (captionHeight() + kGap) + kTrackHeight + kBand + kFrameHeight}; }

QSize FrameStrip::minimumSizeHint() const { return {200, sizeHint().height()}; }

double FrameStrip::xOf(double seconds) const {
  const double room = width() - 2.0 * ClipHandle::kWidth;
  return ClipHandle::kWidth + room * std::clamp(seconds / std::max(m_seconds, 1e-9), 0.0, 1.0);
}

int FrameStrip::millisecondsAt(int x) const {
  const double room = std::max(width() - 2.0 * ClipHandle::kWidth, 1.0);
  return static_cast<int>(std::lround(m_lengthMs * std::clamp((x - ClipHandle::kWidth) / room, 0.0, 1.0)));
}

void FrameStrip::onHandleMoved() {
  if (m_placing) return;
  ClipChoice choice = m_choice;
  choice.start = m_start->value() / 1000.0;
  choice.end = m_end->value() == m_lengthMs ? m_seconds : m_end->value() / 1000.0;
  setChoice(choice);
  Q_EMIT spanChanged(m_choice.start, m_choice.end);
}

void FrameStrip::moveSpanTo(int startMs) {
  const int length = m_end->value() - m_start->value();
  const int start = std::clamp(startMs, 0, m_lengthMs - length);
  if (start == m_start->value()) return;
  ClipChoice choice = m_choice;
  choice.start = start / 1000.0;
  choice.end = start + length == m_lengthMs ? m_seconds : (start + length) / 1000.0;
  setChoice(choice);
  Q_EMIT spanChanged(m_choice.start, m_choice.end);
}

void FrameStrip::place() {
  const QRect line = track();
  m_start->setGeometry(static_cast<int>(std::lround(xOf(m_choice.start))) - ClipHandle::kWidth, line.top(),
                       ClipHandle::kWidth, line.height());
  m_end->setGeometry(static_cast<int>(std::lround(xOf(m_choice.end))), line.top(), ClipHandle::kWidth, line.height());
}

void FrameStrip::retranslate() {
  m_start->setAccessibleName(tr("Start of the part"));
  m_end->setAccessibleName(tr("End of the part"));
  m_start->setAccessibleDescription(momentText(m_choice.start, m_seconds));
  m_end->setAccessibleDescription(momentText(m_choice.end, m_seconds));
  const QString keys = tr("Drag, or use the arrow keys; with Shift it moves further, with Ctrl less far");
  m_start->setToolTip(keys);
  m_end->setToolTip(keys);
  setAccessibleName(tr("Frames of the clip"));
  setAccessibleDescription(tr("%n frame(s) from %1 to %2", nullptr, m_choice.frames)
                               .arg(momentText(m_choice.start, m_seconds), momentText(m_choice.end, m_seconds)));
}

void FrameStrip::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || !track().contains(event->pos())) return QWidget::mousePressEvent(event);
  const int at = millisecondsAt(event->pos().x());
  if (at >= m_start->value() && at <= m_end->value()) {
    m_grip = at - m_start->value();
    return setCursor(Qt::ClosedHandCursor);
  }
  m_dragged = at < m_start->value() ? m_start : m_end;
  m_dragged->setFocus(Qt::MouseFocusReason);
  m_dragged->setValue(at);
}

void FrameStrip::mouseMoveEvent(QMouseEvent* event) {
  const int at = millisecondsAt(event->pos().x());
  if (m_dragged) m_dragged->setValue(at);
  if (m_grip >= 0) moveSpanTo(at - m_grip);
}

void FrameStrip::mouseReleaseEvent(QMouseEvent*) {
  m_dragged = nullptr;
  m_grip = -1;
  unsetCursor();
}

void FrameStrip::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  place();
}

void FrameStrip::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  if (event->type() == QEvent::FontChange) updateGeometry();
  QWidget::changeEvent(event);
}

// Each in the middle of its share of the row, so that it stands below its moment when all of the clip is chosen.
QRectF FrameStrip::frameCell(int index) const {
  const double share = static_cast<double>(width()) / m_choice.frames;
  const double gap = m_choice.frames > kMostTied ? 1 : kGap;
  const double wide = std::clamp(share - gap, 1.0, kFrameHeight * m_aspect);
  return {(index + 0.5) * share - wide / 2, track().bottom() + 1.0 + kBand, wide, kFrameHeight};
}

void FrameStrip::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  QFont small = font();
  small.setPointSizeF(small.pointSizeF() * 0.85);
  painter.setFont(small);
  paintTicks(painter);
  paintTrack(painter);
  paintFrames(painter);
}

void FrameStrip::paintTicks(QPainter& painter) const {
  const Colors& colors = colorsOf(palette());
  const int labels = std::max(width() / 90, 1);
  const double step = roundedUp(m_seconds / labels, {0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0,
                                                     900.0, 1800.0, 3600.0, 7200.0, 14400.0, 86400.0});
  painter.setPen(colors.muted);
  const QFontMetrics metrics(painter.font());
  for (int i = 0; i * step <= m_seconds && i < 64; ++i) {
    const QString text = step < 1 ? momentText(i * step, m_seconds) : durationText(i * step);
    const int wide = metrics.horizontalAdvance(text);
    const double x = std::clamp(xOf(i * step) - wide / 2.0, 0.0, static_cast<double>(width() - wide));
    painter.drawText(QRectF(x, 0, wide + 1, captionHeight()), Qt::AlignCenter, text);
  }
}

void FrameStrip::paintTrack(QPainter& painter) const {
  const Colors& colors = colorsOf(palette());
  const QRectF line = track();
  QPainterPath shape;
  shape.addRoundedRect(line, 6, 6);
  painter.save();
  painter.setClipPath(shape);
  painter.fillRect(line, colors.code);
  const QRectF room = line.adjusted(ClipHandle::kWidth, 0, -ClipHandle::kWidth, 0);
  for (int i = 0; i < kGlances; ++i) {
    const QImage& picture = m_glances[i];
    if (picture.isNull()) continue;
    const double left = std::floor(room.x() + room.width() * i / kGlances);
    const double right = std::floor(room.x() + room.width() * (i + 1) / kGlances);
    paintFilmCell(painter, QRectF(left, line.y(), right - left, line.height()), picture, picture.rect());
  }
  QColor veil = colors.raised;
  veil.setAlphaF(0.72F);
  const double start = xOf(m_choice.start), end = xOf(m_choice.end);
  painter.fillRect(QRectF(line.topLeft(), QPointF(start, line.bottom())), veil);
  painter.fillRect(QRectF(QPointF(end, line.y()), line.bottomRight()), veil);
  painter.restore();
  painter.fillRect(QRectF(start, line.y(), end - start, 2), colors.accent);
  painter.fillRect(QRectF(start, line.bottom() - 2, end - start, 2), colors.accent);
}

void FrameStrip::paintFrames(QPainter& painter) const {
  const Colors& colors = colorsOf(palette());
  const QList<double> times = moments();
  const double bottom = track().bottom() + 1.0;
  const bool hasFilm = !m_film.isNull() && !m_filmMoments.isEmpty();
  const QFontMetrics metrics(painter.font());
  for (int i = 0; i < m_choice.frames; ++i) {
    const QRectF cell = frameCell(i);
    const QPointF moment(xOf(times[i]), bottom - 1), top(cell.center().x(), cell.top());
    if (m_choice.frames <= kMostTied) {
      QPainterPath tie(moment);
      tie.cubicTo(moment + QPointF(0, kBand * 0.6), top - QPointF(0, kBand * 0.6), top);
      QColor faint = colors.accent;
      faint.setAlphaF(0.55F);
      painter.setPen(QPen(faint, 1.2));
      painter.setBrush(Qt::NoBrush);
      painter.drawPath(tie);
    }
    painter.setPen(QPen(colors.raised, 1.5));
    painter.setBrush(colors.accent);
    painter.drawEllipse(moment, 3.6, 3.6);
    QPainterPath shape;
    const double round = std::min(5.0, cell.width() / 4);
    shape.addRoundedRect(cell, round, round);
    painter.fillPath(shape, colors.code);
    if (hasFilm) {
      painter.save();
      painter.setClipPath(shape);
      painter.setOpacity(m_reading ? kFaint : 1.0);
      const auto count = static_cast<int>(m_filmMoments.size());
      paintFilmCell(painter, cell, m_film, filmCell(m_film, count, std::min(i * count / m_choice.frames, count - 1)));
      painter.restore();
    }
    const QString text = momentText(times[i], m_seconds);
    if (metrics.horizontalAdvance(text) + 4 > static_cast<double>(width()) / m_choice.frames) continue;
    painter.setPen(colors.muted);
    painter.drawText(QRectF(cell.center().x() - 60, cell.bottom() + 1, 120, captionHeight() + kGap), Qt::AlignCenter,
                     text);
  }
}

}  // namespace xllm::ui
