// A thin line between two messages with words in it: the model reads from here on. Leaves where it stands to the view.
#pragma once

#include <QWidget>

namespace xllm::ui {

class ContextLine final : public QWidget {
  Q_OBJECT

 public:
  explicit ContextLine(QWidget* parent = nullptr);

  QString text() const;

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;
};

}  // namespace xllm::ui
