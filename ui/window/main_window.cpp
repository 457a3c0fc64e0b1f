#include "ui/window/main_window.h"

#include <QAction>
#include <QApplication>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenuBar>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QToolButton>
#include <algorithm>
#include <utility>

#include "ui/chat/announcer.h"
#include "ui/chat/context_watch.h"
#include "ui/chat/conversation_view.h"
#include "ui/chat/message_widget.h"
#include "ui/composer/composer.h"
#include "ui/composer/prompt_edit.h"
#include "ui/models/context_meter.h"
#include "ui/models/pack_line.h"
#include "ui/playback/playback.h"
#include "ui/settings/shortcuts_dialog.h"
#include "ui/sidebar/sidebar.h"
#include "ui/speaking/speaking_bar.h"
#include "ui/widgets/icon.h"
#include "ui/widgets/inline_message.h"
#include "ui/window/about_dialog.h"
#include "ui/window/actions.h"
#include "ui/window/answer_actions.h"
#include "ui/window/camera_door.h"
#include "ui/window/drafts.h"
#include "ui/window/in_column.h"
#include "ui/window/insight.h"
#include "ui/window/kept_data.h"
#include "ui/window/pack_guide.h"
#include "ui/window/reading_aloud.h"
#include "ui/window/refusals.h"
#include "ui/window/temporary_notice.h"
#include "ui/window/training_door.h"
#include "ui/window/transfer.h"
#include "ui/window/voice_control.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

MainWindow::MainWindow(EngineBridge& bridge, const MediaReader& reader, Language& language, Store& store,
                       Preferences preferences, Start start)
    : m_language(language),
      m_store(store),
      m_reader(reader),
      m_start(start),
      m_pack(bridge),
      m_conversation(bridge, m_pack, store, reader),
      m_sidebar(new Sidebar(store)),
      m_view(new ConversationView(m_conversation)),
      m_composer(new Composer(reader)),
      m_actions(new Actions(*menuBar())),
      m_preferences(preferences, language, m_conversation, *m_actions, *this),
      m_tray(*this) {
  m_context = new ContextWatch(
      bridge, m_pack, m_conversation, [this] { return std::pair(m_composer->wholeText(), m_composer->attachments()); },
      this);
  build(reader);
  m_actions->sidebar->setChecked(preferences.sidebar);
  m_keptData = new KeptData(m_store, m_conversation, *m_composer, m_preferences, *m_settingsMessage);
  m_keptData->setParent(this);
  m_guide = new PackGuide({m_pack, m_preferences, *m_actions, m_conversation, *m_composer, *m_pages}, *this);
  connectActions();
  connectParts();
  connectConversation();
  m_drafts = new Drafts(*m_composer, m_conversation, m_store, start, this);
  m_insight = new Insight({bridge, m_pack, m_conversation, *m_composer, m_store, reader}, this);
  connect(m_view, &ConversationView::attachmentOpened, m_insight, &Insight::open);
  retranslate();
  onPackChanged();
  setAcceptDrops(true);
  resize(1060, 780);
  setMinimumSize(420, 420);
  if (!preferences.geometry.isEmpty()) restoreGeometry(preferences.geometry);
  m_composer->edit().setFocus();
  m_announcer = new Announcer(m_conversation, *m_view);
  m_tray.setOn(preferences.tray);
  if (start == Start::Normal || start == Start::AfterCrash) m_conversation.openLatest();
}

// The widgets refer to the pack and the conversation, which are members: they go first.
MainWindow::~MainWindow() {
  delete m_drafts;  // it looks at the composer
  delete m_insight;
  delete m_camera;
  delete m_training;
  delete m_guide;
  delete std::exchange(m_voice, nullptr);
  delete std::exchange(m_readingAloud, nullptr);
  delete takeCentralWidget();
}

