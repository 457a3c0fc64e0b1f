// What the model makes of pictures and sounds, through the whole window: on the draft's chips, in the viewer, under the
// messages and in the search, and never in an answer's way.
#include <QAbstractButton>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "tests/ui/support/fake_reader.h"
#include "tests/ui/support/scripted_backend.h"
#include "ui/chat/attachment_strip.h"
#include "ui/chat/conversation_view.h"
#include "ui/chat/message_widget.h"
#include "ui/composer/attachment_chip.h"
#include "ui/composer/composer.h"
#include "ui/composer/prompt_edit.h"
#include "ui/sidebar/conversation_list.h"
#include "ui/sidebar/sidebar.h"
#include "ui/viewer/media_viewer.h"
#include "ui/viewer/original_view.h"
#include "ui/viewer/seen_view.h"
#include "ui/widgets/inline_message.h"
#include "ui/window/insight.h"
#include "ui/window/main_window.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using tests::Stage;

class AttachmentsTest : public QObject {
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

  void aDraftTellsWhatItsAttachmentsCost() {
    add({makePicture(), makeSound()});
    QTest::qWait(30);
    QCOMPARE(m_stage->examinedMedia().size(), std::size_t{0});  // there is no pack yet
    loadPack();
    QTRY_COMPARE(composer().chips().at(0)->caption(), u"640 × 400 · 8 tokens"_s);
    QTRY_COMPARE(composer().chips().at(1)->caption(), u"0:07 · 12 tokens"_s);
    // Another pack makes something else of it.
    m_stage->examine = [](const generation::Part& medium, std::stop_token) {
      auto made = Stage::examinationOf(medium);
      made.softTokens = 32;
      return made;
    };
    m_window->openPack(u"/packs/other"_s);
    QTRY_COMPARE(composer().chips().at(0)->caption(), u"640 × 400 · 32 tokens"_s);
  }

  void theViewerShowsWhatTheModelSeesOfADraftsPicture() {
    loadPack();
    add({makePicture()});
    composer().chips().at(0)->setFocus();
    QTest::keyClick(composer().chips().at(0), Qt::Key_Return);
    MediaViewer* viewer = m_window->insight().viewer();
    QVERIFY(viewer && viewer->isVisible());
    QTRY_COMPARE(viewer->original().crop(), QRectF(120, 0, 400, 400));
    QCOMPARE(viewer->seen().images().first().size(), QSize(8, 8));
    QVERIFY(viewer->facts().contains(u"8 tokens"_s));
  }

  void aLongRecordingIsListenedToOnlyWhenItIsOpened() {
    loadPack();
    Attachment lecture;
    lecture.kind = MediaKind::Sound;
    lecture.name = u"lecture.wav"_s;
    lecture.seconds = 1200;
    lecture.sound = std::make_shared<const AudioClip>();
    composer().giveBack({}, {lecture});
    QTest::qWait(100);
    QCOMPARE(m_stage->examinedMedia().size(), std::size_t{0});
    composer().chips().at(0)->setFocus();
    QTest::keyClick(composer().chips().at(0), Qt::Key_Return);
    QTRY_COMPARE(m_window->insight().viewer()->transcript(), u"good morning"_s);
    QCOMPARE(composer().chips().at(0)->caption(), u"20:00 · 12 tokens"_s);
  }

  void whatIsSaidInASoundStandsUnderItAndIsFound() {
    loadPack();
    add({makeSound()});
    QTRY_VERIFY(composer().attachments().at(0).tokens > 0);
    ask(u"What is said?"_s);
    QCOMPARE(model().at(0).attachments.at(0).transcript, u"good morning"_s);
    QTRY_COMPARE(found(u"good morning"_s), 1);
    auto* strip = m_window->view().widgetAt(0)->attachments();
    QCOMPARE(strip->views().first()->accessibleDescription(), u"good morning"_s);
    restart();
    QTRY_COMPARE(model().rowCount(), 2);
    QCOMPARE(model().at(0).attachments.at(0).transcript, u"good morning"_s);
  }

  // Sent before its examination was there: it is asked for after the answer, and the message grows by its words.
  void aSoundThatWasSentAtOnceGetsItsWordsAfterTheAnswer() {
    loadPack();
    m_stage->examine = [this](const generation::Part& medium, std::stop_token stop) -> Result<generation::Examination> {
      if (!tests::waitAtGate(*m_stage, stop)) return fail(ErrorCode::Cancelled, "Stopped.");
      return Stage::examinationOf(medium);
    };
    m_stage->answer = [this](const generation::ChatRequest&, std::stop_token,
                             const generation::TextSink& onText) -> Result<generation::Summary> {
      onText("Hello");
      return generation::Summary{.newTokens = 1};
    };
    add({makeSound()});
    QTRY_COMPARE(m_stage->examinedMedia().size(), std::size_t{1});
    m_stage->gate = true;  // the answer needs it, so it was not stopped
    ask(u"What is said?"_s);
    QTRY_COMPARE(model().at(0).attachments.at(0).transcript, u"good morning"_s);
    auto* strip = m_window->view().widgetAt(0)->attachments();
    QTRY_COMPARE(strip->views().first()->accessibleDescription(), u"good morning"_s);
    QVERIFY(strip->height() >= strip->views().first()->height());
    QTRY_COMPARE(found(u"morning"_s), 1);
  }

