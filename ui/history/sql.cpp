#include "ui/history/sql.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

// SQLite's primary result codes (https://sqlite.org/rescode.html).
enum : int {
  kPerm = 3,
  kBusy = 5,
  kLocked = 6,
  kReadOnly = 8,
  kIoError = 10,
  kCorrupt = 11,
  kFull = 13,
  kCantOpen = 14,
  kNotADatabase = 26
};

}  // namespace

Error errorOf(const QSqlError& error, const QSqlDatabase& database) {
  ErrorCode code = ErrorCode::Internal;
  switch (error.nativeErrorCode().toInt() & 0xff) {
    case kCorrupt:
    case kNotADatabase: code = ErrorCode::CorruptFile; break;
    case kPerm:
    case kBusy:
    case kLocked:
    case kReadOnly:
    case kIoError:
    case kFull:
    case kCantOpen: code = ErrorCode::DiskFull; break;
    default: break;
  }
  return {code, u"%1: %2."_s.arg(database.databaseName(), error.text()).toStdString()};
}

Result<QSqlQuery> run(const QSqlDatabase& database, const QString& statement, const QVariantList& values) {
  QSqlQuery query(database);
  query.setForwardOnly(true);
  if (!query.prepare(statement)) return tl::unexpected(errorOf(query.lastError(), database));
  for (const QVariant& value : values) query.addBindValue(value);
  if (!query.exec()) return tl::unexpected(errorOf(query.lastError(), database));
  return query;
}

Result<void> forEachRow(const QSqlDatabase& database, const QString& statement, const QVariantList& values,
                        const RowSink& use) {
  auto rows = run(database, statement, values);
  if (!rows) return tl::unexpected(rows.error());
  while (rows->next()) use(*rows);
  if (rows->lastError().isValid()) return tl::unexpected(errorOf(rows->lastError(), database));
  return {};
}

}  // namespace xllm::ui
