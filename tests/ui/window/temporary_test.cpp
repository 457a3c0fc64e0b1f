// A temporary conversation through the whole window: nothing of it is on the disk, whatever was said, typed or
// recorded.
#include <QDirIterator>
#include <QTest>

#include "tests/ui/support/buttons.h"
#include "tests/ui/support/window_fixture.h"
#include "ui/chat/conversation.h"
#include "ui/sidebar/conversation_list.h"
#include "ui/sidebar/sidebar.h"
#include "ui/widgets/inline_message.h"
#include "ui/window/actions.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

class TemporaryTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_w = std::make_unique<tests::WindowFixture>(QStringLiteral(XLLM_I18N_DIR));
    m_w->loadPack();
  }
  void cleanup() { m_w.reset(); }

  void nothingOfItIsOnTheDisk() {
    newTemporary();
    QVERIFY(m_w->window->temporaryMessage().isVisible());
    QVERIFY(!m_w->window->actions().exportChat->isEnabled());
    m_w->window->composer().addRecording(recording());
    m_w->window->composer().addImage(picture());
    ask(u"My secret herons"_s);
    m_w->window->conversation().answerAgain(1);
    QTRY_VERIFY(!m_w->window->conversation().isBusy());
    ask(u"Another secret"_s);
    m_w->type(u"An unsent secret"_s);
    m_w->window->composer().addRecording(recording());
    QTest::qWait(400);  // a draft is kept when one pauses
    QCOMPARE(m_w->stage->requests().back().turns.size(), std::size_t{3});
    m_w->close();
    for (QDirIterator it(m_w->folder.path(), QDir::Files, QDirIterator::Subdirectories); it.hasNext();) {
      QFile file(it.next());
      QVERIFY(file.open(QIODevice::ReadOnly));
      const QByteArray bytes = file.readAll();
      QVERIFY2(!bytes.contains("secret"), qPrintable(file.fileName()));
      QVERIFY2(!file.fileName().contains(u"/media/"_s), qPrintable(file.fileName()));
    }
    open();
    QTest::qWait(50);
    QCOMPARE(model().rowCount(), 0);
    QVERIFY(m_w->window->composer().isEmpty());
    QCOMPARE(m_w->window->sidebar().list().rowCount(), 0);
  }

  void itIsGoneWhenAnotherOneIsShown() {
    ask(u"First"_s);
    const ConversationId first = m_w->window->conversation().id();
    newTemporary();
    m_w->stage->answer = tests::endlessAnswer(*m_w->stage, std::chrono::milliseconds(2));
    m_w->type(u"Long"_s);
    press(Qt::Key_Return);
    QTRY_VERIFY(model().rowCount() == 2 && model().at(1).text.size() > 20);
    m_w->type(u"half a sen"_s);
    m_w->window->conversation().open(first);
    QTRY_COMPARE(m_w->window->conversation().id(), first);
    QVERIFY(m_w->window->temporaryMessage().isHidden());
    QVERIFY(m_w->window->actions().exportChat->isEnabled());
    QTRY_VERIFY(m_w->stage->stopped);
    QVERIFY(!m_w->window->conversation().isBusy());
    QTRY_VERIFY(m_w->window->composer().isEmpty());
    QCOMPARE(m_w->window->sidebar().list().rowCount(), 1);
    QCOMPARE(model().at(0).text, u"First"_s);
  }

  // A message that cannot be sent is taken back: what is typed next is still nobody's business.
  void itStaysTemporaryWhenItsOnlyMessageComesBack() {
    newTemporary();
    m_w->stage->load = [](const std::filesystem::path&, std::stop_token,
                          const generation::LoadProgress&) -> Result<generation::PackSummary> {
      return fail(ErrorCode::CorruptFile, "llm/model.gguf: its SHA-256 is wrong.");
    };
    m_w->type(u"A secret"_s);
    m_w->window->openPack(u"/packs/bad"_s);
    press(Qt::Key_Return);
    QTRY_COMPARE(m_w->window->composer().text(), u"A secret"_s);
    QVERIFY(m_w->window->conversation().isTemporary());
    QVERIFY(m_w->window->temporaryMessage().isVisible());
  }

  void itCanBeKeptAfterAll() {
    newTemporary();
    m_w->window->composer().addImage(picture());
    ask(u"What is in it?"_s);
    m_w->window->conversation().answerAgain(1);
    QTRY_VERIFY(!m_w->window->conversation().isBusy());
    m_w->window->conversation().choose(1, 0);
    const MessageId shown = model().at(1).id;
    m_w->type(u"half a sentence"_s);
    QTest::mouseClick(keepButton(), Qt::LeftButton);
    QVERIFY(m_w->window->temporaryMessage().isHidden());
    QTRY_COMPARE(m_w->window->sidebar().list().rowCount(), 1);
    QTRY_VERIFY(!model().at(0).attachments[0].sha256.isEmpty());
    ask(u" and more"_s);
    m_w->type(u"unsent"_s);
    m_w->close();
    open();
    QTRY_COMPARE(model().rowCount(), 4);
    QCOMPARE(model().at(1).id, shown);
    QCOMPARE(model().versionsOf(1).count, 2);
    QVERIFY(QFile::exists(model().at(0).attachments[0].file));
    QCOMPARE(model().at(2).text, u"half a sentence and more"_s);
    QTRY_COMPARE(m_w->window->composer().text(), u"unsent"_s);
  }

  void oneInWhichNothingWasSaidIsANewOneWhenItIsKept() {
    newTemporary();
    m_w->type(u"Not so secret"_s);
    QTest::mouseClick(keepButton(), Qt::LeftButton);
    QCOMPARE(m_w->window->composer().text(), u"Not so secret"_s);
    m_w->close();
    open();
    QTRY_COMPARE(m_w->window->composer().text(), u"Not so secret"_s);
    ask(u"."_s);
    QTRY_COMPARE(m_w->window->sidebar().list().rowCount(), 1);
  }

  void anAnswerThatRunsIsKeptToItsEnd() {
    newTemporary();
    m_w->stage->answer = tests::endlessAnswer(*m_w->stage, std::chrono::milliseconds(2));
    m_w->type(u"Long"_s);
    press(Qt::Key_Return);
    QTRY_VERIFY(model().rowCount() == 2 && model().at(1).text.size() > 20);
    QTest::mouseClick(keepButton(), Qt::LeftButton);
    QTRY_VERIFY(model().at(1).text.size() > 60);
    press(Qt::Key_Escape);
    QTRY_COMPARE(model().at(1).state, MessageState::Stopped);
    const QString whole = model().at(1).text;
    m_w->close();
    open();
    QTRY_COMPARE(model().rowCount(), 2);
    QCOMPARE(model().at(1).text, whole);
    QCOMPARE(model().at(1).state, MessageState::Stopped);
  }

 private:
  void newTemporary() { QTest::keyClick(m_w->window.get(), Qt::Key_N, Qt::ControlModifier | Qt::ShiftModifier); }
  QPushButton* keepButton() { return tests::buttonNamed(m_w->window->temporaryMessage(), u"Keep it"_s); }
  void open() {
    m_w->open();
    m_w->loadPack();
  }
  void press(Qt::Key key) { QTest::keyClick(&m_w->window->composer().edit(), key); }
  void ask(const QString& text) {
    const int rows = model().rowCount();
    m_w->type(text);
    QTRY_VERIFY(!m_w->window->composer().isReading());
    press(Qt::Key_Return);
    QTRY_COMPARE(model().rowCount(), rows + 2);
    QTRY_VERIFY(!m_w->window->conversation().isBusy());
    QCOMPARE(model().at(rows + 1).state, MessageState::Done);
  }
  static QImage picture() {
    QImage image(64, 40, QImage::Format_RGB888);
    image.fill(Qt::darkCyan);
    return image;
  }
  static Attachment recording() {
    Attachment recording;
    recording.kind = MediaKind::Sound;
    recording.name = u"Recording"_s;
    recording.seconds = 1;
    recording.sound = std::make_shared<const AudioClip>(AudioClip{16000, std::vector<float>(16000, 0.1F)});
    return recording;
  }
  ConversationModel& model() { return m_w->model(); }

  std::unique_ptr<tests::WindowFixture> m_w;
};

QTEST_MAIN(TemporaryTest)
#include "temporary_test.moc"
