#include "ui/history/run_mark.h"

#include <QCoreApplication>
#include <QDir>

#include "ui/history/records.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kPrefix = 4, kSuffix = 5;  // "run-", ".lock"

// Takes the mark of a dead run away.
bool isAlive(const QString& file) {
  QLockFile mark(file);
  mark.setStaleLockTime(0);
  qint64 process = 0;
  QString host, program;
  if (mark.getLockInfo(&process, &host, &program) && process == QCoreApplication::applicationPid()) {
    // In a container every start may get the same number; this run has no mark yet.
    QFile::remove(file);
    return false;
  }
  if (!mark.tryLock(0)) return true;
  mark.unlock();
  return false;
}

}  // namespace

RunMark::RunMark(const QString& folder) : m_folder(folder), m_session(newId()) {
  QDir().mkpath(m_folder);
  const QStringList names = QDir(m_folder).entryList({u"run-*.lock"_s}, QDir::Files);
  for (const QString& name : names) {
    const qint64 session = name.mid(kPrefix, name.size() - kPrefix - kSuffix).toLongLong();
    if (isAlive(QDir(m_folder).filePath(name))) {
      m_alive << session;
    } else {
      m_afterCrash = true;
    }
  }
  m_alive << m_session;
  m_mark = std::make_unique<QLockFile>(m_folder + u"/run-%1.lock"_s.arg(m_session));
  m_mark->setStaleLockTime(0);
  m_mark->tryLock(0);  // in a folder that cannot be written nothing can be left unfinished either
}

RunMark::~RunMark() { m_mark->unlock(); }

}  // namespace xllm::ui
