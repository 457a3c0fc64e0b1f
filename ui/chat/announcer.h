// Reads a reply out while it is written: tells screen readers every sentence once it is whole, and the rest at the end.
// Leaves how it is spoken, and whether, to them.
#pragma once

#include <QObject>
#include <QStringList>
#include <functional>
#include <utility>

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

  // True of a reply: somebody else reads it aloud, and this is silent.
  void setReadElsewhere(std::function<bool(qint64 reply)> isRead) { m_isReadElsewhere = std::move(isRead); }

 private:
  void onText(int row, const QString& text);
  void onEnd(int row);

  Conversation& m_conversation;
  Announcement* m_announcement;  // the place's
  std::function<bool(qint64)> m_isReadElsewhere;
  qint64 m_reply = 0;
  QString m_open;  // no whole sentence yet
};

}  // namespace xllm::ui
