// Keeps the window's preferences: words and numbers in the platform's settings place, presets as readable JSON beside
// it. Leaves their meaning to ui/settings.
#pragma once

#include <QObject>
#include <QThreadPool>
#include <optional>

#include "ui/settings/preferences.h"

class QTimer;

namespace xllm::desktop {

class SettingsStore final : public QObject {
  Q_OBJECT

 public:
  explicit SettingsStore(const QString& folder, QObject* parent = nullptr);  // of the presets; made when it is missing
  ~SettingsStore() override;                                                 // everything is written

  QString folder() const { return m_folder; }
  ui::Preferences load();
  // After load(): the presets were damaged and are put aside under this name; empty: they were not.
  QString putAside() const { return m_putAside; }
  void keep(const ui::Preferences& preferences);  // a moment later; presets on a thread of their own
  void flush();                                   // what keep() was given is on its way

 Q_SIGNALS:
  void failed(const xllm::Error& error);  // presets could not be written

 private:
  QList<ui::Preset> loadPresets();
  void savePresets();

  QString m_folder;
  QString m_putAside;
  std::optional<ui::Preferences> m_waiting;
  QList<ui::Preset> m_presets;  // as they are in the file
  QTimer* m_soon;
  QThreadPool m_writer;  // last: its work answers into everything above
};

}  // namespace xllm::desktop
