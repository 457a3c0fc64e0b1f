#include "ui/history/database.h"

#include <QDateTime>
#include <QDeadlineTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLockFile>
#include <QThread>
#include <utility>

#include "ui/history/schema.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kTitleLength = 60;
constexpr int kBusyTimeoutMs = 5000;  // how long another program's writing is waited for

qint64 nowMs() { return QDateTime::currentMSecsSinceEpoch(); }

// A null string would be NULL, which no column takes.
QString text(const QString& words) { return words.isNull() ? u""_s : words; }

int soundOf(const AttachmentRecord& attachment) {
  if (!attachment.hasSound) return 0;
  return attachment.choice.withSound ? 2 : 1;
}

QString jsonOf(const QList<AttachmentRecord>& recordings) {
  if (recordings.isEmpty()) return u""_s;
  QJsonArray list;
  for (const AttachmentRecord& each : recordings) {
    list << QJsonObject{{u"sha256"_s, each.sha256},
                        {u"name"_s, each.name},
                        {u"seconds"_s, each.seconds},
                        {u"words"_s, each.transcript},
                        {u"corrected"_s, each.hasSound && !each.choice.withSound}};
  }
  return QString::fromUtf8(QJsonDocument(list).toJson(QJsonDocument::Compact));
}

Result<void> checkForDamage(const QSqlDatabase& database) {
  auto query = run(database, u"PRAGMA quick_check(1)"_s);
  if (!query) return tl::unexpected(query.error());
  const QString verdict = query->next() ? query->value(0).toString() : QString();
  if (verdict == "ok"_L1) return {};
  return fail(ErrorCode::CorruptFile, u"%1 is damaged: %2"_s.arg(database.databaseName(), verdict).toStdString());
}

void waitFor(QLockFile& lock) {  // in shorter steps than it does itself
  const QDeadlineTimer deadline(kBusyTimeoutMs);
  while (!lock.tryLock(0) && lock.error() == QLockFile::LockFailedError && !deadline.hasExpired()) QThread::msleep(5);
}

}  // namespace

QString titleFrom(const MessageRecord& message) {
  QString title = message.text.left(4 * kTitleLength).simplified();
  if (title.isEmpty()) {
    QStringList names;
    for (const AttachmentRecord& attachment : message.attachments) names << attachment.name;
    title = names.join(u", "_s);
  }
  if (title.size() <= kTitleLength) return title;
  const qsizetype space = title.lastIndexOf(u' ', kTitleLength);
  title.truncate(space > kTitleLength / 2 ? space : kTitleLength);
  if (title.back().isHighSurrogate()) title.chop(1);
  return title + u" …"_s;
}

Database::Database(QString connection, qint64 session) : m_connection(std::move(connection)), m_session(session) {}

Database::~Database() {
  m_database.close();
  m_database = {};
  QSqlDatabase::removeDatabase(m_connection);
}

Result<std::unique_ptr<Database>> Database::open(const QString& file, qint64 session, bool checked) {
  const QString connection = u"xllm-history-%1"_s.arg(newId());
  std::unique_ptr<Database> opened(new Database(connection, session));
  QSqlDatabase& database = opened->m_database = QSqlDatabase::addDatabase(u"QSQLITE"_s, connection);
  if (!database.isValid()) {
    return fail(ErrorCode::Internal, "Qt's SQLite driver (package libqt6sql6-sqlite) is not installed.");
  }
  database.setDatabaseName(file);
  // Making the file and its log is not safe against others that do the same: SQLite may answer that it is locked, or
  // both may make the tables. Where no lock can be had (a folder that is read-only), nothing can be made either.
  QLockFile making(file + u".lock"_s);
  if (file != u":memory:") waitFor(making);
  database.setConnectOptions(u"QSQLITE_BUSY_TIMEOUT=%1"_s.arg(kBusyTimeoutMs));
  if (!database.open()) return tl::unexpected(errorOf(database.lastError(), database));
  // The log lets others read while one writes, and makes a change cost one append. Making the tables waits for no disk:
  // after a power loss they are made again.
  for (const QString& setting :
       {u"PRAGMA journal_mode = WAL"_s, u"PRAGMA synchronous = NORMAL"_s, u"PRAGMA foreign_keys = ON"_s}) {
    if (auto set = ui::run(database, setting); !set) return tl::unexpected(set.error());
  }
  if (checked) {
    if (auto sound = checkForDamage(database); !sound) return tl::unexpected(sound.error());
  }
  if (auto current = bringUpToDate(database); !current) return tl::unexpected(current.error());
  return opened;
}

