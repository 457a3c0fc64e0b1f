// One run of `xllm train --json` as the window sees it: starts it as a process that outlives the window, follows it
// through the files in its folder, and stops it at a safe point. A run is found again by its folder alone, whoever
// started it, and whether or not its process still lives.
#pragma once

#include <QObject>
#include <QTimer>

#include "ui/training/run_files.h"

namespace xllm::ui {

class TrainingRun final : public QObject {
  Q_OBJECT

 public:
  enum class Phase {
    Reading = 1,  // its folder; nothing is known yet
    New,          // nothing was trained
    Starting,     // the process is there, and says nothing yet
    Preparing,    // features are computed
    Running,
    Stopping,  // was asked to, and ends its step
    Paused,    // can go on from its newest checkpoint
    Finished,
    Failed,  // said why: end()
    Lost,    // the process went without a word: it was killed, or the computer went out. Can go on
  };
  enum class Refusal { None = 0, NoProgram, NoFolder };

  // `program`: xllm. `config`: a file; `folder`: the run's, which the config names too.
  TrainingRun(QString program, QString config, QString folder, QObject* parent = nullptr);

  // Anew, or on from the newest checkpoint. Nothing while it is active.
  void start();
  // It deletes what came after the checkpoint of `step`, and goes on from there.
  void startFrom(qint64 step);
  void pause();   // after the step that runs, with a checkpoint
  void finish();  // so, and what is there now is the result

  Phase phase() const { return m_phase; }
  bool isActive() const;
  bool canGoOn() const { return !isActive() && m_phase != Phase::Reading && !m_checkpoints.isEmpty(); }
  Refusal refusal() const { return m_refusal; }  // of start()
  const QString& folder() const { return m_folder; }
  const QString& config() const { return m_config; }
  const QString& program() const { return m_program; }
  qint64 process() const { return m_process; }
  const RunCurves& curves() const { return m_curves; }
  const RunWords& words() const { return m_words; }
  const QList<qint64>& checkpoints() const { return m_checkpoints; }
  const QList<qint64>& samples() const { return m_samples; }
  const QString& errors() const { return m_errors; }  // the end of its standard error, when it is not active
  qint64 step() const;                                // the last that is known of

 Q_SIGNALS:
  void changed();   // the phase, words, checkpoints or samples
  void measured();  // the curves

 private:
  void launch(const QStringList& more);
  void look();
  void askToStop();
  void take(const RunReading& reading);
  Phase phaseOf(const RunReading& reading) const;

  const QString m_program, m_config, m_folder;
  Phase m_phase = Phase::Reading;
  Refusal m_refusal = Refusal::None;
  qint64 m_process = 0;                      // that trains
  qint64 m_launched = 0;                     // that was started and has not been seen to train or end
  bool m_stopping = false, m_asked = false;  // to stop: wanted, and told to the process
  bool m_looking = false;
  int m_starts = 0;  // what was read before the newest one says nothing about it
  int m_threads = 0;
  RunCursor m_cursor;
  RunCurves m_curves;
  RunWords m_words;
  QList<qint64> m_checkpoints, m_samples;
  QString m_errors;
  QTimer m_timer;
};

}  // namespace xllm::ui
