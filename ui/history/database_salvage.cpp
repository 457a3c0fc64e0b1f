// What Database can still read of a damaged file.
#include <utility>

#include "ui/history/database.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

struct Table {
  QString name, key, columns;
};

const Table kTables[] = {
    {u"conversation"_s, u"id"_s, u"id, title, named, chosen, created, changed, opened, pinned, trashed"_s},
    {u"message"_s, u"id"_s,
     u"id, conversation, parent, chosen, speaker, state, writer, created, text, error, error_text, first_text_seconds, "
     "tokens_per_second, tokens, cut_short"_s},
    {u"piece"_s, u"message, place"_s, u"message, place, text"_s},
    {u"attachment"_s, u"message, place"_s,
     u"message, place, kind, name, sha256, width, height, seconds, transcript, caption, span_start, span_end, frames, sound"_s},
    {u"draft"_s, u"conversation"_s, u"conversation, text, files, recordings"_s},
};

// Of these columns, those that the table has: the file may be of an older version.
QStringList columnsOf(const QSqlDatabase& damaged, const Table& table) {
  QStringList found;
  auto rows = run(damaged, u"SELECT name FROM pragma_table_info(?)"_s, {table.name});
  while (rows && rows->next()) found << rows->value(0).toString();
  QStringList columns = table.columns.split(u", "_s);
  columns.removeIf([&](const QString& column) { return !found.contains(column); });
  return columns;
}

QString backwards(const QString& key) { return QString(key).replace(u","_s, u" DESC,"_s) + u" DESC"_s; }

}  // namespace

// From both ends, because a reader cannot step over a damaged page.
Result<int> Database::salvage(const QString& file) {
  const QString connection = u"xllm-salvage-%1"_s.arg(newId());
  int messages = 0;
  const auto copied = change(Survives::PowerLoss, [&](Database&) -> Result<void> {
    QSqlDatabase damaged = QSqlDatabase::addDatabase(u"QSQLITE"_s, connection);
    damaged.setDatabaseName(file);
    damaged.setConnectOptions(u"QSQLITE_OPEN_READONLY"_s);
    if (!damaged.open()) return {};
    for (const Table& table : kTables) {
      const QStringList names = columnsOf(damaged, table);
      if (names.isEmpty()) continue;
      const auto columns = names.size();
      const QString insert = u"INSERT OR IGNORE INTO "_s + table.name + u" ("_s + names.join(u", "_s) +
                             u") VALUES (?"_s + u", ?"_s.repeated(columns - 1) + u')';
      for (const QString& order : {table.key, backwards(table.key)}) {
        auto rows =
            ui::run(damaged, u"SELECT "_s + names.join(u", "_s) + u" FROM "_s + table.name + u" ORDER BY "_s + order);
        while (rows && rows->next()) {
          QVariantList values;
          for (qsizetype i = 0; i < columns; ++i) values << rows->value(static_cast<int>(i));
          if (table.name == "message"_L1) {  // its conversation may be what was lost
            (void)done(u"INSERT OR IGNORE INTO conversation (id, title, created, changed) VALUES (?, '', ?, ?)"_s,
                       {values[1], values[7], values[7]});
          }
          (void)done(insert, values);  // one row that does not fit leaves the others
        }
      }
    }
    damaged.close();
    auto count = run(u"SELECT count(*) FROM message"_s);
    if (count && count->next()) messages = count->value(0).toInt();
    count->finish();
    return mend();
  });
  QSqlDatabase::removeDatabase(connection);
  if (!copied) return tl::unexpected(copied.error());
  return messages;
}

// What followed a row that was lost follows the one before it; paths go on with what is there.
Result<void> Database::mend() const {
  const QString lost = u"NOT IN (SELECT id FROM message)"_s;
  const QStringList steps{
      u"UPDATE message SET parent = coalesce((SELECT max(id) FROM message AS earlier WHERE earlier.conversation = "
      "message.conversation AND earlier.id < message.id), 0) WHERE parent <> 0 AND parent "_s +
          lost,
      u"UPDATE message SET chosen = coalesce((SELECT max(id) FROM message AS next WHERE next.parent = message.id), 0) "
      "WHERE chosen "_s +
          lost,
      u"UPDATE conversation SET chosen = coalesce((SELECT min(id) FROM message WHERE message.conversation = "
      "conversation.id AND parent = 0), 0) WHERE chosen "_s +
          lost,
  };
  for (const QString& step : steps) {
    if (auto made = done(step); !made) return made;
  }
  return makeSearchable(u"true"_s);
}

}  // namespace xllm::ui
