#include "ui/settings/voice_page.h"

#include <QFormLayout>
#include <QLabel>

#include "ui/settings/listening_group.h"
#include "ui/settings/reading_aloud_group.h"

namespace xllm::ui {

VoicePage::VoicePage(QWidget* parent)
    : SettingsPage(parent), m_listening(new ListeningGroup), m_readingAloud(new ReadingAloudGroup) {
  form().setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  m_listeningTitle = addGroup(m_listening);
  m_readingAloudTitle = addGroup(m_readingAloud);
  retranslate();
}

QLabel* VoicePage::addGroup(SettingsPage* group) {
  auto* title = new QLabel(this);
  title->setProperty("strong", true);
  form().addRow(title);
  form().addRow(group);
  group->layout()->setContentsMargins(0, 0, 0, 14);
  m_groups << group;
  connect(group, &SettingsPage::edited, this, &SettingsPage::edited);
  return title;
}

void VoicePage::setPreferences(const Preferences& preferences) {
  for (SettingsPage* group : std::as_const(m_groups)) group->setPreferences(preferences);
}

void VoicePage::retranslate() {
  m_listeningTitle->setText(tr("Talking"));
  m_readingAloudTitle->setText(tr("Reading aloud"));
}

}  // namespace xllm::ui
