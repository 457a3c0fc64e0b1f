// Reads a reply out while it is written: tells screen readers every sentence once it is whole, and the rest at the end.
// Leaves how it is spoken, and whether, to them.
#pragma once

#include <QObject>
#include <QStringList>

class QWidget;

namespace xllm::ui {

class Announcement;
class Conversation;

// Takes the whole sentences (and lines) out of `open`; what is left goes on. Without the marks of Markdown.
QStringList takeSentences(QString& open);

class Announcer final : public QObject {
  Q_OBJECT

 public:
  // `place`: where on the screen it happens; it owns this.
  Announcer(Conversation& conversation, QWidget& place);

 private:
  void onText(int row, const QString& text);
  void onEnd(int row);

  Conversation& m_conversation;
  Announcement* m_announcement;  // the place's
  qint64 m_reply = 0;
  QString m_open;  // no whole sentence yet
};

}  // namespace xllm::ui
