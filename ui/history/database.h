// The conversations in one SQLite file: every statement that writes or reads them. Synchronous, and of one thread: the
// one that opened it. Leaves threads, pacing and retries to the store, media files to the vault.
#pragma once

#include <QHash>
#include <QSet>
#include <functional>
#include <memory>

#include "ui/history/records.h"
#include "ui/history/sql.h"

namespace xllm::ui {

// What a change must survive. ProgramDeath: the system has it; PowerLoss: the disk has it, too.
enum class Survives { ProgramDeath = 1, PowerLoss };

class Database {
 public:
  // `session` is this run of the program: it signs what is unfinished. Brings an older file up to date, makes a missing
  // one; ":memory:" keeps nothing. `checked`: looks for damage first (reads the whole file).
  static Result<std::unique_ptr<Database>> open(const QString& file, qint64 session, bool checked = false);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // All of `work` or, when it fails, nothing of it.
  Result<void> change(Survives what, const std::function<Result<void>(Database&)>& work);

  // Inside change().
  Result<void> addConversation(const ConversationRecord& conversation);
  Result<void> rename(ConversationId id, const QString& title);  // by the person
  Result<void> setPinned(ConversationId id, bool pinned);
  Result<void> setTrashed(ConversationId id, bool trashed);
  Result<void> setOpened(ConversationId id);  // the one latestOpened() tells
  Result<void> remove(ConversationId id);     // for good
  Result<void> emptyTrash();
  Result<void> removeEverything();
  // On the path that is shown from now on. A conversation's first message gives it its title.
  Result<void> addMessage(ConversationId id, const MessageRecord& message);
  Result<void> appendText(MessageId id, const QString& text);
  Result<void> setState(MessageId id, MessageState state, const ReplyFigures& figures,
                        const std::optional<Error>& error);
  Result<void> setMedium(MessageId id, int place, const QString& sha256);
  Result<void> setTranscript(MessageId id, int place, const QString& transcript);
  Result<void> setCaption(MessageId id, int place, const QString& caption);
  Result<void> choose(ConversationId id, MessageId parent, MessageId child);  // parent 0: of those that open it
  Result<void> removeMessage(ConversationId id, MessageId message);           // one that nothing follows
  Result<void> setDraft(ConversationId id, const Draft& draft);  // 0: of the next new one; empty: there is none
  // What these runs left unfinished is Interrupted now.
  Result<void> settle(const QList<qint64>& sessions);

  Result<void> compact();  // outside change(): what was removed is not in the file any more

  // Into this one, which is empty: what can still be read of a damaged file. How many messages that were.
  Result<int> salvage(const QString& file);

  Result<ConversationContent> load(ConversationId id) const;  // NotFound
  Result<QList<ConversationSummary>> find(const ConversationQuery& query) const;
  Result<ConversationId> latestOpened() const;  // 0: there is none
  Result<Draft> draft(ConversationId id) const;
  Result<QSet<QString>> mediaInUse() const;
  Result<QList<qint64>> unfinishedSessions() const;
  Result<QSet<QString>> filesInDrafts() const;

 private:
  Database(QString connection, qint64 session);
  Result<QSqlQuery> run(const QString& statement, const QVariantList& values = {}) const;
  Result<void> done(const QString& statement, const QVariantList& values = {}) const;
  Result<void> forEachRow(const QString& statement, const QVariantList& values, const RowSink& use) const;
  Result<QHash<ConversationId, QString>> search(const QStringList& words) const;
  Result<QHash<ConversationId, QSet<MediaKind>>> kinds() const;
  Result<void> index(MessageId id) const;
  Result<void> makeSearchable(const QString& which, const QVariantList& values = {}) const;
  Result<void> joinPieces(MessageId id) const;
  Result<void> mend() const;

  QString m_connection;
  QSqlDatabase m_database;
  qint64 m_session;
};

// "What is this flower" of a long first message; names of its attachments when it has no words.
QString titleFrom(const MessageRecord& message);

}  // namespace xllm::ui
