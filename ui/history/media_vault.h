// The pictures, clips and recordings of all conversations, each kept once: a file named by the SHA-256 of what is in
// it. Leaves who needs which to the database. Holds no state, so any thread may call it.
#pragma once

#include <QSet>
#include <QString>

#include "ui/history/records.h"

namespace xllm::ui {

class MediaVault {
 public:
  explicit MediaVault(QString folder);

  // Its SHA-256, once it lies in the vault. A file is complete there or not there at all. BadInput: the disk has no
  // room for it.
  Result<QString> keep(const MediaSource& source) const;
  QString pathOf(const QString& sha256) const;
  // A JPEG; may not exist. `variant`: thumbnailVariant().
  QString thumbnailOf(const QString& sha256, const QString& variant = {}) const;
  // Files that nobody refers to; young ones stay, as their message may be on its way.
  void removeAllBut(const QSet<QString>& needed) const;
  void remove(const QString& sha256) const;
  void removeAll() const;

  // Where clips that the program recorded itself lie until they are sent; made by whoever records.
  QString recordingsFolder() const { return m_folder + QStringLiteral("/recorded"); }
  // Those that no message in the making refers to any more; young ones stay, as above. `drafts`: paths.
  void removeRecordingsBut(const QSet<QString>& drafts) const;

 private:
  Result<QString> copyIn(QIODevice& source, const QString& name) const;

  QString m_folder;
};

// 64 hexadecimal digits: the only names that are ever joined to the vault's path.
bool isSha256(const QString& name);

}  // namespace xllm::ui