Result<QSqlQuery> Database::run(const QString& statement, const QVariantList& values) const {
  return ui::run(m_database, statement, values);
}

Result<void> Database::done(const QString& statement, const QVariantList& values) const {
  if (auto query = run(statement, values); !query) return tl::unexpected(query.error());
  return {};
}

Result<void> Database::forEachRow(const QString& statement, const QVariantList& values, const RowSink& use) const {
  return ui::forEachRow(m_database, statement, values, use);
}

Result<void> Database::change(Survives what, const std::function<Result<void>(Database&)>& work) {
  if (auto set = done(what == Survives::PowerLoss ? u"PRAGMA synchronous = FULL"_s : u"PRAGMA synchronous = NORMAL"_s);
      !set) {
    return set;
  }
  if (auto begun = done(u"BEGIN IMMEDIATE"_s); !begun) return begun;
  Result<void> worked = work(*this);
  if (worked) worked = done(u"COMMIT"_s);
  if (!worked) (void)done(u"ROLLBACK"_s);  // SQLite may have done it already
  return worked;
}

Result<void> Database::addConversation(const ConversationRecord& c) {
  return done(
      u"INSERT INTO conversation (id, title, named, chosen, created, changed, opened, pinned) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"_s,
      {c.id, text(c.title), c.named, c.chosen, c.createdMs, c.changedMs, nowMs(), c.pinned});
}

Result<void> Database::rename(ConversationId id, const QString& title) {
  return done(u"UPDATE conversation SET title = ?, named = 1 WHERE id = ?"_s, {text(title), id});
}

Result<void> Database::setPinned(ConversationId id, bool pinned) {
  return done(u"UPDATE conversation SET pinned = ? WHERE id = ?"_s, {pinned, id});
}

Result<void> Database::setTrashed(ConversationId id, bool trashed) {
  return done(u"UPDATE conversation SET trashed = ? WHERE id = ?"_s, {trashed ? nowMs() : 0, id});
}

Result<void> Database::setOpened(ConversationId id) {
  return done(u"UPDATE conversation SET opened = ? WHERE id = ?"_s, {nowMs(), id});
}

Result<void> Database::remove(ConversationId id) {
  return done(u"DELETE FROM message_search WHERE rowid IN (SELECT id FROM message WHERE conversation = ?)"_s, {id})
      .and_then([&] { return done(u"DELETE FROM draft WHERE conversation = ?"_s, {id}); })
      .and_then([&] { return done(u"DELETE FROM conversation WHERE id = ?"_s, {id}); });
}

Result<void> Database::setDraft(ConversationId id, const Draft& draft) {
  if (draft.text.isEmpty() && draft.files.isEmpty() && draft.recordings.isEmpty()) {
    return done(u"DELETE FROM draft WHERE conversation = ?"_s, {id});
  }
  return done(u"INSERT OR REPLACE INTO draft (conversation, text, files, recordings) VALUES (?, ?, ?, ?)"_s,
              {id, text(draft.text), text(draft.files.join(u'\n')), jsonOf(draft.recordings)});
}

Result<void> Database::emptyTrash() {
  return done(
             u"DELETE FROM message_search WHERE rowid IN (SELECT message.id FROM message JOIN conversation "
             "ON conversation.id = message.conversation WHERE trashed <> 0)"_s)
      .and_then([&] {
        return done(u"DELETE FROM draft WHERE conversation IN (SELECT id FROM conversation WHERE trashed <> 0)"_s);
      })
      .and_then([&] { return done(u"DELETE FROM conversation WHERE trashed <> 0"_s); });
}

