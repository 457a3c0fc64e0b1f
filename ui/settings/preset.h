// A preset: how the model answers, under a name. Plain values, and the JSON they are kept as. Leaves the file to app/.
#pragma once

#include <QByteArray>
#include <QCoreApplication>
#include <QList>
#include <QString>
#include <optional>

#include "core/base/result.h"

namespace xllm::ui {

// What the model is told first, and how its words are drawn.
struct Answering {
  QString systemPrompt = {};         // empty: what the pack says by itself
  double temperature = 0.7;          // 0: always the likeliest word
  double topP = 0.9;                 // (0, 1]
  int topK = 40;                     // 0: off
  std::optional<quint32> seed = {};  // none: another one for every answer
  int longestAnswer = 512;           // tokens

  bool operator==(const Answering&) const = default;
};

// What the fields of a form and the reader of a file allow.
inline constexpr double kHighestTemperature = 2.0;
inline constexpr double kLowestTopP = 0.05;
inline constexpr int kHighestTopK = 1000;
inline constexpr int kShortestAnswer = 16, kLongestAnswer = 32768;
inline constexpr quint32 kHighestSeed = 2147483647;  // of a spin box

struct Preset {
  QString id = {};    // never shown
  QString name = {};  // empty: that of the built-in one, in the window's language
  Answering answering = {};

  bool operator==(const Preset&) const = default;
};

class Presets {
  Q_DECLARE_TR_FUNCTIONS(xllm::ui::Presets)

 public:
  static QList<Preset> builtIn();
  static QString nameOf(const Preset& preset);
  // The one with this id, else the first. `presets` is never empty.
  static const Preset& find(const QList<Preset>& presets, const QString& id);
  static int indexOf(const QList<Preset>& presets, const QString& id);  // -1: none
  // A copy behind it, with a name that says so; returns its id.
  static QString duplicate(QList<Preset>& presets, int index);
  static QString add(QList<Preset>& presets);
  // The built-in ones as they were; those of the person stay.
  static void restoreBuiltIn(QList<Preset>& presets);

  static QByteArray toJson(const QList<Preset>& presets);
  // Numbers outside their bounds are brought inside; what is no list of presets is an error.
  static Result<QList<Preset>> fromJson(const QByteArray& json);

 private:
  static QString freeName(const QList<Preset>& presets, const QString& wanted);
};

}  // namespace xllm::ui
