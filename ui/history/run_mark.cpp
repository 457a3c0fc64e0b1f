#include "ui/history/run_mark.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QSaveFile>
#include <algorithm>

#include "ui/history/records.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kPrefix = 4, kSuffix = 5;  // "run-", ".lock"
constexpr int kMostDigits = 8, kMostCrashes = 1000;

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
  countCrashes();
  m_alive << m_session;
  m_mark = std::make_unique<QLockFile>(m_folder + u"/run-%1.lock"_s.arg(m_session));
  m_mark->setStaleLockTime(0);
  m_mark->tryLock(0);  // in a folder that cannot be written nothing can be left unfinished either
}

RunMark::~RunMark() {
  wentWell();
  m_mark->unlock();
}

QString RunMark::countFile() const { return m_folder + u"/crashes"_s; }

void RunMark::countCrashes() {
  QFile file(countFile());
  if (file.open(QIODevice::ReadOnly)) m_crashes = std::clamp(file.read(kMostDigits).trimmed().toInt(), 0, kMostCrashes);
  file.close();
  if (!m_afterCrash) return;
  ++m_crashes;
  QSaveFile counted(countFile());  // where it cannot be written, every crash is the first
  if (!counted.open(QIODevice::WriteOnly)) return;
  counted.write(QByteArray::number(m_crashes) + '\n');
  counted.commit();
}

void RunMark::wentWell() { QFile::remove(countFile()); }

}  // namespace xllm::ui
