// The messages of one conversation, in order. Knows no engine and keeps nothing on disk. GUI thread only.
#pragma once

#include <QAbstractListModel>
#include <QList>
#include <optional>

#include "core/base/result.h"
#include "ui/bridge/attachment.h"

namespace xllm::ui {

enum class Speaker { Person = 1, Model };

enum class MessageState {
  Done = 1,
  WaitingForPack,  // a reply whose question is held until the pack is loaded
  Pending,         // the engine has it; no text yet
  Streaming,
  Stopped,  // by the person; its text stays
  Failed,   // `error` says why
};

// How a reply went.
struct ReplyFigures {
  double firstTextSeconds = 0;  // from sending to the first text
  double tokensPerSecond = 0;   // from the first token on; 0: too short to say
  qint64 tokens = 0;
  bool cutShort = false;  // it ended at a limit, not by itself
};

struct Message {
  Speaker speaker = Speaker::Person;
  QString text;
  Attachments attachments;  // of the person's messages
  MessageState state = MessageState::Done;
  std::optional<Error> error;
  ReplyFigures figures;
};

class ConversationModel final : public QAbstractListModel {
  Q_OBJECT

 public:
  enum Role { TextRole = Qt::DisplayRole, SpeakerRole = Qt::UserRole + 1, StateRole };

  using QAbstractListModel::QAbstractListModel;

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;

  const Message& at(int row) const { return m_messages.at(row); }
  int append(Message message);  // returns its row
  void appendText(int row, const QString& text);
  void setState(int row, MessageState state);  // clears the error
  void fail(int row, Error error);
  void setFigures(int row, const ReplyFigures& figures);
  Message take(int row);

 Q_SIGNALS:
  void textAppended(int row, const QString& text);  // so that views need not compare

 private:
  void changed(int row, const QList<int>& roles);

  QList<Message> m_messages;
};

}  // namespace xllm::ui
