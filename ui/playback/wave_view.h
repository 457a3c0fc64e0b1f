// A recording as a line of its loudness, and how far it has been played. By mouse and arrow keys one goes to another
// place. Leaves playing it to its owner.
#pragma once

#include <QAbstractSlider>
#include <QList>

#include "ui/bridge/attachment.h"

namespace xllm::ui {

class WaveView final : public QAbstractSlider {
  Q_OBJECT

 public:
  explicit WaveView(QWidget* parent = nullptr);

  static QList<float> peaksOf(const AudioClip& clip);  // of equal parts, 0 … 1

  void setSound(const generation::Sound& sound);  // may be null; its peaks are worked out on a worker
  void setPeaks(const QList<float>& peaks);
  QList<float> peaks() const { return m_peaks; }  // empty while unknown
  void setSeconds(double seconds);                // how long it is
  void setPosition(double seconds);               // played so far
  double position() const;
  void setSeekable(bool seekable);  // by the person; not so until it is said

 Q_SIGNALS:
  void sought(double seconds);  // by the person

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  void goTo(double x);

  QList<float> m_peaks;
  bool m_seekable = false;
  quint64 m_shown = 0;  // which sound; an earlier one's peaks may come late
};

}  // namespace xllm::ui
