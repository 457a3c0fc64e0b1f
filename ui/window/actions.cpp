#include "ui/window/actions.h"

#include <QAction>
#include <QActionGroup>
#include <QMenuBar>

namespace xllm::ui {

using namespace Qt::StringLiterals;

Actions::Actions(QMenuBar& bar)
    : QObject(&bar), m_bar(bar), m_languages(new QActionGroup(this)), m_themes(new QActionGroup(this)) {
  buildFile();
  buildChat();
  buildView();
  buildHelp();
  connect(m_languages, &QActionGroup::triggered, this, [this](const QAction* action) {
    Q_EMIT languageChosen(static_cast<LanguageChoice>(action->data().toInt()));
  });
  connect(m_themes, &QActionGroup::triggered, this,
          [this](const QAction* action) { Q_EMIT themeChosen(static_cast<ThemeChoice>(action->data().toInt())); });
  retranslate();
}

void Actions::buildFile() {
  file = addMenu(QT_TR_NOOP("&File"));
  newChat = add(file, QT_TR_NOOP("&New conversation"), {QKeySequence::New});
  newTemporary = add(file, QT_TR_NOOP("New temp&orary conversation"), {Qt::CTRL | Qt::SHIFT | Qt::Key_N});
  rename = add(file, QT_TR_NOOP("&Rename this conversation"), {Qt::Key_F2});
  pin = add(file, QT_TR_NOOP("&Pin this conversation, or unpin it"), {Qt::CTRL | Qt::Key_P});
  file->addSeparator();
  exportChat = add(file, QT_TR_NOOP("&Export this conversation …"), {Qt::CTRL | Qt::Key_E});
  importChat = add(file, QT_TR_NOOP("&Import a conversation …"), {Qt::CTRL | Qt::Key_I});
  file->addSeparator();
  choosePack = add(file, QT_TR_NOOP("Choose a &model pack …"), {Qt::CTRL | Qt::Key_L});
  packs = add(file, QT_TR_NOOP("Model &packs …"), {Qt::CTRL | Qt::SHIFT | Qt::Key_L});
  packs->setEnabled(false);
  training = add(file, QT_TR_NOOP("&Training …"), {Qt::CTRL | Qt::SHIFT | Qt::Key_T});
  training->setEnabled(false);
  settings = add(file, QT_TR_NOOP("&Settings"), {Qt::CTRL | Qt::Key_Comma});
  settings->setMenuRole(QAction::PreferencesRole);
  file->addSeparator();
  close = add(file, QT_TR_NOOP("&Close the window"), {Qt::CTRL | Qt::Key_W});
  quit = add(file, QT_TR_NOOP("&Quit"), {Qt::CTRL | Qt::Key_Q});
  quit->setMenuRole(QAction::QuitRole);
}

void Actions::buildChat() {
  chat = addMenu(QT_TR_NOOP("&Chat"));
  attach = add(chat, QT_TR_NOOP("&Add pictures, clips or sound files …"), {Qt::CTRL | Qt::SHIFT | Qt::Key_A});
  camera = add(chat, QT_TR_NOOP("Use the ca&mera …"), {Qt::CTRL | Qt::SHIFT | Qt::Key_K});
  camera->setEnabled(false);
  paste = add(chat, QT_TR_NOOP("Paste as a&n attachment"), {Qt::CTRL | Qt::SHIFT | Qt::Key_V});
  presets = new PresetMenu(&m_bar);
  chat->addMenu(presets);
  chat->addSeparator();
  talk = add(chat, QT_TR_NOOP("&Talk, or finish talking"), {Qt::CTRL | Qt::Key_M});
  mute = add(chat, QT_TR_NOOP("&Mute the microphone"), {Qt::CTRL | Qt::SHIFT | Qt::Key_M});
  mute->setCheckable(true);
  wayOfTalking = new TalkMenu(&m_bar);
  for (QAction* action : {talk, mute, chat->addMenu(wayOfTalking)}) {
    action->setEnabled(false);
    action->setVisible(false);
  }
  chat->addSeparator();
  editQuestion = add(chat, QT_TR_NOOP("&Edit the last question"), {Qt::CTRL | Qt::SHIFT | Qt::Key_E});
  answerAgain = add(chat, QT_TR_NOOP("Answer a&gain"), {Qt::CTRL | Qt::Key_R});
  resume = add(chat, QT_TR_NOOP("&Continue the last answer"), {Qt::CTRL | Qt::SHIFT | Qt::Key_R});
  copyAnswer = add(chat, QT_TR_NOOP("C&opy the last answer"), {Qt::CTRL | Qt::SHIFT | Qt::Key_C});
  olderVersion = add(chat, QT_TR_NOOP("Pre&vious version of the last answer"), {Qt::ALT | Qt::Key_Left});
  newerVersion = add(chat, QT_TR_NOOP("Ne&xt version of the last answer"), {Qt::ALT | Qt::Key_Right});
  chat->addSeparator();
  readAnswer = add(chat, QT_TR_NOOP("Read the last answer alo&ud, or stop reading"), {Qt::Key_F9});
  readAnswers = add(chat, QT_TR_NOOP("Read answers aloud &while they are written"), {Qt::SHIFT | Qt::Key_F9});
  readAnswers->setCheckable(true);
  pauseReading = add(chat, QT_TR_NOOP("Pause rea&ding, or go on"), {Qt::CTRL | Qt::Key_F9});
  skipSentence = add(chat, QT_TR_NOOP("Read the ne&xt sentence"), {Qt::CTRL | Qt::SHIFT | Qt::Key_F9});
  for (QAction* action : {readAnswer, readAnswers, pauseReading, skipSentence}) {
    action->setEnabled(false);
    action->setVisible(false);
  }
  chat->addSeparator();
  stop = add(chat, QT_TR_NOOP("&Stop reading aloud, or the answer"), {Qt::Key_Escape});
  stop->setEnabled(false);
  latest = add(chat, QT_TR_NOOP("&Jump to the newest message"), {Qt::ALT | Qt::Key_End});
}

void Actions::buildView() {
  view = addMenu(QT_TR_NOOP("&View"));
  sidebar = add(view, QT_TR_NOOP("&Conversations at the side"), {Qt::CTRL | Qt::Key_B});
  sidebar->setCheckable(true);
  search = add(view, QT_TR_NOOP("&Search in all conversations"), {QKeySequence::Find, Qt::CTRL | Qt::Key_K});
  previousChat = add(view, QT_TR_NOOP("&Previous conversation"), {Qt::CTRL | Qt::Key_PageUp});
  nextChat = add(view, QT_TR_NOOP("Ne&xt conversation"), {Qt::CTRL | Qt::Key_PageDown});
  nextArea = add(view, QT_TR_NOOP("&On to the list, the messages, the box"), {Qt::Key_F6});
  previousArea = add(view, QT_TR_NOOP("&Back to the box, the messages, the list"), {Qt::SHIFT | Qt::Key_F6});
  view->addSeparator();
  larger = add(view, QT_TR_NOOP("La&rger text"), {Qt::CTRL | Qt::Key_Plus, Qt::CTRL | Qt::Key_Equal});
  smaller = add(view, QT_TR_NOOP("S&maller text"), {Qt::CTRL | Qt::Key_Minus});
  normalSize = add(view, QT_TR_NOOP("&Normal text size"), {Qt::CTRL | Qt::Key_0});
  view->addSeparator();
  language = addMenu(QT_TR_NOOP("&Language"), view);
  addChoice(language, m_languages, QT_TR_NOOP("&System language"), static_cast<int>(LanguageChoice::System));
  addChoice(language, m_languages, nullptr, static_cast<int>(LanguageChoice::English))->setText(u"&English"_s);
  addChoice(language, m_languages, nullptr, static_cast<int>(LanguageChoice::SimplifiedChinese))
      ->setText(u"&简体中文"_s);
  theme = addMenu(QT_TR_NOOP("&Theme"), view);
  addChoice(theme, m_themes, QT_TR_NOOP("&System theme"), static_cast<int>(ThemeChoice::System));
  addChoice(theme, m_themes, QT_TR_NOOP("&Light"), static_cast<int>(ThemeChoice::Light));
  addChoice(theme, m_themes, QT_TR_NOOP("&Dark"), static_cast<int>(ThemeChoice::Dark));
  switchTheme = add(view, QT_TR_NOOP("Switch between light an&d dark"), {Qt::CTRL | Qt::SHIFT | Qt::Key_D});
}

void Actions::buildHelp() {
  help = addMenu(QT_TR_NOOP("&Help"));
  firstRun = add(help, QT_TR_NOOP("&First steps"), {Qt::CTRL | Qt::Key_F1});
  firstRun->setEnabled(false);
  shortcuts = add(help, QT_TR_NOOP("&Keyboard shortcuts"), {Qt::Key_F1, Qt::CTRL | Qt::Key_Slash});
  about = add(help, QT_TR_NOOP("&About X-LLM Desktop"), {Qt::SHIFT | Qt::Key_F1});
  about->setMenuRole(QAction::AboutRole);
}

QMenu* Actions::addMenu(const char* name, QMenu* in) {
  QMenu* menu = in ? in->addMenu(QString()) : m_bar.addMenu(QString());
  m_names << std::pair{menu, name};
  return menu;
}

QAction* Actions::add(QMenu* menu, const char* name, const QList<QKeySequence>& keys) {
  QAction* action = menu->addAction(QString());
  action->setShortcuts(keys);
  m_names << std::pair{action, name};
  return action;
}

QAction* Actions::addChoice(QMenu* menu, QActionGroup* group, const char* name, int value) {
  QAction* action = add(menu, name);
  action->setCheckable(true);
  action->setData(value);
  group->addAction(action);
  return action;
}

void Actions::setPreferences(const Preferences& preferences) {
  const auto check = [](const QActionGroup* group, int value) {
    for (QAction* action : group->actions()) action->setChecked(action->data().toInt() == value);
  };
  check(m_languages, static_cast<int>(preferences.language));
  check(m_themes, static_cast<int>(preferences.theme));
  larger->setEnabled(preferences.textZoom < kMostTextZoom);
  smaller->setEnabled(preferences.textZoom > kLeastTextZoom);
  presets->setPreferences(preferences);
  wayOfTalking->setPreferences(preferences.talk);
}

void Actions::retranslate() {
  presets->retranslate();
  wayOfTalking->retranslate();
  for (const auto& [named, name] : std::as_const(m_names)) {
    if (!name) continue;
    if (auto* menu = qobject_cast<QMenu*>(named)) {
      menu->setTitle(tr(name));
    } else {
      static_cast<QAction*>(named)->setText(tr(name));
    }
  }
}

}  // namespace xllm::ui
