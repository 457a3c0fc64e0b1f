#include "ui/training/training_plan.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSaveFile>
#include <algorithm>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kProject = "project.json"_L1;

QString nameOf(Teach teach) {
  switch (teach) {
    case Teach::Pictures: return u"pictures"_s;
    case Teach::Clips: return u"clips"_s;
    case Teach::Speech: return u"speech"_s;
    case Teach::All: break;
  }
  return u"all"_s;
}

Teach teachOf(const QString& name) {
  for (const Teach teach : {Teach::Pictures, Teach::Clips, Teach::Speech}) {
    if (nameOf(teach) == name) return teach;
  }
  return Teach::All;
}

bool writeWhole(const QString& path, const QByteArray& text) {
  QSaveFile file(path);
  return file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.commit();
}

QJsonObject readObject(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object() : QJsonObject();
}

QString encoderOf(Sense sense) { return sense == Sense::Speech ? u"speechEncoder"_s : u"imageEncoder"_s; }

bool hasWeights(const QString& run) { return QFile::exists(QDir(run).filePath(u"interface.safetensors"_s)); }

QString inPack(const Training& training, const QString& file) { return QDir(training.pack).absoluteFilePath(file); }

QJsonObject interfaceOf(const QJsonObject& manifest, Sense sense) {
  return manifest[u"interfaces"_s].toObject()[nameOf(sense)].toObject();
}

void addEncoder(QJsonObject& config, Sense sense, const Training& training, const QJsonObject& manifest) {
  const QJsonObject encoder = manifest[encoderOf(sense)].toObject();
  config[u"encoder"_s] = inPack(training, encoder[u"file"_s].toString());
  if (sense != Sense::Speech) return;
  config[u"encoderType"_s] = encoder[u"type"_s];
  if (encoder.contains(u"statistics"_s))
    config[u"encoderStatistics"_s] = inPack(training, encoder[u"statistics"_s].toString());
  if (encoder.contains(u"positions"_s)) config[u"encoderPositions"_s] = encoder[u"positions"_s];
}

void addWrap(QJsonObject& config, const QJsonObject& interface) {
  const QJsonObject wrap = interface[u"wrap"_s].toObject();
  for (const QString& side : {u"before"_s, u"after"_s}) {
    if (wrap.contains(side)) config[side] = wrap[side];
  }
}

void add(QJsonObject& config, std::initializer_list<std::pair<QString, QJsonValue>> values) {
  for (const auto& [key, value] : values) config[key] = value;
}

QJsonObject earlyStop(const QString& measure, int patience) {
  return {{u"measure"_s, measure}, {u"better"_s, u"lower"_s}, {u"patience"_s, patience}, {u"keepBest"_s, true}};
}

void addImage(QJsonObject& config, Stage stage, const QJsonObject& interface) {
  add(config, {{u"viewsPerPicture"_s, 8}, {u"batch"_s, 16}, {u"learningRate"_s, 3e-4}, {u"finalLearningRate"_s, 1e-5}});
  config[u"earlyStop"_s] = earlyStop(u"loss"_s, 3);
  if (stage == Stage::Converting) {
    add(config, {{u"stage"_s, u"image-text"_s}, {u"longestText"_s, 32}, {u"steps"_s, 400}, {u"warmupSteps"_s, 30}});
    return;
  }
  add(config, {{u"stage"_s, u"image-captions"_s}, {u"steps"_s, 200}, {u"warmupSteps"_s, 20}});
  addWrap(config, interface);
  QJsonArray dialogues;
  for (const QString& ask :
       {u"What is in this picture?"_s, u"Describe this picture."_s, u"What does the picture show?"_s})
    dialogues << QJsonObject{{u"ask"_s, ask}, {u"answer"_s, u"{caption}"_s}};
  config[u"dialogues"_s] = dialogues;
}

