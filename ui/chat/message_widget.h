// One message: the person's as a bubble with its attachments, the model's as plain text with figures and, when it
// failed, the reason; below either, what one can do with it. Whoever places it asks heightFor().
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
class Playback;

class MessageWidget final : public QWidget {
  Q_OBJECT

 public:
  MessageWidget(const Message& message, const Versions& versions, Playback* playback = nullptr,
                QWidget* parent = nullptr);

  void appendText(const QString& text);
  void update(const Message& message, const Versions& versions);  // state, figures, error
  int heightFor(int width);
  void relayout();                          // after it got its place
  void setIsLast(bool last);                // only then a reply can go on
  void setMayBeReadAloud(bool may);         // of replies: it has a button for it …
  void setReadAloud(bool on);               // … which stops it while this is on
  void joinTabOrder(MessageWidget& above);  // comes right behind it
  MessageText& text() { return *m_text; }
  const InlineMessage* problem() const { return m_problem; }
  AttachmentStrip* attachments() const { return m_attachments; }  // nullptr: it has none

 Q_SIGNALS:
  void retryRequested();  // another version of this reply
  void editRequested();   // of this question, or of the one that this reply answers
  void resumeRequested();
  void versionRequested(int version);
  void attachmentOpened(int place);
  void readAloudRequested();  // or that it stops

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  int arrange(int width, bool move);
  int arrangePerson(int width, bool move);
  int arrangeReply(int width, bool move);
  int placeActions(int left, int top, bool move);  // returns where they end
  void buildActions();
  void buildReplyParts();
  void refresh();
  void refreshActions();
  void copy();
  bool hasEnded() const;
  QString figuresText() const;
  QString hintText() const;

  Message m_message;  // without text: MessageText holds it
  MessageText* m_text;
  AttachmentStrip* m_attachments = nullptr;
  QLabel* m_hint = nullptr;  // "Waiting …" before the first text
  QLabel* m_figures = nullptr;
  Versions m_versions;
  QToolButton* m_previous;  // version
  QLabel* m_version;        // "2/3"
  QToolButton* m_next;
  QToolButton* m_copy;
  QToolButton* m_again = nullptr;      // of replies
  QToolButton* m_resume = nullptr;     // of replies
  QToolButton* m_readAloud = nullptr;  // of replies
  QToolButton* m_editText = nullptr;   // of questions
  InlineMessage* m_problem = nullptr;
  QPushButton* m_retry = nullptr;
  QPushButton* m_edit = nullptr;
  bool m_isLast = false, m_mayBeReadAloud = false, m_isReadAloud = false;
  QRect m_bubble;
};

}  // namespace xllm::ui
