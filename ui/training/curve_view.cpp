#include "ui/training/curve_view.h"

#include <QEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QPainter>
#include <QPainterPath>
#include <QWheelEvent>
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "ui/widgets/theme.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr double kLeastSteps = 4;  // that are seen
constexpr int kTicks = 4;
constexpr std::size_t kDense = 128;  // columns with values

QString shortNumber(double value) { return QLocale().toString(value, 'g', 3); }

double lastStepOf(const std::vector<Curve>& curves) {
  double last = 1;
  for (const Curve& curve : curves) {
    if (!curve.series.isEmpty()) last = std::max(last, curve.series.steps.back());
  }
  return last;
}

// 1, 2 or 5 times a power of ten, about `parts` of which make up `whole`.
double tickWidth(double whole, int parts) {
  const double rough = whole / parts;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double times : {1.0, 2.0, 5.0}) {
    if (times * power >= rough) return times * power;
  }
  return 10 * power;
}

}  // namespace

CurveView::CurveView(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  describe();
}

void CurveView::setCurves(std::vector<Curve> curves) {
  m_curves = std::move(curves);
  if (m_all) {
    m_from = 0;
    m_to = std::max(lastStepOf(m_curves), kLeastSteps);
  }
  smooth();
  describe();
}

void CurveView::setSmoothing(double points) {
  m_smoothing = points;
  smooth();
}

void CurveView::setLogarithmic(bool on) {
  m_logarithmic = on;
  update();
}

void CurveView::smooth() {
  m_smooth.clear();
  for (const Curve& curve : m_curves) {
    m_smooth.push_back(curve);
    if (!curve.dots) m_smooth.back().series = smoothed(curve.series, m_smoothing);
  }
  update();
}

void CurveView::showAll() {
  m_all = true;
  m_from = 0;
  m_to = std::max(lastStepOf(m_curves), kLeastSteps);
  update();
  Q_EMIT zoomed();
}

void CurveView::look(double from, double to) {
  const double last = std::max(lastStepOf(m_curves), kLeastSteps);
  const double width = std::clamp(to - from, std::min(kLeastSteps, last), last);
  m_from = std::clamp(from, 0.0, last - width);
  m_to = m_from + width;
  m_all = width >= last;
  update();
  Q_EMIT zoomed();
}

void CurveView::zoom(double factor, double around) {
  const double width = (m_to - m_from) / factor;
  const double middle = m_from + around * (m_to - m_from);
  look(middle - around * width, middle + (1 - around) * width);
}

void CurveView::move(double share) {
  const double by = share * (m_to - m_from);
  look(m_from + by, m_to + by);
}

QRectF CurveView::plot() const {
  const int wide = fontMetrics().horizontalAdvance(u"0.00e-00"_s), high = fontMetrics().height();
  return QRectF(rect()).adjusted(wide + 8, high / 2.0 + 2, -12, -high - 8);
}

Range CurveView::values() const {
  Range all;
  bool any = false;
  for (const Curve& curve : m_smooth) {
    const Range range = valueRange(curve.series, m_from, m_to, m_logarithmic);
    if (range.isEmpty()) continue;
    all = any ? Range{std::min(all.least, range.least), std::max(all.most, range.most)} : range;
    any = true;
  }
  if (!any) return {m_logarithmic ? 0.1 : 0.0, 1.0};
  if (m_logarithmic) return {std::max(all.least, all.most * 1e-12), all.most};
  const double around = 0.04 * (all.most - all.least);
  return {all.least - around, all.most + around};
}

double CurveView::placeOf(double value, const Range& range, const QRectF& plot) const {
  if (!m_logarithmic) return plot.bottom() - plot.height() * (value - range.least) / (range.most - range.least);
  const double least = std::log(range.least), most = std::log(range.most);
  return plot.bottom() - plot.height() * (std::log(std::max(value, range.least)) - least) / (most - least);
}

QColor CurveView::colourOf(const Curve& curve) const {
  const Colors& colors = colorsOf(palette());
  const std::array all{colors.accent, colors.codeNumber, colors.codeString, colors.codeKeyword, colors.danger};
  return all[static_cast<std::size_t>(std::abs(curve.colour)) % all.size()];
}

