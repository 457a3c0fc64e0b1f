// Prepared statements with a Result instead of a flag, and SQLite's errors as the program's.
#pragma once

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QString>
#include <QVariantList>
#include <functional>

#include "core/base/result.h"

namespace xllm::ui {

// CorruptFile: the database is damaged. DiskFull: it cannot be written just now (no space, no permission, held by
// another program); what failed may be tried again. Internal: the statement is wrong.
Error errorOf(const QSqlError& error, const QSqlDatabase& database);

// Runs one statement; the query stands before its first row.
Result<QSqlQuery> run(const QSqlDatabase& database, const QString& statement, const QVariantList& values = {});

// Gets each row of one statement, in order. A row that cannot be read ends it with its error: next() alone says only
// that there are no more.
using RowSink = std::function<void(const QSqlQuery& row)>;
Result<void> forEachRow(const QSqlDatabase& database, const QString& statement, const QVariantList& values,
                        const RowSink& use);

}  // namespace xllm::ui
