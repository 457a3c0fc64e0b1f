// How the window begins: as it was left, after a crash, after several, or safely; and how it stays in the tray.
#include <QApplication>
#include <QPushButton>

#include "tests/ui/support/buttons.h"
#include "tests/ui/support/window_fixture.h"
#include "ui/sidebar/conversation_list.h"
#include "ui/sidebar/sidebar.h"
#include "ui/widgets/inline_message.h"
#include "ui/window/tray.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

class StartTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_fixture = std::make_unique<tests::WindowFixture>(QStringLiteral(XLLM_I18N_DIR));
    m_fixture->loadPack();
    m_fixture->ask(u"Before"_s);
  }
  void cleanup() { m_fixture.reset(); }

  void afterOneCrashTheConversationIsThereAndThePackIsOffered() {
    begin(Start::AfterCrash);
    m_fixture->window->offerPack(u"/packs/starter"_s);
    QTRY_COMPARE(m_fixture->model().rowCount(), 2);
    QCOMPARE(buttons(), (QStringList{u"Choose a model pack …"_s, u"Load “starter”"_s, u"Safe start"_s}));
  }

  void afterSeveralCrashesNothingIsOpenedAndASafeStartComesFirst() {
    begin(Start::AfterCrashes);
    m_fixture->window->offerPack(u"/packs/starter"_s);
    QTRY_COMPARE(m_fixture->window->sidebar().list().rowCount(), 1);
    QTest::qWait(100);
    QCOMPARE(m_fixture->model().rowCount(), 0);
    QCOMPARE(buttons(), (QStringList{u"Safe start"_s, u"Choose a model pack …"_s, u"Load “starter”"_s}));
    QSignalSpy restart(m_fixture->window.get(), &MainWindow::restartRequested);
    QTest::mouseClick(tests::buttonNamed(m_fixture->window->packMessage(), u"Safe start"_s), Qt::LeftButton);
    QCOMPARE(restart.count(), 1);
    QCOMPARE(restart.at(0).at(0).toBool(), true);
  }

  void aSafeStartSaysSoAndGoesBackToANormalOne() {
    begin(Start::Safe);
    QTest::qWait(100);
    QCOMPARE(m_fixture->model().rowCount(), 0);
    QVERIFY(m_fixture->window->packMessage().isVisible());
    QCOMPARE(m_fixture->window->packMessage().title(), u"This is a safe start"_s);
    m_fixture->language.choose(LanguageChoice::SimplifiedChinese);
    QTRY_COMPARE(m_fixture->window->packMessage().title(), u"当前为安全启动"_s);
    m_fixture->language.choose(LanguageChoice::English);
    QTest::qWait(20);
    QCOMPARE(buttons(), (QStringList{u"Start normally"_s, u"Choose a model pack …"_s}));
    QSignalSpy restart(m_fixture->window.get(), &MainWindow::restartRequested);
    QTest::mouseClick(tests::buttonNamed(m_fixture->window->packMessage(), u"Start normally"_s), Qt::LeftButton);
    QCOMPARE(restart.at(0).at(0).toBool(), false);
  }

  void aSafeStartLoadsAPackWhenOneIsChosen() {
    begin(Start::Safe);
    m_fixture->loadPack();
    QVERIFY(m_fixture->window->packMessage().isHidden());
    m_fixture->ask(u"Fine"_s);
    QCOMPARE(m_fixture->model().rowCount(), 2);
  }

  void filesOfALaterStartBecomeAttachmentsOfTheDraft() {
    m_fixture->type(u"half a thought"_s);
    m_fixture->window->showMinimized();
    m_fixture->window->bringForward();
    QVERIFY(!m_fixture->window->isMinimized());
    m_fixture->window->addFiles({u"/1/2.png"_s, u"/1/3.wav"_s});
    QTRY_COMPARE(m_fixture->window->composer().attachments().size(), 2);
    QCOMPARE(m_fixture->window->composer().text(), u"half a thought"_s);
  }

  void inTheTrayClosingHidesAndLeavingCloses() {
    QWidget window;
    Tray tray(window, true);
    tray.setOn(true);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    QVERIFY(!window.close());
    QVERIFY(window.isHidden());
    window.show();
    tray.letClose();
    QVERIFY(window.close());
  }

  void withoutATrayOrSwitchedOffClosingCloses() {
    for (const auto& [exists, on] : {std::pair{false, true}, std::pair{true, false}}) {
      QWidget window;
      Tray tray(window, exists);
      tray.setOn(true);
      tray.setOn(on);
      window.show();
      QVERIFY(QTest::qWaitForWindowExposed(&window));
      QVERIFY(window.close());
    }
  }

 private:
  void begin(Start start) {
    m_fixture->window.reset();
    m_fixture->window = std::make_unique<MainWindow>(*m_fixture->bridge, m_fixture->reader, m_fixture->language,
                                                     *m_fixture->store, Preferences{}, start);
    m_fixture->window->resize(1060, 780);
    m_fixture->window->show();
    tests::WindowFixture::activate(*m_fixture->window);
  }
  // As they stand there, from left to right.
  QStringList buttons() {
    QList<QPushButton*> found;
    for (auto* button : m_fixture->window->packMessage().findChildren<QPushButton*>()) {
      if (button->isVisible()) found << button;
    }
    QTest::qWait(20);  // placed
    std::sort(found.begin(), found.end(), [](const QPushButton* a, const QPushButton* b) { return a->x() < b->x(); });
    QStringList texts;
    for (const QPushButton* button : found) texts << button->text();
    return texts;
  }

  std::unique_ptr<tests::WindowFixture> m_fixture;
};

QTEST_MAIN(StartTest)
#include "start_test.moc"