void CurveView::paintEvent(QPaintEvent*) {
  const Colors& colors = colorsOf(palette());
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(hasFocus() ? colors.accent : colors.border);
  painter.setBrush(colors.raised);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
  const QRectF area = plot();
  const Range range = values();
  paintAxes(painter, area, range);
  painter.save();
  painter.setClipRect(area.adjusted(-1, -1, 1, 1));
  for (std::size_t i = 0; i < m_curves.size(); ++i) {
    // What was smoothed away stays to be seen.
    if (m_smoothing > 1 && !m_curves[i].dots && !m_curves[i].dashed)
      paintCurve(painter, m_curves[i], area, range, true);
    paintCurve(painter, m_smooth[i], area, range, false);
  }
  painter.restore();
  paintPointed(painter, area, range);
}

void CurveView::paintAxes(QPainter& painter, const QRectF& area, const Range& range) const {
  const Colors& colors = colorsOf(palette());
  const auto text = [&](const QRectF& where, int how, const QString& words) {
    painter.setPen(colors.muted);
    painter.drawText(where, how, words);
  };
  const double high = fontMetrics().height();
  const auto across = [&](double value) {
    const double y = placeOf(value, range, area);
    painter.setPen(colors.border);
    painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
    text(QRectF(2, y - high / 2, area.left() - 6, high), Qt::AlignRight | Qt::AlignVCenter, shortNumber(value));
  };
  if (m_logarithmic) {
    for (int i = 0; i <= kTicks; ++i)
      across(range.least * std::pow(range.most / range.least, static_cast<double>(i) / kTicks));
  } else {
    const double width = tickWidth(range.most - range.least, kTicks);
    for (double value = std::ceil(range.least / width) * width; value <= range.most; value += width)
      across(std::abs(value) < width / 1e6 ? 0 : value);
  }
  const double width = std::max(tickWidth(m_to - m_from, kTicks), 1.0);
  for (double step = std::ceil(m_from / width) * width; step <= m_to; step += width) {
    const double x = area.left() + area.width() * (step - m_from) / (m_to - m_from);
    painter.setPen(colors.border);
    painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + 4));
    text(QRectF(x - 60, area.bottom() + 4, 120, high), Qt::AlignCenter, QLocale().toString(qRound64(step)));
  }
}

void CurveView::paintCurve(QPainter& painter, const Curve& curve, const QRectF& area, const Range& range,
                           bool faint) const {
  QColor colour = colourOf(curve);
  if (faint) colour.setAlphaF(0.25F);
  QPen pen(colour, faint ? 1.0 : curve.dashed ? 1.2 : 1.7, curve.dashed ? Qt::DashLine : Qt::SolidLine);
  pen.setJoinStyle(Qt::BevelJoin);
  painter.setPen(pen);
  const int columns = std::max(2, static_cast<int>(area.width()) + 1);
  const std::vector<Span> spans = spansOf(curve.series, m_from, m_to, columns);
  const double perColumn = area.width() / (columns - 1);
  QPolygonF line;
  line.reserve(static_cast<qsizetype>(4 * spans.size()));
  for (const Span& span : spans) {
    const double x = area.left() + perColumn * span.column;
    line << QPointF(x, placeOf(span.first, range, area));
    if (span.least < span.most) {
      const double up = placeOf(span.most, range, area), down = placeOf(span.least, range, area);
      line << QPointF(x, up) << QPointF(x, down) << QPointF(x, placeOf(span.last, range, area));
    }
  }
  painter.setBrush(Qt::NoBrush);
  // Several values in one column, or many columns: strokes lie in each other.
  const bool dense = spans.size() >= kDense ||
                     std::any_of(spans.begin(), spans.end(), [](const Span& span) { return span.least < span.most; });
  if (!dense) {
    painter.drawPolyline(line);
  } else {
    // Thousands of wide, smoothed or dashed strokes in each other take half a second; so they take a millisecond.
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(QPen(colour, 0));
    painter.drawPolyline(line);
    if (!faint && !curve.dashed) painter.drawPolyline(line.translated(0, 1));
    painter.setRenderHint(QPainter::Antialiasing);
  }
  if (!curve.dots || spans.size() > 60) return;
  painter.setBrush(colour);
  painter.setPen(Qt::NoPen);
  for (const Span& span : spans)
    painter.drawEllipse(QPointF(area.left() + perColumn * span.column, placeOf(span.last, range, area)), 3, 3);
}

