// What is typed and not sent is never lost: not by looking at another conversation, not by an end of the program.
#include "tests/ui/support/window_fixture.h"
#include "ui/composer/attachment_chip.h"
#include "ui/sidebar/sidebar.h"
#include "ui/widgets/inline_message.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

class DraftsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { m_w = std::make_unique<tests::WindowFixture>(QStringLiteral(XLLM_I18N_DIR)); }
  void cleanup() { m_w.reset(); }

  void aDraftIsThereAfterTheNextStart() {
    m_w->type(u"Not sent yet"_s);  // and closed at once
    m_w->close();
    m_w->open();
    QTRY_COMPARE(draft(), u"Not sent yet"_s);
    m_w->type(u", but now"_s);
    QCOMPARE(draft(), u"Not sent yet, but now"_s);
  }

  void aDraftIsThereAfterACrashWithoutItsFiles() {
    composer().addFiles({picture()});
    m_w->type(u"What is this?"_s);
    QTRY_VERIFY(!composer().isReading());
    QTest::qWait(400);
    m_w->close();
    m_w->open();
    QTRY_COMPARE(composer().attachments().size(), 1);
    QCOMPARE(composer().attachments()[0].file, picture());
    m_w->close();
    m_w->markAsCrashed();
    m_w->open();
    QVERIFY(m_w->store->afterCrash());
    QTRY_COMPARE(draft(), u"What is this?"_s);
    QVERIFY(composer().chips().isEmpty());
  }

  void everyConversationHasItsOwnDraft() {
    m_w->loadPack();
    const ConversationId first = ask(u"First"_s);
    m_w->type(u"to the first"_s);
    m_w->window->conversation().startNew();
    QCOMPARE(draft(), QString());
    const ConversationId second = ask(u"Second"_s);
    QCOMPARE(draft(), QString());
    m_w->type(u"to the second"_s);
    m_w->window->conversation().open(first);
    QTRY_COMPARE(draft(), u"to the first"_s);
    m_w->window->conversation().startNew();
    m_w->type(u"to a new one"_s);
    m_w->window->conversation().open(second);
    QTRY_COMPARE(draft(), u"to the second"_s);
    m_w->close();
    m_w->open();
    QTRY_COMPARE(draft(), u"to the second"_s);  // the one that was open
    m_w->window->conversation().startNew();
    QTRY_COMPARE(draft(), u"to a new one"_s);
  }

  void whatWasSentIsNoDraftAnyMore() {
    m_w->loadPack();
    m_w->type(u"Hel"_s);
    QTest::qWait(300);  // it is kept as the draft of a new conversation
    m_w->type(u"lo"_s);
    QTest::keyClick(&composer().edit(), Qt::Key_Return);
    QTRY_COMPARE(m_w->stateOf(1), MessageState::Done);
    m_w->close();
    m_w->open();
    QTRY_COMPARE(m_w->model().rowCount(), 2);
    QTest::qWait(200);
    QCOMPARE(draft(), QString());
    m_w->window->conversation().startNew();
    QTest::qWait(200);
    QCOMPARE(draft(), QString());
  }

  void whatIsTypedBeforeTheDraftIsReadStays() {
    m_w->loadPack();
    const ConversationId other = ask(u"First"_s);
    m_w->window->conversation().startNew();
    m_w->type(u"old"_s);
    m_w->window->conversation().open(other);
    QTRY_COMPARE(draft(), QString());
    m_w->window->conversation().startNew();
    m_w->type(u"new"_s);  // nothing of the disk was read yet
    QTRY_COMPARE(draft(), u"old\nnew"_s);
  }

  void anEarlierMessageIsEditedBesideTheDraft() {
    m_w->loadPack();
    const ConversationId first = ask(u"First"_s);
    composer().addFiles({picture()});
    m_w->type(u"unsent"_s);
    QTRY_COMPARE(composer().attachments().size(), 1);
    Conversation& conversation = m_w->window->conversation();
    conversation.edit(0);
    QCOMPARE(draft(), u"First"_s);
    QCOMPARE(composer().attachments().size(), 0);
    conversation.stopEditing();
    QTRY_COMPARE(draft(), u"unsent"_s);
    QTRY_COMPARE(composer().attachments().size(), 1);

    conversation.edit(0);
    m_w->type(u" again"_s);
    QTest::keyClick(&composer().edit(), Qt::Key_Return);
    QTRY_COMPARE(m_w->stateOf(1), MessageState::Done);
    QCOMPARE(m_w->model().at(0).text, u"First again"_s);
    QTRY_COMPARE(draft(), u"unsent"_s);
    QTRY_COMPARE(composer().attachments().size(), 1);

    conversation.edit(0);
    conversation.startNew();
    QTest::qWait(300);
    QCOMPARE(draft(), QString());
    conversation.open(first);
    QTRY_COMPARE(draft(), u"unsent"_s);

    conversation.edit(0);
    QTest::qWait(300);
    m_w->close();
    m_w->open();
    QTRY_COMPARE(draft(), u"unsent"_s);
    QTRY_COMPARE(composer().attachments().size(), 1);
  }

  void whatIsTypedBeforeTheFilesOfADraftAreReadLeavesThem() {
    m_w->loadPack();
    const ConversationId other = ask(u"First"_s);
    m_w->window->conversation().startNew();
    composer().addFiles({picture()});
    QTRY_COMPARE(composer().attachments().size(), 1);
    m_w->window->conversation().open(other);
    QTRY_VERIFY(composer().chips().isEmpty());
    m_w->window->conversation().startNew();
    m_w->type(u"new"_s);  // nothing of the disk was read yet
    QTRY_COMPARE(composer().attachments().size(), 1);
    QCOMPARE(draft(), u"new"_s);
  }

  void aFileThatIsGoneIsSaidAndTheTextIsThere() {
    composer().addFiles({picture()});
    m_w->type(u"What is this?"_s);
    QTRY_VERIFY(!composer().isReading());
    QTest::qWait(400);
    m_w->close();
    m_w->reader.missing = true;
    m_w->open();
    QTRY_COMPARE(draft(), u"What is this?"_s);
    QTRY_VERIFY(composer().message().isVisible());
    QVERIFY(composer().chips().isEmpty());
  }

 private:
  Composer& composer() { return m_w->window->composer(); }
  QString draft() { return composer().text(); }
  QString picture() const { return m_w->folder.filePath(u"owl.png"_s); }
  ConversationId ask(const QString& text) {
    m_w->type(text);
    QTest::keyClick(&composer().edit(), Qt::Key_Return);
    [&] { QTRY_COMPARE(m_w->stateOf(1), MessageState::Done); }();
    return m_w->window->conversation().id();
  }

  std::unique_ptr<tests::WindowFixture> m_w;
};

QTEST_MAIN(DraftsTest)
#include "drafts_test.moc"
