// The window: conversation above, composer below, one line that says which pack runs. Puts the parts together and shows
// what goes wrong between them beside its cause.
#pragma once

#include <QMainWindow>
#include <memory>

#include "ui/chat/conversation.h"
#include "ui/models/pack_state.h"
#include "ui/window/preferences_control.h"
#include "ui/window/start.h"
#include "ui/window/tray.h"

class QLabel;
class QLayout;
class QPushButton;
class QStackedWidget;
class QToolButton;

namespace xllm::media {
class Camera;
}

namespace xllm::ui {

class Actions;
class Announcer;
class CameraDoor;
class ClipSound;
class Composer;
class ContextWatch;
class ConversationView;
class Drafts;
class InlineMessage;
class Insight;
class KeptData;
class MediaReader;
class PackGuide;
class PackLine;
class PackShelf;
class Playback;
class Player;
class ReadingAloud;
class ShortcutsDialog;
class Sidebar;
class SpeakingBar;
class TemporaryNotice;
class TrainingDoor;
class Transfer;
class VoiceControl;
class Voice;
struct TrainingPlaces;

class MainWindow final : public QMainWindow {
  Q_OBJECT

 public:
  // All outlive the window.
  MainWindow(EngineBridge& bridge, const MediaReader& reader, Language& language, Store& store, Preferences preferences,
             Start start = Start::Normal);
  ~MainWindow() override;

  void openPack(const QString& folder);
  void offerPack(const QString& folder);  // after a crash: it might have been the reason
  void bringForward();                    // from behind other windows, or from the tray
  void addFiles(const QStringList& files);
  void quit();                     // also out of the tray
  void reportNoPack(Error error);  // none was found to load
  // What can be told and done about the packs and the machine; outlives the window. Without it there are neither the
  // manager nor the first steps.
  void setPackShelf(const PackShelf& shelf);
  void setPlayer(Player& player);  // of recordings; outlives the window. Without it they open in other programs alone
  // What hears the person; outlives the window. Without it nobody can talk.
  void setListening(Listening& listening);
  void setMicrophones(const QList<Microphone>& microphones);  // that are plugged in: after microphonesWanted()
  // What answers are read aloud with; outlives the window. Without it nothing is read.
  void setVoice(Voice& voice);
  // What pictures and clips are taken with; outlive the window. Without it the program has no camera; without `sound`
  // clips are silent.
  void setCamera(media::Camera& camera, ClipSound* sound);
  void setTraining(const TrainingPlaces& places);  // without it nothing can be trained here
  Preferences preferences() const;
  void setSettingsFolder(const QString& folder) { m_settingsFolder = folder; }                // to be shown
  void setPreparedWeightsFolder(const QString& folder) { m_preparedWeightsFolder = folder; }  // to be shown

  Composer& composer() { return *m_composer; }
  Conversation& conversation() { return m_conversation; }
  ConversationView& view() { return *m_view; }
  KeptData& keptData() { return *m_keptData; }
  PreferencesControl& control() { return m_preferences; }
  ShortcutsDialog* shortcuts() const { return m_shortcuts; }
  Actions& actions() { return *m_actions; }
  Transfer& transfer() { return *m_transfer; }
  Insight& insight() { return *m_insight; }
  TrainingDoor* training() { return m_training; }  // null without places for it
  CameraDoor* camera() { return m_camera; }        // null without one
  Sidebar& sidebar() { return *m_sidebar; }
  PackGuide& guide() { return *m_guide; }
  VoiceControl* voice() { return m_voice; }  // null without somebody who listens
  PackLine& packLine() { return *m_packLine; }
  ReadingAloud* readingAloud() { return m_readingAloud; }  // null without a voice
  SpeakingBar& speakingBar() { return *m_speakingBar; }
  const InlineMessage& packMessage() const { return *m_packMessage; }
  const InlineMessage& storeMessage() const { return *m_storeMessage; }
  const InlineMessage& settingsMessage() const { return *m_settingsMessage; }
  const InlineMessage& transferMessage() const { return *m_transferMessage; }
  const InlineMessage& editMessage() const { return *m_editMessage; }
  const InlineMessage& temporaryMessage() const { return *m_temporaryMessage; }
  const InlineMessage& readingMessage() const { return *m_readingMessage; }

 Q_SIGNALS:
  void preferencesChanged();
  void restartRequested(bool safely);
  void microphonesWanted();  // a list of them is looked at
  void packLoaded(const QString& folder);

 protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void build(const MediaReader& reader);
  void buildMessages(QLayout* stack);
  void connectActions();
  void connectParts();
  void connectConversation();
  void send();
  void stop();  // reading aloud; when nothing is read, the answer
  void enableStop();
  void joinVoices();
  void showRefusal(Conversation::Refusal why);
  void onPackChanged();
  void showStoreProblem();
  void showReplaced();
  void showEditing(bool editing);
  void showSidebar();
  void cycleAreas(int by);
  void openSettings(SettingsDialog::Page page);
  void showPreset();
  void showAbout();
  void showTitle();
  void retranslate();

  Language& m_language;
  Store& m_store;
  const MediaReader& m_reader;
  Start m_start;
  PackState m_pack;
  Conversation m_conversation;

  QStackedWidget* m_pages = nullptr;
  QWidget* m_welcome = nullptr;
  QLabel* m_welcomeTitle = nullptr;
  QLabel* m_welcomeText = nullptr;
  Sidebar* m_sidebar = nullptr;
  ConversationView* m_view = nullptr;
  InlineMessage* m_packMessage = nullptr;
  QPushButton* m_packChoose = nullptr;
  QPushButton* m_packRetry = nullptr;
  QPushButton* m_restart = nullptr;  // safely, or normally again
  InlineMessage* m_storeMessage = nullptr;
  std::optional<Error> m_storeProblem;
  QString m_replacedFile;
  InlineMessage* m_settingsMessage = nullptr;
  InlineMessage* m_transferMessage = nullptr;
  Transfer* m_transfer = nullptr;
  Insight* m_insight = nullptr;
  CameraDoor* m_camera = nullptr;
  TrainingDoor* m_training = nullptr;
  InlineMessage* m_temporaryMessage = nullptr;
  TemporaryNotice* m_temporary = nullptr;
  InlineMessage* m_editMessage = nullptr;
  InlineMessage* m_readingMessage = nullptr;
  SpeakingBar* m_speakingBar = nullptr;
  ReadingAloud* m_readingAloud = nullptr;
  Announcer* m_announcer = nullptr;
  QPushButton* m_editCancel = nullptr;
  Composer* m_composer = nullptr;
  PackLine* m_packLine = nullptr;
  Drafts* m_drafts = nullptr;
  PackGuide* m_guide = nullptr;
  VoiceControl* m_voice = nullptr;
  std::unique_ptr<Playback> m_playback;
  QToolButton* m_preset = nullptr;
  ContextWatch* m_context = nullptr;
  Actions* m_actions;  // of the menu bar
  PreferencesControl m_preferences;
  Tray m_tray;
  KeptData* m_keptData = nullptr;
  ShortcutsDialog* m_shortcuts = nullptr;  // once it was opened
  QString m_settingsFolder, m_preparedWeightsFolder;
};

}  // namespace xllm::ui
