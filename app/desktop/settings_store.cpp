#include "app/desktop/settings_store.h"

#include <QSettings>
#include <QString>

namespace xllm::desktop {

using namespace Qt::StringLiterals;

namespace {

// Words, not numbers: the file stays readable, and an unknown word falls back to the first choice.
constexpr std::pair<ui::LanguageChoice, QLatin1StringView> kLanguages[] = {
    {ui::LanguageChoice::System, "system"_L1},
    {ui::LanguageChoice::English, "en"_L1},
    {ui::LanguageChoice::SimplifiedChinese, "zh_CN"_L1}};
constexpr std::pair<ui::ThemeChoice, QLatin1StringView> kThemes[] = {
    {ui::ThemeChoice::System, "system"_L1}, {ui::ThemeChoice::Light, "light"_L1}, {ui::ThemeChoice::Dark, "dark"_L1}};

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

}  // namespace

ui::Preferences loadPreferences() {
  const QSettings settings;
  ui::Preferences preferences;
  preferences.language = fromWord(kLanguages, settings.value(u"window/language"_s).toString());
  preferences.theme = fromWord(kThemes, settings.value(u"window/theme"_s).toString());
  preferences.packFolder = settings.value(u"pack/folder"_s).toString();
  preferences.geometry = settings.value(u"window/geometry"_s).toByteArray();
  preferences.sidebar = settings.value(u"window/sidebar"_s, true).toBool();
  return preferences;
}

void savePreferences(const ui::Preferences& preferences) {
  QSettings settings;
  settings.setValue(u"window/language"_s, toWord(kLanguages, preferences.language));
  settings.setValue(u"window/theme"_s, toWord(kThemes, preferences.theme));
  settings.setValue(u"pack/folder"_s, preferences.packFolder);
  settings.setValue(u"window/geometry"_s, preferences.geometry);
  settings.setValue(u"window/sidebar"_s, preferences.sidebar);
}

}  // namespace xllm::desktop
