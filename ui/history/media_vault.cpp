#include "ui/history/media_vault.h"

#include <QBuffer>
#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>
#include <QStorageInfo>
#include <QTemporaryFile>
#include <algorithm>
#include <utility>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kBlock = 1 << 20;
constexpr qint64 kYoungSeconds = 3600;
constexpr qint64 kLeftFree = 64 << 20;  // bytes
constexpr int kThumbnailQuality = 85;

Error cannotWrite(const QString& path, const QString& why) {
  return {ErrorCode::DiskFull, u"%1 could not be written: %2."_s.arg(path, why).toStdString()};
}

}  // namespace

bool isSha256(const QString& name) {
  return name.size() == 64 && std::all_of(name.begin(), name.end(),
                                          [](QChar c) { return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f'); });
}

MediaVault::MediaVault(QString folder) : m_folder(std::move(folder)) {}

QString MediaVault::pathOf(const QString& sha256) const {
  return isSha256(sha256) ? m_folder + u'/' + sha256 : QString();
}

QString MediaVault::thumbnailOf(const QString& sha256, const QString& variant) const {
  return isSha256(sha256) ? m_folder + u"/thumbnails/"_s + sha256 + variant + u".jpg"_s : QString();
}

Result<QString> MediaVault::keep(const MediaSource& source) const {
  if (!QDir().mkpath(m_folder + u"/thumbnails"_s)) {
    return tl::unexpected(cannotWrite(m_folder, u"the folder could not be made"_s));
  }
  QBuffer bytes;
  QFile file(source.file);
  bytes.setData(source.bytes);
  QIODevice& from = source.file.isEmpty() ? static_cast<QIODevice&>(bytes) : file;
  // What a pipe or a device would give never ends, or never begins.
  if (!source.file.isEmpty() && !QFileInfo(source.file).isFile()) {
    return fail(ErrorCode::NotFound, u"%1 is not a file (any more)."_s.arg(source.file).toStdString());
  }
  if (!from.open(QIODevice::ReadOnly)) {
    return fail(ErrorCode::NotFound, u"%1 could not be read: %2"_s.arg(source.file, from.errorString()).toStdString());
  }
  // A clip may be larger than all that is free, and the conversations need some of it, too.
  const QStorageInfo disk(m_folder);
  if (disk.isValid() && from.size() > disk.bytesAvailable() - kLeftFree) {
    return fail(ErrorCode::BadInput, u"%1 has %2 bytes, and %3 are free where %4 lies."_s.arg(source.file)
                                         .arg(from.size())
                                         .arg(disk.bytesAvailable())
                                         .arg(m_folder)
                                         .toStdString());
  }
  auto sha256 = copyIn(from, source.file);
  if (!sha256 || source.thumbnail.isNull()) return sha256;
  const QString thumbnail = thumbnailOf(*sha256, source.variant);
  if (QFile::exists(thumbnail)) return sha256;
  QSaveFile small(thumbnail);  // without it the medium is there all the same
  if (small.open(QIODevice::WriteOnly) && source.thumbnail.save(&small, "JPEG", kThumbnailQuality)) small.commit();
  return sha256;
}

Result<QString> MediaVault::copyIn(QIODevice& source, const QString& name) const {
  QTemporaryFile copy(m_folder + u"/incoming-XXXXXX"_s);
  if (!copy.open()) return tl::unexpected(cannotWrite(copy.fileTemplate(), copy.errorString()));
  QCryptographicHash hash(QCryptographicHash::Sha256);
  QByteArray block(kBlock, Qt::Uninitialized);
  for (qint64 got = 0; (got = source.read(block.data(), kBlock)) != 0;) {
    if (got < 0) {
      return fail(ErrorCode::NotFound, u"%1 could not be read: %2"_s.arg(name, source.errorString()).toStdString());
    }
    hash.addData(QByteArrayView(block.constData(), got));
    if (copy.write(block.constData(), got) != got) {
      return tl::unexpected(cannotWrite(copy.fileName(), copy.errorString()));
    }
  }
  const QString sha256 = QString::fromLatin1(hash.result().toHex());
  const QString path = pathOf(sha256);
  if (QFile known(path); known.open(QIODevice::ReadWrite | QIODevice::ExistingOnly)) {
    known.setFileTime(QDateTime::currentDateTimeUtc(), QFileDevice::FileModificationTime);  // it is young again
    return sha256;
  }
  if (!copy.flush()) return tl::unexpected(cannotWrite(copy.fileName(), copy.errorString()));
  if (copy.rename(path)) {
    copy.setAutoRemove(false);
  } else if (!QFile::exists(path)) {  // another program may have been faster
    return tl::unexpected(cannotWrite(path, copy.errorString()));
  }
  return sha256;
}

void MediaVault::removeAllBut(const QSet<QString>& needed) const {
  const QDateTime young = QDateTime::currentDateTimeUtc().addSecs(-kYoungSeconds);
  const QFileInfoList files = QDir(m_folder).entryInfoList(QDir::Files);
  for (const QFileInfo& file : files) {
    const QString name = file.fileName();
    const bool ours = isSha256(name) || name.startsWith("incoming-"_L1);
    if (!ours || needed.contains(name) || file.lastModified() > young) continue;
    isSha256(name) ? remove(name) : static_cast<void>(QFile::remove(file.filePath()));
  }
}

void MediaVault::remove(const QString& sha256) const {
  if (!isSha256(sha256)) return;
  QFile::remove(pathOf(sha256));
  QDir thumbnails(m_folder + u"/thumbnails"_s);
  for (const QString& thumbnail : thumbnails.entryList({sha256 + u"*.jpg"_s}, QDir::Files)) {
    thumbnails.remove(thumbnail);
  }
}

void MediaVault::removeRecordingsBut(const QSet<QString>& drafts) const {
  const QDateTime young = QDateTime::currentDateTimeUtc().addSecs(-kYoungSeconds);
  const QFileInfoList clips = QDir(recordingsFolder()).entryInfoList(QDir::Files);
  for (const QFileInfo& clip : clips) {
    if (!drafts.contains(clip.filePath()) && clip.lastModified() <= young) QFile::remove(clip.filePath());
  }
}

void MediaVault::removeAll() const {
  QDir(recordingsFolder()).removeRecursively();
  for (const QString& folder : QStringList{m_folder, m_folder + u"/thumbnails"_s}) {
    const QFileInfoList files = QDir(folder).entryInfoList(QDir::Files);
    for (const QFileInfo& file : files) {
      if (isSha256(file.completeBaseName()) || file.fileName().startsWith("incoming-"_L1)) {
        QFile::remove(file.filePath());
      }
    }
  }
}

}  // namespace xllm::ui
