#include "ui/history/store_worker.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <utility>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

// What was shown for twice as long is on its way to the disk at the latest.
constexpr int kFlushMs = 50;
constexpr int kRetryMs = 1000, kReopenMs = 3000;

}  // namespace

StoreWorker::StoreWorker(QString folder, Run run)
    : m_folder(std::move(folder)), m_run(std::move(run)), m_vault(m_folder + u"/media"_s) {
  m_retry.setSingleShot(true);
  m_retry.setInterval(kRetryMs);
  connect(&m_retry, &QTimer::timeout, this, &StoreWorker::pump);
  m_reopen.setInterval(kReopenMs);
  connect(&m_reopen, &QTimer::timeout, this, &StoreWorker::openAgain);
  m_flush.setSingleShot(true);
  m_flush.setTimerType(Qt::PreciseTimer);
  connect(&m_flush, &QTimer::timeout, this, &StoreWorker::flushText);
}

void StoreWorker::open() {
  if (const auto opened = openFile(m_run.afterCrash); !opened) {
    if (opened.error().code == ErrorCode::CorruptFile) {
      openAside(opened.error());
    } else {
      openNowhere(opened.error());
    }
  }
  begin();
}

void StoreWorker::begin() {
  if (!m_database) return;
  tidyRecordings();
  // A disk that is full, or a folder that is read-only, is noticed now and not with the first message.
  write(Survives::ProgramDeath, [](Database& database) { return database.setOpened(0); });
  write(Survives::PowerLoss, [alive = m_run.alive](Database& database) -> Result<void> {
    auto sessions = database.unfinishedSessions();
    if (!sessions) return tl::unexpected(sessions.error());
    sessions->removeIf([&](qint64 session) { return alive.contains(session); });
    return database.settle(*sessions);
  });
}

Result<void> StoreWorker::openFile(bool checked) {
  if (!QDir().mkpath(m_folder)) {
    return fail(ErrorCode::DiskFull, u"%1 could not be made."_s.arg(m_folder).toStdString());
  }
  auto opened = Database::open(m_folder + u"/conversations.sqlite"_s, m_run.session, checked);
  if (!opened) return tl::unexpected(opened.error());
  m_database = std::move(*opened);
  return {};
}

void StoreWorker::onDamage(const Error& why) {
  if (!m_nowhere) openAside(why);
}

// The damaged file keeps its bytes, for whoever can save more of it.
void StoreWorker::openAside(const Error& why) {
  m_database.reset();
  const QString file = m_folder + u"/conversations.sqlite"_s;
  const QString aside = m_folder + u"/conversations.damaged-%1.sqlite"_s.arg(
                                       QDateTime::currentDateTimeUtc().toString(u"yyyyMMdd-hhmmss-zzz"_s));
  for (const QString& part : {u"-wal"_s, u"-shm"_s}) QFile::rename(file + part, aside + part);
  if (!QFile::rename(file, aside)) return openNowhere(why);
  if (const auto opened = openFile(false); !opened) return openNowhere(opened.error());
  const int saved = m_database->salvage(aside).value_or(0);
  Q_EMIT problem({ErrorCode::CorruptFile, u"%1 It was kept as %2. Messages that could be read: %3."_s
                                              .arg(QString::fromStdString(why.message), aside)
                                              .arg(saved)
                                              .toStdString()});
  Q_EMIT changed();
}

// The program goes on all the same: what is said is kept in memory, until there is room, or another program is done.
void StoreWorker::openNowhere(const Error& why) {
  m_database.reset();
  auto memory = Database::open(u":memory:"_s, m_run.session);
  m_nowhere = true;
  if (memory) m_database = std::move(*memory);
  if (why.code == ErrorCode::DiskFull) m_reopen.start();
  report(memory ? why : memory.error());
}

void StoreWorker::openAgain() {
  flushText();
  if (!openFile(false)) return;
  m_reopen.stop();
  m_nowhere = false;
  m_changes.insert(m_changes.begin(), m_remembered.begin(), m_remembered.end());
  m_remembered.clear();
  begin();
  Q_EMIT changed();
}

