// One quiet line: which pack runs, how it loads, how fast it answers. Leaves what went wrong to an inline message.
#pragma once

#include <QWidget>

#include "ui/models/pack_state.h"

class QLabel;
class QProgressBar;

namespace xllm::ui {

class PackLine final : public QWidget {
  Q_OBJECT

 public:
  explicit PackLine(const PackState& pack, QWidget* parent = nullptr);

  // Of the answer that runs or ran last. Zero: unknown, not shown.
  void setSpeed(double tokensPerSecond, double firstTextSeconds);
  QString text() const;

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void refresh();
  QString packText() const;
  QString partText() const;
  QString speedText() const;

  const PackState& m_pack;
  QLabel* m_icon;
  QLabel* m_label;
  QProgressBar* m_bar;
  double m_tokensPerSecond = 0;
  double m_firstTextSeconds = 0;
};

}  // namespace xllm::ui
