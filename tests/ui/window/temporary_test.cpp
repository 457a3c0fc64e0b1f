// A temporary conversation through the whole window: nothing of it is on the disk, whatever was said, typed or
// recorded.
#include <QDirIterator>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>

#include "tests/ui/support/fake_reader.h"
#include "tests/ui/support/scripted_backend.h"
#include "ui/chat/conversation.h"
#include "ui/composer/composer.h"
#include "ui/composer/prompt_edit.h"
#include "ui/sidebar/conversation_list.h"
#include "ui/sidebar/sidebar.h"
#include "ui/widgets/inline_message.h"
#include "ui/window/actions.h"
#include "ui/window/insight.h"
#include "ui/window/main_window.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using tests::Stage;

class TemporaryTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_stage = std::make_shared<Stage>();
    m_language = std::make_unique<Language>(QStringLiteral(XLLM_I18N_DIR));
    m_language->choose(LanguageChoice::English);
    start();
  }
  void cleanup() { quit(); }

  void nothingOfItIsOnTheDisk() {
    newTemporary();
    QVERIFY(m_window->temporaryMessage().isVisible());
    QVERIFY(!m_window->actions().exportChat->isEnabled());
    m_window->composer().addRecording(recording());
    m_window->composer().addImage(picture());
    ask(u"My secret herons"_s);
    m_window->conversation().answerAgain(1);
    QTRY_VERIFY(!m_window->conversation().isBusy());
    ask(u"Another secret"_s);
    type(u"An unsent secret"_s);
    m_window->composer().addRecording(recording());
    QTest::qWait(400);  // a draft is kept when one pauses
    QCOMPARE(m_stage->requests().back().turns.size(), std::size_t{3});
    quit();
    for (QDirIterator it(m_folder->path(), QDir::Files, QDirIterator::Subdirectories); it.hasNext();) {
      QFile file(it.next());
      QVERIFY(file.open(QIODevice::ReadOnly));
      const QByteArray bytes = file.readAll();
      QVERIFY2(!bytes.contains("secret"), qPrintable(file.fileName()));
      QVERIFY2(!file.fileName().contains(u"/media/"_s), qPrintable(file.fileName()));
    }
    start();
    QTest::qWait(50);
    QCOMPARE(model().rowCount(), 0);
    QVERIFY(m_window->composer().isEmpty());
    QCOMPARE(m_window->sidebar().list().rowCount(), 0);
  }

  void itIsGoneWhenAnotherOneIsShown() {
    ask(u"First"_s);
    const ConversationId first = m_window->conversation().id();
    newTemporary();
    m_stage->answer = tests::endlessAnswer(*m_stage, std::chrono::milliseconds(2));
    type(u"Long"_s);
    press(Qt::Key_Return);
    QTRY_VERIFY(model().rowCount() == 2 && model().at(1).text.size() > 20);
    type(u"half a sen"_s);
    m_window->conversation().open(first);
    QTRY_COMPARE(m_window->conversation().id(), first);
    QVERIFY(m_window->temporaryMessage().isHidden());
    QVERIFY(m_window->actions().exportChat->isEnabled());
    QTRY_VERIFY(m_stage->stopped);
    QVERIFY(!m_window->conversation().isBusy());
    QTRY_VERIFY(m_window->composer().isEmpty());
    QCOMPARE(m_window->sidebar().list().rowCount(), 1);
    QCOMPARE(model().at(0).text, u"First"_s);
  }

  // A message that cannot be sent is taken back: what is typed next is still nobody's business.
  void itStaysTemporaryWhenItsOnlyMessageComesBack() {
    newTemporary();
    m_stage->load = [](const std::filesystem::path&, std::stop_token,
                       const generation::LoadProgress&) -> Result<generation::PackSummary> {
      return fail(ErrorCode::CorruptFile, "llm/model.gguf: its SHA-256 is wrong.");
    };
    type(u"A secret"_s);
    m_window->openPack(u"/packs/bad"_s);
    press(Qt::Key_Return);
    QTRY_COMPARE(m_window->composer().text(), u"A secret"_s);
    QVERIFY(m_window->conversation().isTemporary());
    QVERIFY(m_window->temporaryMessage().isVisible());
  }

  void itCanBeKeptAfterAll() {
    newTemporary();
    m_window->composer().addImage(picture());
    ask(u"What is in it?"_s);
    m_window->conversation().answerAgain(1);
    QTRY_VERIFY(!m_window->conversation().isBusy());
    m_window->conversation().choose(1, 0);
    const MessageId shown = model().at(1).id;
    type(u"half a sentence"_s);
    QTest::mouseClick(keepButton(), Qt::LeftButton);
    QVERIFY(m_window->temporaryMessage().isHidden());
    QTRY_COMPARE(m_window->sidebar().list().rowCount(), 1);
    QTRY_VERIFY(!model().at(0).attachments[0].sha256.isEmpty());
    ask(u" and more"_s);
    type(u"unsent"_s);
    restart();
    QTRY_COMPARE(model().rowCount(), 4);
    QCOMPARE(model().at(1).id, shown);
    QCOMPARE(model().versionsOf(1).count, 2);
    QVERIFY(QFile::exists(model().at(0).attachments[0].file));
    QCOMPARE(model().at(2).text, u"half a sentence and more"_s);
    QTRY_COMPARE(m_window->composer().text(), u"unsent"_s);
  }

  void oneInWhichNothingWasSaidIsANewOneWhenItIsKept() {
    newTemporary();
    type(u"Not so secret"_s);
    QTest::mouseClick(keepButton(), Qt::LeftButton);
    QCOMPARE(m_window->composer().text(), u"Not so secret"_s);
    restart();
    QTRY_COMPARE(m_window->composer().text(), u"Not so secret"_s);
    ask(u"."_s);
    QTRY_COMPARE(m_window->sidebar().list().rowCount(), 1);
  }

  void anAnswerThatRunsIsKeptToItsEnd() {
    newTemporary();
    m_stage->answer = tests::endlessAnswer(*m_stage, std::chrono::milliseconds(2));
    type(u"Long"_s);
    press(Qt::Key_Return);
    QTRY_VERIFY(model().rowCount() == 2 && model().at(1).text.size() > 20);
    QTest::mouseClick(keepButton(), Qt::LeftButton);
    QTRY_VERIFY(model().at(1).text.size() > 60);
    press(Qt::Key_Escape);
    QTRY_COMPARE(model().at(1).state, MessageState::Stopped);
    const QString whole = model().at(1).text;
    restart();
    QTRY_COMPARE(model().rowCount(), 2);
    QCOMPARE(model().at(1).text, whole);
    QCOMPARE(model().at(1).state, MessageState::Stopped);
  }

 private:
  void start() {
    m_store = std::make_unique<Store>(m_folder->path());
    m_bridge = std::make_unique<EngineBridge>(tests::backendOn(m_stage));
    m_window = std::make_unique<MainWindow>(*m_bridge, m_reader, *m_language, *m_store, Preferences{});
    m_window->resize(1000, 700);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    m_window->activateWindow();
    m_window->openPack(u"/packs/test"_s);
  }
  void quit() {
    m_stage->gate = true;
    m_window.reset();
    m_bridge.reset();
    m_store.reset();
  }
  void restart() {
    quit();
    start();
  }
  void newTemporary() { QTest::keyClick(m_window.get(), Qt::Key_N, Qt::ControlModifier | Qt::ShiftModifier); }
  QPushButton* keepButton() {
    for (QPushButton* button : m_window->temporaryMessage().findChildren<QPushButton*>()) {
      if (button->text() == u"Keep it"_s) return button;
    }
    return nullptr;
  }
  void type(const QString& text) { QTest::keyClicks(&m_window->composer().edit(), text); }
  void press(Qt::Key key) { QTest::keyClick(&m_window->composer().edit(), key); }
  void ask(const QString& text) {
    const int rows = model().rowCount();
    type(text);
    QTRY_VERIFY(!m_window->composer().isReading());
    press(Qt::Key_Return);
    QTRY_COMPARE(model().rowCount(), rows + 2);
    QTRY_VERIFY(!m_window->conversation().isBusy());
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
  ConversationModel& model() { return m_window->conversation().model(); }

  tests::FakeReader m_reader;
  std::shared_ptr<Stage> m_stage;
  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<Language> m_language;
  std::unique_ptr<Store> m_store;
  std::unique_ptr<EngineBridge> m_bridge;
  std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(TemporaryTest)
#include "temporary_test.moc"
