// The whole window without a mouse, without eyes and without English: every control is reached by Tab, has a name and
// is translated; every key does one thing, and one page lists them all.
#include <QAction>
#include <QClipboard>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMimeData>
#include <QPushButton>
#include <QRadioButton>
#include <QTemporaryDir>
#include <QTreeWidget>

#include "tests/ui/support/fake_shelf.h"
#include "tests/ui/support/walker.h"
#include "tests/ui/support/window_fixture.h"
#include "ui/chat/conversation_view.h"
#include "ui/chat/message_widget.h"
#include "ui/models/pack_manager.h"
#include "ui/settings/settings_dialog.h"
#include "ui/settings/shortcuts_dialog.h"
#include "ui/sidebar/conversation_list.h"
#include "ui/sidebar/sidebar.h"
#include "ui/training/teach_page.h"
#include "ui/training/training_window.h"
#include "ui/viewer/media_viewer.h"
#include "ui/widgets/inline_message.h"
#include "ui/window/about_dialog.h"
#include "ui/window/actions.h"
#include "ui/window/first_run.h"
#include "ui/window/insight.h"
#include "ui/window/pack_guide.h"
#include "ui/window/training_door.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using tests::WindowFixture;

class KeyboardTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_fixture = std::make_unique<WindowFixture>(QStringLiteral(XLLM_I18N_DIR));
    m_fixture->stage->answer = [](const generation::ChatRequest& request, std::stop_token,
                                  const generation::TextSink& onText) -> Result<generation::Summary> {
      const auto* words = std::get_if<std::string>(&request.turns.back().parts.back());
      if (words && *words == "99") return fail(ErrorCode::Internal, "x");
      onText("11\n\n```\n22\n```\n");
      return generation::Summary{.newTokens = 3, .decodeTokensPerSecond = 5};
    };
  }
  void cleanup() { m_fixture.reset(); }

  void everythingInTheWindowIsReachedNamedAndTranslated() {
    fillWindow();
    walk(*m_fixture->window, 25);
  }

  void everythingInAnEmptyWindowIsReachedNamedAndTranslated() { walk(*m_fixture->window, 8); }

  void everythingInTheSettingsIsReachedNamedAndTranslated() {
    m_fixture->window->setSettingsFolder(u"/1/2"_s);
    m_fixture->window->setTraining({.program = u"/1"_s, .trainings = u"/1/3"_s, .packs = u"/1/4"_s});
    for (const auto page : {SettingsDialog::Page::Appearance, SettingsDialog::Page::Answers,
                            SettingsDialog::Page::Voice, SettingsDialog::Page::Safety}) {
      m_fixture->window->actions().settings->trigger();
      SettingsDialog* dialog = m_fixture->window->control().dialog();
      dialog->openAt(page);
      WindowFixture::activate(*dialog);
      walk(*dialog, 4);
    }
  }

  void everythingInTheListOfShortcutsIsReachedNamedAndTranslated() {
    m_fixture->window->actions().shortcuts->trigger();
    WindowFixture::activate(*m_fixture->window->shortcuts());
    walk(*m_fixture->window->shortcuts(), 3);
  }

  void everythingInTheListOfPacksIsReachedNamedAndTranslated() {
    m_fixture->loadPack();
    m_fixture->window->setPackShelf(m_shelf);
    m_fixture->window->actions().packs->trigger();
    WindowFixture::activate(*m_fixture->window->guide().manager());
    QTRY_VERIFY(tests::interactiveIn(*m_fixture->window->guide().manager()).size() >= 4);
    walk(*m_fixture->window->guide().manager(), 4);
  }

  void everythingInTheTrainingIsReachedNamedAndTranslated() {
    QTemporaryDir pack, trainings;
    QVERIFY(
        QFile::copy(QStringLiteral(XLLM_TEST_DIR "/../resources/starter/pack.json"), pack.filePath(u"pack.json"_s)));
    m_fixture->window->setTraining(
        {.program = u"/1/2"_s, .trainings = trainings.path(), .packs = trainings.filePath(u"3"_s)});
    m_fixture->window->actions().training->trigger();
    TrainingWindow& wizard = *m_fixture->window->training()->wizard();
    wizard.setPack(pack.path(), u"Test pack"_s);
    WindowFixture::activate(wizard);
    walk(wizard, 7);
    wizard.teach().choice(Teach::All).click();
    wizard.teach().nameEdit().setText(u"11"_s);
    wizard.teach().beginButton().click();
    m_content = {
        pack.path(),          trainings.path(), u"JSON"_s,         u"LLaVA"_s, u"COCO"_s,     u"MSR-VTT"_s,
        u"Kaldi"_s,           u"LJSpeech"_s,    u"Common Voice"_s, u"xllm"_s,  u"Q-Former"_s, u"CIF, C-Former"_s,
        u"docs/training.md"_s};
    for (int page = 1; page < 6; ++page) {
      wizard.showPage(page);
      QTest::qWait(300);  // what is in folders is read on a worker
      walk(wizard, page == 1 ? 12 : 5);
    }
  }

  void everythingInTheFirstStepsIsReachedNamedAndTranslated() {
    m_fixture->loadPack();
    m_fixture->window->setPackShelf(m_shelf);
    m_fixture->window->actions().firstRun->trigger();
    for (int page = 0; page < 4; ++page) {
      QTest::qWait(50);  // what the machine has is asked on a worker
      walk(*m_fixture->window, 10);
      m_fixture->window->guide().firstRun()->nextButton().click();
    }
  }

  void everythingOfAClipIsReachedNamedAndTranslated() {
    m_fixture->loadPack();
    m_fixture->window->composer().addFiles({u"/1/2.mp4"_s});
    QTRY_VERIFY(!m_fixture->window->composer().isReading());
    walk(*m_fixture->window, 14);
  }

  void everythingInTheViewerIsReachedNamedAndTranslated() {
    m_fixture->loadPack();
    m_fixture->window->composer().addFiles({u"/1/2.png"_s, u"/1/3.wav"_s, u"/1/4.mp4"_s});
    QTRY_VERIFY(!m_fixture->window->composer().isReading());
    for (const Attachment& attachment : m_fixture->window->composer().attachments()) {
      m_fixture->window->insight().open(attachment);
      MediaViewer* viewer = m_fixture->window->insight().viewer();
      WindowFixture::activate(*viewer);
      QTRY_VERIFY(viewer->facts().contains(u"tokens"_s));
      walk(*viewer, 2);
      viewer->close();
    }
  }

  void everythingInTheAboutBoxIsReachedAndNamed() {
    m_fixture->window->actions().about->trigger();
    auto* box = m_fixture->window->findChild<AboutDialog*>();
    QVERIFY(box);
    WindowFixture::activate(*box);
    expectNone(tests::unreachable(*box));
    expectNone(tests::unnamed(*box));
  }

  void noTwoThingsHaveTheSameKeys() {
    fillWindow();
    QHash<QString, QString> taken;
    for (const Shortcut& shortcut : shortcutsOf(*m_fixture->window)) {
      // Keys of one widget count while the keyboard is there: they may not be those of the window either.
      const bool ofWindow = shortcut.action->shortcutContext() == Qt::WindowShortcut;
      for (const QKeySequence& keys : shortcut.keys) {
        const QString window = keys.toString();
        const QString place = ofWindow ? window : window + shortcut.place;
        QVERIFY2(!taken.contains(place) && !taken.contains(window),
                 qPrintable(u"%1: %2 and %3"_s.arg(window, shortcut.name, taken.value(place))));
        taken.insert(place, shortcut.name);
      }
    }
    QVERIFY2(taken.size() > 40, qPrintable(QString::number(taken.size())));
  }

  void theBoxKeepsNoKeyOfTheWindowForItself() {
    PromptEdit& box = m_fixture->window->composer().edit();
    box.setPlainText(u"two words"_s);
    box.setFocus();
    for (const Shortcut& shortcut : shortcutsOf(*m_fixture->window)) {
      if (shortcut.action->shortcutContext() != Qt::WindowShortcut) continue;
      for (const QKeySequence& keys : shortcut.keys) {
        QKeyEvent asked(QEvent::ShortcutOverride, keys[0].key(), keys[0].keyboardModifiers());
        asked.ignore();
        QCoreApplication::sendEvent(&box, &asked);
        QVERIFY2(!asked.isAccepted(), qPrintable(keys.toString() + u": "_s + shortcut.name));
      }
    }
  }

  void everyActionOfTheMenusHasKeysOrIsAChoice() {
    for (const QAction* action :
         m_fixture->window->actions().file->actions() + m_fixture->window->actions().chat->actions() +
             m_fixture->window->actions().view->actions() + m_fixture->window->actions().help->actions()) {
      if (action->isSeparator() || action->menu()) continue;
      QVERIFY2(!action->shortcuts().isEmpty(), qPrintable(action->text()));
    }
  }

  void bothKeysOpenTheListAndItFindsWhatIsTyped() {
    for (const auto& [key, with] : {std::pair{Qt::Key_F1, Qt::KeyboardModifiers()},
                                    std::pair{Qt::Key_Slash, Qt::KeyboardModifiers(Qt::ControlModifier)}}) {
      WindowFixture::press(key, with);
      ShortcutsDialog* page = m_fixture->window->shortcuts();
      QVERIFY(page && page->isVisible());
      WindowFixture::activate(*page);
      QCOMPARE(shownIn(*page).size(), shortcutsOf(*m_fixture->window).size());
      QTest::keyClicks(&page->searchBox(), u"ctrl+n"_s);
      QCOMPARE(shownIn(*page), QStringList{u"New conversation"_s});
      page->searchBox().clear();
      QTest::keyClicks(&page->searchBox(), u"version answer"_s);
      QCOMPARE(shownIn(*page),
               (QStringList{u"Previous version of the last answer"_s, u"Next version of the last answer"_s}));
      QTest::keyClicks(&page->searchBox(), u"zzz"_s);
      QCOMPARE(shownIn(*page), QStringList());
      QTest::keyClick(&page->searchBox(), Qt::Key_Escape);
      QVERIFY(page->isVisible() && page->searchBox().text().isEmpty());
      QTest::keyClick(&page->searchBox(), Qt::Key_Escape);
      QVERIFY(!page->isVisible());
      WindowFixture::activate(*m_fixture->window);
    }
  }

  void theListHasWhatWidgetsDoWithTheirOwnKeysToo() {
    fillWindow();
    QStringList names;
    for (const Shortcut& shortcut : shortcutsOf(*m_fixture->window)) names << shortcut.place + u": "_s + shortcut.name;
    for (const QString& wanted :
         {u"Message: Send the message"_s, u"Message: New line"_s, u"Conversations: Move to the trash"_s}) {
      QVERIFY2(names.contains(wanted), qPrintable(names.join(u'\n')));
    }
  }

  void f6GoesRoundTheThreePlaces() {
    fillWindow();
    m_fixture->window->composer().edit().setFocus();
    const QList<const QWidget*> places{&m_fixture->window->sidebar(), &m_fixture->window->view(),
                                       &m_fixture->window->composer()};
    const auto isIn = [](const QWidget* place) {
      const QWidget* focus = QApplication::focusWidget();
      return focus == place || place->isAncestorOf(focus);
    };
    for (const QWidget* place : places) {
      WindowFixture::press(Qt::Key_F6);
      QVERIFY2(isIn(place), place->metaObject()->className());
    }
    for (const int place : {1, 0, 2}) {
      WindowFixture::press(Qt::Key_F6, Qt::ShiftModifier);
      QVERIFY(isIn(places[place]));
    }
    WindowFixture::press(Qt::Key_B, Qt::ControlModifier);  // without the list
    WindowFixture::press(Qt::Key_F6);
    QVERIFY(isIn(places[1]));
  }

  void keysGoFromConversationToConversation() {
    fillWindow();
    const ConversationId second = m_fixture->window->conversation().id();
    WindowFixture::press(Qt::Key_PageDown, Qt::ControlModifier);
    QTRY_VERIFY(m_fixture->window->conversation().id() != second && m_fixture->window->conversation().id() != 0);
    WindowFixture::press(Qt::Key_PageUp, Qt::ControlModifier);
    QTRY_COMPARE(m_fixture->window->conversation().id(), second);
    WindowFixture::press(Qt::Key_PageUp, Qt::ControlModifier);  // there is none above
    QTest::qWait(50);
    QCOMPARE(m_fixture->window->conversation().id(), second);
  }

  void aConversationIsRenamedAndPinnedFromTheBox() {
    fillWindow();
    WindowFixture::press(Qt::Key_P, Qt::ControlModifier);
    QTRY_VERIFY(shownConversation().pinned);
    WindowFixture::press(Qt::Key_F2);
    QTRY_VERIFY(qobject_cast<QLineEdit*>(QApplication::focusWidget()));
    QTest::keyClicks(QApplication::focusWidget(), u"Herons"_s);
    WindowFixture::press(Qt::Key_Return);
    QTRY_COMPARE(shownConversation().title, u"Herons"_s);
  }

  void theLastAnswerIsCopiedMadeAgainAndItsVersionsSwitched() {
    fillWindow();
    QGuiApplication::clipboard()->clear();
    WindowFixture::press(Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(QGuiApplication::clipboard()->text(), m_fixture->model().at(3).text);
    QVERIFY(!m_fixture->window->actions().newerVersion->isEnabled());
    WindowFixture::press(Qt::Key_R, Qt::ControlModifier);
    QTRY_COMPARE(m_fixture->model().versionsOf(3).count, 2);
    QTRY_VERIFY(!m_fixture->window->conversation().isBusy());
    WindowFixture::press(Qt::Key_Left, Qt::AltModifier);
    QCOMPARE(m_fixture->model().versionsOf(3).shown, 0);
    WindowFixture::press(Qt::Key_Right, Qt::AltModifier);
    QCOMPARE(m_fixture->model().versionsOf(3).shown, 1);
    WindowFixture::press(Qt::Key_E, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(m_fixture->window->conversation().isEditing());
  }

  void pastesAPictureThatHasTextBesideIt() {
    auto* both = new QMimeData;
    both->setText(u"words"_s);
    QImage image(8, 6, QImage::Format_RGB32);
    image.fill(Qt::red);
    both->setImageData(image);
    QGuiApplication::clipboard()->setMimeData(both);
    WindowFixture::press(Qt::Key_V, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_COMPARE(m_fixture->window->composer().attachments().size(), 1);
    QCOMPARE(m_fixture->window->composer().text(), QString());
    WindowFixture::press(Qt::Key_V, Qt::ControlModifier);
    QCOMPARE(m_fixture->window->composer().text(), u"words"_s);
    QGuiApplication::clipboard()->setText(u"only words"_s);
    WindowFixture::press(Qt::Key_V, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_VERIFY(hint().contains(u"clipboard"_s));
  }

 private:
  // Two conversations, the second with everything in it; a draft with attachments and a message that one was refused.
  void fillWindow() {
    m_fixture->loadPack();
    m_fixture->ask(u"1"_s);
    WindowFixture::press(Qt::Key_N, Qt::ControlModifier);
    QTest::qWait(5);
    m_fixture->window->composer().addFiles({u"/1/2.png"_s, u"/1/3.wav"_s});
    QTRY_COMPARE(m_fixture->window->composer().attachments().size(), 2);
    m_fixture->ask(u"99"_s);
    m_fixture->ask(u"2"_s);
    QCOMPARE(m_fixture->model().rowCount(), 4);
    m_fixture->window->composer().addFiles({u"/1/4.png"_s, u"/1/5.txt"_s});
    QTRY_VERIFY(!m_fixture->window->composer().message().isHidden());
    QTRY_COMPARE(m_fixture->window->sidebar().list().rowCount(), 2);
    QTRY_VERIFY(!m_fixture->window->storeMessage().isHidden());  // the recording is nowhere
  }

  static void expectNone(const QStringList& missed) {
    QVERIFY2(missed.isEmpty(), qPrintable(QString::number(missed.size()) + u":\n"_s + missed.join(u'\n')));
  }

  void walk(QWidget& window, int least) {
    expectNone(tests::unreachable(window));
    expectNone(tests::unnamed(window));
    const QStringList content = m_content + QStringList{u"png"_s,          u"wav"_s,       u"txt"_s,
                                                        u"mp4"_s,          u"Test pack"_s, u"X-LLM"_s,
                                                        u"English"_s,      u"Ctrl"_s,      u"Shift"_s,
                                                        u"Alt"_s,          u"Esc"_s,       u"Del"_s,
                                                        u"Return"_s,       u"Enter"_s,     u"PgUp"_s,
                                                        u"PgDown"_s,       u"Left"_s,      u"Right"_s,
                                                        u"End"_s,          u"Up"_s,        m_fixture->folder.path(),
                                                        u"qt_"_s,          u"starter"_s,   u"packs"_s,
                                                        u"Apache"_s,       u"MIT"_s,       u"AVX2"_s,
                                                        u"MB"_s,           u"GB"_s,        u"kB"_s,
                                                        u"good morning"_s, u"F1"_s};
    expectNone(tests::untranslated(window, m_fixture->language, content));
    const auto found = tests::interactiveIn(window).size();
    QVERIFY2(found >= least, qPrintable(QString::number(found)));
  }

  static QStringList shownIn(const ShortcutsDialog& page) {
    QStringList names;
    const QTreeWidget& list = const_cast<ShortcutsDialog&>(page).list();
    for (int i = 0; i < list.topLevelItemCount(); ++i) {
      const QTreeWidgetItem* group = list.topLevelItem(i);
      for (int j = 0; j < group->childCount(); ++j) {
        if (!group->isHidden() && !group->child(j)->isHidden()) names << group->child(j)->text(0);
      }
    }
    return names;
  }

  ConversationRecord shownConversation() {
    const ConversationList& list = m_fixture->window->sidebar().list();
    const int row = list.rowOf(m_fixture->window->conversation().id());
    return row < 0 ? ConversationRecord{} : list.at(row).conversation;
  }

  QString hint() {
    for (const QLabel* label : m_fixture->window->composer().findChildren<QLabel*>()) {
      if (label->isVisible() && label->text().contains(u"clipboard"_s)) return label->text();
    }
    return {};
  }

  tests::FakeShelf m_shelf;
  QStringList m_content;  // more of it, where there is more
  std::unique_ptr<WindowFixture> m_fixture;
};

QTEST_MAIN(KeyboardTest)
#include "keyboard_test.moc"
