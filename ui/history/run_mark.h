// Which runs of the program work in a folder, and whether one ended without saying so: every run keeps a mark there and
// takes it away when it ends by itself. Quick enough for the GUI thread.
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

 private:
  QString m_folder;
  qint64 m_session;
  QList<qint64> m_alive;
  bool m_afterCrash = false;
  std::unique_ptr<QLockFile> m_mark;
};

}  // namespace xllm::ui
