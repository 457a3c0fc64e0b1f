// A recording as a line of its loudness. Leaves out playing it.
#pragma once

#include <QList>
#include <QWidget>

#include "ui/bridge/attachment.h"

namespace xllm::ui {

class WaveView final : public QWidget {
  Q_OBJECT

 public:
  explicit WaveView(QWidget* parent = nullptr);

  void setSound(const generation::Sound& sound);  // may be null
  QList<float> peaks() const { return m_peaks; }  // of equal parts, 0 … 1; empty while unknown

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QList<float> m_peaks;
  quint64 m_shown = 0;  // which sound; an earlier one's peaks may come late
};

}  // namespace xllm::ui