  void aPictureGetsACaptionWhenItIsQuietAndIsFoundByIt() {
    loadPack();
    add({makePicture()});
    ask(u"Where?"_s);
    QCOMPARE(found(u"grey wall"_s), 0);
    QTRY_COMPARE(model().at(0).attachments.at(0).caption, u"A grey wall."_s);
    QTRY_COMPARE(found(u"grey wall"_s), 1);
    QCOMPARE(model().rowCount(), 2);  // it is no message
    restart();
    QTRY_COMPARE(model().rowCount(), 2);
    QCOMPARE(model().at(0).attachments.at(0).caption, u"A grey wall."_s);
  }

  void aClipIsExaminedWithItsFramesAndGetsACaption() {
    loadPack();
    composer().addFiles({m_folder->filePath(u"walk.mp4"_s)});
    QTRY_VERIFY(!composer().isReading() && composer().attachments().value(0).clip);
    QTRY_COMPARE(composer().attachments().at(0).tokens, 20);
    QTest::keyClicks(&composer().edit(), u"What happens?"_s);
    QTest::keyClick(&composer().edit(), Qt::Key_Return);
    QTRY_COMPARE(model().rowCount(), 2);
    QTRY_COMPARE(model().at(0).attachments.at(0).caption, u"A grey wall."_s);
    m_window->insight().open(model().at(0).attachments.at(0));
    QTRY_VERIFY(m_window->insight().viewer()->facts().contains(u"8 frames"_s));
  }

  void aMessageGoesBeforeACaptionThatRuns() {
    loadPack();
    std::atomic<int> begun = 0;
    m_stage->caption = [&](const generation::ChatRequest&, std::stop_token stop,
                           const generation::TextSink& onText) -> Result<generation::Summary> {
      ++begun;
      if (!tests::waitAtGate(*m_stage, stop)) return fail(ErrorCode::Cancelled, "Stopped.");
      onText("Something grey.");
      return generation::Summary{};
    };
    add({makePicture()});
    ask(u"Where?"_s);
    QTRY_COMPARE(begun, 1);
    QElapsedTimer timer;
    timer.start();
    ask(u"And when?"_s);
    QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
    QVERIFY(m_stage->stopped);
    QVERIFY(model().at(0).attachments.at(0).caption.isEmpty());
    m_stage->gate = true;
    QTRY_COMPARE(model().at(0).attachments.at(0).caption, u"Something grey."_s);
    QCOMPARE(model().at(3).text, u"Hello"_s);
  }

  void aMessageGoesBeforeAnExaminationOfSomethingElse() {
    loadPack();
    m_stage->examine = [this](const generation::Part& medium, std::stop_token stop) -> Result<generation::Examination> {
      if (!tests::waitAtGate(*m_stage, stop)) return fail(ErrorCode::Cancelled, "Stopped.");
      return Stage::examinationOf(medium);
    };
    add({makePicture()});
    QTRY_COMPARE(m_stage->examinedMedia().size(), std::size_t{1});
    composer().chips().at(0)->setFocus();
    QTest::keyClick(composer().chips().at(0), Qt::Key_Return);
    QTest::keyClick(composer().chips().at(0), Qt::Key_Delete);
    QTRY_COMPARE(m_stage->examinedMedia().size(), std::size_t{2});  // now the viewer's
    m_stage->stopped = false;
    m_window->activateWindow();
    ask(u"Never mind"_s);
    QVERIFY(m_stage->stopped);
    m_stage->gate = true;
    QTRY_VERIFY(m_window->insight().viewer()->facts().contains(u"8 tokens"_s));  // it was asked again
  }

  void aPictureOfAnEarlierRunOpensFromItsMessage() {
    loadPack();
    add({makePicture()});
    ask(u"Where?"_s);
    QTRY_VERIFY(!model().at(0).attachments.at(0).sha256.isEmpty());
    restart();
    QTRY_COMPARE(model().rowCount(), 2);
    QVERIFY(!model().at(0).attachments.at(0).picture);
    QAbstractButton* picture = m_window->view().widgetAt(0)->attachments()->views().first();
    QTest::mouseClick(picture, Qt::LeftButton);
    MediaViewer* viewer = m_window->insight().viewer();
    QVERIFY(viewer && viewer->isVisible());
    QTRY_VERIFY2(viewer->facts().contains(u"pack"_s), qPrintable(viewer->facts()));  // none is loaded yet
    loadPack();
    QTRY_COMPARE(viewer->original().crop(), QRectF(120, 0, 400, 400));
    viewer->close();
    QTest::keyClick(picture, Qt::Key_Return);
    QTRY_VERIFY(viewer->isVisible());
  }

