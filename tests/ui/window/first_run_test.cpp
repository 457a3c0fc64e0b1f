// The first steps in the window, with real keys.
#include "ui/window/first_run.h"

#include <QApplication>
#include <QPushButton>
#include <QRadioButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "tests/ui/support/fake_reader.h"
#include "tests/ui/support/fake_shelf.h"
#include "tests/ui/support/scripted_backend.h"
#include "ui/composer/composer.h"
#include "ui/composer/prompt_edit.h"
#include "ui/models/pack_manager.h"
#include "ui/window/main_window.h"
#include "ui/window/pack_guide.h"
#include "ui/window/sample_picture.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

class FirstRunTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_stage = std::make_shared<tests::Stage>();
    m_language = std::make_unique<Language>(QStringLiteral(XLLM_I18N_DIR));
    m_language->choose(LanguageChoice::English);
    m_bridge = std::make_unique<EngineBridge>(tests::backendOn(m_stage));
    m_folder = std::make_unique<QTemporaryDir>();
    m_shelf = std::make_unique<tests::FakeShelf>();
    Preferences first;
    first.language = LanguageChoice::English;
    first.firstRun = true;
    open(first);
  }
  void cleanup() {
    m_window.reset();
    m_bridge.reset();
    m_store.reset();
    m_language.reset();
  }

  void leadsThroughItsPagesByKeyboardAndIsOverThen() {
    QSignalSpy ended(m_window.get(), &MainWindow::preferencesChanged);
    QVERIFY(steps().isVisible());
    QCOMPARE(steps().page(), FirstRun::Page::Language);
    QVERIFY(QApplication::focusWidget() && steps().isAncestorOf(QApplication::focusWidget()));
    for (const auto page : {FirstRun::Page::Machine, FirstRun::Page::Pack, FirstRun::Page::Sample}) {
      QTest::keyClick(&steps().nextButton(), Qt::Key_Space);
      QCOMPARE(steps().page(), page);
      QVERIFY(steps().nextButton().hasFocus());
    }
    QTest::keyClick(&steps().nextButton(), Qt::Key_Space);
    QVERIFY(!steps().isVisible());
    QCOMPARE(ended.count(), 1);
    QVERIFY(!m_window->preferences().firstRun);
    QVERIFY(m_window->composer().edit().hasFocus());
  }

  void everyPageCanBeSkipped() {
    for (int page = 0; page < 4; ++page) {
      m_window->guide().showFirstRun();
      for (int i = 0; i < page; ++i) QTest::mouseClick(&steps().nextButton(), Qt::LeftButton);
      QCOMPARE(static_cast<int>(steps().page()), page);
      QTest::mouseClick(&steps().skipButton(), Qt::LeftButton);
      QVERIFY(!steps().isVisible());
      QVERIFY(!m_window->preferences().firstRun);
    }
  }

  void isNotShownAgainButFromTheHelpMenu() {
    QTest::mouseClick(&steps().skipButton(), Qt::LeftButton);
    const Preferences kept = m_window->preferences();
    open(kept);
    QVERIFY(!m_window->guide().firstRun());
    QAction* action = nullptr;
    for (QAction* each : m_window->findChildren<QAction*>()) {
      if (each->text() == u"&First steps"_s) action = each;
    }
    QVERIFY(action && action->isEnabled());
    action->trigger();
    QVERIFY(steps().isVisible());
  }

  void changesTheLanguageAtOnce() {
    QRadioButton* chinese = nullptr;
    for (QRadioButton* radio : steps().findChildren<QRadioButton*>()) {
      if (radio->text() == u"简体中文"_s) chinese = radio;
    }
    QVERIFY(chinese);
    chinese->setFocus();
    QTest::keyClick(chinese, Qt::Key_Space);
    QCOMPARE(m_window->preferences().language, LanguageChoice::SimplifiedChinese);
    QTRY_VERIFY2(steps().text().contains(u"欢迎"_s), qPrintable(steps().text()));
    QVERIFY(steps().isVisible());
  }

  void tellsWhatIsNeededAndWhatThereIs() {
    QTest::keyClick(&steps().nextButton(), Qt::Key_Space);
    QTRY_VERIFY2(steps().text().contains(u"X-LLM starter needs about 284.7 MB."_s), qPrintable(steps().text()));
    QVERIFY2(steps().text().contains(u"9.0 GB of 16.0 GB are free"_s), qPrintable(steps().text()));
    QVERIFY(steps().text().contains(u"AVX2, 8 threads"_s));
    QVERIFY(steps().text().contains(u"120.0 GB are free"_s));
  }

  void saysWhetherThePackIsThere() {
    QTest::keyClick(&steps().nextButton(), Qt::Key_Space);
    QTest::keyClick(&steps().nextButton(), Qt::Key_Space);
    QVERIFY2(steps().text().contains(u"No pack is loaded yet"_s), qPrintable(steps().text()));
    m_window->openPack(u"/packs/starter"_s);
    QTRY_VERIFY2(steps().text().contains(u"Test pack is ready"_s), qPrintable(steps().text()));
  }

  void asksTheSampleWithAndWithoutThePicture() {
    m_language->choose(LanguageChoice::SimplifiedChinese);
    for (const bool withPicture : {true, false}) {
      m_window->openPack(u"/packs/starter"_s);
      m_window->guide().showFirstRun();
      for (int i = 0; i < 3; ++i) QTest::keyClick(&steps().nextButton(), Qt::Key_Space);
      const auto asked = m_stage->requests().size();
      QTest::keyClick(withPicture ? &steps().pictureButton() : &steps().wordsButton(), Qt::Key_Space);
      QTRY_COMPARE(m_stage->requests().size(), asked + 1);
      const auto turn = m_stage->requests().back().turns.back();
      QVERIFY(std::get<std::string>(turn.parts.back()).starts_with("What is "));  // in English in every language
      QCOMPARE(turn.parts.size(), std::size_t{withPicture ? 2U : 1U});
      if (withPicture) {
        const auto& picture = std::get<generation::Picture>(turn.parts.front());
        QCOMPARE(picture->width, samplePicture().width());
      }
      QVERIFY(!steps().isVisible());
      QVERIFY(!m_window->preferences().firstRun);
      QTRY_VERIFY(!m_window->conversation().isBusy());
    }
  }

  void theSampleLeavesWhatIsInTheBox() {
    for (const bool withPicture : {true, false}) {
      m_window->openPack(u"/packs/starter"_s);
      m_window->guide().showFirstRun();
      m_window->composer().edit().setPlainText(u"half a sen"_s);
      for (int i = 0; i < 3; ++i) QTest::keyClick(&steps().nextButton(), Qt::Key_Space);
      const auto asked = m_stage->requests().size();
      QTest::keyClick(withPicture ? &steps().pictureButton() : &steps().wordsButton(), Qt::Key_Space);
      QTRY_COMPARE(m_stage->requests().size(), asked + 1);
      QTRY_VERIFY(!m_window->conversation().isBusy());
      QTRY_COMPARE(m_window->composer().text(), u"half a sen"_s);
      QVERIFY(m_window->composer().chips().isEmpty());
    }
    m_window->guide().showFirstRun();
    m_window->composer().edit().clear();
    m_window->composer().addImage(samplePicture());
    for (int i = 0; i < 3; ++i) QTest::keyClick(&steps().nextButton(), Qt::Key_Space);
    const auto asked = m_stage->requests().size();
    QTest::keyClick(&steps().wordsButton(), Qt::Key_Space);
    QVERIFY(!steps().isVisible());
    QCOMPARE(m_window->composer().chips().size(), 1);
    QTest::qWait(50);
    QCOMPARE(m_stage->requests().size(), asked);
  }

  void whoeverWritesAtOnceIsNotHeldUp() {
    m_window->openPack(u"/packs/starter"_s);
    m_window->composer().edit().setFocus();
    QTest::keyClicks(&m_window->composer().edit(), u"Hello"_s);
    QTest::keyClick(&m_window->composer().edit(), Qt::Key_Return);
    QTRY_COMPARE(m_stage->requests().size(), std::size_t{1});
    QVERIFY(!steps().isVisible());
    QVERIFY(!m_window->preferences().firstRun);
  }

  void opensThePackManager() {
    m_window->guide().showManager();
    QVERIFY(m_window->guide().manager()->isVisible());
    QTRY_COMPARE(m_window->guide().manager()->cards().size(), 1);
    m_window->guide().manager()->close();
  }

 private:
  FirstRun& steps() { return *m_window->guide().firstRun(); }
  void open(const Preferences& preferences) {
    m_window.reset();
    m_store.reset();
    m_store = std::make_unique<Store>(m_folder->path());
    m_window = std::make_unique<MainWindow>(*m_bridge, m_reader, *m_language, *m_store, preferences);
    m_window->setPackShelf(*m_shelf);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
  }

  tests::FakeReader m_reader;
  std::shared_ptr<tests::Stage> m_stage;
  std::unique_ptr<Language> m_language;
  std::unique_ptr<EngineBridge> m_bridge;
  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<tests::FakeShelf> m_shelf;
  std::unique_ptr<Store> m_store;
  std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(FirstRunTest)
#include "first_run_test.moc"
