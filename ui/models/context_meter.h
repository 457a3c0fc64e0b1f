// A thin bar and two numbers: how full the context is, the draft included. Pressed, or under the pointer, it says it in
// words. Leaves measuring to its owner.
#pragma once

#include <QAbstractButton>

#include "ui/models/context_use.h"

namespace xllm::ui {

class ContextMeter final : public QAbstractButton {
  Q_OBJECT

 public:
  explicit ContextMeter(QWidget* parent = nullptr);

  void setUse(const ContextUse& use);  // one that is not known hides it
  const ContextUse& use() const { return m_use; }
  bool warns() const { return m_use.messagesLeftOut > 0 || m_use.tooLong; }

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void refresh();
  QString numbers(qint64 tokens) const;
  QString words() const;  // of the warning; empty: there is none
  QSize sizeWith(const QString& text) const;

  ContextUse m_use;
};

}  // namespace xllm::ui
