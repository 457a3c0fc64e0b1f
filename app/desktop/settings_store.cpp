#include "app/desktop/settings_store.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>
#include <QSettings>
#include <QTimer>
#include <algorithm>
#include <cmath>

namespace xllm::desktop {

using namespace Qt::StringLiterals;

namespace {

constexpr int kGatherMs = 400;
constexpr qint64 kMostBytes = 8 << 20;

// Words, not numbers: the file stays readable, and an unknown word falls back to the first choice.
constexpr std::pair<ui::LanguageChoice, QLatin1StringView> kLanguages[] = {
    {ui::LanguageChoice::System, "system"_L1},
    {ui::LanguageChoice::English, "en"_L1},
    {ui::LanguageChoice::SimplifiedChinese, "zh_CN"_L1}};
constexpr std::pair<ui::ThemeChoice, QLatin1StringView> kThemes[] = {
    {ui::ThemeChoice::System, "system"_L1}, {ui::ThemeChoice::Light, "light"_L1}, {ui::ThemeChoice::Dark, "dark"_L1}};

constexpr std::pair<ui::ListenMode, QLatin1StringView> kModes[] = {{ui::ListenMode::ClickToTalk, "click"_L1},
                                                                   {ui::ListenMode::HoldToTalk, "hold"_L1},
                                                                   {ui::ListenMode::HandsFree, "handsFree"_L1}};
constexpr std::pair<ui::SayingGoes, QLatin1StringView> kGoes[] = {{ui::SayingGoes::AtOnceHandsFree, "handsFree"_L1},
                                                                  {ui::SayingGoes::AtOnce, "atOnce"_L1},
                                                                  {ui::SayingGoes::AfterReading, "afterReading"_L1}};

template <typename Table>
auto fromWord(const Table& table, const QString& word) {
  for (const auto& [value, name] : table) {
    if (word == name) return value;
  }
  return table[0].first;
}

template <typename Table, typename Value>
QString toWord(const Table& table, Value wanted) {
  for (const auto& [value, name] : table) {
    if (value == wanted) return name;
  }
  return {};
}

QString presetFile(const QString& folder) { return folder + u"/presets.json"_s; }

Result<void> write(const QString& file, const QByteArray& bytes) {
  QDir().mkpath(QFileInfo(file).path());
  QSaveFile out(file);
  if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size() || !out.commit()) {
    return fail(ErrorCode::DiskFull, u"%1 could not be written: %2"_s.arg(file, out.errorString()).toStdString());
  }
  return {};
}

double numberFrom(const QSettings& settings, const QString& key, double usual, double least, double most) {
  bool isNumber = false;
  const double value = settings.value(key).toDouble(&isNumber);
  return isNumber && std::isfinite(value) ? std::clamp(value, least, most) : usual;
}

ui::TalkPreferences loadTalk(const QSettings& settings) {
  ui::TalkPreferences talk;
  const auto number = [&settings](const QString& key, double usual, double least, double most) {
    return numberFrom(settings, key, usual, least, most);
  };
  talk.mode = fromWord(kModes, settings.value(u"voice/way"_s).toString());
  talk.goes = fromWord(kGoes, settings.value(u"voice/goes"_s).toString());
  talk.showsWords = settings.value(u"voice/showsWords"_s, talk.showsWords).toBool();
  ui::ListenSettings& listening = talk.listening;
  listening.device = settings.value(u"voice/microphone"_s).toByteArray();
  listening.endDelaySeconds =
      number(u"voice/endDelay"_s, listening.endDelaySeconds, ui::kShortestEndDelay, ui::kLongestEndDelay);
  listening.sensitivity =
      number(u"voice/sensitivity"_s, listening.sensitivity, ui::kLeastSensitivity, ui::kMostSensitivity);
  listening.cancelsEcho = settings.value(u"voice/cancelsEcho"_s, listening.cancelsEcho).toBool();
  return talk;
}

void saveTalk(QSettings& settings, const ui::TalkPreferences& talk) {
  settings.setValue(u"voice/way"_s, toWord(kModes, talk.mode));
  settings.setValue(u"voice/goes"_s, toWord(kGoes, talk.goes));
  settings.setValue(u"voice/showsWords"_s, talk.showsWords);
  settings.setValue(u"voice/microphone"_s, talk.listening.device);
  settings.setValue(u"voice/endDelay"_s, talk.listening.endDelaySeconds);
  settings.setValue(u"voice/sensitivity"_s, talk.listening.sensitivity);
  settings.setValue(u"voice/cancelsEcho"_s, talk.listening.cancelsEcho);
}

ui::ReadingPreferences loadReading(const QSettings& settings) {
  ui::ReadingPreferences reading;
  reading.answers = settings.value(u"reading/answers"_s, reading.answers).toBool();
  reading.voice = settings.value(u"reading/voice"_s).toString();
  reading.rate = numberFrom(settings, u"reading/rate"_s, reading.rate, -1, 1);
  reading.volume = numberFrom(settings, u"reading/volume"_s, reading.volume, 0, 1);
  return reading;
}

void saveReading(QSettings& settings, const ui::ReadingPreferences& reading) {
  settings.setValue(u"reading/answers"_s, reading.answers);
  settings.setValue(u"reading/voice"_s, reading.voice);
  settings.setValue(u"reading/rate"_s, reading.rate);
  settings.setValue(u"reading/volume"_s, reading.volume);
}

}  // namespace

