// What waits or runs does not depend on what is shown, and what is shown is what is on the disk.
#include <QImage>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>
#include <atomic>
#include <utility>

#include "tests/ui/support/fake_reader.h"
#include "tests/ui/support/scripted_backend.h"
#include "ui/chat/conversation.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using tests::Stage;

class ConversationTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_stage = std::make_shared<Stage>();
    m_stage->load = [stage = m_stage.get(), ready = m_stage->load](
                        const std::filesystem::path& folder, std::stop_token stop,
                        const generation::LoadProgress& progress) -> Result<generation::PackSummary> {
      if (!tests::waitAtGate(*stage, stop)) return fail(ErrorCode::Cancelled, "Stopped.");
      return ready(folder, stop, progress);
    };
    m_stage->gate = true;
    start();
  }
  void cleanup() { quit(); }

  void aWaitingMessageGoesOutWhileAnotherConversationIsShown() {
    say(u"One"_s, {picture()});
    const ConversationId first = m_conversation->id();
    m_stage->gate = false;
    m_pack->load(u"/packs/slow"_s);
    QVERIFY(!m_conversation->send(u"Two"_s, {picture()}));
    QCOMPARE(model().at(3).state, MessageState::WaitingForPack);
    m_conversation->startNew();
    QCOMPARE(m_stage->requests().size(), std::size_t{1});
    m_stage->gate = true;
    QTRY_VERIFY(!m_conversation->isBusy());
    QCOMPARE(m_stage->requests().size(), std::size_t{2});
    const auto turns = m_stage->requests().back().turns;
    QCOMPARE(turns.size(), std::size_t{3});
    QVERIFY(holdsPicture(turns[0]) && holdsPicture(turns[2]));
    QCOMPARE(std::get<std::string>(turns[2].parts.back()), std::string("Two"));
    QCOMPARE(model().rowCount(), 0);
    show(first);
    QCOMPARE(model().at(3).text, u"Hello"_s);
    QCOMPARE(model().at(3).state, MessageState::Done);
  }

  void aWaitingMessageGoesOutWhileAnotherVersionIsShown() {
    say(u"One"_s, {});
    m_stage->gate = false;
    m_pack->load(u"/packs/slow"_s);
    m_conversation->answerAgain(1);
    QCOMPARE(model().at(1).state, MessageState::WaitingForPack);
    m_conversation->choose(1, 0);
    QCOMPARE(model().at(1).state, MessageState::Done);
    m_stage->gate = true;
    QTRY_VERIFY(!m_conversation->isBusy());
    QCOMPARE(m_stage->requests().size(), std::size_t{2});
    QCOMPARE(m_stage->requests().back().turns.size(), std::size_t{1});
    m_conversation->choose(1, 1);
    QCOMPARE(model().at(1).text, u"Hello"_s);
    QCOMPARE(model().at(1).state, MessageState::Done);
  }

  void anAnswerThatRunsIsWholeAfterALookAtAnotherVersion() {
    say(u"One"_s, {});
    m_stage->answer = tests::endlessAnswer(*m_stage, std::chrono::milliseconds(2));
    m_conversation->answerAgain(1);
    QTRY_VERIFY(model().at(1).text.size() > 20);
    m_conversation->choose(1, 0);
    QCOMPARE(model().at(1).text, u"Hello"_s);
    QTest::qWait(100);
    m_conversation->choose(1, 1);
    QTRY_VERIFY(model().at(1).text.size() > 60);
    m_conversation->choose(1, 0);
    m_conversation->stop();
    QTRY_VERIFY(!m_conversation->isBusy());
    m_conversation->choose(1, 1);
    QCOMPARE(model().at(1).state, MessageState::Stopped);
    const QStringList said = model().at(1).text.split(u' ', Qt::SkipEmptyParts);
    for (int i = 0; i < said.size(); ++i) QCOMPARE(said[i], u"word%1"_s.arg(i));  // not one is missing
  }

  // What stands above it has to be read from disk first, while its conversation is not shown.
  void aWaitingMessageTakesItsMediaFromDisk() {
    say(u"One"_s, {picture()});
    const ConversationId first = m_conversation->id();
    QTRY_VERIFY(!model().at(0).attachments[0].sha256.isEmpty());
    quit();
    start();
    m_stage->gate = false;
    m_pack->load(u"/packs/slow"_s);
    show(first);
    QVERIFY(!model().at(0).attachments[0].picture);
    QVERIFY(!m_conversation->send(u"Two"_s, {}));
    m_conversation->startNew();
    m_stage->gate = true;
    QTRY_VERIFY(!m_conversation->isBusy());
    QCOMPARE(m_stage->requests().size(), std::size_t{2});
    QVERIFY(holdsPicture(m_stage->requests().back().turns.at(0)));
  }

  // There and back again before it goes out: it is the shown one's, and stopping brings it back.
  void aWaitingMessageComesBackToTheConversationThatIsShownAgain() {
    say(u"One"_s, {});
    const ConversationId first = m_conversation->id();
    m_stage->gate = false;
    m_pack->load(u"/packs/slow"_s);
    QVERIFY(!m_conversation->send(u"Two"_s, {}));
    m_conversation->startNew();
    show(first);
    QCOMPARE(model().rowCount(), 4);
    QString back;
    connect(m_conversation.get(), &Conversation::returned, this, [&](const QString& text) { back = text; });
    m_conversation->stop();
    QCOMPARE(back, u"Two"_s);
    QCOMPARE(model().rowCount(), 2);
    QVERIFY(!m_conversation->isBusy());
  }

  void mediaThatAreStillBeingCopiedAreShownAndSent() {
    copyLater();
    say(u"One"_s, {picture()});
    const ConversationId first = m_conversation->id();
    m_conversation->startNew();
    show(first);
    QCOMPARE(model().at(0).attachments.size(), 1);
    QVERIFY(model().at(0).attachments[0].sha256.isEmpty());
    QVERIFY(model().at(0).attachments[0].picture && !model().at(0).attachments[0].thumbnail.isNull());
    say(u"Two"_s, {});
    QVERIFY(holdsPicture(m_stage->requests().back().turns.at(0)));
    m_mayCopy = true;
    QTRY_VERIFY(!model().at(0).attachments[0].sha256.isEmpty());
    QVERIFY(model().at(0).attachments[0].picture);
    m_conversation->startNew();
    show(first);
    QVERIFY(!model().at(0).attachments[0].sha256.isEmpty());
    QVERIFY(QFile::exists(model().at(0).attachments[0].file));
  }

  void whatIsSaidOfMediaThatAreStillBeingCopiedStays() {
    copyLater();
    say(u"One"_s, {picture()});
    const ConversationId first = m_conversation->id();
    const MessageId question = model().at(0).id;
    m_store->setCaption(question, 0, u"an owl"_s);
    model().setCaption(question, 0, u"an owl"_s);
    m_store->setTranscript(question, 0, u"hoo"_s);
    model().setTranscript(question, 0, u"hoo"_s);
    m_conversation->startNew();
    show(first);
    QVERIFY(model().at(0).attachments[0].sha256.isEmpty() && model().at(0).attachments[0].picture);
    QCOMPARE(model().at(0).attachments[0].caption, u"an owl"_s);
    QCOMPARE(model().at(0).attachments[0].transcript, u"hoo"_s);
    m_mayCopy = true;
    QTRY_VERIFY(!model().at(0).attachments[0].sha256.isEmpty());
    QCOMPARE(model().at(0).attachments[0].caption, u"an owl"_s);
  }

  // An answer that failed before its first word makes room for the next one, also for whoever looks at it once more.
  void aReplacedVersionGoesThoughItIsShown() {
    failToAnswer({});
    const ConversationId first = m_conversation->id();
    loadSlowly();
    m_conversation->answerAgain(1);
    m_conversation->choose(1, 0);
    QCOMPARE(model().at(1).state, MessageState::Failed);
    m_stage->gate = true;
    QTRY_VERIFY(!m_conversation->isBusy());
    QVERIFY(showsOnly(u"Hello"_s));
    m_conversation->startNew();
    show(first);
    QVERIFY(showsOnly(u"Hello"_s));
  }

  void aReplacedVersionGoesThoughItIsShownWhileMediaAreRead() {
    failToAnswer({picture()});
    const ConversationId first = m_conversation->id();
    QTRY_VERIFY(!model().at(0).attachments[0].sha256.isEmpty());
    quit();
    start();
    show(first);
    m_reader.slow = true;
    m_conversation->answerAgain(1);
    m_conversation->choose(1, 0);
    QCOMPARE(model().at(1).state, MessageState::Failed);
    m_reader.slow = false;
    QTRY_VERIFY(!m_conversation->isBusy());
    QVERIFY(showsOnly(u"Hello"_s));
  }

  // Nor is it found again where it was chosen last.
  void aReplacedVersionGoesWhileAnotherQuestionIsShown() {
    failToAnswer({});
    m_conversation->edit(0);
    say(u"Uno"_s, {});
    m_conversation->choose(0, 0);
    QCOMPARE(model().at(1).state, MessageState::Failed);
    loadSlowly();
    m_conversation->answerAgain(1);
    m_conversation->choose(1, 0);
    m_conversation->choose(0, 1);
    m_stage->gate = true;
    QTRY_VERIFY(!m_conversation->isBusy());
    QCOMPARE(model().at(0).text, u"Uno"_s);
    m_conversation->choose(0, 0);
    QVERIFY(showsOnly(u"Hello"_s));
  }

  void theVersionThatIsShownStaysChosenWhenAnotherIsReplaced() {
    say(u"One"_s, {});
    const ConversationId first = m_conversation->id();
    const auto hello = std::exchange(m_stage->answer, noAnswer);
    m_conversation->answerAgain(1);
    QTRY_VERIFY(!m_conversation->isBusy());
    m_stage->answer = hello;
    loadSlowly();
    m_conversation->answerAgain(1);
    m_conversation->choose(1, 0);
    const MessageId shown = model().at(1).id;
    m_stage->gate = true;
    QTRY_VERIFY(!m_conversation->isBusy());
    QCOMPARE(model().at(1).id, shown);
    QCOMPARE(model().versionsOf(1).count, 2);
    m_conversation->startNew();
    show(first);
    QCOMPARE(model().at(1).id, shown);
    QCOMPARE(model().versionsOf(1).count, 2);
  }

  // In the next three what is read from disk is older than what happened before it is shown.
  void aConversationThatIsOpenedAsItsAnswerEndsShowsAllOfIt() {
    say(u"One"_s, {});
    const ConversationId first = m_conversation->id();
    m_stage->gate = false;
    m_stage->answer = [stage = m_stage.get()](const generation::ChatRequest&, std::stop_token stop,
                                              const generation::TextSink& onText) -> Result<generation::Summary> {
      onText("begun ");
      if (!tests::waitAtGate(*stage, stop)) return fail(ErrorCode::Cancelled, "Stopped.");
      onText("and ended");
      return generation::Summary{.newTokens = 3};
    };
    QVERIFY(!m_conversation->send(u"Two"_s, {}));
    QTRY_COMPARE(model().at(3).text, u"begun "_s);
    m_conversation->startNew();
    letTheEngineFinish();
    QVERIFY(m_conversation->isBusy());
    show(first);
    QVERIFY(!m_conversation->isBusy());
    QCOMPARE(model().at(3).text, u"begun and ended"_s);
    QCOMPARE(model().at(3).state, MessageState::Done);
  }

  void aConversationThatIsOpenedAsItsMessageIsStoppedShowsIt() {
    say(u"One"_s, {});
    const ConversationId first = m_conversation->id();
    loadSlowly();
    QVERIFY(!m_conversation->send(u"Two"_s, {}));
    m_conversation->startNew();
    m_conversation->open(first);
    m_conversation->stop();
    QTRY_COMPARE(m_conversation->id(), first);
    QCOMPARE(model().at(3).state, MessageState::Stopped);
  }

  void aConversationThatIsOpenedAsAVersionIsReplacedDoesNotHaveIt() {
    failToAnswer({});
    const ConversationId first = m_conversation->id();
    loadSlowly();
    m_conversation->answerAgain(1);
    m_conversation->startNew();
    letTheEngineFinish();
    show(first);
    QTRY_VERIFY(!m_conversation->isBusy());
    QVERIFY(showsOnly(u"Hello"_s));
  }

 private:
  void start() {
    m_store = std::make_unique<Store>(m_folder->path());
    m_bridge = std::make_unique<EngineBridge>(tests::backendOn(m_stage));
    m_pack = std::make_unique<PackState>(*m_bridge);
    m_conversation = std::make_unique<Conversation>(*m_bridge, *m_pack, *m_store, m_reader);
    m_pack->load(u"/packs/test"_s);
    [&] { QTRY_COMPARE(m_pack->phase(), PackState::Phase::Ready); }();
  }
  void quit() {
    m_stage->gate = true;
    m_mayCopy = true;
    m_conversation.reset();
    m_pack.reset();
    m_bridge.reset();
    m_store.reset();
  }
  void say(const QString& text, const Attachments& attachments) {
    QVERIFY(!m_conversation->send(text, attachments));
    QTRY_VERIFY(!m_conversation->isBusy());
    QCOMPARE(model().at(model().rowCount() - 1).state, MessageState::Done);
  }
  void show(ConversationId id) {
    m_conversation->open(id);
    QTRY_COMPARE(m_conversation->id(), id);
  }
  static Result<generation::Summary> noAnswer(const generation::ChatRequest&, std::stop_token,
                                              const generation::TextSink&) {
    return fail(ErrorCode::OutOfMemory, "There is no room.");
  }
  // The next answer does not fail.
  void failToAnswer(const Attachments& attachments) {
    const auto hello = std::exchange(m_stage->answer, noAnswer);
    QVERIFY(!m_conversation->send(u"One"_s, attachments));
    QTRY_VERIFY(!m_conversation->isBusy());
    QCOMPARE(model().at(1).state, MessageState::Failed);
    m_stage->answer = hello;
  }
  void loadSlowly() {  // until the gate opens
    m_stage->gate = false;
    m_pack->load(u"/packs/slow"_s);
  }
  // Opens the gate; what the engine has to say waits in this thread's queue.
  void letTheEngineFinish() {
    QTest::qWait(50);  // longer than the bridge gathers
    const int before = m_stage->measured;
    QVERIFY(m_bridge->measure({}));
    m_stage->gate = true;
    while (m_stage->measured == before) QThread::msleep(1);
  }
  // Media are copied one after another: none before m_mayCopy.
  void copyLater() {
    m_mayCopy = false;
    m_store->keepMedium({.file = {},
                         .bytes = {},
                         .encode =
                             [this] {
                               while (!m_mayCopy) QThread::msleep(1);
                               return QByteArray("x");
                             }},
                        this, [](const Result<QString>&) {});
  }
  bool showsOnly(const QString& answer) {
    return model().rowCount() == 2 && model().versionsOf(1).count == 1 && model().at(1).text == answer &&
           model().at(1).state == MessageState::Done;
  }
  static Attachment picture() {
    QImage thumbnail(4, 4, QImage::Format_RGB888);
    thumbnail.fill(Qt::darkCyan);
    Attachment picture;
    picture.name = u"owl.png"_s;
    picture.picture = std::make_shared<const RgbImage>(RgbImage{2, 2, std::vector<std::uint8_t>(12, 90)});
    picture.thumbnail = thumbnail;
    picture.pixels = {2, 2};
    return picture;
  }
  static bool holdsPicture(const generation::Turn& turn) {
    const auto* picture = std::get_if<generation::Picture>(&turn.parts.at(0));
    return picture && *picture && !(*picture)->pixels.empty();
  }
  ConversationModel& model() { return m_conversation->model(); }

  tests::FakeReader m_reader;
  std::atomic<bool> m_mayCopy{true};
  std::shared_ptr<Stage> m_stage;
  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<Store> m_store;
  std::unique_ptr<EngineBridge> m_bridge;
  std::unique_ptr<PackState> m_pack;
  std::unique_ptr<Conversation> m_conversation;
};

QTEST_GUILESS_MAIN(ConversationTest)
#include "conversation_test.moc"