void MainWindow::build(const MediaReader& reader) {
  m_welcome = new QWidget;
  auto* picture = new QLabel(m_welcome);
  picture->setPixmap(QIcon(u":/icons/app.svg"_s).pixmap(QSize(72, 72), devicePixelRatioF()));
  picture->setAlignment(Qt::AlignCenter);
  m_welcomeTitle = new QLabel(m_welcome);
  m_welcomeText = new QLabel(m_welcome);
  m_welcomeTitle->setProperty("textSize", u"title"_s);
  m_welcomeText->setProperty("caption", true);
  for (QLabel* label : {m_welcomeTitle, m_welcomeText}) {
    label->setAlignment(Qt::AlignCenter);
    label->setWordWrap(true);
  }
  auto* middle = new QVBoxLayout(m_welcome);
  middle->setSpacing(10);
  middle->addStretch(3);
  middle->addWidget(picture);
  middle->addSpacing(8);
  middle->addWidget(m_welcomeTitle);
  middle->addWidget(m_welcomeText);
  middle->addStretch(4);

  m_pages = new QStackedWidget;
  // In a low window what is being written needs the room.
  auto* room = new QScrollArea;
  room->setFrameShape(QFrame::NoFrame);
  room->setFocusPolicy(Qt::NoFocus);
  room->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  room->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  room->setWidgetResizable(true);
  room->setWidget(inColumn(m_welcome, room));
  m_pages->addWidget(room);
  m_pages->addWidget(m_view);
  m_pages->setMinimumHeight(24);

  m_packLine = new PackLine(m_pack);
  auto* bottom = new QWidget;
  auto* stack = new QVBoxLayout(bottom);
  stack->setContentsMargins(0, 6, 0, 8);
  stack->setSpacing(9);
  buildMessages(stack);
  m_transfer = new Transfer(m_store, reader, *m_transferMessage, this);
  m_preset = new QToolButton;
  m_preset->setProperty("flat", true);
  m_preset->setProperty("caption", true);
  m_preset->setProperty("menu", true);
  m_preset->setToolButtonStyle(Qt::ToolButtonTextOnly);
  m_preset->setPopupMode(QToolButton::InstantPopup);
  m_preset->setFocusPolicy(Qt::StrongFocus);
  m_preset->setMenu(m_actions->presets);
  m_composer->addTool(m_preset);
  stack->addWidget(m_composer);
  stack->addWidget(m_packLine);

  auto* talk = new QWidget;
  auto* column = new QVBoxLayout(talk);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(m_pages, 1);
  column->addWidget(inColumn(bottom, talk));
  auto* central = new QWidget;
  auto* sides = new QHBoxLayout(central);
  sides->setContentsMargins(0, 0, 0, 0);
  sides->setSpacing(0);
  sides->addWidget(m_sidebar);
  sides->addWidget(talk, 1);
  setCentralWidget(central);
}

void MainWindow::buildMessages(QLayout* stack) {
  m_packMessage = new InlineMessage;
  const bool restartFirst = m_start == Start::AfterCrashes || m_start == Start::Safe;
  if (restartFirst) m_restart = m_packMessage->addAction({});
  m_packChoose = m_packMessage->addAction({});
  m_packRetry = m_packMessage->addAction({});
  if (!restartFirst) m_restart = m_packMessage->addAction({});
  m_packMessage->setDismissible(false);  // nothing works until it is solved
  m_storeMessage = new InlineMessage;
  m_settingsMessage = new InlineMessage;
  m_transferMessage = new InlineMessage;
  m_temporaryMessage = new InlineMessage;
  m_temporary = new TemporaryNotice(m_conversation, *m_actions, *m_temporaryMessage, this);
  m_editMessage = new InlineMessage;
  m_editCancel = m_editMessage->addAction({});
  m_editMessage->setDismissible(false);
  m_readingMessage = new InlineMessage;
  m_speakingBar = new SpeakingBar;
  for (InlineMessage* message : {m_storeMessage, m_settingsMessage, m_transferMessage, m_packMessage,
                                 m_temporaryMessage, m_readingMessage, m_editMessage})
    stack->addWidget(message);
  stack->addWidget(m_speakingBar);
}

