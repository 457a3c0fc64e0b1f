#include "ui/chat/conversation_model.h"

#include <utility>

namespace xllm::ui {

int ConversationModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(m_messages.size());
}

QVariant ConversationModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const Message& message = m_messages.at(index.row());
  switch (role) {
    case TextRole: return message.text;
    case SpeakerRole: return static_cast<int>(message.speaker);
    case StateRole: return static_cast<int>(message.state);
    default: return {};
  }
}

int ConversationModel::append(Message message) {
  const int row = rowCount();
  beginInsertRows({}, row, row);
  m_messages.append(std::move(message));
  endInsertRows();
  return row;
}

void ConversationModel::appendText(int row, const QString& text) {
  m_messages[row].text += text;
  Q_EMIT textAppended(row, text);
  changed(row, {TextRole});
}

void ConversationModel::setState(int row, MessageState state) {
  Message& message = m_messages[row];
  if (message.state == state) return;
  message.state = state;
  message.error.reset();
  changed(row, {StateRole});
}

void ConversationModel::fail(int row, Error error) {
  m_messages[row].state = MessageState::Failed;
  m_messages[row].error = std::move(error);
  changed(row, {StateRole});
}

void ConversationModel::setFigures(int row, const ReplyFigures& figures) {
  m_messages[row].figures = figures;
  changed(row, {StateRole});
}

Message ConversationModel::take(int row) {
  beginRemoveRows({}, row, row);
  Message message = m_messages.takeAt(row);
  endRemoveRows();
  return message;
}

void ConversationModel::changed(int row, const QList<int>& roles) { Q_EMIT dataChanged(index(row), index(row), roles); }

}  // namespace xllm::ui
