// The list of conversations with real keys and clicks: search, filters, rename, pin, trash, undo.
#include "ui/sidebar/sidebar.h"

#include <QAccessible>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMessageBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include "ui/sidebar/conversation_list.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

class SidebarTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_store = std::make_unique<Store>(m_folder->path());
    add(1, u"Which bird is this?"_s, MediaKind::Picture);
    add(2, u"Was sagt sie in der Aufnahme?"_s, MediaKind::Sound);
    add(3, u"A recipe for soup"_s, std::nullopt);
    m_sidebar = std::make_unique<Sidebar>(*m_store);
    m_sidebar->resize(Sidebar::kWidth, 600);
    m_sidebar->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_sidebar.get()));
    m_sidebar->activateWindow();
    QTRY_COMPARE(ids(), (QList<qint64>{3, 2, 1}));
  }
  void cleanup() {
    m_sidebar.reset();
    m_store.reset();
  }

  void typingSearchesAndEscapeShowsAllAgain() {
    QTest::keyClicks(&m_sidebar->searchBox(), u"bird"_s);
    QTRY_COMPARE(ids(), QList<qint64>{1});
    QTest::keyClicks(&m_sidebar->searchBox(), u" of prey"_s);
    QTRY_COMPARE(ids(), QList<qint64>{});
    QTRY_VERIFY(label(u"Nothing was found"_s));
    QTest::keyClick(&m_sidebar->searchBox(), Qt::Key_Escape);
    QTRY_COMPARE(ids(), (QList<qint64>{3, 2, 1}));
  }

  void filtersNarrowTheList() {
    click(u"Only conversations with pictures"_s);
    QTRY_COMPARE(ids(), QList<qint64>{1});
    click(u"Only conversations with recordings"_s);
    QTRY_COMPARE(ids(), QList<qint64>{});
    click(u"Only conversations with pictures"_s);
    QTRY_COMPARE(ids(), QList<qint64>{2});
  }

  void clicksAndKeysOpen() {
    QSignalSpy opened(m_sidebar.get(), &Sidebar::openRequested);
    QTest::mouseClick(m_sidebar->view().viewport(), Qt::LeftButton, {}, centerOf(1));
    QCOMPARE(opened.takeFirst()[0].toLongLong(), 2);
    m_sidebar->searchBox().setFocus();
    QTest::keyClick(&m_sidebar->searchBox(), Qt::Key_Down);
    QVERIFY(m_sidebar->view().hasFocus());
    QTest::keyClick(&m_sidebar->view(), Qt::Key_Down);
    QTest::keyClick(&m_sidebar->view(), Qt::Key_Return);
    QCOMPARE(opened.takeFirst()[0].toLongLong(), 1);
    QSignalSpy begun(m_sidebar.get(), &Sidebar::newRequested);
    click(u"New conversation"_s);
    QCOMPARE(begun.count(), 1);
  }

  void f2RenamesAndTheNameIsKept() {
    choose(0);
    QTest::keyClick(&m_sidebar->view(), Qt::Key_F2);
    auto* editor = m_sidebar->view().findChild<QLineEdit*>();
    QVERIFY(editor && !editor->accessibleName().isEmpty());
    editor->selectAll();
    QTest::keyClicks(editor, u"Soup for"_s);
    QSignalSpy refreshed(&m_sidebar->list(), &ConversationList::refreshed);
    m_sidebar->list().setQuery(m_sidebar->list().query());  // the list is asked for anew meanwhile
    QTRY_VERIFY(refreshed.count() > 0);
    QTest::keyClicks(editor, u" six"_s);
    QTest::keyClick(editor, Qt::Key_Return);
    QTRY_COMPARE(m_sidebar->list().at(0).conversation.title, u"Soup for six"_s);
    QTest::keyClicks(&m_sidebar->searchBox(), u"for six"_s);
    QTRY_COMPARE(ids(), QList<qint64>{3});
  }

  void pinnedOnesComeFirst() {
    choose(2);
    QTest::keyClick(&m_sidebar->view(), Qt::Key_P, Qt::ControlModifier);
    QTRY_COMPARE(ids(), (QList<qint64>{1, 3, 2}));
    QVERIFY(m_sidebar->list().index(0).data(Qt::AccessibleTextRole).toString().contains(u"pinned"_s));
    choose(0);
    QTest::keyClick(&m_sidebar->view(), Qt::Key_P, Qt::ControlModifier);
    QTRY_COMPARE(ids(), (QList<qint64>{3, 2, 1}));
  }

  void deleteMovesToTheTrashAndUndoBringsBack() {
    QSignalSpy trashed(m_sidebar.get(), &Sidebar::trashed);
    choose(1);
    QTest::keyClick(&m_sidebar->view(), Qt::Key_Delete);
    QTRY_COMPARE(ids(), (QList<qint64>{3, 1}));
    QCOMPARE(trashed.count(), 1);
    QPushButton* undo = button(u"Undo"_s);
    QVERIFY(undo && undo->isVisible());
    QTest::mouseClick(undo, Qt::LeftButton);
    QTRY_COMPARE(ids(), (QList<qint64>{3, 2, 1}));
    QVERIFY(!undo->isVisible());
  }

  void theTrashCanBeLookedAtRestoredAndEmptied() {
    for (int i = 0; i < 2; ++i) {
      const auto count = m_sidebar->list().rowCount();
      choose(0);
      QTest::keyClick(&m_sidebar->view(), Qt::Key_Delete);
      QTRY_COMPARE(m_sidebar->list().rowCount(), count - 1);
    }
    click(u"Show the trash"_s);
    QTRY_COMPARE(ids(), (QList<qint64>{3, 2}));
    choose(1);
    QTest::keyClick(&m_sidebar->view(), Qt::Key_Return);  // brings it back
    QTRY_COMPARE(ids(), QList<qint64>{3});
    QTest::mouseClick(button(u"Empty"_s), Qt::LeftButton);
    QTRY_VERIFY(m_sidebar->findChild<QMessageBox*>());
    for (QPushButton* sure : m_sidebar->findChild<QMessageBox*>()->findChildren<QPushButton*>()) {
      if (sure->text().contains(u"Empty"_s)) QTest::mouseClick(sure, Qt::LeftButton);
    }
    QTRY_COMPARE(ids(), QList<qint64>{});
    click(u"Show the trash"_s);
    QTRY_COMPARE(ids(), (QList<qint64>{2, 1}));
  }

  void onlyAllOfTheTrashIsEmptied() {
    for (int count = 3; count > 1; --count) {
      choose(0);
      QTest::keyClick(&m_sidebar->view(), Qt::Key_Delete);
      QTRY_COMPARE(m_sidebar->list().rowCount(), count - 1);
    }
    click(u"Show the trash"_s);
    QTRY_COMPARE(ids(), (QList<qint64>{3, 2}));
    QVERIFY(button(u"Empty"_s)->isEnabled());
    QTest::keyClicks(&m_sidebar->searchBox(), u"soup"_s);
    QVERIFY(!button(u"Empty"_s)->isEnabled());
    QTRY_COMPARE(ids(), QList<qint64>{3});
    QVERIFY(!button(u"Empty"_s)->isEnabled());
    QTest::keyClick(&m_sidebar->searchBox(), Qt::Key_Escape);
    QTRY_COMPARE(ids(), (QList<qint64>{3, 2}));
    QVERIFY(button(u"Empty"_s)->isEnabled());
  }

  void theKeyboardsPlaceStaysWhenRowsGo() {
    m_sidebar->setCurrent(1);
    choose(0);
    QTest::keyClick(&m_sidebar->view(), Qt::Key_Delete);
    QTRY_COMPARE(ids(), (QList<qint64>{2, 1}));
    QCOMPARE(m_sidebar->view().currentIndex().row(), 0);
    m_store->setTrashed(3, false);  // elsewhere
    QTRY_COMPARE(ids(), (QList<qint64>{3, 2, 1}));
    QCOMPARE(m_sidebar->view().currentIndex().row(), 1);
    QTest::keyClick(&m_sidebar->view(), Qt::Key_Delete);
    QTRY_COMPARE(ids(), (QList<qint64>{3, 1}));
    QTest::keyClick(&m_sidebar->view(), Qt::Key_Delete);
    QTRY_COMPARE(ids(), QList<qint64>{3});
    QCOMPARE(m_sidebar->view().currentIndex().row(), 0);
  }

  void toolTipsShowTitlesAsTheyStand() {
    m_store->rename(3, u"Salt & \"pepper\""_s);
    QTRY_COMPARE(m_sidebar->list().index(0).data(Qt::ToolTipRole).toString(), u"Salt & \"pepper\""_s);
    m_store->rename(3, u"<b>Salt</b>"_s);
    QTRY_COMPARE(m_sidebar->list().index(0).data(Qt::ToolTipRole).toString(), u"<p>&lt;b&gt;Salt&lt;/b&gt;</p>"_s);
  }

  void everyControlHasAName() {
    for (QWidget* widget : m_sidebar->findChildren<QWidget*>()) {
      if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus || widget->focusProxy()) continue;
      if (widget->objectName().startsWith(u"qt_"_s)) continue;
      QAccessibleInterface* face = QAccessible::queryAccessibleInterface(widget);
      QVERIFY2(face && !face->text(QAccessible::Name).isEmpty(), widget->metaObject()->className());
    }
  }

 private:
  void add(ConversationId id, const QString& text, std::optional<MediaKind> kind) {
    MessageRecord message{.id = id * 10 + 1, .createdMs = id, .text = text};
    if (kind) message.attachments << AttachmentRecord{.kind = *kind, .name = u"file"_s};
    m_store->addConversation({.id = id, .createdMs = id, .changedMs = id});
    m_store->addMessage(id, message);
    QTest::qWait(3);  // the newest first
  }
  QList<qint64> ids() {
    QList<qint64> list;
    for (int row = 0; row < m_sidebar->list().rowCount(); ++row) list << m_sidebar->list().at(row).conversation.id;
    return list;
  }
  QPoint centerOf(int row) { return m_sidebar->view().visualRect(m_sidebar->list().index(row)).center(); }
  void choose(int row) {
    m_sidebar->view().setFocus();
    m_sidebar->view().setCurrentIndex(m_sidebar->list().index(row));
  }
  void click(const QString& accessibleName) {
    for (QToolButton* one : m_sidebar->findChildren<QToolButton*>()) {
      if (one->accessibleName() == accessibleName) return QTest::mouseClick(one, Qt::LeftButton);
    }
    QFAIL(qPrintable(accessibleName));
  }
  QPushButton* button(const QString& text) {
    for (QPushButton* one : m_sidebar->findChildren<QPushButton*>()) {
      if (one->text() == text) return one;
    }
    return nullptr;
  }
  bool label(const QString& text) {
    for (QLabel* one : m_sidebar->findChildren<QLabel*>()) {
      if (one->isVisible() && one->text() == text) return true;
    }
    return false;
  }

  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<Store> m_store;
  std::unique_ptr<Sidebar> m_sidebar;
};

QTEST_MAIN(SidebarTest)
#include "sidebar_test.moc"
