// One call of `xllm` for an answer: to the end, its two streams gathered. For what takes seconds or minutes and needs
// nothing to outlive the window; runs are another thing (training_run.h).
#pragma once

#include <QProcess>
#include <QStringList>
#include <functional>

namespace xllm::ui {

class ProgramCall final : public QObject {
  Q_OBJECT

 public:
  explicit ProgramCall(QString program, QObject* parent = nullptr);
  ~ProgramCall() override;  // ends what runs

  struct Outcome {
    int exitCode = -1;  // −1: it could not be started, or crashed
    QByteArray output, errors;
  };
  // One at a time; a call before is ended, and its `then` never comes.
  void call(const QStringList& arguments, std::function<void(const Outcome&)> then);
  void cancel();
  bool isRunning() const { return m_process != nullptr; }

 Q_SIGNALS:
  void said(const QByteArray& line);  // of its output, as it comes

 private:
  QString m_program;
  QProcess* m_process = nullptr;
  QByteArray m_output;
  qsizetype m_told = 0;
};

// The sentence in what `xllm` wrote to standard error, without the program's name; the last lines of it.
QString sentenceOf(const QByteArray& errors);

}  // namespace xllm::ui