void MainWindow::connectActions() {
  const auto on = [this](QAction* action, auto&&... then) { connect(action, &QAction::triggered, then...); };
  on(m_actions->newChat, &m_conversation, &Conversation::startNew);
  on(m_actions->exportChat, this, [this] { m_transfer->askWhereTo(m_conversation.id()); });
  on(m_actions->importChat, m_transfer, &Transfer::askWhatToImport);
  on(m_actions->settings, this, [this] { openSettings(SettingsDialog::Page::Appearance); });
  on(m_actions->close, this, &QWidget::close);
  on(m_actions->quit, this, &MainWindow::quit);
  on(m_actions->attach, m_composer, &Composer::chooseFiles);
  on(m_actions->paste, m_composer, &Composer::pasteAsAttachment);
  on(m_actions->stop, this, &MainWindow::stop);
  on(m_actions->latest, m_view, &ConversationView::jumpToLatest);
  on(m_actions->sidebar, this, &MainWindow::showSidebar);
  const auto atTheSide = [this](auto then) {
    return [this, then] {
      m_actions->sidebar->setChecked(true);
      m_sidebar->show();
      (m_sidebar->*then)();
    };
  };
  on(m_actions->search, this, atTheSide(&Sidebar::focusSearch));
  on(m_actions->rename, this, atTheSide(&Sidebar::rename));
  on(m_actions->pin, m_sidebar, &Sidebar::togglePin);
  on(m_actions->previousChat, m_sidebar, [this] { m_sidebar->openNeighbour(-1); });
  on(m_actions->nextChat, m_sidebar, [this] { m_sidebar->openNeighbour(1); });
  on(m_actions->nextArea, this, [this] { cycleAreas(1); });
  on(m_actions->previousArea, this, [this] { cycleAreas(-1); });
  on(m_actions->larger, &m_preferences, [this] { m_preferences.zoom(1); });
  on(m_actions->smaller, &m_preferences, [this] { m_preferences.zoom(-1); });
  on(m_actions->normalSize, &m_preferences, [this] { m_preferences.zoom(0); });
  on(m_actions->switchTheme, &m_preferences, &PreferencesControl::switchTheme);
  connectAnswerActions(*m_actions, m_conversation);
  for (QWidget* place : {m_view->viewport(), static_cast<QWidget*>(m_pages)}) m_preferences.zoomByWheelOver(*place);
  connect(m_actions->presets, &PresetMenu::editRequested, this,
          [this] { openSettings(SettingsDialog::Page::Answers); });
  connect(&m_preferences, &PreferencesControl::changed, this, [this] {
    showPreset();
    m_tray.setOn(m_preferences.current().tray);
    Q_EMIT preferencesChanged();
  });
  connect(&m_preferences, &PreferencesControl::deleteTrainingsRequested, m_keptData, &KeptData::askToDeleteTrainings);
  connect(&m_preferences, &PreferencesControl::deleteEverythingRequested, m_keptData, &KeptData::askToDeleteEverything);
  on(m_actions->shortcuts, this, [this] {
    if (!m_shortcuts) m_shortcuts = new ShortcutsDialog(this);
    m_shortcuts->open();
  });
  on(m_actions->about, this, &MainWindow::showAbout);
}

void MainWindow::connectParts() {
  connect(m_composer, &Composer::sendRequested, this, &MainWindow::send);
  connect(m_composer, &Composer::stopRequested, this, [this] {
    if (m_readingAloud) m_readingAloud->stop();
    m_conversation.stop();
  });
  connect(&m_pack, &PackState::changed, this, &MainWindow::onPackChanged);
  connect(&m_pack, &PackState::changed, this, [this] {
    if (m_pack.phase() == PackState::Phase::Ready) Q_EMIT packLoaded(m_pack.folder());
  });
  connect(m_packChoose, &QPushButton::clicked, m_guide, &PackGuide::chooseFolder);
  connect(m_restart, &QPushButton::clicked, this, [this] { Q_EMIT restartRequested(m_start != Start::Safe); });
  connect(&m_tray, &Tray::showRequested, this, &MainWindow::bringForward);
  connect(&m_tray, &Tray::quitRequested, this, &MainWindow::quit);
  connect(m_packRetry, &QPushButton::clicked, this, [this] { m_pack.load(m_pack.folder()); });
  connect(&m_store, &Store::problem, this, [this](const Error& error) {
    m_storeProblem = error;
    showStoreProblem();
  });
  connect(&m_store, &Store::recovered, m_storeMessage, &QWidget::hide);
  connect(&m_store, &Store::mediumReplaced, this, [this](const QString& file) {
    m_replacedFile = file;
    showReplaced();
  });
  connect(m_editCancel, &QPushButton::clicked, this, [this] {
    m_conversation.stopEditing();
    m_composer->edit().setFocus();
  });
}

