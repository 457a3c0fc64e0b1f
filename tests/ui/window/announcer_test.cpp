// What a screen reader hears of a reply: every sentence once it is whole, while the rest is still being written.
#include "ui/chat/announcer.h"

#include <QAccessible>

#include "tests/ui/support/screen_reader.h"
#include "tests/ui/support/window_fixture.h"
#include "ui/chat/conversation_view.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

QStringList g_heard;  // an update handler is a plain function

void hear(QAccessibleEvent* event) {
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
  if (event->type() == QAccessible::Announcement) {
    g_heard << static_cast<QAccessibleAnnouncementEvent*>(event)->message();
  }
#else
  if (event->type() != QAccessible::Alert || !event->object()) return;
  if (QAccessibleInterface* face = QAccessible::queryAccessibleInterface(event->object())) {
    g_heard << face->text(QAccessible::Name);
  }
#endif
}

}  // namespace

class AnnouncerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    g_heard.clear();
    m_fixture = std::make_unique<tests::WindowFixture>(QStringLiteral(XLLM_I18N_DIR));
    m_fixture->loadPack();
    QVERIFY(tests::pretendScreenReader());
    if (!QAccessible::isActive()) QSKIP("Only a real screen reader switches this platform's accessibility on.");
    QAccessible::installUpdateHandler(hear);
  }
  void cleanup() {
    QAccessible::installUpdateHandler(nullptr);
    m_fixture.reset();
  }

  void whatNeverEndsIsTakenInPieces() {
    QStringList taken;
    QString open;
    for (int i = 0; i < 1000; ++i) {
      open += u"word "_s;
      taken << takeSentences(open);
      QVERIFY(open.size() <= 700);
    }
    QVERIFY(taken.size() > 5);
    QCOMPARE(QString(taken.join(u' ') + u' ' + open).simplified(), u"word "_s.repeated(1000).trimmed());
  }

  void sentencesAreTakenOnceTheyAreWhole_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("taken");
    QTest::addColumn<QString>("left");
    QTest::newRow("one and a half") << u"A heron waits. Then it"_s << QStringList{u"A heron waits."_s} << u"Then it"_s;
    QTest::newRow("not at the end") << u"It is 3."_s << QStringList() << u"It is 3."_s;
    QTest::newRow("a number") << u"It is 3.5 m high"_s << QStringList() << u"It is 3.5 m high"_s;
    QTest::newRow("questions") << u"Really? Yes! So"_s << QStringList{u"Really?"_s, u"Yes!"_s} << u"So"_s;
    QTest::newRow("Chinese") << u"鹭站在水里。它在等"_s << QStringList{u"鹭站在水里。"_s} << u"它在等"_s;
    QTest::newRow("lines") << u"- one\n- two\n- thr"_s << QStringList{u"one"_s, u"two"_s} << u"- thr"_s;
    QTest::newRow("marks") << u"# Birds\n**Herons** wait in `reeds`. A"_s
                           << QStringList{u"Birds"_s, u"Herons wait in reeds."_s} << u"A"_s;
    QTest::newRow("fences") << u"```py\nx = 1\n```\nDone"_s << QStringList{u"x = 1"_s} << u"Done"_s;
    QTest::newRow("arithmetic") << u"2 * 3 * 4 is 24. So"_s << QStringList{u"2 * 3 * 4 is 24."_s} << u"So"_s;
  }
  void sentencesAreTakenOnceTheyAreWhole() {
    QFETCH(QString, text);
    QFETCH(QStringList, taken);
    QFETCH(QString, left);
    QString open;
    QStringList all;
    for (const QChar letter : text) {  // however it is cut into pieces
      open += letter;
      all << takeSentences(open);
    }
    QCOMPARE(all, taken);
    QCOMPARE(open, left);
  }

  void aSentenceIsHeardWhileTheNextIsWritten() {
    m_fixture->stage->answer = [this](const generation::ChatRequest&, std::stop_token stop,
                                      const generation::TextSink& onText) -> Result<generation::Summary> {
      for (const char* piece : {"A her", "on waits. Th", "en it strikes"}) onText(piece);
      if (!tests::waitAtGate(*m_fixture->stage, stop)) return fail(ErrorCode::Cancelled, "Stopped.");
      onText(" fast");
      return generation::Summary{.newTokens = 4};
    };
    m_fixture->type(u"What does it do?"_s);
    tests::WindowFixture::press(Qt::Key_Return);
    QTRY_VERIFY(m_fixture->model().rowCount() == 2 && m_fixture->model().at(1).text.endsWith(u"strikes"_s));
    QCOMPARE(g_heard, QStringList{u"A heron waits."_s});
    m_fixture->stage->gate = true;
    QTRY_COMPARE(g_heard, (QStringList{u"A heron waits."_s, u"Then it strikes fast"_s}));
  }

  void whatWasSaidBeforeAStopIsHeard() {
    m_fixture->stage->answer = [this](const generation::ChatRequest&, std::stop_token stop,
                                      const generation::TextSink& onText) -> Result<generation::Summary> {
      onText("Half a");
      tests::waitAtGate(*m_fixture->stage, stop);
      return fail(ErrorCode::Cancelled, "Stopped.");
    };
    m_fixture->type(u"Go"_s);
    tests::WindowFixture::press(Qt::Key_Return);
    QTRY_VERIFY(m_fixture->model().rowCount() == 2 && !m_fixture->model().at(1).text.isEmpty());
    QCOMPARE(g_heard, QStringList());
    tests::WindowFixture::press(Qt::Key_Escape);
    QTRY_COMPARE(g_heard, QStringList{u"Half a"_s});
  }

  void anOldConversationIsNotReadOutWhenItIsOpened() {
    m_fixture->ask(u"One"_s);
    g_heard.clear();
    const ConversationId id = m_fixture->window->conversation().id();
    m_fixture->window->conversation().startNew();
    m_fixture->window->conversation().open(id);
    QTRY_COMPARE(m_fixture->model().rowCount(), 2);
    QTest::qWait(50);
    QCOMPARE(g_heard, QStringList());
  }

 private:
  std::unique_ptr<tests::WindowFixture> m_fixture;
};

QTEST_MAIN(AnnouncerTest)
#include "announcer_test.moc"
