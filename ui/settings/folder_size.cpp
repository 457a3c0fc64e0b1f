#include "ui/settings/folder_size.h"

#include <QDirIterator>

namespace xllm::ui {

qint64 folderBytes(const QString& folder) {
  qint64 bytes = 0;
  QDirIterator files(folder, QDir::Files | QDir::Hidden | QDir::System | QDir::NoSymLinks,
                     QDirIterator::Subdirectories);
  while (files.hasNext()) {
    files.next();
    bytes += files.fileInfo().size();
  }
  return bytes;
}

}  // namespace xllm::ui
