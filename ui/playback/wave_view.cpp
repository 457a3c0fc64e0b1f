#include "ui/playback/wave_view.h"

#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/widgets/on_worker.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

namespace {

constexpr int kPeaks = 400;
constexpr int kBar = 3;             // pixels, with the gap behind it
constexpr double kPerSecond = 100;  // steps of the slider
constexpr int kLongest = 100'000'000;

}  // namespace

QList<float> WaveView::peaksOf(const AudioClip& clip) {
  QList<float> peaks(kPeaks, 0.0F);
  const std::size_t count = clip.samples.size();
  for (std::size_t i = 0; i < count; ++i) {
    float& peak = peaks[static_cast<qsizetype>(i * kPeaks / count)];
    peak = std::max(peak, std::abs(clip.samples[i]));
  }
  return peaks;
}

WaveView::WaveView(QWidget* parent) : QAbstractSlider(parent) {
  setOrientation(Qt::Horizontal);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setSeconds(0);
  setSeekable(false);
  connect(this, &QAbstractSlider::actionTriggered, this, [this] { Q_EMIT sought(sliderPosition() / kPerSecond); });
}

void WaveView::setSound(const generation::Sound& sound) {
  const quint64 shown = ++m_shown;
  setPeaks({});
  if (!sound) return;
  setSeconds(sound->seconds());
  onWorker(
      this, [sound] { return peaksOf(*sound); },
      [this, shown](const QList<float>& peaks) {
        if (shown == m_shown) setPeaks(peaks);
      });
}

void WaveView::setPeaks(const QList<float>& peaks) {
  m_peaks = peaks;
  update();
}

void WaveView::setSeconds(double seconds) {
  setRange(0, static_cast<int>(std::clamp(seconds * kPerSecond, 0.0, static_cast<double>(kLongest))));
  setSingleStep(std::max(1, maximum() / 20));
  setPageStep(std::max(1, maximum() / 5));
}

void WaveView::setPosition(double seconds) {
  setValue(static_cast<int>(std::lround(std::min(seconds * kPerSecond, static_cast<double>(kLongest)))));
  update();
}

double WaveView::position() const { return value() / kPerSecond; }

void WaveView::setSeekable(bool seekable) {
  m_seekable = seekable;
  setFocusPolicy(seekable ? Qt::StrongFocus : Qt::NoFocus);
  setCursor(seekable ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void WaveView::mousePressEvent(QMouseEvent* event) {
  if (!m_seekable || event->button() != Qt::LeftButton) return event->ignore();
  goTo(event->position().x());
}

void WaveView::mouseMoveEvent(QMouseEvent* event) {
  if (m_seekable && (event->buttons() & Qt::LeftButton)) goTo(event->position().x());
}

void WaveView::goTo(double x) {
  const double share = std::clamp(x / std::max(1, width()), 0.0, 1.0);
  setValue(static_cast<int>(std::lround(share * maximum())));
  update();
  Q_EMIT sought(position());
}

void WaveView::focusInEvent(QFocusEvent* event) {
  update();
  QAbstractSlider::focusInEvent(event);
}

void WaveView::focusOutEvent(QFocusEvent* event) {
  update();
  QAbstractSlider::focusOutEvent(event);
}

void WaveView::paintEvent(QPaintEvent*) {
  const Colors& colors = colorsOf(palette());
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  const int bars = std::max(1, width() / kBar);
  const double room = std::min(height(), 220);
  const double played = maximum() > 0 ? static_cast<double>(value()) / maximum() : 0;
  for (int bar = 0; bar < bars; ++bar) {
    float peak = 0;
    if (!m_peaks.isEmpty()) {
      const auto first = bar * m_peaks.size() / bars;
      const auto last = std::max(first + 1, (bar + 1) * m_peaks.size() / bars);
      peak = *std::max_element(m_peaks.begin() + first, m_peaks.begin() + std::min(last, m_peaks.size()));
    }
    const double length = std::max(2.0, std::min(peak, 1.0F) * room);
    const bool isAhead = played > 0 && bar >= played * bars;
    painter.setBrush(isAhead ? colors.muted : colors.accent);
    painter.drawRoundedRect(QRectF(bar * kBar, (height() - length) / 2, kBar - 1, length), 1, 1);
  }
  if (!hasFocus()) return;
  painter.setPen(QPen(colors.accent, 1));
  painter.setBrush(Qt::NoBrush);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
}

}  // namespace xllm::ui