void MainWindow::connectConversation() {
  connect(&m_conversation, &Conversation::refused, this, &MainWindow::showRefusal);
  connect(&m_conversation, &Conversation::returned, this, [this](const QString& text, const Attachments& media) {
    m_composer->giveBack(text, media);
    m_composer->edit().setFocus();
  });
  connect(&m_conversation, &Conversation::editingChanged, this, &MainWindow::showEditing);
  connect(&m_conversation, &Conversation::shown, this, [this](ConversationId id) {
    m_sidebar->setCurrent(id);
    if (!m_sidebar->isAncestorOf(focusWidget())) m_composer->edit().setFocus();
  });
  connect(&m_conversation, &Conversation::begun, m_sidebar, &Sidebar::setCurrent);
  connect(m_sidebar, &Sidebar::openRequested, &m_conversation, &Conversation::open);
  connect(m_sidebar, &Sidebar::newRequested, this, [this] {
    m_conversation.startNew();
    m_composer->edit().setFocus();
  });
  connect(m_sidebar, &Sidebar::exportRequested, m_transfer, &Transfer::askWhereTo);
  connect(m_transfer, &Transfer::imported, &m_conversation, &Conversation::open);
  connect(m_sidebar, &Sidebar::trashed, &m_conversation, &Conversation::leave);
  connect(&m_conversation, &Conversation::speedChanged, m_packLine, &PackLine::setSpeed);
  connect(m_context, &ContextWatch::changed, this, [this](const ContextUse& use) {
    m_packLine->meter().setUse(use);
    m_view->setFirstSeen(use.firstSeenRow);
  });
  connect(m_composer, &Composer::draftChanged, m_context, &ContextWatch::draftChanged);
  connect(&m_conversation, &Conversation::busyChanged, this, [this](bool busy) {
    m_composer->setBusy(busy);
    enableStop();
  });
}

void MainWindow::setPackShelf(const PackShelf& shelf) { m_guide->setShelf(shelf); }

void MainWindow::setTraining(const TrainingPlaces& places) {
  m_training = new TrainingDoor({m_pack, *m_actions, m_conversation, *m_guide}, places, *this);
  m_training->setPlayback(m_playback.get());
  m_keptData->setTraining(*m_training);
  connect(m_training, &TrainingDoor::chatWanted, this, &MainWindow::bringForward);
}

void MainWindow::setListening(Listening& listening) {
  m_voice = new VoiceControl({.talk = {listening, m_pack.bridge(), m_pack, m_conversation, *m_composer},
                              .actions = *m_actions,
                              .preferences = m_preferences,
                              .tray = m_tray,
                              .window = *this});
  connect(m_voice, &VoiceControl::microphonesWanted, this, &MainWindow::microphonesWanted);
  connect(m_voice, &VoiceControl::openChanged, this, &MainWindow::showTitle);
  connect(m_voice, &VoiceControl::settingsRequested, this, [this] { openSettings(SettingsDialog::Page::Voice); });
  joinVoices();
}

void MainWindow::setPlayer(Player& player) {
  m_playback = std::make_unique<Playback>(player, m_reader);
  m_view->setPlayback(*m_playback);
  m_insight->setPlayback(m_playback.get());
  if (m_training) m_training->setPlayback(m_playback.get());
}

void MainWindow::setMicrophones(const QList<Microphone>& microphones) { m_voice->setMicrophones(microphones); }

void MainWindow::setVoice(Voice& voice) {
  m_readingAloud = new ReadingAloud(
      voice, {m_conversation, *m_view, *m_actions, m_preferences, *m_speakingBar, *m_readingMessage}, this);
  connect(m_readingAloud, &ReadingAloud::changed, this, &MainWindow::enableStop);
  m_announcer->setReadElsewhere([this](MessageId reply) { return m_readingAloud && m_readingAloud->reads(reply); });
  joinVoices();
}

void MainWindow::joinVoices() {
  if (m_voice && m_readingAloud) m_voice->setReadingAloud(*m_readingAloud);
}

void MainWindow::stop() {
  if (m_readingAloud && m_readingAloud->isReading()) return m_readingAloud->stop();
  m_conversation.stop();
}

void MainWindow::enableStop() {
  m_actions->stop->setEnabled(m_conversation.isBusy() || (m_readingAloud && m_readingAloud->isReading()));
}