  void aKeptFileThatIsGoneSaysSoInTheViewer() {
    loadPack();
    add({makePicture()});
    ask(u"Where?"_s);
    QTRY_VERIFY(!model().at(0).attachments.at(0).sha256.isEmpty());
    restart();
    QTRY_COMPARE(model().rowCount(), 2);
    QVERIFY(QFile::remove(model().at(0).attachments.at(0).file));
    QTest::mouseClick(m_window->view().widgetAt(0)->attachments()->views().first(), Qt::LeftButton);
    QTRY_VERIFY2(m_window->insight().viewer()->facts().contains(u"not there any more"_s),
                 qPrintable(m_window->insight().viewer()->facts()));
  }

  void theOrderOnTheScreenIsTheOrderThatIsSent() {
    loadPack();
    add({makePicture(), makeSound()});
    QTest::keyClick(composer().chips().at(1), Qt::Key_Left, Qt::ControlModifier);
    ask(u"Both"_s);
    const auto parts = m_stage->requests().back().turns.at(0).parts;
    QVERIFY(std::holds_alternative<generation::Sound>(parts.at(0)));
    QVERIFY(std::holds_alternative<generation::Picture>(parts.at(1)));
    QCOMPARE(model().at(0).attachments.at(0).kind, MediaKind::Sound);
  }

  void aFileThatVanishesBeforeItIsSentIsKeptFromWhatWasRead() {
    loadPack();
    const QString file = makePicture();
    add({file});
    QVERIFY(QFile::remove(file));
    ask(u"Where?"_s);
    QTRY_VERIFY(m_window->storeMessage().isVisible());
    QVERIFY2(m_window->storeMessage().title().contains(u"owl.png"_s), qPrintable(m_window->storeMessage().title()));
    QTRY_VERIFY(!model().at(0).attachments.at(0).sha256.isEmpty());
    const QImage kept(model().at(0).attachments.at(0).file);
    QCOMPARE(kept.size(), QSize(640, 400));
    QCOMPARE(QColor(kept.pixel(3, 3)), QColor(128, 128, 128));  // what the reader of this test reads
  }

 private:
  void start() {
    m_stage->gate = false;
    m_store = std::make_unique<Store>(m_folder->path());
    m_bridge = std::make_unique<EngineBridge>(tests::backendOn(m_stage));
    m_window = std::make_unique<MainWindow>(*m_bridge, m_reader, *m_language, *m_store, Preferences{});
    m_window->resize(1100, 760);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    m_window->activateWindow();
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
  Composer& composer() { return m_window->composer(); }
  ConversationModel& model() { return m_window->conversation().model(); }
  void loadPack() {
    m_window->openPack(u"/packs/test"_s);
    QTRY_VERIFY(m_window->packMessage().isHidden());
    QSignalSpy ends(m_bridge.get(), &EngineBridge::finished);
    QTRY_VERIFY(ends.count() >= 1);
  }
  void add(const QStringList& files) {
    const auto before = composer().attachments().size();
    composer().addFiles(files);
    QTRY_COMPARE(composer().attachments().size(), before + files.size());
  }
  void ask(const QString& text) {
    const int rows = model().rowCount();
    QTest::keyClicks(&composer().edit(), text);
    QTest::keyClick(&composer().edit(), Qt::Key_Return);
    QCOMPARE(model().rowCount(), rows + 2);
    QTRY_COMPARE(model().at(rows + 1).state, MessageState::Done);
  }
  int found(const QString& words) {
    std::optional<qsizetype> count;
    m_store->find({.words = words}, this,
                  [&](const Result<QList<ConversationSummary>>& list) { count = list ? list->size() : -1; });
    [&] { QTRY_VERIFY(count); }();
    return static_cast<int>(count.value_or(-1));
  }
  QString makePicture() {
    const QString file = m_folder->filePath(u"owl.png"_s);
    QImage image(640, 400, QImage::Format_RGB888);
    image.fill(Qt::darkCyan);
    image.save(file);
    return file;
  }
  QString makeSound() {
    const QString file = m_folder->filePath(u"say.wav"_s);
    QFile sound(file);
    if (sound.open(QIODevice::WriteOnly)) sound.write("RIFF, as far as anybody looks");
    return file;
  }

  tests::FakeReader m_reader;
  std::shared_ptr<Stage> m_stage;
  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<Language> m_language;
  std::unique_ptr<Store> m_store;
  std::unique_ptr<EngineBridge> m_bridge;
  std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(AttachmentsTest)
#include "attachments_test.moc"