SettingsStore::SettingsStore(const QString& folder, QObject* parent)
    : QObject(parent), m_folder(folder), m_soon(new QTimer(this)) {
  m_writer.setMaxThreadCount(1);
  m_soon->setSingleShot(true);
  m_soon->setInterval(kGatherMs);
  connect(m_soon, &QTimer::timeout, this, &SettingsStore::flush);
}

SettingsStore::~SettingsStore() {
  flush();
  m_writer.waitForDone();
}

ui::Preferences SettingsStore::load() {
  const QSettings settings;
  ui::Preferences preferences;
  preferences.language = fromWord(kLanguages, settings.value(u"window/language"_s).toString());
  preferences.theme = fromWord(kThemes, settings.value(u"window/theme"_s).toString());
  preferences.textZoom =
      std::clamp(settings.value(u"window/textZoom"_s, 100).toInt(), ui::kLeastTextZoom, ui::kMostTextZoom);
  preferences.packFolder = settings.value(u"pack/folder"_s).toString();
  preferences.geometry = settings.value(u"window/geometry"_s).toByteArray();
  preferences.firstRun = settings.value(u"window/firstRun"_s, settings.allKeys().isEmpty()).toBool();
  preferences.sidebar = settings.value(u"window/sidebar"_s, true).toBool();
  preferences.tray = settings.value(u"window/tray"_s, false).toBool();
  preferences.halfMemory = settings.value(u"answers/halfMemory"_s, false).toBool();
  preferences.preset = settings.value(u"answers/preset"_s, preferences.preset).toString();
  preferences.presets = loadPresets();
  preferences.camera = settings.value(u"camera/device"_s).toByteArray();
  preferences.talk = loadTalk(settings);
  preferences.reading = loadReading(settings);
  return preferences;
}

// None are there: the built-in ones.
QList<ui::Preset> SettingsStore::loadPresets() {
  m_presets = ui::Presets::builtIn();
  QFile file(presetFile(m_folder));
  if (!file.open(QIODevice::ReadOnly)) return m_presets;
  const auto presets = ui::Presets::fromJson(file.read(kMostBytes));
  file.close();
  if (presets) return m_presets = *presets;
  m_putAside =
      u"%1/presets.damaged-%2.json"_s.arg(m_folder, QDateTime::currentDateTimeUtc().toString(u"yyyyMMdd-hhmmss-zzz"_s));
  file.rename(m_putAside);
  return m_presets;
}

void SettingsStore::keep(const ui::Preferences& preferences) {
  m_waiting = preferences;
  m_soon->start();
}

void SettingsStore::flush() {
  m_soon->stop();
  if (!m_waiting) return;
  const ui::Preferences& preferences = *m_waiting;
  QSettings settings;
  settings.setValue(u"window/language"_s, toWord(kLanguages, preferences.language));
  settings.setValue(u"window/theme"_s, toWord(kThemes, preferences.theme));
  settings.setValue(u"window/textZoom"_s, preferences.textZoom);
  settings.setValue(u"pack/folder"_s, preferences.packFolder);
  settings.setValue(u"window/geometry"_s, preferences.geometry);
  settings.setValue(u"window/firstRun"_s, preferences.firstRun);
  settings.setValue(u"window/sidebar"_s, preferences.sidebar);
  settings.setValue(u"window/tray"_s, preferences.tray);
  settings.setValue(u"answers/halfMemory"_s, preferences.halfMemory);
  settings.setValue(u"answers/preset"_s, preferences.preset);
  settings.setValue(u"camera/device"_s, preferences.camera);
  saveTalk(settings, preferences.talk);
  saveReading(settings, preferences.reading);
  if (preferences.presets != m_presets) {
    m_presets = preferences.presets;
    savePresets();
  }
  m_waiting.reset();
}

void SettingsStore::savePresets() {
  m_writer.start([this, file = presetFile(m_folder), bytes = ui::Presets::toJson(m_presets)] {
    const auto written = write(file, bytes);
    if (written) return;
    QMetaObject::invokeMethod(
        this, [this, error = written.error()] { Q_EMIT failed(error); }, Qt::QueuedConnection);
  });
}

}  // namespace xllm::desktop