// Without all conversations at hand nobody knows whose a medium is: they may lie in a file that could not be opened, or
// in one that was put aside.
bool StoreWorker::knowsAllMedia() const {
  return m_database && !m_nowhere && QDir(m_folder).entryList({u"conversations.damaged-*"_s}, QDir::Files).isEmpty();
}

Result<Database*> StoreWorker::database() {
  flushText();
  if (m_database) return m_database.get();
  return fail(ErrorCode::Internal, "The conversations' database is not open.");
}

void StoreWorker::write(Survives what, Work work) {
  flushText();
  m_changes.push_back({what, std::move(work)});
  if (!m_retry.isActive()) pump();
}

void StoreWorker::appendText(MessageId id, const QString& text) {
  if (id != m_textOf) flushText();
  m_textOf = id;
  m_text += text;
  const qint64 passed = m_sinceFlush.isValid() ? m_sinceFlush.elapsed() : kFlushMs;
  if (passed >= kFlushMs) {
    flushText();
  } else if (!m_flush.isActive()) {
    m_flush.start(static_cast<int>(kFlushMs - passed));
  }
}

void StoreWorker::flushText() {
  m_flush.stop();
  if (m_text.isEmpty()) return;
  m_sinceFlush.start();
  m_changes.push_back({Survives::ProgramDeath, [id = m_textOf, text = std::exchange(m_text, {})](Database& database) {
                         return database.appendText(id, text);
                       }});
  if (!m_retry.isActive()) pump();
}

void StoreWorker::pump() {
  bool any = false;
  while (m_database && !m_changes.empty()) {
    const auto written = m_database->change(m_changes.front().what, m_changes.front().work);
    if (!written && written.error().code == ErrorCode::CorruptFile) {
      openAside(written.error());
      continue;  // into the new file
    }
    if (!written && written.error().code == ErrorCode::DiskFull) {
      report(written.error());
      m_retry.start();  // in order, once there is room again
      break;
    }
    if (!written) Q_EMIT problem(written.error());
    any = any || m_changes.front().what == Survives::PowerLoss;
    if (m_reopen.isActive()) m_remembered.push_back(std::move(m_changes.front()));
    m_changes.pop_front();
  }
  if (any) Q_EMIT changed();
  if (m_changes.empty() && !m_nowhere && std::exchange(m_reported, false)) Q_EMIT recovered();
}

void StoreWorker::report(const Error& error) {
  if (!std::exchange(m_reported, true)) Q_EMIT problem(error);
}

void StoreWorker::tidyMedia() {
  if (!knowsAllMedia()) return;
  if (const auto needed = m_database->mediaInUse()) m_vault.removeAllBut(*needed);
  tidyRecordings();
}

void StoreWorker::tidyRecordings() {
  if (!knowsAllMedia()) return;
  if (const auto drafts = m_database->filesInDrafts()) m_vault.removeRecordingsBut(*drafts);
}

void StoreWorker::forgetMedium(const QString& sha256) {
  // Who has it may not be written yet: then it goes when the vault is tidied.
  if (!knowsAllMedia() || !m_changes.empty()) return;
  if (const auto needed = m_database->mediaInUse(); needed && !needed->contains(sha256)) m_vault.remove(sha256);
}

// Also what was put aside or copied earlier: it holds conversations, too.
Result<void> StoreWorker::removeEverything() {
  auto base = database();
  if (!base) return tl::unexpected(base.error());
  if (m_nowhere || !m_changes.empty()) {
    return fail(ErrorCode::DiskFull, "The conversations cannot be written just now.");
  }
  auto removed = m_database->change(Survives::PowerLoss, [](Database& d) { return d.removeEverything(); });
  if (removed) removed = m_database->compact();
  if (!removed) return removed;
  m_vault.removeAll();
  QDir folder(m_folder);
  const QStringList copies{u"conversations.damaged-*"_s, u"conversations.sqlite*.before-*.sqlite"_s};
  for (const QString& name : folder.entryList(copies, QDir::Files)) folder.remove(name);
  Q_EMIT changed();
  return {};
}

void StoreWorker::close() {
  m_retry.stop();  // once more, now
  if (m_reopen.isActive()) openAgain();
  write(Survives::PowerLoss, [session = m_run.session](Database& database) { return database.settle({session}); });
  m_reopen.stop();
  m_database.reset();
}

}  // namespace xllm::ui
