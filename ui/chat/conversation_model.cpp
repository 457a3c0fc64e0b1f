#include "ui/chat/conversation_model.h"

#include <utility>

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
  const MessageId id = m_path.at(row);
  cutPath(row);
  Message message = m_nodes.take(id).message;
  Node& above = m_nodes[message.parent];
  above.children.removeOne(id);
  above.chosen = above.children.isEmpty() ? 0 : above.children.back();
  extendPath();
  return message;
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
  const Node dropped = m_nodes.take(id);
  Node& parent = m_nodes[dropped.message.parent];
  parent.children.removeOne(id);
  if (const int row = rowOf(parent.chosen); row >= 0) changed(row, {StateRole});  // it is one of fewer
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

void ConversationModel::appendText(int row, const QString& text) {
  messageAt(row).text += text;
  Q_EMIT textAppended(row, text);
  changed(row, {TextRole});
}

void ConversationModel::setState(int row, MessageState state) {
  Message& message = messageAt(row);
  if (message.state == state) return;
  message.state = state;
  message.error.reset();
  changed(row, {StateRole});
}

void ConversationModel::reopen(int row) {
  const MessageId id = m_path.at(row);
  cutPath(row);
  m_nodes[id].message.state = MessageState::Pending;
  m_nodes[id].message.error.reset();
  m_nodes[id].message.figures = {};
  extendPath();
}

void ConversationModel::fail(int row, Error error) {
  messageAt(row).state = MessageState::Failed;
  messageAt(row).error = std::move(error);
  changed(row, {StateRole});
}

void ConversationModel::setFigures(int row, const ReplyFigures& figures) {
  messageAt(row).figures = figures;
  changed(row, {StateRole});
}

void ConversationModel::setMedia(MessageId id, int place, const Attachment& read) {
  Attachment* attachment = attachmentAt(id, place);
  if (!attachment) return;
  attachment->picture = read.picture;
  attachment->sound = read.sound;
  attachment->clip = read.clip;
}

void ConversationModel::setKept(MessageId id, int place, const QString& sha256, const MediaVault& vault) {
  Attachment* attachment = attachmentAt(id, place);
  if (!attachment) return;
  attachment->sha256 = sha256;
  attachment->file = vault.pathOf(sha256);
  attachment->encoded.clear();
  attachment->thumbnailFile = vault.thumbnailOf(sha256, thumbnailVariant(attachment->kind, attachment->choice));
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
  const auto node = m_nodes.find(id);
  if (node == m_nodes.end() || place < 0 || place >= node->message.attachments.size()) return nullptr;
  return &node->message.attachments[place];
}

void ConversationModel::wordsChanged(MessageId id) {
  if (const int row = rowOf(id); row >= 0) changed(row, {WordsRole});
}

void ConversationModel::changed(int row, const QList<int>& roles) { Q_EMIT dataChanged(index(row), index(row), roles); }

}  // namespace xllm::ui