Result<void> Database::removeEverything() {
  return done(u"DELETE FROM message_search"_s).and_then([&] { return done(u"DELETE FROM draft"_s); }).and_then([&] {
    return done(u"DELETE FROM conversation"_s);
  });
}

Result<void> Database::compact() {
  return done(u"VACUUM"_s).and_then([&] { return done(u"PRAGMA wal_checkpoint(TRUNCATE)"_s); });
}

Result<void> Database::addMessage(ConversationId id, const MessageRecord& m) {
  auto added = done(
      u"INSERT INTO message (id, conversation, parent, chosen, speaker, state, writer, created, text, error, "
      u"error_text, "
      "first_text_seconds, tokens_per_second, tokens, cut_short) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"_s,
      {m.id, id, m.parent, m.chosen, static_cast<int>(m.speaker), static_cast<int>(m.state),
       isUnfinished(m.state) ? m_session : 0, m.createdMs, text(m.text), m.error ? static_cast<int>(m.error->code) : 0,
       m.error ? QString::fromStdString(m.error->message) : u""_s, m.figures.firstTextSeconds,
       m.figures.tokensPerSecond, m.figures.tokens, m.figures.cutShort});
  for (int place = 0; added && place < m.attachments.size(); ++place) {
    const AttachmentRecord& a = m.attachments[place];
    const bool isClip = a.kind == MediaKind::Video;
    added = done(
        u"INSERT INTO attachment (message, place, kind, name, sha256, width, height, seconds, transcript, "
        "caption, span_start, span_end, frames, sound) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"_s,
        {m.id, place, static_cast<int>(a.kind), text(a.name), text(a.sha256), a.pixels.width(), a.pixels.height(),
         a.seconds, text(a.transcript), text(a.caption), isClip ? a.choice.start : 0.0, isClip ? a.choice.end : 0.0,
         isClip ? a.choice.frames : 0, soundOf(a)});
  }
  if (added && m.parent == 0 && m.speaker == Speaker::Person) {
    added = done(u"UPDATE conversation SET title = ? WHERE id = ? AND named = 0 AND chosen = 0"_s, {titleFrom(m), id});
  }
  if (added) added = choose(id, m.parent, m.id);
  if (added) added = done(u"UPDATE conversation SET changed = ? WHERE id = ?"_s, {nowMs(), id});
  if (added) added = index(m.id);
  return added;
}

Result<void> Database::appendText(MessageId id, const QString& words) {
  return done(
      u"INSERT INTO piece (message, place, text) "
      "SELECT ?, coalesce(max(place), 0) + 1, ? FROM piece WHERE message = ?"_s,
      {id, text(words), id});
}

Result<void> Database::joinPieces(MessageId id) const {
  QString words;
  const auto read = forEachRow(u"SELECT text FROM piece WHERE message = ? ORDER BY place"_s, {id},
                               [&](const QSqlQuery& piece) { words += piece.value(0).toString(); });
  if (!read || words.isEmpty()) return read;
  return done(u"UPDATE message SET text = text || ? WHERE id = ?"_s, {words, id}).and_then([&] {
    return done(u"DELETE FROM piece WHERE message = ?"_s, {id});
  });
}

Result<void> Database::setState(MessageId id, MessageState state, const ReplyFigures& figures,
                                const std::optional<Error>& error) {
  auto set = done(
      u"UPDATE message SET state = ?, writer = ?, first_text_seconds = ?, tokens_per_second = ?, "
      "tokens = ?, cut_short = ?, error = ?, error_text = ? WHERE id = ?"_s,
      {static_cast<int>(state), isUnfinished(state) ? m_session : 0, figures.firstTextSeconds, figures.tokensPerSecond,
       figures.tokens, figures.cutShort, error ? static_cast<int>(error->code) : 0,
       error ? QString::fromStdString(error->message) : u""_s, id});
  if (!set || isUnfinished(state)) return set;
  return joinPieces(id).and_then([&] { return index(id); });
}

