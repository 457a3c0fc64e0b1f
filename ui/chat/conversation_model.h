// The messages of one conversation, a tree: a message that was edited or answered again has siblings. The rows are the
// path through it that is shown. Knows no engine and keeps nothing on disk. GUI thread only.
#pragma once

#include <QAbstractListModel>
#include <QHash>
#include <QList>
#include <optional>
#include <utility>

#include "core/base/result.h"
#include "ui/bridge/attachment.h"
#include "ui/history/media_vault.h"
#include "ui/history/records.h"

namespace xllm::ui {

struct Message {
  MessageId id = 0;      // given by the model when it is 0
  MessageId parent = 0;  // set by the model
  Speaker speaker = Speaker::Person;
  QString text = {};
  Attachments attachments = {};  // of the person's messages
  MessageState state = MessageState::Done;
  std::optional<Error> error = {};
  ReplyFigures figures = {};
};

// It ended before it was finished: there is more to say.
bool mayGoOn(const Message& reply);

// A message and its siblings, oldest first.
struct Versions {
  int shown = 0;
  int count = 1;
};

class ConversationModel final : public QAbstractListModel {
  Q_OBJECT

 public:
  enum Role { TextRole = Qt::DisplayRole, SpeakerRole = Qt::UserRole + 1, StateRole, WordsRole };

  using QAbstractListModel::QAbstractListModel;

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;

  const Message& at(int row) const { return m_nodes.constFind(m_path.at(row))->message; }
  int rowOf(MessageId id) const { return static_cast<int>(m_path.lastIndexOf(id)); }  // -1: not on the path
  Versions versionsOf(int row) const;

  // Parents stand before what follows them; `chosen`: from a message (0: the beginning) to the one that follows it.
  void reset(const QList<Message>& messages, const QHash<MessageId, MessageId>& chosen);
  // The same again: all of them, parents first.
  std::pair<QList<Message>, QHash<MessageId, MessageId>> all() const;
  int append(Message message);           // returns its row
  int branch(int row, Message message);  // another version of that row: the path ends with it
  void choose(int row, int version);     // the path goes on from there as it did last
  Message take(int row);                 // the last row; a sibling is shown instead, if there is one
  void drop(MessageId id);               // the same for any that nothing follows, shown or not
  void reopen(int row);                  // the last row, Pending again: more text will come
  // Of any message of the conversation, on the path or not; nothing happens where it is none.
  void appendText(MessageId id, const QString& text);
  void setState(MessageId id, MessageState state);  // clears the error
  void fail(MessageId id, Error error);
  void setFigures(MessageId id, const ReplyFigures& figures);
  // What is shown of it stays.
  void setMedia(MessageId id, int place, const Attachment& read);
  void setKept(MessageId id, int place, const QString& sha256, const MediaVault& vault);
  void setTranscript(MessageId id, int place, const QString& transcript);
  void setCaption(MessageId id, int place, const QString& caption);

 Q_SIGNALS:
  void textAppended(int row, const QString& text);  // so that views need not compare

 private:
  struct Node {
    Message message = {};
    QList<MessageId> children = {};  // oldest first
    MessageId chosen = 0;
  };

  void changed(int row, const QList<int>& roles);
  Attachment* attachmentAt(MessageId id, int place);  // nullptr: it is not there (any more)
  void wordsChanged(MessageId id);
  Message* find(MessageId id);  // nullptr: it is not there (any more)
  void stateChanged(MessageId id);
  void cutPath(int row);  // this row and all below
  void extendPath();      // by the chosen ones
  QList<MessageId> chosenFrom(MessageId id) const;

  QHash<MessageId, Node> m_nodes;  // 0: what stands before the first message
  QList<MessageId> m_path;
};

}  // namespace xllm::ui
