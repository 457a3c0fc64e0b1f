// What importConversation() accepts of a file that may come from anyone.
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>

#include "ui/exporting/exported.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMostBytes = 512LL << 20;

template <typename Enum>
Enum enumOf(const QJsonValue& number, Enum last) {
  const int value = number.toInt();
  return value >= 1 && value <= static_cast<int>(last) ? static_cast<Enum>(value) : static_cast<Enum>(1);
}

tl::unexpected<Error> refuse(const QString& file, const QString& why) {
  return fail(ErrorCode::BadInput, u"%1: %2."_s.arg(file, why).toStdString());
}

// Inside of the media folder beside `file`, without links; else nothing.
QString mediumOf(const QString& file, const QString& relative) {
  const QFileInfo target(file);
  const QString folder = target.dir().filePath(target.completeBaseName() + u"-media"_s);
  const QFileInfo medium(target.dir().filePath(relative));
  const bool inside = !relative.isEmpty() && QDir::isRelativePath(relative) && medium.isFile() &&
                      medium.canonicalPath() == QFileInfo(folder).canonicalFilePath() && !medium.isSymLink() &&
                      !QFileInfo(folder).isSymLink();
  return inside ? medium.filePath() : QString();
}

AttachmentRecord attachmentOf(const QJsonObject& json, const QString& file, const MediaVault& vault,
                              const Thumbnailer& thumbnailOf) {
  AttachmentRecord attachment{.kind = enumOf(json[u"kind"_s], MediaKind::Video),
                              .name = json[u"name"_s].toString(),
                              .pixels = QSize(json[u"width"_s].toInt(), json[u"height"_s].toInt()),
                              .seconds = json[u"seconds"_s].toDouble(),
                              .transcript = json[u"transcript"_s].toString(),
                              .caption = json[u"caption"_s].toString()};
  if (attachment.kind == MediaKind::Video) {
    attachment.choice = {.start = std::max(json[u"start"_s].toDouble(), 0.0),
                         .end = std::max(json[u"end"_s].toDouble(), 0.0),
                         .frames = std::clamp(json[u"frames"_s].toInt(ClipChoice().frames), 1, ClipChoice::kMostFrames),
                         .withSound = json[u"withSound"_s].toBool(true)};
    attachment.hasSound = json[u"hasSound"_s].toBool();
  }
  if (attachment.kind == MediaKind::Sound && json[u"corrected"_s].toBool()) {
    attachment.hasSound = true;
    attachment.choice.withSound = false;
  }
  const QString medium = mediumOf(file, json[u"file"_s].toString());
  if (medium.isEmpty()) return attachment;
  const bool isSeen = attachment.kind != MediaKind::Sound;
  const auto kept = vault.keep({.file = medium,
                                .thumbnail = isSeen && thumbnailOf ? thumbnailOf(attachment, medium) : QImage(),
                                .variant = thumbnailVariant(attachment.kind, attachment.choice)});
  if (kept && *kept == json[u"sha256"_s].toString()) attachment.sha256 = *kept;
  return attachment;
}

MessageRecord messageOf(const QJsonObject& json, const QString& file, const MediaVault& vault,
                        const Thumbnailer& thumbnailOf) {
  const QJsonObject figures = json[u"figures"_s].toObject();
  MessageRecord message{.speaker = json[u"speaker"_s] == u"model"_s ? Speaker::Model : Speaker::Person,
                        .state = enumOf(json[u"state"_s], MessageState::Interrupted),
                        .createdMs = json[u"createdMs"_s].toInteger(),
                        .text = json[u"text"_s].toString(),
                        .figures = {.firstTextSeconds = figures[u"firstTextSeconds"_s].toDouble(),
                                    .tokensPerSecond = figures[u"tokensPerSecond"_s].toDouble(),
                                    .tokens = figures[u"tokens"_s].toInteger(),
                                    .cutShort = figures[u"cutShort"_s].toBool()}};
  if (isUnfinished(message.state)) message.state = MessageState::Interrupted;
  if (message.state == MessageState::Failed) message.error = Error{ErrorCode::Internal, "It failed before the export."};
  for (const QJsonValue& attachment : json[u"attachments"_s].toArray()) {
    message.attachments << attachmentOf(attachment.toObject(), file, vault, thumbnailOf);
  }
  return message;
}

}  // namespace

Result<ConversationContent> importConversation(const QString& file, const MediaVault& vault,
                                               const Thumbnailer& thumbnailOf) {
  QFile in(file);
  if (!in.open(QIODevice::ReadOnly)) {
    return fail(ErrorCode::NotFound, u"%1 could not be read: %2."_s.arg(file, in.errorString()).toStdString());
  }
  if (in.size() > kMostBytes) return refuse(file, u"it is larger than any conversation"_s);
  const QJsonObject json = QJsonDocument::fromJson(in.readAll()).object();
  if (json[u"format"_s] != u"xllm-conversation"_s)
    return refuse(file, u"it has no \"format\": \"xllm-conversation\""_s);
  if (json[u"version"_s].toInt() != 1) return refuse(file, u"its version is not 1"_s);
  const QJsonArray messages = json[u"messages"_s].toArray();
  QHash<QString, MessageId> ids{{u"0"_s, 0}};
  QHash<MessageId, Speaker> speakers{{0, Speaker::Model}};  // a conversation begins as if after a reply
  QHash<MessageId, MessageId> parents;
  ConversationContent content;
  for (const QJsonValue& value : messages) {
    const QJsonObject one = value.toObject();
    const QString id = one[u"id"_s].toString(), parent = one[u"parent"_s].toString();
    if (id.isEmpty() || ids.contains(id)) return refuse(file, u"two messages have the id \"%1\""_s.arg(id));
    if (!ids.contains(parent)) return refuse(file, u"message %1 follows one that does not stand before it"_s.arg(id));
    MessageRecord message = messageOf(one, file, vault, thumbnailOf);
    message.id = newId();
    message.parent = ids.value(parent);
    if (message.speaker == speakers.value(message.parent)) {
      return refuse(file, message.speaker == Speaker::Model
                              ? u"message %1 is a reply that follows no question"_s.arg(id)
                              : u"message %1 is a question that follows no reply"_s.arg(id));
    }
    speakers.insert(message.id, message.speaker);
    parents.insert(message.id, message.parent);
    ids.insert(id, message.id);
    content.messages << message;
  }
  if (content.messages.isEmpty()) return refuse(file, u"it holds no message"_s);
  const auto chosenOf = [&](const QJsonObject& one, MessageId id) {
    const MessageId chosen = ids.value(one[u"chosen"_s].toString());
    return parents.value(chosen, -1) == id ? chosen : 0;
  };
  for (qsizetype i = 0; i < messages.size(); ++i) {
    content.messages[i].chosen = chosenOf(messages[i].toObject(), content.messages[i].id);
  }
  const qint64 now = QDateTime::currentMSecsSinceEpoch();
  content.conversation = {.id = newId(),
                          .title = json[u"title"_s].toString().simplified().left(200),
                          .named = true,
                          .chosen = chosenOf(json, 0),
                          .createdMs = now,
                          .changedMs = now};
  if (content.conversation.chosen == 0) content.conversation.chosen = content.messages.constFirst().id;
  return content;
}

}  // namespace xllm::ui
