#include "ui/settings/preset_menu.h"

#include <QAction>
#include <QActionGroup>

namespace xllm::ui {

namespace {

constexpr int kWithKeys = 9;

}  // namespace

PresetMenu::PresetMenu(QWidget* parent) : QMenu(parent), m_group(new QActionGroup(this)), m_edit(nullptr) {
  addSeparator();
  m_edit = addAction(QString(), this, &PresetMenu::editRequested);
  connect(m_group, &QActionGroup::triggered, this,
          [this](const QAction* action) { Q_EMIT chosen(action->data().toString()); });
  retranslate();
}

void PresetMenu::setPreferences(const Preferences& preferences) {
  const bool sameList =
      preferences.presets == m_shown.presets && m_group->actions().size() == preferences.presets.size();
  m_shown = preferences;
  if (!sameList) {
    qDeleteAll(m_group->actions());
    QAction* before = actions().first();  // the separator
    for (qsizetype i = 0; i < preferences.presets.size(); ++i) {
      auto* action = new QAction(m_group);
      action->setCheckable(true);
      action->setData(preferences.presets[i].id);
      if (i < kWithKeys) action->setShortcut(QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i)));
      insertAction(before, action);
    }
  }
  retranslate();
}

void PresetMenu::retranslate() {
  setTitle(tr("&Preset"));
  m_edit->setText(tr("&Edit presets …"));
  const QString inUse = m_shown.presets.isEmpty() ? QString() : Presets::find(m_shown.presets, m_shown.preset).id;
  for (QAction* action : m_group->actions()) {
    const Preset& preset = Presets::find(m_shown.presets, action->data().toString());
    QString name = Presets::nameOf(preset);
    action->setText(name.replace(u'&', QStringLiteral("&&")));
    action->setChecked(preset.id == inUse);
  }
}

}  // namespace xllm::ui
