#include "ui/settings/preset.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QUuid>
#include <algorithm>
#include <cmath>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kMostPresets = 500;
constexpr auto kFormat = "xllm-presets"_L1;
constexpr int kVersion = 1;

QString newPresetId() { return QUuid::createUuid().toString(QUuid::WithoutBraces); }

double within(const QJsonValue& value, double least, double most, double otherwise) {
  const double number = value.toDouble(otherwise);
  return std::isfinite(number) ? std::clamp(number, least, most) : otherwise;
}

int within(const QJsonValue& value, int least, int most, int otherwise) {
  return static_cast<int>(std::lround(within(value, double(least), double(most), double(otherwise))));
}

QJsonObject objectOf(const Preset& preset) {
  const Answering& answering = preset.answering;
  return {{u"id"_s, preset.id},
          {u"name"_s, preset.name},
          {u"systemPrompt"_s, answering.systemPrompt},
          {u"temperature"_s, answering.temperature},
          {u"topP"_s, answering.topP},
          {u"topK"_s, answering.topK},
          {u"seed"_s, answering.seed ? QJsonValue(static_cast<qint64>(*answering.seed)) : QJsonValue()},
          {u"longestAnswer"_s, answering.longestAnswer}};
}

Preset presetOf(const QJsonObject& object) {
  const Answering otherwise;
  Preset preset{.id = object[u"id"_s].toString(), .name = object[u"name"_s].toString().simplified(), .answering = {}};
  Answering& answering = preset.answering;
  answering.systemPrompt = object[u"systemPrompt"_s].toString();
  answering.temperature = within(object[u"temperature"_s], 0.0, kHighestTemperature, otherwise.temperature);
  answering.topP = within(object[u"topP"_s], kLowestTopP, 1.0, otherwise.topP);
  answering.topK = within(object[u"topK"_s], 0, kHighestTopK, otherwise.topK);
  const QJsonValue seed = object[u"seed"_s];
  if (seed.isDouble()) answering.seed = static_cast<quint32>(within(seed, 0.0, double(kHighestSeed), 0.0));
  answering.longestAnswer =
      within(object[u"longestAnswer"_s], kShortestAnswer, kLongestAnswer, otherwise.longestAnswer);
  return preset;
}

}  // namespace

QList<Preset> Presets::builtIn() {
  return {{.id = u"balanced"_s, .name = {}, .answering = {}},
          {.id = u"precise"_s, .name = {}, .answering = {.temperature = 0, .topP = 1, .topK = 0}},
          {.id = u"imaginative"_s, .name = {}, .answering = {.temperature = 1.1, .topP = 0.95, .topK = 100}}};
}

QString Presets::nameOf(const Preset& preset) {
  if (!preset.name.isEmpty()) return preset.name;
  if (preset.id == "balanced"_L1) return tr("Balanced");
  if (preset.id == "precise"_L1) return tr("Precise");
  if (preset.id == "imaginative"_L1) return tr("Imaginative");
  return tr("Without a name");
}

int Presets::indexOf(const QList<Preset>& presets, const QString& id) {
  const auto found = std::find_if(presets.begin(), presets.end(), [&id](const Preset& p) { return p.id == id; });
  return found == presets.end() ? -1 : static_cast<int>(found - presets.begin());
}

const Preset& Presets::find(const QList<Preset>& presets, const QString& id) {
  return presets.at(std::max(0, indexOf(presets, id)));
}

QString Presets::freeName(const QList<Preset>& presets, const QString& wanted) {
  const auto isTaken = [&presets](const QString& name) {
    return std::any_of(presets.begin(), presets.end(), [&name](const Preset& p) { return nameOf(p) == name; });
  };
  QString name = wanted;
  for (int number = 2; isTaken(name); ++number) name = u"%1 %2"_s.arg(wanted).arg(number);
  return name;
}

QString Presets::duplicate(QList<Preset>& presets, int index) {
  Preset copy = presets.at(index);
  copy.id = newPresetId();
  copy.name = freeName(presets, tr("%1 (copy)").arg(nameOf(presets.at(index))));
  presets.insert(index + 1, copy);
  return copy.id;
}

QString Presets::add(QList<Preset>& presets) {
  const Preset added{.id = newPresetId(), .name = freeName(presets, tr("New preset")), .answering = {}};
  presets << added;
  return added.id;
}

void Presets::restoreBuiltIn(QList<Preset>& presets) {
  QList<Preset> restored = builtIn();
  for (const Preset& preset : std::as_const(presets)) {
    if (indexOf(restored, preset.id) < 0) restored << preset;
  }
  presets = restored;
}

QByteArray Presets::toJson(const QList<Preset>& presets) {
  QJsonArray list;
  for (const Preset& preset : presets) list << objectOf(preset);
  const QJsonObject file{{u"format"_s, kFormat}, {u"version"_s, kVersion}, {u"presets"_s, list}};
  return QJsonDocument(file).toJson();
}

Result<QList<Preset>> Presets::fromJson(const QByteArray& json) {
  QJsonParseError wrong;
  const QJsonObject file = QJsonDocument::fromJson(json, &wrong).object();
  if (wrong.error != QJsonParseError::NoError) {
    return fail(ErrorCode::CorruptFile,
                u"The presets are no JSON: %1 at byte %2."_s.arg(wrong.errorString()).arg(wrong.offset).toStdString());
  }
  if (file[u"format"_s] != kFormat) return fail(ErrorCode::CorruptFile, "The file does not hold presets.");
  if (file[u"version"_s].toInt() > kVersion) {
    return fail(ErrorCode::Unsupported, "The presets were written by a newer version of the program.");
  }
  QList<Preset> presets;
  for (const QJsonValue& value : file[u"presets"_s].toArray()) {
    const Preset preset = presetOf(value.toObject());
    if (preset.id.isEmpty() || indexOf(presets, preset.id) >= 0 || presets.size() >= kMostPresets) continue;
    presets << preset;
  }
  if (presets.isEmpty()) return fail(ErrorCode::CorruptFile, "The file holds no preset.");
  return presets;
}

}  // namespace xllm::ui
