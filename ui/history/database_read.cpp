// What Database reads: one conversation, and the list with its search.
#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>

#include "ui/history/database.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kTrigram = 3;  // characters; the index knows nothing shorter
constexpr int kMostHits = 2000;    // messages looked at for one search

ConversationRecord conversationOf(const QSqlQuery& row) {
  return {.id = row.value(0).toLongLong(),
          .title = row.value(1).toString(),
          .named = row.value(2).toBool(),
          .chosen = row.value(3).toLongLong(),
          .createdMs = row.value(4).toLongLong(),
          .changedMs = row.value(5).toLongLong(),
          .pinned = row.value(6).toBool()};
}

template <typename Enum>
Enum enumOf(const QVariant& number, Enum last) {  // what a newer program may have written is the first choice
  const int value = number.toInt();
  return value >= 1 && value <= static_cast<int>(last) ? static_cast<Enum>(value) : static_cast<Enum>(1);
}

MessageRecord messageOf(const QSqlQuery& row) {
  MessageRecord message{.id = row.value(0).toLongLong(),
                        .parent = row.value(1).toLongLong(),
                        .chosen = row.value(2).toLongLong(),
                        .speaker = enumOf(row.value(3), Speaker::Model),
                        .state = enumOf(row.value(4), MessageState::Interrupted),
                        .createdMs = row.value(5).toLongLong(),
                        .text = row.value(6).toString(),
                        .figures = {.firstTextSeconds = row.value(9).toDouble(),
                                    .tokensPerSecond = row.value(10).toDouble(),
                                    .tokens = row.value(11).toLongLong(),
                                    .cutShort = row.value(12).toBool()}};
  if (row.value(7).toInt() != 0) {
    message.error = Error{enumOf(row.value(7), ErrorCode::Internal), row.value(8).toString().toStdString()};
  }
  return message;
}

// A file may hold nonsense.
ClipChoice choiceOf(const QVariant& start, const QVariant& end, const QVariant& frames, const QVariant& sound) {
  ClipChoice choice;
  if (const int count = frames.toInt(); count > 0) choice.frames = std::min(count, ClipChoice::kMostFrames);
  choice.start = std::max(start.toDouble(), 0.0);
  choice.end = std::max(end.toDouble(), 0.0);
  choice.withSound = sound.toInt() != 1;
  return choice;
}

AttachmentRecord attachmentOf(const QSqlQuery& row) {
  return {.kind = enumOf(row.value(1), MediaKind::Video),
          .name = row.value(2).toString(),
          .sha256 = row.value(3).toString(),
          .pixels = QSize(row.value(4).toInt(), row.value(5).toInt()),
          .seconds = row.value(6).toDouble(),
          .transcript = row.value(7).toString(),
          .caption = row.value(8).toString(),
          .choice = choiceOf(row.value(9), row.value(10), row.value(11), row.value(12)),
          .hasSound = row.value(12).toInt() > 0};
}

QList<AttachmentRecord> recordingsOf(const QString& json) {
  QList<AttachmentRecord> recordings;
  const QJsonArray list = QJsonDocument::fromJson(json.toUtf8()).array();
  for (const QJsonValue& each : list) {
    AttachmentRecord recording{.kind = MediaKind::Sound,
                               .name = each[u"name"_s].toString(),
                               .sha256 = each[u"sha256"_s].toString(),
                               .seconds = each[u"seconds"_s].toDouble(),
                               .transcript = each[u"words"_s].toString(),
                               .hasSound = each[u"corrected"_s].toBool()};
    recording.choice.withSound = !recording.hasSound;
    recordings << recording;
  }
  return recordings;
}

QString likePattern(QString word) {
  word.replace(u'\\', u"\\\\"_s).replace(u'%', u"\\%"_s).replace(u'_', u"\\_"_s);
  return u'%' + word + u'%';
}

// Some words around the first place where one of `words` stands; empty: nowhere.
QString excerptOf(const QString& text, const QStringList& words) {
  constexpr qsizetype kBefore = 24, kLength = 100;
  qsizetype place = -1;
  for (const QString& word : words) {
    const qsizetype at = text.indexOf(word, 0, Qt::CaseInsensitive);
    if (at >= 0 && (place < 0 || at < place)) place = at;
  }
  if (place < 0) return {};
  qsizetype start = std::max<qsizetype>(0, place - kBefore);
  if (start > 0) {
    const qsizetype space = text.indexOf(u' ', start);
    if (space >= 0 && space < place) start = space + 1;
    if (text[start].isLowSurrogate()) ++start;
  }
  const QString cut = text.mid(start, kLength).simplified();
  return (start > 0 ? u"… "_s : QString()) + cut;
}

}  // namespace

