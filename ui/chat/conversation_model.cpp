#include "ui/chat/conversation_model.h"

#include <utility>

#include "ui/chat/message_record.h"

namespace xllm::ui {

bool mayGoOn(const Message& reply) {
  return reply.state == MessageState::Stopped || reply.state == MessageState::Interrupted || reply.figures.cutShort;
}

int ConversationModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(m_path.size());
}

QVariant ConversationModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const Message& message = at(index.row());
  switch (role) {
    case TextRole: return message.text;
    case SpeakerRole: return static_cast<int>(message.speaker);
    case StateRole: return static_cast<int>(message.state);
    default: return {};
  }
}

Versions ConversationModel::versionsOf(int row) const {
  const Message& message = at(row);
  const QList<MessageId>& siblings = m_nodes.constFind(message.parent)->children;
  return {.shown = static_cast<int>(siblings.indexOf(message.id)), .count = static_cast<int>(siblings.size())};
}

void ConversationModel::reset(const QList<Message>& messages, const QHash<MessageId, MessageId>& chosen) {
  beginResetModel();
  m_nodes.clear();
  m_nodes.reserve(messages.size() + 1);
  m_nodes[0].chosen = chosen.value(0);
  for (const Message& message : messages) {
    m_nodes[message.id] = {.message = message, .children = {}, .chosen = chosen.value(message.id)};
    m_nodes[message.parent].children << message.id;
  }
  m_path = chosenFrom(0);
  endResetModel();
}

int ConversationModel::append(Message message) {
  const int row = rowCount();
  const MessageId parent = row > 0 ? m_path.back() : 0;
  if (message.id == 0) message.id = newId();
  message.parent = parent;
  Node& above = m_nodes[parent];
  above.children << message.id;
  above.chosen = message.id;
  beginInsertRows({}, row, row);
  m_path << message.id;
  m_nodes[message.id] = {.message = std::move(message)};
  endInsertRows();
  return row;
}

int ConversationModel::branch(int row, Message message) {
  cutPath(row);
  return append(std::move(message));
}

void ConversationModel::choose(int row, int version) {
  Node& above = m_nodes[at(row).parent];
  const MessageId wanted = above.children.value(version);
  if (wanted == 0 || wanted == above.chosen) return;
  above.chosen = wanted;
  cutPath(row);
  extendPath();
}

Message ConversationModel::take(int row) {
  Message message = at(row);
  drop(message.id);
  return message;
}

std::pair<QList<Message>, QHash<MessageId, MessageId>> ConversationModel::all() const {
  QList<Message> messages;
  QHash<MessageId, MessageId> chosen;
  QList<MessageId> next{0};
  while (!next.isEmpty()) {
    const auto node = m_nodes.constFind(next.takeFirst());
    if (node == m_nodes.cend()) continue;
    if (node.key() != 0) messages << node->message;
    chosen.insert(node.key(), node->chosen);
    next << node->children;
  }
  return {messages, chosen};
}

void ConversationModel::cutPath(int row) {
  if (row >= rowCount()) return;
  beginRemoveRows({}, row, rowCount() - 1);
  m_path.resize(row);
  endRemoveRows();
}

void ConversationModel::extendPath() {
  const QList<MessageId> more = chosenFrom(m_path.isEmpty() ? 0 : m_path.back());
  if (more.isEmpty()) return;
  beginInsertRows({}, rowCount(), rowCount() + static_cast<int>(more.size()) - 1);
  m_path << more;
  endInsertRows();
}

void ConversationModel::drop(MessageId id) {
  if (!find(id)) return;
  const int row = rowOf(id);
  if (row >= 0) cutPath(row);
  Node& above = m_nodes[m_nodes.take(id).message.parent];
  above.children.removeOne(id);
  if (above.chosen == id) above.chosen = above.children.isEmpty() ? 0 : above.children.back();
  if (row >= 0) return extendPath();
  if (const int shown = rowOf(above.chosen); shown >= 0) changed(shown, {StateRole});  // it is one of fewer
}

QList<MessageId> ConversationModel::chosenFrom(MessageId id) const {
  QList<MessageId> path;
  for (auto node = m_nodes.constFind(id); node != m_nodes.cend() && node->chosen != 0;
       node = m_nodes.constFind(node->chosen)) {
    if (!m_nodes.contains(node->chosen) || path.size() > m_nodes.size()) break;  // a file may hold nonsense
    path << node->chosen;
  }
  return path;
}

void ConversationModel::appendText(MessageId id, const QString& text) {
  Message* message = find(id);
  if (!message) return;
  message->text += text;
  const int row = rowOf(id);
  if (row < 0) return;
  Q_EMIT textAppended(row, text);
  changed(row, {TextRole});
}

void ConversationModel::setState(MessageId id, MessageState state) {
  Message* message = find(id);
  if (!message || message->state == state) return;
  message->state = state;
  message->error.reset();
  stateChanged(id);
}

void ConversationModel::reopen(int row) {
  const MessageId id = m_path.at(row);
  cutPath(row);
  m_nodes[id].message.state = MessageState::Pending;
  m_nodes[id].message.error.reset();
  m_nodes[id].message.figures = {};
  extendPath();
}

void ConversationModel::fail(MessageId id, Error error) {
  Message* message = find(id);
  if (!message) return;
  message->state = MessageState::Failed;
  message->error = std::move(error);
  stateChanged(id);
}

void ConversationModel::setFigures(MessageId id, const ReplyFigures& figures) {
  Message* message = find(id);
  if (!message) return;
  message->figures = figures;
  stateChanged(id);
}

void ConversationModel::setMedia(MessageId id, int place, const Attachment& read) {
  Attachment* attachment = attachmentAt(id, place);
  if (!attachment) return;
  ui::setMedia(*attachment, read);
}

void ConversationModel::setKept(MessageId id, int place, const QString& sha256, const MediaVault& vault) {
  Attachment* attachment = attachmentAt(id, place);
  if (!attachment) return;
  ui::setKept(*attachment, sha256, vault);
}

void ConversationModel::setTranscript(MessageId id, int place, const QString& transcript) {
  Attachment* attachment = attachmentAt(id, place);
  if (!attachment) return;
  attachment->transcript = transcript;
  wordsChanged(id);
}

void ConversationModel::setCaption(MessageId id, int place, const QString& caption) {
  Attachment* attachment = attachmentAt(id, place);
  if (!attachment) return;
  attachment->caption = caption;
  wordsChanged(id);
}

Attachment* ConversationModel::attachmentAt(MessageId id, int place) {
  Message* message = find(id);
  return message && place >= 0 && place < message->attachments.size() ? &message->attachments[place] : nullptr;
}

Message* ConversationModel::find(MessageId id) {
  const auto node = m_nodes.find(id);
  return node == m_nodes.end() ? nullptr : &node->message;
}

void ConversationModel::stateChanged(MessageId id) {
  if (const int row = rowOf(id); row >= 0) changed(row, {StateRole});
}

void ConversationModel::wordsChanged(MessageId id) {
  if (const int row = rowOf(id); row >= 0) changed(row, {WordsRole});
}

void ConversationModel::changed(int row, const QList<int>& roles) { Q_EMIT dataChanged(index(row), index(row), roles); }

}  // namespace xllm::ui
