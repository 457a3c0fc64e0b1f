// The presets as a menu: the one in use is checked, the first nine have keys. The same menu stands in the menu bar and
// at the composer.
#pragma once

#include <QMenu>

#include "ui/settings/preferences.h"

class QActionGroup;

namespace xllm::ui {

class PresetMenu final : public QMenu {
  Q_OBJECT

 public:
  explicit PresetMenu(QWidget* parent);

  void setPreferences(const Preferences& preferences);
  void retranslate();

 Q_SIGNALS:
  void chosen(const QString& id);
  void editRequested();

 private:
  QActionGroup* m_group;
  QAction* m_edit;
  Preferences m_shown;
};

}  // namespace xllm::ui