Result<ConversationContent> Database::load(ConversationId id) const {
  auto head = run(u"SELECT id, title, named, chosen, created, changed, pinned FROM conversation WHERE id = ?"_s, {id});
  if (!head) return tl::unexpected(head.error());
  if (!head->next()) return fail(ErrorCode::NotFound, "This conversation is not there any more.");
  ConversationContent content{conversationOf(*head), {}};
  QHash<MessageId, qsizetype> places;
  const auto addMessage = [&](const QSqlQuery& row) {
    content.messages << messageOf(row);
    places.insert(content.messages.back().id, content.messages.size() - 1);
  };
  const auto addPiece = [&](const QSqlQuery& row) {
    const auto at = places.constFind(row.value(0).toLongLong());
    if (at != places.cend()) content.messages[*at].text += row.value(1).toString();
  };
  const auto addMedium = [&](const QSqlQuery& row) {
    const auto at = places.constFind(row.value(0).toLongLong());
    if (at != places.cend()) content.messages[*at].attachments << attachmentOf(row);
  };
  const auto read =
      forEachRow(
          u"SELECT id, parent, chosen, speaker, state, created, text, error, error_text, first_text_seconds, "
          "tokens_per_second, tokens, cut_short FROM message WHERE conversation = ? ORDER BY id"_s,
          {id}, addMessage)
          .and_then([&] {
            return forEachRow(
                u"SELECT message, text FROM piece WHERE message IN (SELECT id FROM message WHERE "
                "conversation = ? AND writer <> 0) ORDER BY message, place"_s,
                {id}, addPiece);
          })
          .and_then([&] {
            return forEachRow(
                u"SELECT message, kind, name, sha256, width, height, seconds, transcript, caption, "
                "span_start, span_end, frames, sound FROM attachment WHERE message IN (SELECT id FROM "
                "message WHERE conversation = ?) ORDER BY message, place"_s,
                {id}, addMedium);
          });
  if (!read) return tl::unexpected(read.error());
  return content;
}

// Which conversations hold all the words in one message, each with an excerpt of the newest such message.
Result<QHash<ConversationId, QString>> Database::search(const QStringList& words) const {
  QString statement =
      u"SELECT message.conversation, body, media FROM message_search JOIN message ON message.id = "
      "message_search.rowid WHERE "_s;
  QVariantList values;
  QStringList phrases, conditions;
  for (const QString& word : words) {
    if (word.toUcs4().size() >= kTrigram) {
      phrases << u'"' + QString(word).replace(u'"', u"\"\""_s) + u'"';
    } else {
      conditions << u"(body LIKE ? ESCAPE '\\' OR media LIKE ? ESCAPE '\\')"_s;
      values << likePattern(word) << likePattern(word);
    }
  }
  if (!phrases.isEmpty()) {
    conditions.prepend(u"message_search MATCH ?"_s);
    values.prepend(phrases.join(u' '));
  }
  statement += conditions.join(u" AND "_s) + u" ORDER BY message_search.rowid DESC LIMIT %1"_s.arg(kMostHits);
  QHash<ConversationId, QString> found;
  const auto read = forEachRow(statement, values, [&](const QSqlQuery& hit) {
    const ConversationId id = hit.value(0).toLongLong();
    if (found.contains(id)) return;
    const QString inBody = excerptOf(hit.value(1).toString(), words);
    found.insert(id, inBody.isEmpty() ? excerptOf(hit.value(2).toString(), words) : inBody);
  });
  if (!read) return tl::unexpected(read.error());
  return found;
}

Result<QHash<ConversationId, QSet<MediaKind>>> Database::kinds() const {
  QHash<ConversationId, QSet<MediaKind>> kinds;
  const auto read = forEachRow(
      u"SELECT DISTINCT message.conversation, kind FROM attachment JOIN message ON message.id = attachment.message"_s,
      {},
      [&](const QSqlQuery& row) { kinds[row.value(0).toLongLong()].insert(enumOf(row.value(1), MediaKind::Video)); });
  if (!read) return tl::unexpected(read.error());
  return kinds;
}

