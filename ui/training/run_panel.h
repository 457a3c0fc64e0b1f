// One run: where it stands, its curves, what the interface says at each checkpoint, and the buttons that start, pause,
// end it and go back. Leaves the run itself to TrainingRun.
#pragma once

#include <QWidget>

class QComboBox;
class QLabel;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;

namespace xllm::ui {

class CurvePanel;
class InlineMessage;
class TrainingRun;

class RunPanel final : public QWidget {
  Q_OBJECT

 public:
  explicit RunPanel(TrainingRun& run, QWidget* parent = nullptr);  // `run` outlives this

  QPushButton& startButton() { return *m_start; }
  CurvePanel& curves() { return *m_curves; }
  QString stateText() const;
  const InlineMessage& message() const { return *m_message; }

 Q_SIGNALS:
  void startRequested();  // the owner writes the config, then starts the run
  void phaseChanged();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void build();
  void refresh();
  void showFigures();
  void showProblem();
  void showSamples();
  void offerSteps();
  void goBack();
  void retranslate();

  TrainingRun& m_run;
  int m_phase = 0;
  QLabel *m_state, *m_figures, *m_notes;
  QProgressBar* m_bar;
  InlineMessage* m_message;
  QPushButton *m_start, *m_pause, *m_finish, *m_back, *m_yes, *m_no;
  QComboBox *m_checkpoints, *m_samples;
  CurvePanel* m_curves;
  QLabel *m_samplesLabel, *m_backLabel;
  QPlainTextEdit* m_said;
  bool m_asking = false;  // whether to go back
  QString m_problem;      // that is told
};

}  // namespace xllm::ui
