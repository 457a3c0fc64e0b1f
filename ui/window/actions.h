// Everything one can do in the window by menu or key: what it is called, its keys, its place in the menus. A new one is
// a member here and a line in actions.cpp. Leaves what happens to the window, which connects to it.
#pragma once

#include <QKeySequence>
#include <QList>
#include <QObject>
#include <utility>

#include "ui/settings/preset_menu.h"
#include "ui/talk/talk_menu.h"

class QAction;
class QActionGroup;
class QMenuBar;

namespace xllm::ui {

class Actions final : public QObject {
  Q_OBJECT

 public:
  explicit Actions(QMenuBar& bar);  // which owns it

  void retranslate();
  void setPreferences(const Preferences& preferences);  // what is checked; nothing is triggered

  QMenu *file, *chat, *view, *language, *theme, *help;
  PresetMenu* presets;
  TalkMenu* wayOfTalking;  // as the two below it off and not seen until somebody can listen
  QAction *talk, *mute;
  QAction *newChat, *newTemporary, *rename, *pin, *exportChat, *importChat, *choosePack, *packs, *training, *settings, *close, *quit;
  QAction *attach, *camera, *paste, *copyAnswer, *answerAgain, *resume, *editQuestion, *olderVersion, *newerVersion, *stop,
      *latest;
  QAction *readAnswer, *readAnswers, *pauseReading, *skipSentence;  // hidden without a voice
  QAction *sidebar, *search, *previousChat, *nextChat, *nextArea, *previousArea, *larger, *smaller, *normalSize,
      *switchTheme;
  QAction *firstRun, *shortcuts, *about;

 Q_SIGNALS:
  void languageChosen(xllm::ui::LanguageChoice choice);
  void themeChosen(xllm::ui::ThemeChoice choice);

 private:
  QMenu* addMenu(const char* name, QMenu* in = nullptr);
  QAction* add(QMenu* menu, const char* name, const QList<QKeySequence>& keys = {});
  QAction* addChoice(QMenu* menu, QActionGroup* group, const char* name, int value);
  void buildFile();
  void buildChat();
  void buildView();
  void buildHelp();

  QMenuBar& m_bar;
  QActionGroup *m_languages, *m_themes;
  QList<std::pair<QObject*, const char*>> m_names;  // of menus and actions, in English; null: a name of its own
};

}  // namespace xllm::ui
