// Which program this is and whose work is in it: every part is listed, and the whole text of its licence is reached
// with the keyboard, named and translated, also in a narrow window. The list is the one that the build made.
#include <QElapsedTimer>
#include <QLabel>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QTreeWidget>

#include "tests/ui/support/walker.h"
#include "ui/widgets/theme.h"
#include "ui/window/about_dialog.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

class AboutTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    QCoreApplication::setApplicationVersion(u"1.2.3 (commit 0123456789ab)"_s);
    applyTheme(*qApp, ThemeChoice::Light);
    m_others = readThirdParties(QStringLiteral(XLLM_THIRD_PARTIES));
  }
  void init() {
    m_dialog = new AboutDialog(QStringLiteral(XLLM_THIRD_PARTIES), nullptr);
    m_dialog->show();
    QVERIFY(QTest::qWaitForWindowActive(m_dialog));
    QTRY_VERIFY(m_dialog->list().isVisible());
  }
  void cleanup() { delete m_dialog; }

  void saysWhichProgramThisIs() {
    QStringList words;
    for (const QLabel* label : m_dialog->findChildren<QLabel*>()) words << label->text();
    QVERIFY(words.contains(u"X-LLM Desktop 1.2.3"_s));
    QVERIFY(words.contains(u"Built from commit 0123456789ab"_s));
  }

  void listsEveryPartWithItsLicence() {
    QTreeWidget& list = m_dialog->list();
    QCOMPARE(list.topLevelItemCount(), m_others.parts.size() + m_others.licences.size());
    QVERIFY(m_others.parts.size() > 12);
    for (int i = 0; i < m_others.parts.size(); ++i) {
      QVERIFY(list.topLevelItem(i)->text(0).startsWith(m_others.parts[i].name));
      QCOMPARE(list.topLevelItem(i)->text(1), m_others.parts[i].licence);
      QVERIFY(list.topLevelItem(i)->data(0, Qt::AccessibleTextRole).toString().contains(m_others.parts[i].licence));
    }
  }

  void theKeyboardReachesTheWholeTextOfEveryLicence() {
    m_dialog->list().setFocus();
    QTest::keyClick(&m_dialog->list(), Qt::Key_Home);
    for (const ThirdParty& part : m_others.parts + m_others.licences) {
      QVERIFY(m_dialog->text().toPlainText().endsWith(part.text));
      QTest::keyClick(&m_dialog->list(), Qt::Key_Down);
    }
    QTest::keyClick(&m_dialog->list(), Qt::Key_Tab);
    QPlainTextEdit& text = m_dialog->text();
    QVERIFY(text.hasFocus());
    QVERIFY(text.verticalScrollBar()->maximum() > 0);
    QTest::keyClick(&text, Qt::Key_PageDown);
    QVERIFY(text.verticalScrollBar()->value() > 0);
    QTest::keyClick(&text, Qt::Key_Escape);
    QVERIFY(!m_dialog->isVisible());
    m_dialog = nullptr;  // it goes when it is closed
  }

  void everythingIsReachedNamedAndTranslated() {
    Language language(QStringLiteral(XLLM_I18N_DIR));
    language.choose(LanguageChoice::English);
    QCOMPARE(tests::unreachable(*m_dialog), QStringList());
    QCOMPARE(tests::unnamed(*m_dialog), QStringList());
    QStringList names{u"X-LLM"_s, u"0123456789ab"_s};
    for (const ThirdParty& part : m_others.parts) names << part.name << part.licence << part.version;
    for (const ThirdParty& licence : m_others.licences) names << licence.name;
    QCOMPARE(tests::untranslated(*m_dialog, language, names), QStringList());
  }

  void fitsIntoANarrowWindow() {
    m_dialog->resize(420, 500);
    QCOMPARE(m_dialog->width(), 420);
    QCOMPARE(m_dialog->list().horizontalScrollBar()->maximum(), 0);
    QVERIFY(m_dialog->text().height() > 60);
  }

  void opensAndChangesWithoutHoldingUpTheWindow() {
    QElapsedTimer timer;
    timer.start();
    AboutDialog dialog(QStringLiteral(XLLM_THIRD_PARTIES), nullptr);
    dialog.show();
    qInfo("opened after %lld ms", timer.elapsed());
    QTRY_VERIFY(dialog.list().isVisible());
    qint64 longest = 0;
    for (int i = 0; i < dialog.list().topLevelItemCount(); ++i) {
      timer.restart();
      dialog.list().setCurrentItem(dialog.list().topLevelItem(i));
      longest = std::max(longest, timer.elapsed());
    }
    qInfo("the longest text was there after %lld ms", longest);
  }

  void withoutAListItIsShort() {
    AboutDialog dialog(u"/no/such/file"_s, nullptr);
    dialog.show();
    QTest::qWait(100);
    QVERIFY(!dialog.list().isVisible() && !dialog.text().isVisible());
    QVERIFY(dialog.height() < 400);
  }

 private:
  ThirdParties m_others;
  AboutDialog* m_dialog = nullptr;
};

QTEST_MAIN(AboutTest)
#include "about_test.moc"
