// The whole window with real key and mouse events, against answers the test writes.
#include "ui/window/main_window.h"

#include <QAccessible>
#include <QApplication>
#include <QElapsedTimer>
#include <QLabel>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <algorithm>

#include "tests/ui/support/buttons.h"
#include "tests/ui/support/fake_reader.h"
#include "tests/ui/support/scripted_backend.h"
#include "ui/chat/conversation_view.h"
#include "ui/chat/message_widget.h"
#include "ui/composer/composer.h"
#include "ui/composer/prompt_edit.h"
#include "ui/models/pack_line.h"
#include "ui/widgets/inline_message.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using tests::Stage;

class MainWindowTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_stage = std::make_shared<Stage>();
    m_language = std::make_unique<Language>(QStringLiteral(XLLM_I18N_DIR));
    m_language->choose(LanguageChoice::English);
    m_bridge = std::make_unique<EngineBridge>(tests::backendOn(m_stage));
    m_folder = std::make_unique<QTemporaryDir>();
    openWindow();
  }
  void cleanup() {
    m_stage->gate = true;
    m_window.reset();
    m_bridge.reset();
    m_store.reset();
    m_language.reset();
  }

  void streamsAReplyAndTellsHowFast() {
    loadPack();
    m_stage->answer = [](const generation::ChatRequest&, std::stop_token, const generation::TextSink& onText) {
      for (const char* piece : {"The ", "capital ", "is ", "**Paris**."}) onText(piece);
      return generation::Summary{.newTokens = 4, .decodeTokensPerSecond = 23.4};
    };
    type(u"Capital of France?"_s);
    press(Qt::Key_Return);
    QCOMPARE(m_window->composer().text(), QString());
    QTRY_COMPARE(stateOf(1), MessageState::Done);
    QCOMPARE(model().at(1).text, u"The capital is **Paris**."_s);
    QCOMPARE(m_window->view().widgetAt(1)->text().source(), model().at(1).text);
    const QString line = m_window->packLine().text();
    QVERIFY2(line.contains(u"Test pack"_s) && line.contains(u"23.4"_s) && line.contains(u"first token"_s),
             qPrintable(line));
    const auto requests = m_stage->requests();
    QCOMPARE(requests.size(), std::size_t{1});
    QCOMPARE(std::get<std::string>(requests[0].turns.at(0).parts.at(0)), std::string("Capital of France?"));
  }

  void sendsTheConversationSoFarAndMediaAtTheirTurn() {
    loadPack();
    m_window->composer().addFiles({u"/tmp/cat.png"_s});
    type(u"What is it?"_s);
    QTRY_VERIFY(!m_window->composer().isReading());
    press(Qt::Key_Return);
    QTRY_COMPARE(stateOf(1), MessageState::Done);
    type(u"Sure?"_s);
    press(Qt::Key_Return);
    QTRY_COMPARE(m_stage->requests().size(), std::size_t{2});
    const auto turns = m_stage->requests().back().turns;
    QCOMPARE(turns.size(), std::size_t{3});
    QVERIFY(std::holds_alternative<generation::Picture>(turns[0].parts.at(0)));
    QCOMPARE(std::get<std::string>(turns[0].parts.at(1)), std::string("What is it?"));
    QCOMPARE(turns[1].role, Role::Assistant);
    QCOMPARE(std::get<std::string>(turns[2].parts.at(0)), std::string("Sure?"));
  }

  void escapeAndTheButtonStopWithinAToken() {
    loadPack();
    for (const bool byKey : {true, false}) {
      m_stage->stopped = false;
      m_stage->answer = tests::endlessAnswer(*m_stage, std::chrono::milliseconds(5));
      type(u"Go"_s);
      press(Qt::Key_Return);
      const int reply = model().rowCount() - 1;
      QTRY_VERIFY(model().at(reply).text.size() > 20);
      QElapsedTimer timer;
      timer.start();
      if (byKey) {
        press(Qt::Key_Escape);
      } else {
        QTest::mouseClick(&m_window->composer().sendButton(), Qt::LeftButton);
      }
      QTRY_VERIFY(m_stage->stopped);
      QTRY_COMPARE(stateOf(reply), MessageState::Stopped);
      QVERIFY2(timer.elapsed() < 500, qPrintable(QString::number(timer.elapsed())));
      QVERIFY(!model().at(reply).text.isEmpty());  // what was said stays
      QVERIFY(!m_window->conversation().isBusy());
    }
  }

  void aMessageSentBeforeThePackIsThereWaitsAndGoesOut() {
    m_stage->load = [this](const std::filesystem::path& folder, std::stop_token stop,
                           const generation::LoadProgress& progress) -> Result<generation::PackSummary> {
      progress(0.4, "image encoder");
      if (!tests::waitAtGate(*m_stage, stop)) return fail(ErrorCode::Cancelled, "Stopped.");
      return generation::PackSummary{
          .name = "Slow pack", .version = "2", .folder = folder, .seesPictures = true, .hearsSpeech = true};
    };
    m_window->openPack(u"/packs/slow"_s);
    QTRY_VERIFY(m_window->packLine().text().contains(u"slow"_s));
    type(u"Early"_s);
    press(Qt::Key_Return);
    QCOMPARE(model().rowCount(), 2);
    QCOMPARE(stateOf(1), MessageState::WaitingForPack);
    QTest::qWait(30);
    QCOMPARE(m_stage->requests().size(), std::size_t{0});
    m_stage->gate = true;
    QTRY_COMPARE(stateOf(1), MessageState::Done);
    QCOMPARE(m_stage->requests().size(), std::size_t{1});
  }

  void aWaitingMessageComesBackWhenThePackFailsOrStopIsPressed() {
    m_stage->load = [this](const std::filesystem::path&, std::stop_token stop,
                           const generation::LoadProgress&) -> Result<generation::PackSummary> {
      tests::waitAtGate(*m_stage, stop);
      return fail(ErrorCode::CorruptFile, "llm/model.gguf: its SHA-256 is wrong.");
    };
    m_window->openPack(u"/packs/bad"_s);
    type(u"Keep me"_s);
    press(Qt::Key_Return);
    press(Qt::Key_Escape);
    QCOMPARE(model().rowCount(), 0);
    QCOMPARE(m_window->composer().text(), u"Keep me"_s);
    press(Qt::Key_Return);
    QCOMPARE(model().rowCount(), 2);
    m_stage->gate = true;
    QTRY_COMPARE(model().rowCount(), 0);
    QCOMPARE(m_window->composer().text(), u"Keep me"_s);
    QVERIFY(!m_window->packMessage().isHidden());
    QVERIFY2(m_window->packMessage().title().contains(u"bad"_s), qPrintable(m_window->packMessage().title()));
  }

  void withoutAPackTheTextStaysAndTheReasonIsSaid() {
    m_window->reportNoPack({ErrorCode::NotFound, "No pack named starter in /nowhere."});
    QVERIFY(!m_window->packMessage().isHidden());
    type(u"Anyone?"_s);
    press(Qt::Key_Return);
    QCOMPARE(m_window->composer().text(), u"Anyone?"_s);
    QVERIFY(!m_window->composer().message().isHidden());
    QCOMPARE(model().rowCount(), 0);
  }

  void aFullQueueKeepsTheTextAndSaysSo() {
    loadPack();
    m_stage->answer = [this](const generation::ChatRequest&, std::stop_token stop,
                             const generation::TextSink&) -> Result<generation::Summary> {
      tests::waitAtGate(*m_stage, stop);
      return generation::Summary{};
    };
    while (m_bridge->ask({})) QTest::qWait(2);  // somebody else's requests
    m_window->composer().addFiles({u"/tmp/cat.png"_s});
    type(u"Not lost"_s);
    QTRY_VERIFY(!m_window->composer().isReading());
    press(Qt::Key_Return);
    QCOMPARE(m_window->composer().text(), u"Not lost"_s);
    QCOMPARE(m_window->composer().attachments().size(), 1);
    QVERIFY(!m_window->composer().message().isHidden());
    QCOMPARE(model().rowCount(), 0);
  }

  void enterDuringAnAnswerKeepsTheNextText() {
    loadPack();
    m_stage->answer = tests::endlessAnswer(*m_stage, std::chrono::milliseconds(5));
    type(u"First"_s);
    press(Qt::Key_Return);
    type(u"Second"_s);
    press(Qt::Key_Return);
    QCOMPARE(m_window->composer().text(), u"Second"_s);
    QCOMPARE(model().rowCount(), 2);
  }

  void aFailedAnswerSaysWhyInItsPlaceAndCanBeTriedAgainOrEdited() {
    loadPack();
    m_stage->answer = [](const generation::ChatRequest&, std::stop_token,
                         const generation::TextSink&) -> Result<generation::Summary> {
      return fail(ErrorCode::OutOfMemory, "Not enough memory for 900 tokens.");
    };
    type(u"Big question"_s);
    press(Qt::Key_Return);
    QTRY_COMPARE(stateOf(1), MessageState::Failed);
    const InlineMessage* problem = m_window->view().widgetAt(1)->problem();
    QVERIFY(problem->isVisible());
    QVERIFY(problem->title().contains(u"memory"_s));
    QVERIFY(m_window->packMessage().isHidden());

    m_stage->answer = Stage{}.answer;
    QTest::mouseClick(tests::buttonNamed(*problem, u"Try again"_s), Qt::LeftButton);
    QTRY_COMPARE(model().rowCount(), 2);
    QTRY_COMPARE(stateOf(1), MessageState::Done);
    QCOMPARE(model().at(0).text, u"Big question"_s);

    m_stage->answer = [](const generation::ChatRequest&, std::stop_token,
                         const generation::TextSink&) -> Result<generation::Summary> {
      return fail(ErrorCode::BadInput, "Too long.");
    };
    type(u"Wrong question"_s);
    press(Qt::Key_Return);
    QTRY_COMPARE(stateOf(3), MessageState::Failed);
    QTest::mouseClick(tests::buttonNamed(*m_window->view().widgetAt(3)->problem(), u"Edit message"_s), Qt::LeftButton);
    QCOMPARE(m_window->composer().text(), u"Wrong question"_s);
    QVERIFY(m_window->editMessage().isVisible());
    m_stage->answer = Stage{}.answer;
    type(u"!"_s);
    press(Qt::Key_Return);
    QTRY_COMPARE(stateOf(3), MessageState::Done);
    QCOMPARE(model().rowCount(), 4);
    QCOMPARE(model().at(2).text, u"Wrong question!"_s);
    QVERIFY(!m_window->editMessage().isVisible());
  }

  void aFailedAnswerStaysUntilAnotherIsOnItsWay() {
    loadPack();
    m_stage->answer = [](const generation::ChatRequest&, std::stop_token,
                         const generation::TextSink&) -> Result<generation::Summary> {
      return fail(ErrorCode::OutOfMemory, "x");
    };
    type(u"Question"_s);
    press(Qt::Key_Return);
    QTRY_COMPARE(stateOf(1), MessageState::Failed);
    m_stage->load = [this](const std::filesystem::path& folder, std::stop_token stop,
                           const generation::LoadProgress& progress) -> Result<generation::PackSummary> {
      if (!tests::waitAtGate(*m_stage, stop)) return fail(ErrorCode::Cancelled, "Stopped.");
      return Stage{}.load(folder, stop, progress);
    };
    m_window->openPack(u"/packs/slow"_s);
    m_window->conversation().answerAgain(1);
    QCOMPARE(stateOf(1), MessageState::WaitingForPack);
    press(Qt::Key_Escape);
    QCOMPARE(stateOf(1), MessageState::Failed);
    QCOMPARE(model().rowCount(), 2);

    m_stage->answer = Stage{}.answer;
    m_window->conversation().answerAgain(1);
    QCOMPARE(model().versionsOf(1).count, 2);
    QVERIFY(showsVersions(1));
    m_stage->gate = true;
    QTRY_COMPARE(stateOf(1), MessageState::Done);
    QCOMPARE(model().versionsOf(1).count, 1);  // the failed one is no version
    QVERIFY(!showsVersions(1));
  }

  void editingAnOldFailureLeavesTheRunningAnswerAlone() {
    loadPack();
    m_stage->answer = [](const generation::ChatRequest&, std::stop_token,
                         const generation::TextSink&) -> Result<generation::Summary> {
      return fail(ErrorCode::BadInput, "x");
    };
    type(u"Old"_s);
    press(Qt::Key_Return);
    QTRY_COMPARE(stateOf(1), MessageState::Failed);
    m_stage->answer = tests::endlessAnswer(*m_stage, std::chrono::milliseconds(2));
    type(u"New"_s);
    press(Qt::Key_Return);
    QTRY_VERIFY(!model().at(3).text.isEmpty());
    m_window->conversation().edit(1);
    QCOMPARE(m_window->composer().text(), u"Old"_s);
    press(Qt::Key_Return);  // not while an answer runs
    QCOMPARE(m_window->composer().text(), u"Old"_s);
    QCOMPARE(model().rowCount(), 4);
    const auto length = model().at(3).text.size();
    QTRY_VERIFY(model().at(3).text.size() > length);
    QCOMPARE(m_window->view().widgetAt(3)->text().source(), model().at(3).text);
    press(Qt::Key_Escape);
    QTRY_COMPARE(stateOf(3), MessageState::Stopped);
  }

  void aFailedExchangeIsNotPartOfTheNextRequest() {
    loadPack();
    m_stage->answer = [](const generation::ChatRequest&, std::stop_token,
                         const generation::TextSink&) -> Result<generation::Summary> {
      return fail(ErrorCode::Internal, "x");
    };
    type(u"Broken"_s);
    press(Qt::Key_Return);
    QTRY_COMPARE(stateOf(1), MessageState::Failed);
    m_stage->answer = Stage{}.answer;
    type(u"Fine"_s);
    press(Qt::Key_Return);
    QTRY_COMPARE(stateOf(3), MessageState::Done);
    QCOMPARE(m_stage->requests().back().turns.size(), std::size_t{1});
  }

  void picturesAreRefusedByAPackThatCannotSee() {
    m_stage->load = [](const std::filesystem::path& folder, std::stop_token, const generation::LoadProgress&) {
      return generation::PackSummary{.name = "Blind", .version = {}, .folder = folder};
    };
    loadPack();
    m_window->composer().addFiles({u"/tmp/cat.png"_s});
    QTRY_COMPARE(m_window->composer().attachments().size(), 1);
    press(Qt::Key_Return);
    QCOMPARE(model().rowCount(), 0);
    QVERIFY(m_window->composer().message().title().contains(u"see"_s));
    QCOMPARE(m_window->composer().attachments().size(), 1);
  }

  void followsTheTailOnlyWhileTheReaderIsThere() {
    loadPack();
    m_stage->answer = [](const generation::ChatRequest&, std::stop_token stop,
                         const generation::TextSink& onText) -> Result<generation::Summary> {
      for (int i = 0; i < 100000 && !stop.stop_requested(); ++i) {
        onText("A paragraph that needs some room.\n\n");
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
      }
      return fail(ErrorCode::Cancelled, "Stopped.");
    };
    type(u"Long"_s);
    press(Qt::Key_Return);
    QScrollBar* bar = m_window->view().verticalScrollBar();
    QTRY_VERIFY(bar->maximum() > 400);
    QCOMPARE(bar->value(), bar->maximum());
    bar->setValue(bar->maximum() - 200);  // the reader scrolls up
    QVERIFY(!m_window->view().isFollowing());
    const int place = bar->value(), end = bar->maximum();
    QTRY_VERIFY(bar->maximum() > end + 200);
    QCOMPARE(bar->value(), place);
    QToolButton* jump = nullptr;
    for (QToolButton* button : m_window->view().findChildren<QToolButton*>(Qt::FindDirectChildrenOnly)) jump = button;
    QVERIFY(jump && jump->isVisible());
    QTest::mouseClick(jump, Qt::LeftButton);
    QTRY_VERIFY(m_window->view().isFollowing());
    QTRY_COMPARE(bar->value(), bar->maximum());
  }

  void switchesLanguageWithoutRestart() {
    loadPack();
    m_stage->answer = [](const generation::ChatRequest&, std::stop_token,
                         const generation::TextSink&) -> Result<generation::Summary> {
      return fail(ErrorCode::OutOfMemory, "x");
    };
    type(u"Q"_s);
    press(Qt::Key_Return);
    QTRY_COMPARE(stateOf(1), MessageState::Failed);
    const QString english = m_window->view().widgetAt(1)->problem()->title();
    type(u"draft"_s);
    m_language->choose(LanguageChoice::SimplifiedChinese);
    QTRY_COMPARE(m_window->composer().sendButton().accessibleName(), u"发送消息"_s);
    QVERIFY(m_window->view().widgetAt(1)->problem()->title() != english);
    QCOMPARE(m_window->composer().text(), u"draft"_s);
    m_language->choose(LanguageChoice::English);
    QTRY_COMPARE(m_window->view().widgetAt(1)->problem()->title(), english);
  }

  void everyControlHasAnAccessibleNameAndCanBeReached() {
    loadPack();
    m_stage->answer = [](const generation::ChatRequest& request, std::stop_token,
                         const generation::TextSink& onText) -> Result<generation::Summary> {
      if (request.turns.size() > 1) return fail(ErrorCode::Internal, "x");
      onText("See:\n\n```py\nx = 1\n```\n");
      return generation::Summary{.newTokens = 3, .decodeTokensPerSecond = 5};
    };
    m_window->composer().addFiles({u"/tmp/cat.png"_s, u"/tmp/say.wav"_s, u"/tmp/dance.mp4"_s});
    QTRY_COMPARE(m_window->composer().attachments().size(), 3);
    press(Qt::Key_Return);
    QTRY_COMPARE(stateOf(1), MessageState::Done);
    type(u"again"_s);
    press(Qt::Key_Return);
    QTRY_COMPARE(stateOf(3), MessageState::Failed);
    m_window->composer().addFiles({u"/tmp/cat.png"_s, u"/tmp/dance.mp4"_s, u"/tmp/bad.txt"_s});
    QTRY_COMPARE(m_window->composer().attachments().size(), 2);
    QTRY_VERIFY(!m_window->composer().message().isHidden());
    int seen = 0;
    for (const LanguageChoice choice : {LanguageChoice::English, LanguageChoice::SimplifiedChinese}) {
      m_language->choose(choice);
      QCoreApplication::processEvents();
      for (QWidget* widget : m_window->findChildren<QWidget*>()) {
        const bool isButton = qobject_cast<QAbstractButton*>(widget);
        if (!widget->isVisible() || (widget->focusPolicy() == Qt::NoFocus && !isButton)) continue;
        if (widget->focusProxy() || widget->objectName().startsWith(u"qt_"_s)) continue;
        QAccessibleInterface* face = QAccessible::queryAccessibleInterface(widget);
        QVERIFY(face);
        ++seen;
        QVERIFY2(!face->text(QAccessible::Name).isEmpty(),
                 qPrintable(QLatin1StringView(widget->metaObject()->className()) + u" in "_s +
                            QLatin1StringView(widget->parentWidget()->metaObject()->className())));
        if (isButton) QVERIFY2(widget->focusPolicy() & Qt::TabFocus, widget->metaObject()->className());
      }
    }
    QVERIFY2(seen > 20, qPrintable(QString::number(seen)));
  }

  void closesMidAnswer() {
    loadPack();
    m_stage->answer = tests::endlessAnswer(*m_stage, std::chrono::milliseconds(1));
    type(u"Go"_s);
    press(Qt::Key_Return);
    QTRY_VERIFY(!model().at(1).text.isEmpty());
    m_window->close();
    m_window.reset();
    m_bridge.reset();
    QVERIFY(m_stage->stopped);
  }

  void isUsableWithinASecondWithoutAPack() {
    QElapsedTimer timer;
    timer.start();
    MainWindow window(*m_bridge, m_reader, *m_language, *m_store, Preferences{.packFolder = {}, .geometry = {}});
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    QTest::keyClicks(&window.composer().edit(), u"typed"_s);
    QCOMPARE(window.composer().text(), u"typed"_s);
    QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
  }

 private:
  void openWindow() {
    m_store = std::make_unique<Store>(m_folder->path());
    m_window = std::make_unique<MainWindow>(*m_bridge, m_reader, *m_language, *m_store,
                                            Preferences{.packFolder = {}, .geometry = {}});
    m_window->resize(900, 700);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    m_window->activateWindow();
  }
  bool showsVersions(int row) {
    QCoreApplication::processEvents();
    const auto labels = m_window->view().widgetAt(row)->findChildren<QLabel*>();
    return std::any_of(labels.begin(), labels.end(), [](const QLabel* label) {
      return label->isVisible() && label->accessibleName().startsWith(u"Version "_s);
    });
  }
  ConversationModel& model() { return m_window->conversation().model(); }
  MessageState stateOf(int row) {
    return row < model().rowCount() ? model().at(row).state : MessageState::WaitingForPack;
  }
  void type(const QString& text) { QTest::keyClicks(&m_window->composer().edit(), text); }
  void press(Qt::Key key) { QTest::keyClick(&m_window->composer().edit(), key); }
  void loadPack() {
    QSignalSpy ends(m_bridge.get(), &EngineBridge::finished);
    m_window->openPack(u"/packs/test"_s);
    QTRY_COMPARE(ends.count(), 1);
  }

  tests::FakeReader m_reader;
  std::shared_ptr<Stage> m_stage;
  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<Language> m_language;
  std::unique_ptr<Store> m_store;
  std::unique_ptr<EngineBridge> m_bridge;
  std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(MainWindowTest)
#include "main_window_test.moc"
