// The tables of the conversations' database, version by version. A database of an older version is copied to a file of
// its own before it is brought up to date; one of a newer version is left alone.
#pragma once

#include <QString>

#include "ui/history/sql.h"

namespace xllm::ui {

int newestSchemaVersion();
Result<int> schemaVersion(const QSqlDatabase& database);

// Several programs may do this at once. Unsupported: the database is from a newer program. With a backup written, its
// name ends in ".before-<new version>.sqlite".
Result<void> bringUpToDate(QSqlDatabase& database);

}  // namespace xllm::ui
