// How loud the microphone hears, as a bar with the peak of the last moment, and a warning while it is too loud. Leaves
// measuring to ui/listening.
#pragma once

#include <QElapsedTimer>
#include <QWidget>

namespace xllm::ui {

class LevelMeter final : public QWidget {
  Q_OBJECT

 public:
  explicit LevelMeter(QWidget* parent = nullptr);

  void setLevel(double rms, double peak, bool clipped);  // decibels below full scale, -90 … 0
  void reset();
  bool warns() const { return m_warns; }    // some samples were at the limit, a moment ago
  double shown() const { return m_shown; }  // 0 … 1, of the bar

  QSize sizeHint() const override { return {64, 10}; }

 Q_SIGNALS:
  void warningChanged(bool warns);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  double m_shown = 0, m_peak = 0;
  bool m_warns = false;
  QElapsedTimer m_clipped;
};

}  // namespace xllm::ui