void addSpeech(QJsonObject& config, Stage stage, const QJsonObject& interface) {
  add(config, {{u"batch"_s, 8},
               {u"warmupSteps"_s, 20},
               {u"finalLearningRate"_s, 1e-6},
               {u"weightDecay"_s, 0.02},
               {u"ctcWeight"_s, 0.5},
               {u"labelSmoothing"_s, 0.05},
               {u"timeMasks"_s, 3}});
  const bool reads = interface[u"config"_s].toObject()[u"adapter"_s] == u"vocabulary"_s;
  if (stage == Stage::Converting) {
    add(config, {{u"stage"_s, u"speech-recognition"_s}, {u"steps"_s, 400}, {u"learningRate"_s, 2e-4}});
    if (reads) config[u"earlyStop"_s] = earlyStop(u"wordErrorRate"_s, 4);
    if (reads) config[u"vocabularySample"_s] = 8000;
    return;
  }
  add(config, {{u"stage"_s, u"speech-language"_s},
               {u"steps"_s, 200},
               {u"learningRate"_s, 1e-4},
               {u"ask"_s, u"Write down faithfully what is said."_s},
               {u"answer"_s, u"{text}"_s}});
  addWrap(config, interface);
  config[u"earlyStop"_s] = earlyStop(u"answerLoss"_s, 3);
}

void addClips(QJsonObject& config, const QJsonObject& interface) {
  add(config, {{u"stage"_s, u"video-language"_s},
               {u"frames"_s, 8},
               {u"syntheticShare"_s, 0.0},
               {u"wordWeight"_s, 0.0},
               {u"steps"_s, 200},
               {u"warmupSteps"_s, 20},
               {u"batch"_s, 8},
               {u"learningRate"_s, 1e-4},
               {u"finalLearningRate"_s, 1e-6}});
  addWrap(config, interface);
  config[u"earlyStop"_s] = earlyStop(u"answerLoss"_s, 3);
}

void addTogether(QJsonObject& config, const Training& training, const QJsonObject& manifest) {
  QJsonObject parts, sizes;
  for (const Sense sense : sensesOf(training.teach)) {
    const QJsonObject interface = interfaceOf(manifest, sense);
    QJsonObject part;
    addEncoder(part, sense, training, manifest);
    addWrap(part, interface);
    parts[nameOf(sense)] = part;
    sizes[nameOf(sense)] = interface[u"config"_s];
  }
  add(config, {{u"stage"_s, u"integrate"_s},
               {u"train"_s, u"lists/talk-train.jsonl"_s},
               {u"validation"_s, u"lists/talk-validation.jsonl"_s},
               {u"frames"_s, 8},
               {u"parts"_s, parts},
               {u"interface"_s, sizes},
               {u"steps"_s, 100},
               {u"warmupSteps"_s, 10},
               {u"batch"_s, 8},
               {u"learningRate"_s, 5e-5},
               {u"finalLearningRate"_s, 5e-6}});
  config[u"earlyStop"_s] = earlyStop(u"answerLoss"_s, 3);
}

// Of the stage before, for one sense; else the pack's own.
QString startingPoint(Sense sense, Stage stage, const Training& training, const QJsonObject& manifest) {
  for (int before = static_cast<int>(stage) - 1; before >= 1; --before) {
    const PlannedRun run{static_cast<Stage>(before), sense};
    if (hasWeights(run.runFolder(training))) return u"runs/"_s + run.id();
  }
  return inPack(training, interfaceOf(manifest, sense)[u"file"_s].toString());
}

// What somebody wrote into a config stays.
bool isOurs(const QJsonValue& init, Sense sense, const Training& training, const QJsonObject& manifest) {
  const QString text = init.toString();
  return text.isEmpty() || text.startsWith(u"runs/"_s + nameOf(sense)) ||
         text == inPack(training, interfaceOf(manifest, sense)[u"file"_s].toString());
}

}  // namespace

QList<Sense> sensesOf(Teach teach) {
  switch (teach) {
    case Teach::Pictures: return {Sense::Pictures};
    case Teach::Clips: return {Sense::Clips};
    case Teach::Speech: return {Sense::Speech};
    case Teach::All: break;
  }
  return {Sense::Pictures, Sense::Clips, Sense::Speech};
}