void MainWindow::setCamera(media::Camera& camera, ClipSound* sound) {
  m_camera = new CameraDoor({camera, sound, *m_actions, *m_composer, m_preferences, m_store}, *this);
}

void MainWindow::openPack(const QString& folder) { m_pack.load(folder); }

void MainWindow::offerPack(const QString& folder) { m_pack.hold(folder); }

void MainWindow::reportNoPack(Error error) { m_pack.fail(std::move(error)); }

void MainWindow::bringForward() {
  setWindowState(windowState() & ~Qt::WindowMinimized);
  show();
  raise();
  activateWindow();
}

void MainWindow::addFiles(const QStringList& files) {
  m_composer->addFiles(files);
  m_composer->edit().setFocus();
}

void MainWindow::quit() {
  m_tray.letClose();
  QCoreApplication::quit();
}

Preferences MainWindow::preferences() const {
  Preferences preferences = m_preferences.current();
  preferences.geometry = saveGeometry();
  preferences.sidebar = m_actions->sidebar->isChecked();
  return preferences;
}

void MainWindow::send() {
  if (const auto refusal = m_conversation.send(m_composer->wholeText(), m_composer->attachments())) {
    return showRefusal(*refusal);
  }
  m_composer->clear();
}

void MainWindow::showRefusal(Conversation::Refusal why) {
  if (why == Conversation::Refusal::Busy) {
    return m_composer->showHint([] { return tr("An answer is running: Esc stops it. Your text stays here."); });
  }
  m_composer->showProblem([why] { return Refusals::describe(why); });
}

void MainWindow::showStoreProblem() {
  if (!m_storeProblem) return;
  const Problem problem = Problems::describe(*m_storeProblem, Situation::Keeping);
  m_storeMessage->say(InlineMessage::Kind::Error, problem.title, problem.text, problem.details);
}

// Nothing was lost, but it is another file than the person's.
void MainWindow::showReplaced() {
  m_storeProblem.reset();
  m_storeMessage->say(InlineMessage::Kind::Notice,
                      tr("“%1” is not there any more").arg(QFileInfo(m_replacedFile).fileName()),
                      tr("What the model was given of it is kept with your message instead."));
}

// In a narrow window the conversation needs the room.
void MainWindow::showSidebar() {
  constexpr int kLeastForTalk = 480;
  m_sidebar->setVisible(m_actions->sidebar->isChecked() && width() >= m_sidebar->width() + kLeastForTalk);
}

void MainWindow::resizeEvent(QResizeEvent* event) {
  QMainWindow::resizeEvent(event);
  showSidebar();
}

// The list, the messages, the box: round and round.
void MainWindow::cycleAreas(int by) {
  const QList<QWidget*> areas{m_sidebar, m_view, m_composer};
  const QWidget* focus = focusWidget();
  qsizetype at = -1;
  for (qsizetype i = 0; i < areas.size(); ++i) {
    if (areas[i] == focus || areas[i]->isAncestorOf(focus)) at = i;
  }
  do {
    at = (at + by + areas.size()) % areas.size();
  } while (!areas[at]->isVisible());  // the box always is
  if (areas[at] == m_sidebar) return m_sidebar->focusList();
  (areas[at] == m_view ? static_cast<QWidget&>(*m_view) : m_composer->edit()).setFocus(Qt::TabFocusReason);
}

void MainWindow::openSettings(SettingsDialog::Page page) {
  Places places{.conversations = m_store.folder(),
                .trainings = {},
                .packs = {},
                .preparedWeights = m_preparedWeightsFolder,
                .settings = m_settingsFolder};
  if (m_training) {
    places.trainings = m_training->places().trainings;
    places.packs = m_training->places().packs;
  }
  m_preferences.openDialog(page, places, m_tray.exists());
}

void MainWindow::showPreset() {
  const Preferences& preferences = m_preferences.current();
  const QString name = Presets::nameOf(Presets::find(preferences.presets, preferences.preset));
  m_preset->setText(QString(name).replace(u'&', u"&&"_s));
  m_preset->setToolTip(tr("How the model answers"));
  m_preset->setAccessibleName(tr("Preset: %1").arg(name));
}

void MainWindow::showEditing(bool editing) {
  if (!editing) return m_editMessage->hide();
  m_editMessage->say(InlineMessage::Kind::Notice, tr("You are editing an earlier message"),
                     tr("Sending makes a new version of it; the old one and its answers stay."));
}

