// What is taught, in which runs, and with which configs: a training is a folder with all of it, found again by what is
// in it. Configs are those of `xllm train` (docs/training.md); what is suggested depends on the pack alone. No widgets.
#pragma once

#include <QJsonObject>
#include <QList>
#include <QMap>
#include <QString>
#include <optional>

namespace xllm::ui {

enum class Teach { Pictures = 1, Clips, Speech, All };
// The interfaces of a pack, and what conversations hold.
enum class Sense { Pictures = 1, Clips, Speech };

QList<Sense> sensesOf(Teach teach);
QString nameOf(Sense sense);  // in files and configs: "image", "video", "speech"

struct Training {
  QString folder = {};  // project.json, NAME.json for each run, lists, features, runs
  QString name = {};    // for people
  Teach teach = Teach::Pictures;
  QString pack = {};                    // its folder: what is begun with
  QMap<QString, QString> sources = {};  // files or folders, by nameOf(sense), and "conversations"
  bool skipWrongRows = false;
  double validationShare = 0.1;
  qint64 seed = 0;  // of the split

  QString listFile(const QString& name) const;  // "image-train"
};

// The disk's: not on the GUI thread where that matters.
bool saveTraining(const Training& training);
std::optional<Training> readTraining(const QString& folder);
QList<Training> findTrainings(const QString& folder);  // in it, the newest first
QString freeFolderFor(const QString& folder, const QString& name);

enum class Stage { Converting = 1, Aligning, Integrating };

struct PlannedRun {
  Stage stage = Stage::Converting;
  std::optional<Sense> sense;  // nothing: all of them, together

  QString id() const;  // "image-1", "together-3"
  QString configFile(const Training& training) const;
  QString runFolder(const Training& training) const;
};
// In order. Clips have none for Converting: they start from what is there.
QList<PlannedRun> plannedRuns(Teach teach, Stage stage);
QList<PlannedRun> plannedRuns(Teach teach);

// What pack.json says; empty when there is none.
QJsonObject readManifest(const QString& packFolder);
// Senses of `teach` for which the pack has no interface to start from.
QList<Sense> missingSenses(const QJsonObject& manifest, Teach teach);

// The config that is begun with.
QJsonObject suggestedConfig(const PlannedRun& run, const Training& training, const QJsonObject& manifest);
// The same config with what lies before it: each "init" that nobody changed is the run of the stage before where that
// has weights, else the pack's own interface.
QJsonObject withStartingPoints(QJsonObject config, const PlannedRun& run, const Training& training,
                               const QJsonObject& manifest);

// Text of a config as it stands in its file.
QByteArray configText(const QJsonObject& config);
// All runs in `folder` (of findTrainings) that have curves, with names for people.
QList<std::pair<QString, QString>> findRuns(const QString& folder);
// The runs whose weights are the result: the last stage's, else the newest of each sense. Folders.
QStringList resultRuns(const Training& training);

}  // namespace xllm::ui