QString nameOf(Sense sense) {
  return sense == Sense::Pictures ? u"image"_s : sense == Sense::Clips ? u"video"_s : u"speech"_s;
}

QString Training::listFile(const QString& list) const {
  return QDir(folder).filePath(u"lists/"_s + list + u".jsonl"_s);
}

bool saveTraining(const Training& training) {
  QJsonObject sources;
  for (auto each = training.sources.begin(); each != training.sources.end(); ++each) sources[each.key()] = *each;
  const QJsonObject project{{u"format"_s, 1},
                            {u"name"_s, training.name},
                            {u"teach"_s, nameOf(training.teach)},
                            {u"pack"_s, training.pack},
                            {u"sources"_s, sources},
                            {u"skipWrongRows"_s, training.skipWrongRows},
                            {u"validationShare"_s, training.validationShare},
                            {u"seed"_s, training.seed}};
  return QDir().mkpath(training.folder) &&
         writeWhole(QDir(training.folder).filePath(kProject), QJsonDocument(project).toJson());
}

std::optional<Training> readTraining(const QString& folder) {
  const QJsonObject project = readObject(QDir(folder).filePath(kProject));
  if (project[u"format"_s].toInt() != 1) return std::nullopt;
  Training training;
  training.folder = QDir(folder).absolutePath();
  training.name = project[u"name"_s].toString();
  training.teach = teachOf(project[u"teach"_s].toString());
  training.pack = project[u"pack"_s].toString();
  const QJsonObject sources = project[u"sources"_s].toObject();
  for (auto each = sources.begin(); each != sources.end(); ++each) training.sources[each.key()] = each->toString();
  training.skipWrongRows = project[u"skipWrongRows"_s].toBool();
  training.validationShare = std::clamp(project[u"validationShare"_s].toDouble(0.1), 0.001, 0.9);
  training.seed = project[u"seed"_s].toInteger();
  return training;
}

QList<Training> findTrainings(const QString& folder) {
  QList<Training> trainings;
  const QStringList names = QDir(folder).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Time);
  for (const QString& name : names) {
    if (const auto training = readTraining(QDir(folder).filePath(name))) trainings << *training;
  }
  return trainings;
}

QString freeFolderFor(const QString& folder, const QString& name) {
  QString safe;
  for (const QChar letter : name.simplified())
    safe += letter.isLetterOrNumber() || letter == u'-' || letter == u'_' ? letter : u'-';
  safe = safe.left(60);
  if (safe.isEmpty()) safe = u"training"_s;
  QString path = QDir(folder).absoluteFilePath(safe);
  for (int number = 2; QFile::exists(path); ++number)
    path = QDir(folder).absoluteFilePath(safe + u'-' + QString::number(number));
  return path;
}

QString PlannedRun::id() const {
  return (sense ? nameOf(*sense) : u"together"_s) + u'-' + QString::number(static_cast<int>(stage));
}

QString PlannedRun::configFile(const Training& training) const {
  return QDir(training.folder).absoluteFilePath(id() + u".json"_s);
}

QString PlannedRun::runFolder(const Training& training) const {
  return QDir(training.folder).absoluteFilePath(u"runs/"_s + id());
}

QList<PlannedRun> plannedRuns(Teach teach, Stage stage) {
  if (stage == Stage::Integrating) return {{stage, std::nullopt}};
  QList<PlannedRun> runs;
  for (const Sense sense : sensesOf(teach)) {
    if (stage == Stage::Aligning || sense != Sense::Clips) runs << PlannedRun{stage, sense};
  }
  return runs;
}

QList<PlannedRun> plannedRuns(Teach teach) {
  return plannedRuns(teach, Stage::Converting) + plannedRuns(teach, Stage::Aligning) +
         plannedRuns(teach, Stage::Integrating);
}

