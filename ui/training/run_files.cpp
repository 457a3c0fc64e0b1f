#include "ui/training/run_files.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>
#include <algorithm>
#include <filesystem>

#include "core/base/file_lock.h"
#include "core/base/other_process.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kErrorBytes = 20'000;
constexpr int kMostNotes = 50;

std::filesystem::path pathOf(const QString& file) { return {file.toStdU16String()}; }

// Whole lines behind `place`, which moves on; from the start when it is another file than before.
QList<QByteArray> newLines(const QString& path, qint64& place, quint64& number, bool& fresh) {
  const quint64 now = fileNumber(pathOf(path));
  QFile file(path);
  if (now == 0 || !file.open(QIODevice::ReadOnly)) {
    fresh = place != 0;
    place = 0;
    number = 0;
    return {};
  }
  fresh = now != number || file.size() < place;
  if (fresh) place = 0;
  number = now;
  file.seek(place);
  const QByteArray text = file.readAll();
  const qsizetype end = text.lastIndexOf('\n') + 1;
  place += end;
  QList<QByteArray> lines = text.first(end).split('\n');
  lines.removeAll(QByteArray());
  return lines;
}

void addMetrics(RunCurves& curves, const QByteArray& line) {
  const QJsonObject row = QJsonDocument::fromJson(line).object();
  const double step = row[u"step"_s].toDouble(-1);
  if (step < 0) return;
  const QJsonObject measures = row[u"validation"_s].toObject();
  for (auto each = measures.begin(); each != measures.end(); ++each) {
    if (each->isDouble()) curves.validation[each.key()].add(step, each->toDouble());
  }
  if (!measures.isEmpty()) return;
  for (auto each = row.begin(); each != row.end(); ++each) {
    if (each.key() != u"step"_s && each->isDouble()) curves.training[each.key()].add(step, each->toDouble());
  }
}

QList<qint64> stepsIn(const QString& folder, const QString& ending) {
  QList<qint64> steps;
  const QStringList names = QDir(folder).entryList({u"step-*."_s + ending}, QDir::Files, QDir::Name);
  for (const QString& name : names) {
    bool fine = false;
    const qint64 step = name.section(u'.', 0, 0).mid(5).toLongLong(&fine);
    if (fine) steps << step;
  }
  return steps;
}

QString launchedFile(const QString& folder) { return QDir(folder).filePath(u"process"_s); }

// Only if it is a trainer: after a restart the same number may be somebody else's. Where a system tells the program
// alone, that must do.
qint64 launchedProcess(const QString& folder) {
  QFile note(launchedFile(folder));
  if (!note.open(QIODevice::ReadOnly)) return 0;
  const qint64 process = note.readAll().trimmed().toLongLong();
  if (!isProcessAlive(process)) return 0;
  const std::vector<std::string> command = commandOf(process);
  if (command.empty() || std::filesystem::path(command[0]).stem() != "xllm") return 0;
  return command.size() > 1 && command[1] != "train" ? 0 : process;
}

QString tailOf(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) return {};
  file.seek(std::max<qint64>(0, file.size() - kErrorBytes));
  return QString::fromUtf8(file.readAll());
}

}  // namespace

void RunWords::take(const QByteArray& line) {
  const QJsonObject said = QJsonDocument::fromJson(line).object();
  if (said.contains(u"preparing"_s)) {
    preparing = said[u"preparing"_s].toString();
    prepared = said[u"done"_s].toInteger();
    toPrepare = said[u"total"_s].toInteger();
  } else if (said.contains(u"note"_s)) {
    notes << said[u"note"_s].toString();
    if (notes.size() > kMostNotes) notes.removeFirst();
  } else if (said.contains(u"ended"_s)) {
    const QString how = said[u"ended"_s].toString();
    end = RunEnd{how == u"finished"_s  ? RunEnd::Kind::Finished
                 : how == u"stopped"_s ? RunEnd::Kind::Stopped
                                       : RunEnd::Kind::Failed,
                 said[u"code"_s].toString(), said[u"message"_s].toString()};
  } else if (said.contains(u"step"_s)) {
    preparing.clear();
    step = said[u"step"_s].toInteger();
    steps = said[u"steps"_s].toInteger();
    if (said.contains(u"validation"_s)) return;
    loss = said[u"loss"_s].toDouble();
    learningRate = said[u"learningRate"_s].toDouble();
    secondsPerStep = said[u"secondsPerStep"_s].toDouble();
    secondsLeft = said[u"secondsLeft"_s].toDouble();
    examplesPerSecond = said[u"examplesPerSecond"_s].toDouble();
    memoryBytes = said[u"memoryBytes"_s].toInteger();
  }
}

RunReading readRun(const QString& folder, const RunCursor& from) {
  RunReading reading;
  reading.cursor = from;
  reading.process = trainingProcess(folder);  // first: what it wrote before it ended is read behind
  if (reading.process == 0) reading.launched = launchedProcess(folder);
  const QDir run(folder);
  for (const QByteArray& line : newLines(run.filePath(u"metrics.jsonl"_s), reading.cursor.metrics,
                                         reading.cursor.metricsFile, reading.freshCurves)) {
    addMetrics(reading.curves, line);
  }
  reading.words = newLines(wordsFile(folder), reading.cursor.words, reading.cursor.wordsFile, reading.freshWords);
  reading.checkpoints = stepsIn(run.filePath(u"checkpoints"_s), u"safetensors"_s);
  reading.samples = stepsIn(run.filePath(u"samples"_s), u"txt"_s);
  if (reading.process == 0) reading.errors = tailOf(errorsFile(folder));
  QFile described(run.filePath(u"run.json"_s));
  if (described.open(QIODevice::ReadOnly))
    reading.threads = QJsonDocument::fromJson(described.readAll()).object()[u"threads"_s].toInt();
  return reading;
}

qint64 trainingProcess(const QString& folder) {
  const QString path = QDir(folder).filePath(u"lock"_s);
  if (!isLocked(pathOf(path))) return 0;
  QFile owner(path);
  if (!owner.open(QIODevice::ReadOnly)) return 0;
  return owner.readAll().trimmed().toLongLong();
}

bool isTrainedIn(const QString& folder) {
  QDirIterator marks(folder, {u"lock"_s, u"process"_s}, QDir::Files, QDirIterator::Subdirectories);
  while (marks.hasNext()) {
    const QString run = QFileInfo(marks.next()).absolutePath();
    if (trainingProcess(run) != 0 || launchedProcess(run) != 0) return true;
  }
  return false;
}

void noteLaunched(const QString& folder, qint64 process) {
  QSaveFile note(launchedFile(folder));
  if (!note.open(QIODevice::WriteOnly)) return;  // then it is found when it has its folder
  note.write(QByteArray::number(process) + "\n");
  note.commit();
}

QString readSamples(const QString& folder, qint64 step) {
  return tailOf(QDir(folder).filePath(u"samples/step-%1.txt"_s.arg(step, 8, 10, QLatin1Char('0'))));
}

QString wordsFile(const QString& folder) { return QDir(folder).filePath(u"words.jsonl"_s); }
QString errorsFile(const QString& folder) { return QDir(folder).filePath(u"errors.txt"_s); }

bool isMarkedFinished(const QString& folder) { return QFile::exists(QDir(folder).filePath(u"finished"_s)); }

bool markFinished(const QString& folder, bool finished) {
  QFile mark(QDir(folder).filePath(u"finished"_s));
  return finished ? mark.open(QIODevice::WriteOnly) : !mark.exists() || mark.remove();
}

}  // namespace xllm::ui
