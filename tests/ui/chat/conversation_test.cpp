// A message that has not gone to the engine yet does not depend on what is shown.
#include <QImage>
#include <QSemaphore>
#include <QTemporaryDir>
#include <QTest>

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
    QSemaphore mayCopy;
    m_store->keepMedium({.file = {},
                         .bytes = {},
                         .encode =
                             [&] {
                               mayCopy.acquire();
                               return QByteArray("x");
                             }},
                        this, [](const Result<QString>&) {});  // media are copied one after another
    say(u"One"_s, {picture()});
    const ConversationId first = m_conversation->id();
    m_conversation->startNew();
    show(first);
    QCOMPARE(model().at(0).attachments.size(), 1);
    QVERIFY(model().at(0).attachments[0].sha256.isEmpty());
    QVERIFY(model().at(0).attachments[0].picture && !model().at(0).attachments[0].thumbnail.isNull());
    say(u"Two"_s, {});
    QVERIFY(holdsPicture(m_stage->requests().back().turns.at(0)));
    mayCopy.release();
    QTRY_VERIFY(!model().at(0).attachments[0].sha256.isEmpty());
    QVERIFY(model().at(0).attachments[0].picture);
    m_conversation->startNew();
    show(first);
    QVERIFY(!model().at(0).attachments[0].sha256.isEmpty());
    QVERIFY(QFile::exists(model().at(0).attachments[0].file));
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
  std::shared_ptr<Stage> m_stage;
  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<Store> m_store;
  std::unique_ptr<EngineBridge> m_bridge;
  std::unique_ptr<PackState> m_pack;
  std::unique_ptr<Conversation> m_conversation;
};

QTEST_GUILESS_MAIN(ConversationTest)
#include "conversation_test.moc"
