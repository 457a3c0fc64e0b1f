// Does what the window wants with packs, one thing after another on a thread of its own. Leaves words to its owner.
#pragma once

#include <QObject>
#include <QThreadPool>
#include <functional>
#include <optional>
#include <stop_token>

#include "ui/models/pack_shelf.h"

namespace xllm::ui {

// How one thing ended. (A struct of its own because Qt compares what signals carry, which an Error cannot do.)
struct PackOutcome {
  enum class Job { Install = 1, Verify, Remove };
  Job job = Job::Install;
  QString folder;  // of the pack; of one that was installed, where it is now
  std::optional<Error> error = {};
};

class PackWorker final : public QObject {
  Q_OBJECT

 public:
  explicit PackWorker(const PackShelf& shelf, QObject* parent = nullptr);  // `shelf` outlives this
  ~PackWorker() override;                                                  // stops what runs and waits until it noticed

  void list();
  // One at a time: while something runs, nothing else is begun.
  void install(const QString& from);
  void verify(const QString& folder);
  void remove(const QString& folder);
  void cancel();
  bool isBusy() const { return m_busy; }
  QString folder() const { return m_folder; }  // of the pack that is worked on; where one is installed from

 Q_SIGNALS:
  void listed(const QList<xllm::ui::PackDescription>& packs, const xllm::ui::MachineDescription& machine);
  void listFailed(const QString& details);  // in English
  void begun();
  void progressed(double fraction, const QString& file);
  void finished(const xllm::ui::PackOutcome& outcome);  // exactly once per thing begun; Cancelled is an error, too

 private:
  void begin(const QString& folder, std::function<PackOutcome(std::stop_token, const PackProgress&)> work);

  const PackShelf& m_shelf;
  bool m_busy = false;
  QString m_folder;
  std::stop_source m_stop;
  QThreadPool m_pool;  // last: its work answers into everything above
};

}  // namespace xllm::ui
