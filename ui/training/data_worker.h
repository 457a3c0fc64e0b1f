// Reads and checks training data on a thread of its own, one check at a time; a new one ends that which runs. Leaves
// showing it to data_page.h.
#pragma once

#include <QObject>
#include <QThreadPool>
#include <memory>
#include <stop_token>

#include "core/data/data_check.h"

namespace xllm::ui {

struct DataChoice {
  QString source, validation;  // `validation`: a list of its own; empty: a share
  data::DataKind kind = data::DataKind::Pictures;
  double validationShare = 0.1;
};

class DataWorker final : public QObject {
  Q_OBJECT

 public:
  using Examples = std::shared_ptr<const std::vector<data::DataExample>>;
  using Report = std::shared_ptr<const data::DataReport>;

  explicit DataWorker(const MediaProbe& probe, QObject* parent = nullptr);  // `probe` outlives this
  ~DataWorker() override;  // stops, and waits for the file that is being decoded

  void check(const DataChoice& choice);
  void stop();  // failed() follows, as Cancelled
  bool isBusy() const { return m_running != 0; }
  // saved() or failed() follows; without an error it is empty. Any number at a time.
  void save(const Report& report, const QString& file);
  void writeLists(const Report& report, const QString& folder);  // listsWritten() follows

 Q_SIGNALS:
  void previewed(const xllm::ui::DataWorker::Examples& examples);  // as they stand, before they are checked
  void progressed(qint64 done, qint64 all);
  void finished(const xllm::ui::DataWorker::Report& report);
  void failed(const xllm::Error& error);
  void saved(const QString& file, const xllm::Error& error);  // an empty message: it was
  void listsWritten(const QString& training, const QString& validation, const xllm::Error& error);

 private:
  void work(quint64 id, const DataChoice& choice, const std::stop_token& stop);

  const MediaProbe& m_probe;
  quint64 m_last = 0, m_running = 0;  // 0: none
  std::stop_source m_stop;
  QThreadPool m_pool;  // last: its threads post to this object
};

}  // namespace xllm::ui
