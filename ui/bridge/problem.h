// Errors in the reader's language: from the code and the situation to what happened, why, and what to do.
#pragma once

#include <QCoreApplication>
#include <QString>

#include "core/base/result.h"

namespace xllm::ui {

// What was being done. Decides the sentence together with the error's code.
enum class Situation {
  LoadingPack = 1,
  Answering,
  AddingFile,
  AddingFolder,  // dropped where files are wanted
  AddingEmptyFile,
  AddingDevice,     // a pipe, a socket or a device: nothing that has an end
  AddingLargeFile,  // what it is, is known; it is over a limit
  OpeningKept,      // a medium of an earlier message
  Keeping,
  ChoosingFrames
};

struct Problem {
  QString title;    // what happened
  QString text;     // why, and what to do
  QString details;  // the engine's own English sentence, for "Copy details"
};

class Problems {
  Q_DECLARE_TR_FUNCTIONS(xllm::ui::Problems)

 public:
  // `subject` is the file or pack it is about; may be empty. Call again after the language changed.
  static Problem describe(const Error& error, Situation situation, const QString& subject = {});

 private:
  static QString title(const Error& error, Situation situation, const QString& subject);
  static QString reason(ErrorCode code, Situation situation);
  static QString reasonOfKeeping(ErrorCode code);
};

}  // namespace xllm::ui