Result<void> Database::setMedium(MessageId id, int place, const QString& sha256) {
  return done(u"UPDATE attachment SET sha256 = ? WHERE message = ? AND place = ?"_s, {sha256, id, place});
}

Result<void> Database::setTranscript(MessageId id, int place, const QString& transcript) {
  return done(u"UPDATE attachment SET transcript = ? WHERE message = ? AND place = ?"_s, {text(transcript), id, place})
      .and_then([&] { return index(id); });
}

Result<void> Database::setCaption(MessageId id, int place, const QString& caption) {
  return done(u"UPDATE attachment SET caption = ? WHERE message = ? AND place = ?"_s, {text(caption), id, place})
      .and_then([&] { return index(id); });
}

Result<void> Database::choose(ConversationId id, MessageId parent, MessageId child) {
  if (parent == 0) return done(u"UPDATE conversation SET chosen = ? WHERE id = ?"_s, {child, id});
  return done(u"UPDATE message SET chosen = ? WHERE id = ?"_s, {child, parent});
}

// Where it was shown, the newest of its siblings is instead; a conversation without messages goes, too.
Result<void> Database::removeMessage(ConversationId id, MessageId message) {
  auto query = run(u"SELECT parent FROM message WHERE id = ?"_s, {message});
  if (!query) return tl::unexpected(query.error());
  if (!query->next()) return {};
  const MessageId parent = query->value(0).toLongLong();
  query->finish();
  auto sibling = run(u"SELECT coalesce(max(id), 0) FROM message WHERE conversation = ? AND parent = ? AND id <> ?"_s,
                     {id, parent, message});
  if (!sibling) return tl::unexpected(sibling.error());
  const MessageId shown = sibling->next() ? sibling->value(0).toLongLong() : 0;
  sibling->finish();
  return done(parent == 0 ? u"UPDATE conversation SET chosen = ? WHERE id = ? AND chosen = ?"_s
                          : u"UPDATE message SET chosen = ? WHERE id = ? AND chosen = ?"_s,
              {shown, parent == 0 ? id : parent, message})
      .and_then([&] { return done(u"DELETE FROM message_search WHERE rowid = ?"_s, {message}); })
      .and_then([&] { return done(u"DELETE FROM message WHERE id = ?"_s, {message}); })
      .and_then([&] {
        return done(
            u"DELETE FROM conversation WHERE id = ? AND NOT EXISTS (SELECT 1 FROM message WHERE "
            "conversation = ?)"_s,
            {id, id});
      });
}

Result<void> Database::settle(const QList<qint64>& sessions) {
  for (const qint64 session : sessions) {
    QList<MessageId> ids;
    auto read = forEachRow(u"SELECT id FROM message WHERE writer = ?"_s, {session},
                           [&](const QSqlQuery& open) { ids << open.value(0).toLongLong(); });
    if (!read) return read;
    for (const MessageId id : ids) {
      auto settled = done(u"UPDATE message SET state = ?, writer = 0 WHERE id = ?"_s,
                          {static_cast<int>(MessageState::Interrupted), id})
                         .and_then([&] { return joinPieces(id); })
                         .and_then([&] { return index(id); });
      if (!settled) return settled;
    }
  }
  return {};
}

// Once a message is finished; before, its text still changes.
Result<void> Database::index(MessageId id) const {
  return done(u"DELETE FROM message_search WHERE rowid = ?"_s, {id}).and_then([&] {
    return makeSearchable(u"id = ?"_s, {id});
  });
}

Result<void> Database::makeSearchable(const QString& which, const QVariantList& values) const {
  return done(
      u"INSERT INTO message_search (rowid, body, media) SELECT id, text, coalesce((SELECT group_concat(name "
      "|| ' ' || transcript || ' ' || caption, ' ') FROM attachment WHERE message = message.id), '') "
      "FROM message WHERE writer = 0 AND "_s +
          which,
      values);
}

}  // namespace xllm::ui
