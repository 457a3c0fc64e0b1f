#include "ui/window/preferences_control.h"

#include <QApplication>
#include <QWheelEvent>
#include <algorithm>
#include <iterator>
#include <utility>

#include "ui/chat/conversation.h"
#include "ui/window/actions.h"

namespace xllm::ui {

namespace {

constexpr int kZooms[] = {50, 67, 75, 80, 90, 100, 110, 125, 150, 175, 200, 250, 300};

int stepFrom(int zoom, int steps) {
  for (; steps > 0; --steps) zoom = *std::upper_bound(std::begin(kZooms), std::end(kZooms) - 1, zoom);
  for (; steps < 0; ++steps) {
    const auto* atLeast = std::lower_bound(std::begin(kZooms), std::end(kZooms), zoom);
    zoom = atLeast == std::begin(kZooms) ? *atLeast : *(atLeast - 1);
  }
  return zoom;
}

}  // namespace

PreferencesControl::PreferencesControl(Preferences preferences, Language& language, Conversation& conversation,
                                       Actions& actions, QWidget& window)
    : m_preferences(std::move(preferences)),
      m_language(language),
      m_conversation(conversation),
      m_actions(actions),
      m_window(window) {
  useForAnswers();
  m_actions.setPreferences(m_preferences);
  connect(&actions, &Actions::languageChosen, this,
          [this](LanguageChoice choice) { change([choice](Preferences& p) { p.language = choice; }); });
  connect(&actions, &Actions::themeChosen, this,
          [this](ThemeChoice choice) { change([choice](Preferences& p) { p.theme = choice; }); });
  connect(actions.presets, &PresetMenu::chosen, this,
          [this](const QString& id) { change([&id](Preferences& p) { p.preset = id; }); });
}

void PreferencesControl::change(const std::function<void(Preferences&)>& edit) {
  const Preferences before = m_preferences;
  edit(m_preferences);
  if (m_preferences == before) return;
  apply(before);
  Q_EMIT changed();
}

void PreferencesControl::apply(const Preferences& before) {
  if (m_preferences.language != before.language) m_language.choose(m_preferences.language);
  if (m_preferences.theme != before.theme || m_preferences.textZoom != before.textZoom) {
    applyTheme(*qApp, m_preferences.theme, m_preferences.textZoom);
  }
  useForAnswers();
  m_actions.setPreferences(m_preferences);
  if (m_dialog) m_dialog->setPreferences(m_preferences);
}

void PreferencesControl::useForAnswers() {
  m_conversation.setAnswering(Presets::find(m_preferences.presets, m_preferences.preset).answering,
                              m_preferences.halfMemory);
}

void PreferencesControl::zoom(int steps) {
  change([steps](Preferences& p) { p.textZoom = steps == 0 ? 100 : stepFrom(p.textZoom, steps); });
}

void PreferencesControl::switchTheme() {
  const bool dark = isDark(QApplication::palette());
  change([dark](Preferences& p) { p.theme = dark ? ThemeChoice::Light : ThemeChoice::Dark; });
}

void PreferencesControl::onSystemTheme() {
  if (m_preferences.theme == ThemeChoice::System) applyTheme(*qApp, ThemeChoice::System, m_preferences.textZoom);
}

void PreferencesControl::openDialog(SettingsDialog::Page page, const Places& places, bool hasTray) {
  if (!m_dialog) {
    m_dialog = new SettingsDialog(places, hasTray, &m_window);
    m_dialog->setPreferences(m_preferences);
    connect(m_dialog, &SettingsDialog::changed, this,
            [this](const Preferences& wanted) { change([&wanted](Preferences& p) { p = wanted; }); });
    connect(m_dialog, &SettingsDialog::deleteTrainingsRequested, this, &PreferencesControl::deleteTrainingsRequested);
    connect(m_dialog, &SettingsDialog::deleteEverythingRequested, this, &PreferencesControl::deleteEverythingRequested);
  }
  Q_EMIT dialogOpened(*m_dialog);
  m_dialog->openAt(page);
}

void PreferencesControl::zoomByWheelOver(QWidget& place) { place.installEventFilter(this); }

bool PreferencesControl::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() != QEvent::Wheel) return QObject::eventFilter(watched, event);
  const auto* wheel = static_cast<QWheelEvent*>(event);
  if (!(wheel->modifiers() & Qt::ControlModifier)) return QObject::eventFilter(watched, event);
  m_wheel += wheel->angleDelta().y();
  if (const int steps = m_wheel / QWheelEvent::DefaultDeltasPerStep) {
    m_wheel -= steps * QWheelEvent::DefaultDeltasPerStep;
    zoom(steps);
  }
  return true;
}

}  // namespace xllm::ui
