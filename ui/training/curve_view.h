// Curves of training runs: as many points as there are, drawn in columns of pixels; zoom by wheel, dragging and keys,
// smoothing, logarithmic values, earlier runs behind. Leaves out where the values come from.
#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "ui/training/series.h"

namespace xllm::ui {

struct Curve {
  QString name;
  Series series;
  int colour = 0;       // which of the theme's; the same number, the same colour
  bool dashed = false;  // of an earlier run
  bool dots = false;    // few values, each a dot
};

class CurveView final : public QWidget {
  Q_OBJECT

 public:
  explicit CurveView(QWidget* parent = nullptr);

  void setCurves(std::vector<Curve> curves);
  void setSmoothing(double points);  // 1: none
  void setLogarithmic(bool on);
  double smoothing() const { return m_smoothing; }
  void showAll();
  void zoom(double factor, double around);  // > 1: nearer; `around` 0…1 from left to right
  void move(double share);                  // by a share of what is seen
  double from() const { return m_from; }    // steps
  double to() const { return m_to; }
  QSize sizeHint() const override { return {520, 240}; }
  QSize minimumSizeHint() const override { return {240, 160}; }

 Q_SIGNALS:
  void zoomed();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  QRectF plot() const;
  Range values() const;
  double placeOf(double value, const Range& range, const QRectF& plot) const;
  void paintAxes(QPainter& painter, const QRectF& plot, const Range& range) const;
  void paintCurve(QPainter& painter, const Curve& curve, const QRectF& plot, const Range& range, bool faint) const;
  void paintPointed(QPainter& painter, const QRectF& plot, const Range& range) const;
  void look(double from, double to);
  void smooth();
  void describe();
  QColor colourOf(const Curve& curve) const;

  std::vector<Curve> m_curves, m_smooth;
  double m_smoothing = 1;
  bool m_logarithmic = false;
  bool m_all = true;  // of the steps are seen, also those that come
  double m_from = 0, m_to = 1;
  std::optional<double> m_grabbed;  // the step under the mouse that drags
  std::optional<double> m_pointed;  // x of the mouse
};

}  // namespace xllm::ui
