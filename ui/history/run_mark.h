// Which runs of the program work in a folder, and whether one ended without saying so: every run keeps a mark there and
// takes it away when it ends by itself. Counts crashes in a row. Quick enough for the GUI thread.
#pragma once

#include <QList>
#include <QLockFile>
#include <QString>
#include <memory>

namespace xllm::ui {

class RunMark {
 public:
  explicit RunMark(const QString& folder);  // looks for marks of other runs, then sets this one's
  ~RunMark();

  qint64 session() const { return m_session; }
  const QList<qint64>& alive() const { return m_alive; }  // this one, and those that ran when it began
  bool afterCrash() const { return m_afterCrash; }        // a run crashed, was killed, or the power went
  int crashesInARow() const { return m_crashes; }         // runs that ended so, and none that went well between them
  void wentWell();                                        // this run did: a crash from now on is the first

 private:
  QString m_folder;
  qint64 m_session;
  QList<qint64> m_alive;
  QString countFile() const;
  void countCrashes();

  bool m_afterCrash = false;
  int m_crashes = 0;
  std::unique_ptr<QLockFile> m_mark;
};

}  // namespace xllm::ui