QJsonObject readManifest(const QString& packFolder) { return readObject(QDir(packFolder).filePath(u"pack.json"_s)); }

QList<Sense> missingSenses(const QJsonObject& manifest, Teach teach) {
  QList<Sense> missing;
  for (const Sense sense : sensesOf(teach)) {
    if (interfaceOf(manifest, sense).isEmpty() || !manifest.contains(encoderOf(sense))) missing << sense;
  }
  return missing;
}

QJsonObject suggestedConfig(const PlannedRun& run, const Training& training, const QJsonObject& manifest) {
  const QJsonObject model = manifest[u"languageModel"_s].toObject();
  QJsonObject config{{u"run"_s, QString(u"runs/"_s + run.id())},
                     {u"languageModel"_s, inPack(training, model[u"file"_s].toString())},
                     {u"chatTemplate"_s, model[u"chatTemplate"_s]},
                     {u"store"_s, u"features"_s},
                     {u"seed"_s, 1},
                     {u"accumulate"_s, 1},
                     {u"logEvery"_s, 1},
                     {u"validateEvery"_s, 25},
                     {u"checkpointEvery"_s, 25},
                     {u"keepCheckpoints"_s, 4}};
  if (!run.sense) {
    addTogether(config, training, manifest);
    return withStartingPoints(config, run, training, manifest);
  }
  const QJsonObject interface = interfaceOf(manifest, *run.sense);
  config[u"interface"_s] = interface[u"config"_s];
  config[u"train"_s] = QString(u"lists/"_s + nameOf(*run.sense) + u"-train.jsonl"_s);
  config[u"validation"_s] = QString(u"lists/"_s + nameOf(*run.sense) + u"-validation.jsonl"_s);
  addEncoder(config, *run.sense, training, manifest);
  switch (*run.sense) {
    case Sense::Pictures: addImage(config, run.stage, interface); break;
    case Sense::Speech: addSpeech(config, run.stage, interface); break;
    case Sense::Clips: addClips(config, interface); break;
  }
  return withStartingPoints(config, run, training, manifest);
}

QJsonObject withStartingPoints(QJsonObject config, const PlannedRun& run, const Training& training,
                               const QJsonObject& manifest) {
  if (run.sense) {
    if (isOurs(config.value(u"init"_s), *run.sense, training, manifest))
      config[u"init"_s] = startingPoint(*run.sense, run.stage, training, manifest);
    return config;
  }
  QJsonObject parts = config[u"parts"_s].toObject();
  for (const Sense sense : sensesOf(training.teach)) {
    QJsonObject part = parts[nameOf(sense)].toObject();
    if (!isOurs(part[u"init"_s], sense, training, manifest)) continue;
    part[u"init"_s] = startingPoint(sense, run.stage, training, manifest);
    parts[nameOf(sense)] = part;
  }
  config[u"parts"_s] = parts;
  return config;
}

QByteArray configText(const QJsonObject& config) { return QJsonDocument(config).toJson(); }

QList<std::pair<QString, QString>> findRuns(const QString& folder) {
  QList<std::pair<QString, QString>> runs;
  for (const Training& training : findTrainings(folder)) {
    for (const PlannedRun& run : plannedRuns(training.teach)) {
      const QString place = run.runFolder(training);
      if (QFile::exists(QDir(place).filePath(u"metrics.jsonl"_s)))
        runs << std::pair(QString(training.name + u", "_s + run.id()), place);
    }
  }
  return runs;
}

QStringList resultRuns(const Training& training) {
  const QString together = PlannedRun{Stage::Integrating, std::nullopt}.runFolder(training);
  if (hasWeights(together)) return {together};
  QStringList runs;
  for (const Sense sense : sensesOf(training.teach)) {
    for (const Stage stage : {Stage::Aligning, Stage::Converting}) {
      const QString run = PlannedRun{stage, sense}.runFolder(training);
      if (!hasWeights(run)) continue;
      runs << run;
      break;
    }
  }
  return runs;
}

}  // namespace xllm::ui
