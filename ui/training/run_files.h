// What a run's folder tells of it (docs/training.md): its curves, how far it is, whether a process works in it, and how
// the last one ended. Only reading; plain values. Any thread, and rather not the GUI's.
#pragma once

#include <QDateTime>
#include <QList>
#include <QMap>
#include <QString>
#include <QStringList>
#include <optional>

#include "ui/training/series.h"

namespace xllm::ui {

// Both by the names of the measures: "loss", "learningRate", …
struct RunCurves {
  QMap<QString, Series> training, validation;
};

// How a process that trained said good-bye.
struct RunEnd {
  enum class Kind { Finished = 1, Stopped, Failed };
  Kind kind = Kind::Finished;
  QString code, sentence;  // of the error, in English; empty of Finished
};

// What the process of a run said last. Of a run that was started from a shell without --json nothing is known.
struct RunWords {
  QString preparing;  // "picture features"; empty: none are computed now
  qint64 prepared = 0, toPrepare = 0;
  qint64 step = 0, steps = 0;
  double loss = 0, learningRate = 0, secondsPerStep = 0, secondsLeft = 0, examplesPerSecond = 0;
  qint64 memoryBytes = 0;
  QStringList notes;
  std::optional<RunEnd> end;

  void take(const QByteArray& line);  // one line of `xllm train --json`
};

// Where reading goes on. A file that was replaced is read from its start.
struct RunCursor {
  qint64 metrics = 0, words = 0;  // bytes that were read
  quint64 metricsFile = 0, wordsFile = 0;
};

struct RunReading {
  RunCursor cursor;
  bool freshCurves = false, freshWords = false;  // what was known of them before is gone
  RunCurves curves;                              // what is new
  QList<QByteArray> words;
  qint64 process = 0;         // that trains in it now; 0: none
  qint64 launched = 0;        // that was started to, and has not come so far; 0: none
  QList<qint64> checkpoints;  // steps
  QList<qint64> samples;      // steps
  QString errors;             // the end of what it wrote to standard error; only when none trains
  int threads = 0;            // of run.json; 0: not known
};
RunReading readRun(const QString& folder, const RunCursor& from);

// The process that trains in `folder`; 0: none.
qint64 trainingProcess(const QString& folder);
// Whether a process trains, or is on its way to, in a run anywhere below `folder`.
bool isTrainedIn(const QString& folder);
// Keeps which process was started: until it has its folder, nothing else tells that one is on its way.
void noteLaunched(const QString& folder, qint64 process);

// What the interface said at a validation.
QString readSamples(const QString& folder, qint64 step);

// Where the window lets the process write beside what the trainer writes.
QString wordsFile(const QString& folder);   // its standard output
QString errorsFile(const QString& folder);  // its standard error
// A run that the person ended before its last step; its weights count.
bool isMarkedFinished(const QString& folder);
bool markFinished(const QString& folder, bool finished);  // false: the disk did not let it

}  // namespace xllm::ui