Result<QList<ConversationSummary>> Database::find(const ConversationQuery& query) const {
  const QStringList words = query.words.simplified().split(u' ', Qt::SkipEmptyParts);
  QHash<ConversationId, QString> hits;
  if (!words.isEmpty()) {
    auto found = search(words);
    if (!found) return tl::unexpected(found.error());
    hits = std::move(*found);
  }
  const auto media = kinds();
  if (!media) return tl::unexpected(media.error());
  QList<ConversationSummary> list;
  const auto add = [&](const QSqlQuery& row) {
    ConversationSummary summary{.conversation = conversationOf(row), .inTrash = query.inTrash};
    const QSet<MediaKind> has = media->value(summary.conversation.id);
    summary.hasPictures = has.contains(MediaKind::Picture);
    summary.hasClips = has.contains(MediaKind::Video);
    summary.hasVoice = has.contains(MediaKind::Sound);
    if ((query.withPictures && !summary.hasPictures) || (query.withClips && !summary.hasClips) ||
        (query.withVoice && !summary.hasVoice)) {
      return;
    }
    const QString& title = summary.conversation.title;
    const bool inTitle = std::all_of(words.begin(), words.end(),
                                     [&](const QString& word) { return title.contains(word, Qt::CaseInsensitive); });
    const auto hit = hits.constFind(summary.conversation.id);
    if (!inTitle && hit == hits.cend()) return;
    if (hit != hits.cend() && *hit != title) summary.excerpt = *hit;
    list << summary;
  };
  const auto read = forEachRow(
      u"SELECT id, title, named, chosen, created, changed, pinned, trashed FROM conversation WHERE "
      "(trashed <> 0) = ? ORDER BY pinned DESC, changed DESC, id DESC"_s,
      {query.inTrash}, add);
  if (!read) return tl::unexpected(read.error());
  return list;
}

Result<Draft> Database::draft(ConversationId id) const {
  auto row = run(u"SELECT text, files, recordings FROM draft WHERE conversation = ?"_s, {id});
  if (!row) return tl::unexpected(row.error());
  if (!row->next()) return Draft{};
  return Draft{.text = row->value(0).toString(),
               .files = row->value(1).toString().split(u'\n', Qt::SkipEmptyParts),
               .recordings = recordingsOf(row->value(2).toString())};
}

Result<ConversationId> Database::latestOpened() const {
  auto row = run(u"SELECT id FROM conversation WHERE trashed = 0 ORDER BY opened DESC, id DESC LIMIT 1"_s);
  if (!row) return tl::unexpected(row.error());
  return row->next() ? row->value(0).toLongLong() : 0;
}

Result<QSet<QString>> Database::mediaInUse() const {
  QSet<QString> media;
  const auto addMedium = [&](const QSqlQuery& row) { media << row.value(0).toString(); };
  const auto addRecordings = [&](const QSqlQuery& row) {
    for (const AttachmentRecord& each : recordingsOf(row.value(0).toString())) media << each.sha256;
  };
  const auto read =
      forEachRow(u"SELECT DISTINCT sha256 FROM attachment WHERE sha256 <> ''"_s, {}, addMedium).and_then([&] {
        return forEachRow(u"SELECT recordings FROM draft WHERE recordings <> ''"_s, {}, addRecordings);
      });
  if (!read) return tl::unexpected(read.error());
  return media;
}

Result<QList<qint64>> Database::unfinishedSessions() const {
  QList<qint64> sessions;
  const auto read = forEachRow(u"SELECT DISTINCT writer FROM message WHERE writer <> 0"_s, {},
                               [&](const QSqlQuery& row) { sessions << row.value(0).toLongLong(); });
  if (!read) return tl::unexpected(read.error());
  return sessions;
}

Result<QSet<QString>> Database::filesInDrafts() const {
  QSet<QString> files;
  const auto read = forEachRow(u"SELECT files FROM draft WHERE files <> ''"_s, {}, [&](const QSqlQuery& row) {
    for (const QString& file : row.value(0).toString().split(u'\n', Qt::SkipEmptyParts)) files << file;
  });
  if (!read) return tl::unexpected(read.error());
  return files;
}

}  // namespace xllm::ui
