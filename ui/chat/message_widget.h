// One message: the person's as a bubble with its attachments, the model's as plain text with figures, actions and, when
// it failed, the reason. Knows its row in the model; whoever places it keeps that right and asks heightFor().
#pragma once

#include <QWidget>

#include "ui/chat/conversation_model.h"
#include "ui/chat/message_text.h"

class QLabel;
class QPushButton;
class QToolButton;

namespace xllm::ui {

class AttachmentStrip;
class InlineMessage;

class MessageWidget final : public QWidget {
  Q_OBJECT

 public:
  explicit MessageWidget(const Message& message, QWidget* parent = nullptr);

  void appendText(const QString& text);
  void update(const Message& message);  // state, figures, error
  int heightFor(int width);
  void relayout();  // after it got its place
  MessageText& text() { return *m_text; }
  const InlineMessage* problem() const { return m_problem; }

 Q_SIGNALS:
  void retryRequested();
  void editRequested();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  int arrange(int width, bool move);
  void buildReplyParts();
  void refresh();
  QString figuresText() const;
  QString hintText() const;

  Message m_message;  // without text: MessageText holds it
  MessageText* m_text;
  AttachmentStrip* m_attachments = nullptr;
  QLabel* m_hint = nullptr;  // "Waiting …" before the first text
  QLabel* m_figures = nullptr;
  QToolButton* m_copy = nullptr;
  InlineMessage* m_problem = nullptr;
  QPushButton* m_retry = nullptr;
  QPushButton* m_edit = nullptr;
  QRect m_bubble;
};

}  // namespace xllm::ui
