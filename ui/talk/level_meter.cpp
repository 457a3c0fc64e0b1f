#include "ui/talk/level_meter.h"

#include <QPainter>
#include <algorithm>
#include <utility>

#include "ui/widgets/theme.h"

namespace xllm::ui {

namespace {

constexpr double kQuietest = -60;  // decibels: the bar's beginning
constexpr double kFall = 0.06;  // of the bar, in a twentieth of a second: slower than the voice, so that one can see it
constexpr qint64 kWarningMs = 1500;

double shareOf(double decibels) { return std::clamp(1 - decibels / kQuietest, 0.0, 1.0); }

}  // namespace

LevelMeter::LevelMeter(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  setFocusPolicy(Qt::NoFocus);
}

void LevelMeter::setLevel(double rms, double peak, bool clipped) {
  m_shown = std::max(shareOf(rms), m_shown - kFall);
  m_peak = std::max(shareOf(peak), m_peak - kFall);
  if (clipped) m_clipped.start();
  const bool warns = m_clipped.isValid() && m_clipped.elapsed() < kWarningMs;
  if (std::exchange(m_warns, warns) != warns) Q_EMIT warningChanged(warns);
  update();
}

void LevelMeter::reset() {
  m_shown = m_peak = 0;
  m_clipped.invalidate();
  if (std::exchange(m_warns, false)) Q_EMIT warningChanged(false);
  update();
}

void LevelMeter::paintEvent(QPaintEvent*) {
  const Colors& colors = colorsOf(palette());
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF track(0, (height() - 6) / 2.0, width(), 6);
  painter.setPen(Qt::NoPen);
  painter.setBrush(colors.border);
  painter.drawRoundedRect(track, 3, 3);
  painter.setBrush(m_warns ? colors.danger : colors.accent);
  QRectF bar = track;
  bar.setWidth(std::max(m_shown * track.width(), m_shown > 0 ? 6.0 : 0.0));
  painter.drawRoundedRect(bar, 3, 3);
  if (m_peak <= 0) return;
  const double peak = std::clamp(m_peak * track.width(), 1.0, track.width() - 2);
  painter.fillRect(QRectF(peak - 1, track.top() - 1, 2, track.height() + 2), m_warns ? colors.danger : colors.text);
}

}  // namespace xllm::ui
