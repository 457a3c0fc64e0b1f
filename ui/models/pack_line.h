// One quiet line: which pack runs, how it loads, how fast it answers, what memory the program takes, how full the
// context is. Leaves what went wrong to an inline message.
#pragma once

#include <QWidget>

#include "ui/models/pack_state.h"

class QLabel;
class QProgressBar;
class QTimer;

namespace xllm::ui {

class ContextMeter;

class PackLine final : public QWidget {
  Q_OBJECT

 public:
  explicit PackLine(const PackState& pack, QWidget* parent = nullptr);

  // Of the answer that runs or ran last. Zero: unknown, not shown.
  void setSpeed(double tokensPerSecond, double firstTextSeconds);
  QString text() const;  // all of it, also what a narrow window has no room for
  ContextMeter& meter() { return *m_meter; }

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void hideEvent(QHideEvent* event) override;

 private:
  void refresh();
  QString packText() const;
  QString partText() const;
  QStringList figures() const;  // the first are worth most
  void showFigures();
  void measureMemory();

  const PackState& m_pack;
  QLabel* m_icon;
  QLabel* m_label;
  QProgressBar* m_bar;
  QLabel* m_figures;
  ContextMeter* m_meter;
  QTimer* m_memoryTimer;
  qint64 m_memoryBytes = 0;
  double m_tokensPerSecond = 0;
  double m_firstTextSeconds = 0;
};

}  // namespace xllm::ui
