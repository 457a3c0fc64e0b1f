// How much a folder holds. Any thread, and rather not the GUI's.
#pragma once

#include <QString>

namespace xllm::ui {

// Bytes of all files in `folder`, hidden ones too; what links lead to is not counted. 0 where there is none.
qint64 folderBytes(const QString& folder);

}  // namespace xllm::ui
