// One end of the chosen part of a clip: dragged with the mouse, moved with the arrow keys (Shift: ten times as far;
// Ctrl: a second at most; Home and End: as far as it goes). Its value is in milliseconds; its owner says where on the
// time line that is.
#pragma once

#include <QAbstractSlider>

namespace xllm::ui {

class ClipHandle final : public QAbstractSlider {
  Q_OBJECT

 public:
  enum class Side { Start = 1, End };
  static constexpr int kWidth = 12;
  static constexpr int kFineMs = 1000;

  ClipHandle(Side side, QWidget* parent);

 Q_SIGNALS:
  void draggedTo(int x);  // of the parent: where the edge that touches the part should be

 protected:
  void paintEvent(QPaintEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  Side m_side;
  int m_grip = 0;  // where it was taken hold of
};

}  // namespace xllm::ui
