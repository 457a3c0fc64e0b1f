// The context meter in the window, with real keys: what it tells while one types, before messages are left out, and
// while the engine is busy.
#include <QApplication>
#include <QClipboard>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>

#include "tests/ui/support/fake_reader.h"
#include "tests/ui/support/heartbeat.h"
#include "tests/ui/support/scripted_backend.h"
#include "ui/chat/context_line.h"
#include "ui/chat/conversation_view.h"
#include "ui/chat/message_widget.h"
#include "ui/composer/composer.h"
#include "ui/composer/prompt_edit.h"
#include "ui/models/context_meter.h"
#include "ui/models/pack_line.h"
#include "ui/widgets/theme.h"
#include "ui/window/main_window.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using tests::busyMs;
using tests::Stage;

class ContextTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_stage = std::make_shared<Stage>();
    m_language = std::make_unique<Language>(QStringLiteral(XLLM_I18N_DIR));
    m_language->choose(LanguageChoice::English);
    m_bridge = std::make_unique<EngineBridge>(tests::backendOn(m_stage));
    m_folder = std::make_unique<QTemporaryDir>();
    m_store = std::make_unique<Store>(m_folder->path());
    m_window = std::make_unique<MainWindow>(*m_bridge, m_reader, *m_language, *m_store, Preferences{});
    m_window->show();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
  }
  void cleanup() {
    m_stage->gate = true;
    m_window.reset();
    m_bridge.reset();
    m_store.reset();
    m_language.reset();
  }

  void isNotThereWithoutAPack() {
    QVERIFY(!meter().isVisible());
    type(u"Hello"_s);
    QTest::qWait(300);
    QVERIFY(!meter().isVisible());
    QCOMPARE(m_stage->measured.load(), 0);
  }

  // Ten for the turn, a token for every four letters (scripted_backend.h).
  void tellsWhatTheDraftCostsWhileOneTypes() {
    loadPack();
    QTRY_COMPARE(meter().use().tokens, 10);
    QVERIFY(meter().isVisible());
    QCOMPARE(meter().accessibleName(), u"Context: 10 of 2,048 tokens"_s);
    type(QString(400, u'a'));
    QTRY_COMPARE(meter().use().tokens, 110);
    QVERIFY(!meter().use().estimated);
    QCOMPARE(meter().accessibleName(), u"Context: 110 of 2,048 tokens"_s);
    m_window->composer().addFiles({u"/tmp/cat.png"_s});
    QTRY_COMPARE(meter().use().tokens, 120);
    // The next key is counted at once, by what letters cost so far, and measured a moment later.
    QTest::keyClicks(&m_window->composer().edit(), QString(40, u'b'));
    QVERIFY(meter().use().estimated);
    QVERIFY2(meter().use().tokens > 120 && meter().use().tokens < 140, qPrintable(meter().accessibleName()));
    QVERIFY(meter().accessibleName().contains(u"about"_s));
    QTRY_COMPARE(meter().use().tokens, 130);
    QVERIFY(!meter().use().estimated);
  }

  void asksTheEngineAFewTimesASecondHoweverFastOneTypes() {
    loadPack();
    QTRY_COMPARE(meter().use().tokens, 10);
    const int before = m_stage->measured;
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < 1000) {
      QTest::keyClick(&m_window->composer().edit(), Qt::Key_A);
      QTest::qWait(4);
    }
    const int asked = m_stage->measured - before;
    QVERIFY2(asked >= 2 && asked <= static_cast<int>(timer.elapsed() / 200) + 1, qPrintable(QString::number(asked)));
  }

  // The line stands above the first message that the model would read, before anything is sent.
  void warnsBeforeMessagesAreLeftOutAndMarksWhereTheModelBegins() {
    loadPack();
    for (int i = 0; i < 4; ++i) exchange(u"Question %1"_s.arg(i));
    QTRY_VERIFY(meter().use().isKnown() && !meter().warns());
    QVERIFY(!m_window->view().contextLine().isVisible());
    const QList<int> tops = topsOfMessages();
    m_stage->measure = [](const generation::ChatRequest& request, std::stop_token) {
      const bool isLong = Stage::tokensOf(request) > 400;
      return generation::Measurement{
          .promptTokens = isLong ? 1500 : 300, .contextLength = 2048, .turnsLeftOut = isLong ? 4 : 0};
    };
    type(QString(2000, u'x'));
    QTRY_VERIFY(meter().warns());
    QCOMPARE(meter().use().messagesLeftOut, 4);
    QCOMPARE(meter().use().firstSeenRow, 4);
    QVERIFY2(meter().toolTip().contains(u"4 oldest messages"_s), qPrintable(meter().toolTip()));
    QVERIFY(meter().accessibleDescription().contains(u"4 oldest messages"_s));
    const ContextLine& line = m_window->view().contextLine();
    QVERIFY(line.isVisible());
    QCOMPARE(line.text(), u"The model reads from here on"_s);
    QVERIFY(line.geometry().top() >= m_window->view().widgetAt(3)->geometry().bottom());
    QVERIFY(line.geometry().bottom() <= m_window->view().widgetAt(4)->geometry().top());
    QCOMPARE(topsOfMessages(), tops);  // nothing moved for it
    // A shorter draft takes nothing away any more.
    QTest::keyClick(&m_window->composer().edit(), Qt::Key_A, Qt::ControlModifier);
    QTest::keyClick(&m_window->composer().edit(), Qt::Key_Delete);
    QTRY_VERIFY(!meter().warns());
    QVERIFY(!line.isVisible());
  }

  void saysThatAMessageAloneIsTooLong() {
    loadPack();
    m_stage->measure = [](const generation::ChatRequest&, std::stop_token) {
      return generation::Measurement{.promptTokens = 3000, .contextLength = 2048, .tooLong = true};
    };
    type(u"x"_s);
    QTRY_VERIFY(meter().use().tooLong);
    QVERIFY(meter().accessibleDescription().contains(u"too long"_s));
  }

  void countsTheTokensOfARunningAnswerAndNeverWaitsForIt() {
    loadPack();
    QTRY_VERIFY(meter().use().isKnown());
    m_stage->answer = tests::endlessAnswer(*m_stage, std::chrono::milliseconds(5));
    type(u"Go"_s);
    QTRY_COMPARE(meter().use().tokens, 10);
    QTest::qWait(300);  // measured
    QTest::keyClick(&m_window->composer().edit(), Qt::Key_Return);
    QTRY_VERIFY(meter().use().tokens > 40);
    QVERIFY(meter().use().estimated);
    const int measured = m_stage->measured;
    QElapsedTimer timer;
    timer.start();
    QTest::keyClicks(&m_window->composer().edit(), u"already the next one"_s);
    QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
    QTest::qWait(400);
    for (int i = 0; i < 4; ++i) {  // a busy engine is left alone: its queue is empty
      const auto free = m_bridge->measure({});
      QVERIFY(free);
      m_bridge->cancel(*free);
    }
    QTest::keyClick(&m_window->composer().edit(), Qt::Key_Escape);
    QTRY_VERIFY(!m_window->conversation().isBusy());
    QTRY_VERIFY(m_stage->measured > measured);
    QTRY_VERIFY(!meter().use().estimated);
  }

  void tellsOfTheConversationThatIsShownWhileAnotherAnswers() {
    loadPack();
    m_stage->answer = tests::endlessAnswer(*m_stage, std::chrono::milliseconds(5));
    type(QString(2000, u'x'));
    QTRY_COMPARE(meter().use().tokens, 510);
    QTest::keyClick(&m_window->composer().edit(), Qt::Key_Return);
    QTRY_VERIFY(meter().use().tokens > 530);
    const ConversationId id = m_window->conversation().id();
    QTest::keyClick(m_window.get(), Qt::Key_N, Qt::ControlModifier);
    QTRY_VERIFY2(meter().use().tokens < 50, qPrintable(meter().accessibleName()));
    QTest::qWait(100);  // more tokens came there
    QVERIFY2(meter().use().tokens < 50, qPrintable(meter().accessibleName()));
    m_window->conversation().open(id);
    QTRY_VERIFY2(meter().use().tokens > 530, qPrintable(meter().accessibleName()));
    QTest::keyClick(&m_window->composer().edit(), Qt::Key_Escape);
    QTRY_VERIFY(!m_window->conversation().isBusy());
  }

  // Every measure hands the whole conversation over: that must not be felt in the box.
  void typingInAConversationOfTenThousandMessagesIsNotHeldUp() {
    loadPack();
    ConversationContent content;
    const MessageId first = newId();
    content.conversation = {.id = newId(), .chosen = first};
    for (int i = 0; i < 10000; ++i) {
      content.messages << MessageRecord{.id = first + i,
                                        .parent = i == 0 ? 0 : first + i - 1,
                                        .chosen = i == 9999 ? 0 : first + i + 1,
                                        .speaker = i % 2 == 0 ? Speaker::Person : Speaker::Model,
                                        .text = u"Message %1 "_s.arg(i) + QString(200, u'a')};
    }
    m_store->addContent(content);
    const ConversationId id = content.conversation.id;
    m_window->conversation().open(id);
    QTRY_COMPARE_WITH_TIMEOUT(m_window->conversation().model().rowCount(), 10000, 20000);
    QTRY_VERIFY_WITH_TIMEOUT(meter().use().tokens > 500000, 20000);
    const int before = m_stage->measured;
    double longest = 0;
    for (int i = 0; i < 60; ++i) {
      const double since = busyMs();
      QTest::keyClick(&m_window->composer().edit(), Qt::Key_A);
      QCoreApplication::processEvents();
      longest = std::max(longest, busyMs() - since);
      QTest::qWait(20);
    }
    QVERIFY(m_stage->measured > before + 2);
    qInfo("typing in 10,000 messages: the window was busy for %.1f ms at most", longest);
    QVERIFY2(longest < 50, qPrintable(QString::number(longest)));
  }

  void isReachedByKeyboardAndTellsItsNumbersInChinese() {
    loadPack();
    type(QString(8000, u'a'));
    QTRY_COMPARE(meter().use().tokens, 2010);
    bool reached = false;
    for (int i = 0; i < 60 && !reached; ++i) {
      QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab, Qt::ControlModifier);  // out of the box, too
      QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
      reached = QApplication::focusWidget() == &meter();
    }
    QVERIFY(reached);
    m_language->choose(LanguageChoice::SimplifiedChinese);
    QTRY_VERIFY2(meter().accessibleName().contains(u"2,010"_s) && !meter().accessibleName().contains(u"Context"_s),
                 qPrintable(meter().accessibleName()));
  }

 private:
  ContextMeter& meter() { return m_window->packLine().meter(); }
  void loadPack() {
    m_window->openPack(u"/packs/test"_s);
    QTRY_VERIFY(m_window->packLine().text().contains(u"Test pack"_s));
  }
  void type(const QString& text) {
    m_window->composer().edit().setFocus();
    if (text.size() < 100) return QTest::keyClicks(&m_window->composer().edit(), text);
    QGuiApplication::clipboard()->setText(text);
    QTest::keyClick(&m_window->composer().edit(), Qt::Key_V, Qt::ControlModifier);
  }
  void exchange(const QString& question) {
    const int rows = m_window->conversation().model().rowCount();
    type(question);
    QTest::keyClick(&m_window->composer().edit(), Qt::Key_Return);
    QTRY_COMPARE(m_window->conversation().model().rowCount(), rows + 2);
    QTRY_VERIFY(!m_window->conversation().isBusy());
  }
  QList<int> topsOfMessages() {
    QList<int> tops;
    for (int row = 0; row < m_window->conversation().model().rowCount(); ++row)
      tops << m_window->view().widgetAt(row)->geometry().top();
    return tops;
  }

  tests::FakeReader m_reader;
  std::shared_ptr<Stage> m_stage;
  std::unique_ptr<Language> m_language;
  std::unique_ptr<EngineBridge> m_bridge;
  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<Store> m_store;
  std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(ContextTest)
#include "context_test.moc"