void MainWindow::onPackChanged() {
  if (m_pack.phase() == PackState::Phase::Ready) {
    const generation::PackSummary& pack = m_pack.summary();
    ClipAbilities clips{.tokens = pack.clipTokens, .tokensPerFrame = pack.clipFrameTokens, .hears = pack.hearsSpeech};
    if (pack.mostClipFrames > 0) {
      clips.mostFrames = static_cast<int>(std::min<qint64>(pack.mostClipFrames, ClipChoice::kMostFrames));
    }
    m_composer->setClipAbilities(clips);
  }
  m_packRetry->setText(m_pack.isHeld() ? tr("Load “%1”").arg(m_pack.name()) : tr("Try again"));
  m_packRetry->setVisible(m_pack.isHeld());
  const bool isSafe = m_start == Start::Safe && m_pack.phase() == PackState::Phase::None;
  m_restart->setVisible(m_pack.isHeld() || isSafe);
  m_restart->setText(isSafe ? tr("Start normally") : tr("Safe start"));
  if (isSafe) {
    return m_packMessage->say(
        InlineMessage::Kind::Notice, tr("This is a safe start"),
        tr("No model pack was loaded and no conversation or attached file was opened. The settings "
           "are the default ones; what you change in them lasts until the program ends."));
  }
  if (m_pack.isHeld() && m_start == Start::AfterCrashes) {
    return m_packMessage->say(
        InlineMessage::Kind::Notice, tr("The program ended unexpectedly several times in a row"),
        tr("Your conversations are at the side. Nothing was opened or loaded by itself. A safe start leaves out "
           "everything that might be the reason: the model pack, attached files and your settings."));
  }
  if (m_pack.isHeld()) {
    return m_packMessage->say(InlineMessage::Kind::Notice, tr("The program ended unexpectedly last time"),
                              tr("Your conversations are here, with all that was written. The model pack was not "
                                 "loaded by itself: it might have been the reason."));
  }
  if (m_pack.phase() != PackState::Phase::Failed) return m_packMessage->hide();
  const Problem problem = Problems::describe(m_pack.error(), Situation::LoadingPack, m_pack.name());
  m_packMessage->say(InlineMessage::Kind::Error, problem.title, problem.text, problem.details);
  m_packRetry->setVisible(!m_pack.folder().isEmpty());
}

void MainWindow::showAbout() {
  auto* about = new AboutDialog(u":/trust/parts.json"_s, this);
  about->show();
}

// Also where only the task bar is seen.
void MainWindow::showTitle() {
  const bool listens = m_voice && m_voice->talk().isOpen();
  setWindowTitle(listens ? tr("● The microphone is open – X-LLM Desktop") : tr("X-LLM Desktop"));
}

void MainWindow::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  if (event->type() == QEvent::ThemeChange) {
    // Not while the event is still on its way to the other widgets.
    QMetaObject::invokeMethod(&m_preferences, &PreferencesControl::onSystemTheme, Qt::QueuedConnection);
  }
  QMainWindow::changeEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (!PromptEdit::holdsMedia(*event->mimeData())) return;
  event->acceptProposedAction();
  m_composer->setDropTarget(true);
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent*) { m_composer->setDropTarget(false); }

void MainWindow::dropEvent(QDropEvent* event) {
  if (m_composer->takeDrop(*event->mimeData())) event->acceptProposedAction();
}

void MainWindow::retranslate() {
  showTitle();
  if (m_voice) m_voice->retranslate();
  m_welcomeTitle->setText(tr("What would you like to know?"));
  m_welcomeText->setText(
      tr("Ask about a picture, a clip, a recording, or anything else. Everything stays on this computer."));
  m_packChoose->setText(tr("Choose a model pack …"));
  m_editCancel->setText(tr("Stop editing"));
  if (!m_storeMessage->isHidden()) m_storeProblem ? showStoreProblem() : showReplaced();
  m_keptData->retranslate();
  m_temporary->retranslate();
  if (m_conversation.isEditing()) showEditing(true);
  m_actions->retranslate();
  m_tray.retranslate();
  if (m_readingAloud) m_readingAloud->retranslate();
  showPreset();
  onPackChanged();
}

}  // namespace xllm::ui
