// What belongs to talking and to being read to, one group below the other. Leaves what is in a group to it.
#pragma once

#include "ui/settings/page.h"

namespace xllm::ui {

class ListeningGroup;
class ReadingAloudGroup;

class VoicePage final : public SettingsPage {
  Q_OBJECT

 public:
  explicit VoicePage(QWidget* parent = nullptr);

  void setPreferences(const Preferences& preferences) override;
  ListeningGroup& listening() { return *m_listening; }
  ReadingAloudGroup& readingAloud() { return *m_readingAloud; }

 protected:
  void retranslate() override;

 private:
  // Below the others, under a heading, whose text is the owner's. What the group says is said by the page.
  QLabel* addGroup(SettingsPage* group);

  QList<SettingsPage*> m_groups;
  ListeningGroup* m_listening;
  ReadingAloudGroup* m_readingAloud;
  QLabel *m_listeningTitle, *m_readingAloudTitle;
};

}  // namespace xllm::ui
