// A small picture of the model's graph for one stage: what is frozen, and what is trained, lit. Says the same in words
// to who cannot see it.
#pragma once

#include <QWidget>

#include "ui/training/training_plan.h"

namespace xllm::ui {

class StagePicture final : public QWidget {
  Q_OBJECT

 public:
  StagePicture(Teach teach, Stage stage, QWidget* parent = nullptr);

  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;
  QSize sizeHint() const override { return {560, heightForWidth(560)}; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  // One box of a row; `lit`: trained.
  struct Box {
    QString text;
    bool lit = false;
  };
  struct Row {
    QList<Box> boxes;
    bool reachesModel = true;
  };
  QList<Row> rows() const;
  void describe();

  const Teach m_teach;
  const Stage m_stage;
};

}  // namespace xllm::ui
