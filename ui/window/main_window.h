// The window: conversation above, composer below, one line that says which pack runs. Puts the parts together and shows
// what goes wrong between them beside its cause.
#pragma once

#include <QMainWindow>
#include <functional>

#include "ui/chat/conversation.h"
#include "ui/models/pack_state.h"
#include "ui/window/preferences.h"

class QActionGroup;
class QLabel;
class QMenu;
class QPushButton;
class QStackedWidget;

namespace xllm::ui {

class Composer;
class ConversationView;
class InlineMessage;
class MediaReader;
class PackLine;

class MainWindow final : public QMainWindow {
  Q_OBJECT

 public:
  // All outlive the window.
  MainWindow(EngineBridge& bridge, const MediaReader& reader, Language& language, Preferences preferences);
  ~MainWindow() override;

  void openPack(const QString& folder);
  void reportNoPack(Error error);  // none was found to load
  Preferences preferences() const;

  Composer& composer() { return *m_composer; }
  Conversation& conversation() { return m_conversation; }
  ConversationView& view() { return *m_view; }
  PackLine& packLine() { return *m_packLine; }
  const InlineMessage& packMessage() const { return *m_packMessage; }

 protected:
  void changeEvent(QEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void build();
  void buildMenus();
  void buildChoices();
  void connectParts();
  void send();
  void showRefusal(Conversation::Refusal why);
  void onPackChanged();
  void choosePack();
  void showAbout();
  void announce(int row);
  void retranslate();

  Language& m_language;
  Preferences m_preferences;
  PackState m_pack;
  Conversation m_conversation;

  QStackedWidget* m_pages = nullptr;
  QWidget* m_welcome = nullptr;
  QLabel* m_welcomeTitle = nullptr;
  QLabel* m_welcomeText = nullptr;
  ConversationView* m_view = nullptr;
  InlineMessage* m_packMessage = nullptr;
  QPushButton* m_packChoose = nullptr;
  QPushButton* m_packRetry = nullptr;
  Composer* m_composer = nullptr;
  PackLine* m_packLine = nullptr;

  struct {
    QMenu *file, *chat, *view, *language, *theme, *help;
  } m_menus{};
  struct {
    QAction *choosePack, *quit, *attach, *stop, *latest, *about;
    QAction *languageSystem, *languageEnglish, *languageChinese, *themeSystem, *themeLight, *themeDark;
  } m_actions{};
};

}  // namespace xllm::ui
