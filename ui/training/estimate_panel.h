// Before the start: what a run needs beside what this computer has, told by `xllm train --dry-run`, and the one setting
// to change where it does not fit.
#pragma once

#include <QJsonObject>
#include <QWidget>
#include <optional>

#include "ui/training/program_call.h"

class QLabel;
class QProgressBar;
class QPushButton;

namespace xllm::ui {

class InlineMessage;

struct Needs {
  double seconds = 0, prepareSeconds = 0, secondsPerStep = 0;
  qint64 memoryBytes = 0, diskBytes = 0, examples = 0;
};
struct Haves {
  qint64 memoryBytes = 0, diskBytes = 0;  // 0: the system does not tell
};
// The one change that helps most: a key and its new value, nothing where it fits. Of a run that would take long the
// steps, of one that is too large for memory its examples at a time, of features too large for the disk their views.
std::optional<std::pair<QString, QJsonValue>> adviceFor(const Needs& needs, const Haves& haves,
                                                        const QJsonObject& config);

class EstimatePanel final : public QWidget {
  Q_OBJECT

 public:
  EstimatePanel(const QString& program, QString config, QWidget* parent = nullptr);

  void setConfig(const QJsonObject& config) { m_config = config; }
  void run();
  void forget();  // what was told: the config is another one now
  const std::optional<Needs>& needs() const { return m_needs; }
  QPushButton& estimateButton() { return *m_estimate; }
  QString text() const;

 Q_SIGNALS:
  void estimateRequested();  // the owner writes the config, then calls run()
  void adviceTaken(const QString& key, const QJsonValue& value);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void build();
  void take(const ProgramCall::Outcome& outcome);
  void show();
  void retranslate();

  const QString m_file;
  QJsonObject m_config;
  std::optional<Needs> m_needs;
  Haves m_haves;
  QString m_problem;
  QLabel *m_intro, *m_result;
  QProgressBar* m_bar;
  QPushButton *m_estimate, *m_change;
  InlineMessage* m_message;
  ProgramCall m_call;  // last: it answers into everything above
};

}  // namespace xllm::ui
