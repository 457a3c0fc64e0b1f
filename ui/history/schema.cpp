#include "ui/history/schema.h"

#include <QDateTime>
#include <QFile>
#include <QFileInfo>
#include <iterator>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

// Step n brings version n to version n + 1. A step that was released is never changed. Times are milliseconds since
// 1970; numbers of speakers, states and kinds are those of the enums in records.h and media_kind.h.
const QStringList kSteps[] = {
    {
        u"CREATE TABLE conversation (id INTEGER PRIMARY KEY, title TEXT NOT NULL, named INTEGER NOT NULL DEFAULT 0, "
        "chosen INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL, changed INTEGER NOT NULL, "
        "opened INTEGER NOT NULL DEFAULT 0, pinned INTEGER NOT NULL DEFAULT 0, trashed INTEGER NOT NULL DEFAULT 0)"_s,
        // `writer`: the run of the program that may still write into it; 0: it is finished.
        u"CREATE TABLE message (id INTEGER PRIMARY KEY, "
        "conversation INTEGER NOT NULL REFERENCES conversation ON DELETE CASCADE, parent INTEGER NOT NULL, "
        "chosen INTEGER NOT NULL DEFAULT 0, speaker INTEGER NOT NULL, state INTEGER NOT NULL, "
        "writer INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL, text TEXT NOT NULL, "
        "error INTEGER NOT NULL DEFAULT 0, error_text TEXT NOT NULL DEFAULT '', first_text_seconds REAL NOT NULL "
        "DEFAULT 0, tokens_per_second REAL NOT NULL DEFAULT 0, tokens INTEGER NOT NULL DEFAULT 0, "
        "cut_short INTEGER NOT NULL DEFAULT 0)"_s,
        u"CREATE INDEX message_of_conversation ON message (conversation)"_s,
        u"CREATE INDEX message_unfinished ON message (writer) WHERE writer <> 0"_s,
        // What a running reply has said so far, in runs: adding to it costs the new text, not the whole.
        u"CREATE TABLE piece (message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE, place INTEGER NOT NULL, "
        "text TEXT NOT NULL, PRIMARY KEY (message, place)) WITHOUT ROWID"_s,
        u"CREATE TABLE attachment (message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE, "
        "place INTEGER NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL DEFAULT '', "
        "width INTEGER NOT NULL DEFAULT 0, height INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0, "
        "transcript TEXT NOT NULL DEFAULT '', caption TEXT NOT NULL DEFAULT '', PRIMARY KEY (message, place)) "
        "WITHOUT ROWID"_s,
    },
    {
        // Trigrams find parts of words, and words of languages that put no spaces between them.
        u"CREATE VIRTUAL TABLE message_search USING fts5 (body, media, tokenize = 'trigram')"_s,
        u"INSERT INTO message_search (rowid, body, media) SELECT id, text, coalesce((SELECT group_concat(name || ' ' "
        "|| transcript || ' ' || caption, ' ') FROM attachment WHERE message = message.id), '') FROM message"_s,
    },
    {
        // What was typed but not sent; conversation 0: in the next new one. `files`: a path a line.
        u"CREATE TABLE draft (conversation INTEGER PRIMARY KEY, text TEXT NOT NULL, files TEXT NOT NULL)"_s,
    },
    {
        // Of clips: which part went to the model, how many frames of it, and its sound (0: it has none, 1: it was left
        // out, 2: it went along).
        u"ALTER TABLE attachment ADD COLUMN span_start REAL NOT NULL DEFAULT 0"_s,
        u"ALTER TABLE attachment ADD COLUMN span_end REAL NOT NULL DEFAULT 0"_s,
        u"ALTER TABLE attachment ADD COLUMN frames INTEGER NOT NULL DEFAULT 0"_s,
        u"ALTER TABLE attachment ADD COLUMN sound INTEGER NOT NULL DEFAULT 0"_s,
    },
    {
        // What was said but not sent: JSON, a list of {sha256, name, seconds, words, corrected}.
        u"ALTER TABLE draft ADD COLUMN recordings TEXT NOT NULL DEFAULT ''"_s,
    },
};

// A copy of the database as it is, with what its log holds. Never written over an older one.
Result<void> backUp(const QSqlDatabase& database, int nextVersion) {
  const QString file = database.databaseName();
  QString copy = u"%1.before-%2.sqlite"_s.arg(file).arg(nextVersion);
  if (QFile::exists(copy)) {
    copy = u"%1.%2.before-%3.sqlite"_s.arg(file, QDateTime::currentDateTimeUtc().toString(u"yyyyMMdd-hhmmss-zzz"_s))
               .arg(nextVersion);
  }
  const auto done = run(database, u"VACUUM INTO ?"_s, {copy});
  if (!done) return tl::unexpected(done.error());
  return {};
}

Result<void> step(QSqlDatabase& database, int version) {
  if (auto begun = run(database, u"BEGIN IMMEDIATE"_s); !begun) return tl::unexpected(begun.error());
  const auto now = schemaVersion(database);  // another program may have been faster
  Result<void> done;
  if (!now) done = tl::unexpected(now.error());
  if (now && *now == version) {
    for (const QString& statement : kSteps[version]) {
      if (auto made = run(database, statement); !made) done = tl::unexpected(made.error());
      if (!done) break;
    }
    if (done) {
      if (auto set = run(database, u"PRAGMA user_version = %1"_s.arg(version + 1)); !set) {
        done = tl::unexpected(set.error());
      }
    }
  }
  const auto ended = run(database, done ? u"COMMIT"_s : u"ROLLBACK"_s);
  if (done && !ended) return tl::unexpected(ended.error());
  return done;
}

}  // namespace

int newestSchemaVersion() { return static_cast<int>(std::size(kSteps)); }

Result<int> schemaVersion(const QSqlDatabase& database) {
  auto query = run(database, u"PRAGMA user_version"_s);
  if (!query) return tl::unexpected(query.error());
  return query->next() ? query->value(0).toInt() : 0;
}

Result<void> bringUpToDate(QSqlDatabase& database) {
  const auto version = schemaVersion(database);
  if (!version) return tl::unexpected(version.error());
  if (*version > newestSchemaVersion()) {
    return fail(ErrorCode::Unsupported,
                u"%1 has version %2; this program knows up to %3."_s.arg(database.databaseName())
                    .arg(*version)
                    .arg(newestSchemaVersion())
                    .toStdString());
  }
  for (int at = *version; at < newestSchemaVersion(); ++at) {
    if (at > 0 && at == *version) {
      if (auto kept = backUp(database, newestSchemaVersion()); !kept) return kept;
    }
    if (auto done = step(database, at); !done) return done;
  }
  return {};
}

}  // namespace xllm::ui
