#include "ui/viewer/wave_view.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/widgets/on_worker.h"
#include "ui/widgets/theme.h"

namespace xllm::ui {

namespace {

constexpr int kPeaks = 400;
constexpr int kBar = 3;  // pixels, with the gap behind it

QList<float> peaksOf(const AudioClip& clip) {
  QList<float> peaks(kPeaks, 0.0F);
  const std::size_t count = clip.samples.size();
  for (std::size_t i = 0; i < count; ++i) {
    float& peak = peaks[static_cast<qsizetype>(i * kPeaks / count)];
    peak = std::max(peak, std::abs(clip.samples[i]));
  }
  return peaks;
}

}  // namespace

WaveView::WaveView(QWidget* parent) : QWidget(parent) {
  setMinimumSize(200, 120);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void WaveView::setSound(const generation::Sound& sound) {
  const quint64 shown = ++m_shown;
  m_peaks.clear();
  update();
  if (!sound) return;
  onWorker(
      this, [sound] { return peaksOf(*sound); },
      [this, shown](const QList<float>& peaks) {
        if (shown != m_shown) return;
        m_peaks = peaks;
        update();
      });
}

void WaveView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(colorsOf(palette()).accent);
  const int bars = std::max(1, width() / kBar);
  const double room = std::min(height(), 220);
  for (int bar = 0; bar < bars; ++bar) {
    float peak = 0;
    if (!m_peaks.isEmpty()) {
      const auto first = bar * m_peaks.size() / bars;
      const auto last = std::max(first + 1, (bar + 1) * m_peaks.size() / bars);
      peak = *std::max_element(m_peaks.begin() + first, m_peaks.begin() + std::min(last, m_peaks.size()));
    }
    const double length = std::max(2.0, std::min(peak, 1.0F) * room);
    painter.drawRoundedRect(QRectF(bar * kBar, (height() - length) / 2, kBar - 1, length), 1, 1);
  }
}

}  // namespace xllm::ui
