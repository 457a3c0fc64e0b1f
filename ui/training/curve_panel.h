// The curves of a run with what can be done to them: which measure, smoothing, logarithmic, nearer and farther, an
// earlier run behind. Leaves drawing to CurveView.
#pragma once

#include <QWidget>

#include "ui/training/run_files.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QSlider;
class QToolButton;

namespace xllm::ui {

class CurveView;

class CurvePanel final : public QWidget {
  Q_OBJECT

 public:
  explicit CurvePanel(QWidget* parent = nullptr);

  void setCurves(const RunCurves& curves);
  // Runs that can be compared: names and folders.
  void setOthers(const QList<std::pair<QString, QString>>& others);
  CurveView& view() { return *m_view; }
  QSlider& smoothingSlider() { return *m_smoothing; }

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void build();
  void compare();
  void offerMeasures();
  void show();
  void retranslate();

  RunCurves m_curves, m_compared;
  QString m_comparedName;
  QList<std::pair<QString, QString>> m_others;
  CurveView* m_view;
  QComboBox *m_measure, *m_other;
  QSlider* m_smoothing;
  QCheckBox* m_logarithmic;
  QLabel *m_measureLabel, *m_otherLabel, *m_smoothingLabel;
  QToolButton *m_nearer, *m_farther, *m_all;
};

// "loss", "learningRate", … for people; a measure that has no word is called as it is.
QString measureText(const QString& measure);

}  // namespace xllm::ui