// What the curves are where the mouse points.
void CurveView::paintPointed(QPainter& painter, const QRectF& area, const Range&) const {
  if (!m_pointed || *m_pointed < area.left() || *m_pointed > area.right()) return;
  const Colors& colors = colorsOf(palette());
  const double step = m_from + (*m_pointed - area.left()) / area.width() * (m_to - m_from);
  painter.setPen(colors.muted);
  painter.drawLine(QPointF(*m_pointed, area.top()), QPointF(*m_pointed, area.bottom()));
  QStringList lines{tr("step %1").arg(QLocale().toString(qRound64(step)))};
  for (const Curve& curve : m_smooth) {
    const auto at = std::lower_bound(curve.series.steps.begin(), curve.series.steps.end(), step);
    if (at == curve.series.steps.end()) continue;
    const auto value = curve.series.values[static_cast<std::size_t>(at - curve.series.steps.begin())];
    lines << curve.name + u": "_s + shortNumber(value);
  }
  QRectF box = fontMetrics().boundingRect(QRect(0, 0, 400, 400), Qt::AlignLeft, lines.join(u'\n'));
  box.moveTopLeft(QPointF(*m_pointed + 10, area.top() + 4));
  if (box.right() > area.right()) box.moveRight(*m_pointed - 10);
  painter.setBrush(colors.raised);
  painter.drawRoundedRect(box.adjusted(-6, -4, 6, 4), 6, 6);
  painter.setPen(colors.text);
  painter.drawText(box, Qt::AlignLeft, lines.join(u'\n'));
}

void CurveView::wheelEvent(QWheelEvent* event) {
  if (!(event->modifiers() & Qt::ControlModifier)) return event->ignore();  // the page is scrolled with it
  const QRectF area = plot();
  const double around = std::clamp((event->position().x() - area.left()) / area.width(), 0.0, 1.0);
  zoom(std::pow(1.25, event->angleDelta().y() / 120.0), around);
  event->accept();
}

void CurveView::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const QRectF area = plot();
  m_grabbed = m_from + (event->position().x() - area.left()) / area.width() * (m_to - m_from);
}

void CurveView::mouseMoveEvent(QMouseEvent* event) {
  m_pointed = event->position().x();
  if (m_grabbed && !m_all) {
    const QRectF area = plot();
    const double under = m_from + (event->position().x() - area.left()) / area.width() * (m_to - m_from);
    look(m_from + *m_grabbed - under, m_to + *m_grabbed - under);
  }
  update();
}

void CurveView::mouseReleaseEvent(QMouseEvent*) { m_grabbed.reset(); }

void CurveView::mouseDoubleClickEvent(QMouseEvent*) { showAll(); }

void CurveView::leaveEvent(QEvent* event) {
  m_pointed.reset();
  update();
  QWidget::leaveEvent(event);
}

void CurveView::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal: return zoom(1.5, 0.5);
    case Qt::Key_Minus: return zoom(1 / 1.5, 0.5);
    case Qt::Key_Left: return move(-0.2);
    case Qt::Key_Right: return move(0.2);
    case Qt::Key_0:
    case Qt::Key_Home: return showAll();
    default: QWidget::keyPressEvent(event);
  }
}

// For who cannot see the curves: what each began with, where it is.
void CurveView::describe() {
  setAccessibleName(tr("Curves"));
  QStringList words;
  for (const Curve& curve : m_curves) {
    if (curve.series.isEmpty()) continue;
    words << tr("%1: from %2 to %3")
                 .arg(curve.name, shortNumber(curve.series.values.front()), shortNumber(curve.series.values.back()));
  }
  setAccessibleDescription(words.join(u"; "_s));
  setToolTip(tr("Ctrl and the wheel, or + and −: nearer and farther. Arrow keys or dragging: along. 0: all of it."));
}

void CurveView::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) describe();
  QWidget::changeEvent(event);
}

}  // namespace xllm::ui
