#include "ui/training/program_call.h"

#include <utility>

namespace xllm::ui {

using namespace Qt::StringLiterals;

ProgramCall::ProgramCall(QString program, QObject* parent) : QObject(parent), m_program(std::move(program)) {}

ProgramCall::~ProgramCall() { cancel(); }

void ProgramCall::call(const QStringList& arguments, std::function<void(const Outcome&)> then) {
  cancel();
  m_output.clear();
  m_told = 0;
  auto* process = new QProcess(this);
  m_process = process;
  connect(process, &QProcess::readyReadStandardOutput, this, [this, process] {
    m_output += process->readAllStandardOutput();
    for (qsizetype end = m_output.indexOf('\n', m_told); end >= 0; end = m_output.indexOf('\n', m_told)) {
      Q_EMIT said(m_output.sliced(m_told, end - m_told));
      m_told = end + 1;
    }
  });
  const auto finish = [this, process, then = std::move(then)](int code) {
    if (m_process != process) return;
    m_process = nullptr;
    process->deleteLater();
    m_output += process->readAllStandardOutput();
    then({code, m_output, process->readAllStandardError()});
  };
  connect(process, &QProcess::finished, this,
          [finish](int code, QProcess::ExitStatus status) { finish(status == QProcess::NormalExit ? code : -1); });
  connect(process, &QProcess::errorOccurred, this, [finish](QProcess::ProcessError error) {
    if (error == QProcess::FailedToStart) finish(-1);
  });
  process->start(m_program, arguments, QIODevice::ReadOnly);
}

void ProgramCall::cancel() {
  QProcess* process = std::exchange(m_process, nullptr);
  if (!process) return;
  process->disconnect(this);
  connect(process, &QProcess::finished, process, &QObject::deleteLater);
  process->setParent(nullptr);  // it may take its time to end
  process->terminate();
  if (process->state() == QProcess::NotRunning) process->deleteLater();
}

QString sentenceOf(const QByteArray& errors) {
  QString text = QString::fromUtf8(errors.right(4000)).trimmed();
  if (const qsizetype begin = text.lastIndexOf(u"xllm: "_s); begin >= 0) text = text.mid(begin + 6);
  return text;
}

}  // namespace xllm::ui
