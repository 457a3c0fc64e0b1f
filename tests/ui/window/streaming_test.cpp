// What a streaming reply costs the window: measured in the GUI thread's own time, so that a busy machine does not
// count.
#include <QApplication>
#include <QElapsedTimer>
#include <QPaintEvent>
#include <QTimer>
#include <algorithm>
#include <atomic>
#include <functional>
#include <limits>

#include "tests/ui/support/heartbeat.h"
#include "tests/ui/support/window_fixture.h"
#include "ui/chat/conversation_view.h"
#include "ui/chat/message_widget.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using tests::busyMs;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds kToken{4};  // 250 tokens/s

// The n-th token of a reply as models write them: paragraphs, lists and code.
std::string token(int n) {
  const int inSection = n % 120;
  if (inSection == 0) return "\n\n## Section " + std::to_string(n / 120) + "\n\n";
  if (inSection == 40 || inSection == 50) return "\n- **item** ";
  if (inSection == 60) return "\n\n```cpp\nint x = ";
  if (inSection == 90) return ";\n```\n\n";
  return " heron" + std::to_string(inSection);
}

// Paintings of one widget, and when the first came.
class PaintCounter final : public QObject {
 public:
  explicit PaintCounter(QWidget& widget) { widget.installEventFilter(this); }
  int count = 0;
  Clock::time_point last{};

 protected:
  bool eventFilter(QObject*, QEvent* event) override {
    if (event->type() == QEvent::Paint) {
      ++count;
      last = Clock::now();
    }
    return false;
  }
};

}  // namespace

class StreamingTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_w = std::make_unique<tests::WindowFixture>(QStringLiteral(XLLM_I18N_DIR));
    m_w->loadPack();
    m_tick.start(20);  // no turn sleeps for longer
  }
  void cleanup() { m_w.reset(); }

  void theWindowStaysSmoothWhileAReplyStreamsIntoTenThousandMessages() {
    const ConversationId id = m_w->writeLong(10000);
    m_w->window->conversation().open(id);
    QTRY_COMPARE_WITH_TIMEOUT(m_w->model().rowCount(), 10000, 10000);
    constexpr int kTokens = 1000;
    m_w->stage->answer = [](const generation::ChatRequest&, std::stop_token stop, const generation::TextSink& onText) {
      auto next = Clock::now();
      for (int i = 0; i < kTokens && !stop.stop_requested(); ++i) {
        onText(token(i));
        std::this_thread::sleep_until(next += kToken);
      }
      return generation::Summary{.newTokens = kTokens};
    };
    send();
    PaintCounter paints(m_w->window->view().widgetAt(10001)->text());
    const auto start = Clock::now();
    const double longest = untilDone(10001);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const double perSecond = paints.count / seconds;
    qInfo("250 tokens/s behind 10,000 messages: busy for %.1f ms at most, %.1f repaints/s", longest, perSecond);
    QVERIFY(m_w->window->view().isFollowing());
    QVERIFY2(longest < 50, qPrintable(QString::number(longest)));
    QVERIFY(perSecond > 5);
    QVERIFY2(perSecond <= 31, qPrintable(QString::number(perSecond)));
  }

  void theFirstTokenIsPaintedWithinFiftyMilliseconds() {
    QList<double> waits;
    for (int round = 0; round < 9; ++round) {
      Clock::time_point made{};
      std::atomic<bool> done = false;
      m_w->stage->gate = false;
      m_w->stage->answer = [&](const generation::ChatRequest&, std::stop_token stop,
                               const generation::TextSink& onText) {
        tests::waitAtGate(*m_w->stage, stop);
        made = Clock::now();
        onText("First");
        done = true;
        return generation::Summary{.newTokens = 1};
      };
      send();
      const int row = m_w->model().rowCount() - 1;
      QTest::qWait(60);
      PaintCounter paints(m_w->window->view().widgetAt(row)->text());
      m_w->stage->gate = true;
      while (!done || paints.count == 0) QCoreApplication::processEvents();
      waits << std::chrono::duration<double, std::milli>(paints.last - made).count();
      QTRY_COMPARE(m_w->stateOf(row), MessageState::Done);
    }
    std::sort(waits.begin(), waits.end());
    qInfo("first token painted after %.1f ms (median of 9), at most %.1f ms", waits[4], waits[8]);
    QVERIFY2(waits[4] < 50, qPrintable(QString::number(waits[4])));
  }

  void theEndOfAReplyOfFiftyThousandTokensCostsWhatItsBeginningDid_data() {
    QTest::addColumn<int>("kind");
    QTest::newRow("paragraphs, lists and code") << 0;
    QTest::newRow("one list") << 1;
    QTest::newRow("one code block") << 2;
    QTest::newRow("one paragraph") << 3;
  }
  void theEndOfAReplyOfFiftyThousandTokensCostsWhatItsBeginningDid() {
    QFETCH(int, kind);
    // The least of some rounds: a busy machine makes everything dearer, now the one and now the other. `make bench`
    // asks for what is promised; here is enough room for any machine, and none for a cost that grows with the reply.
    constexpr int kRounds = 5;
    const double most = qEnvironmentVariableIsSet("XLLM_BENCH") ? 1.2 : 1.7;
    Cost least = streamFiftyThousand(kind);
    for (int round = 1; round < kRounds && least.last > most * least.first; ++round) {
      m_w->window->conversation().startNew();
      const Cost cost = streamFiftyThousand(kind);
      least.first = std::min(least.first, cost.first);
      least.last = std::min(least.last, cost.last);
      least.longest = std::min(least.longest, cost.longest);
    }
    qInfo("a thousand tokens: %.0f ms of the GUI thread at the beginning, %.0f ms at the end (%.2f), %.1f ms at most",
          least.first, least.last, least.last / least.first, least.longest);
    QVERIFY2(least.last <= most * least.first, qPrintable(QString::number(least.last / least.first)));
    QVERIFY2(least.longest < 50, qPrintable(QString::number(least.longest)));
  }

 private:
  // Of the GUI thread, in milliseconds: the first thousand tokens, the last thousand, the longest turn in these.
  struct Cost {
    double first = 0, last = 0, longest = 0;
  };

  // The n-th token of a reply that is all of one kind.
  static std::string tokenOf(int kind, int n) {
    if (kind == 0) return token(n);
    const std::string plain = " heron" + std::to_string(n % 120);
    if (kind == 1) return n % 12 == 0 ? "\n- item" : plain;
    if (kind == 2) return n == 0 ? "```cpp\n" : n % 12 == 0 ? ";\n" : plain;
    return n % 12 == 0 ? "." : plain;
  }

  // The measured thousands come at 250 tokens/s, what is between them at once.
  Cost streamFiftyThousand(int kind) {
    constexpr int kTokens = 50000, kMeasured = 1000;
    std::atomic<int> at = 0, allowed = 1;
    m_w->stage->answer = [&](const generation::ChatRequest&, std::stop_token stop, const generation::TextSink& onText) {
      const auto paced = [&](int from, int to) {
        auto next = Clock::now();
        for (int i = from; i < to && !stop.stop_requested(); ++i) {
          onText(tokenOf(kind, i));
          std::this_thread::sleep_until(next += kToken);
          at = i + 1;
        }
      };
      const auto wait = [&](int round) {
        while (allowed < round && !stop.stop_requested()) std::this_thread::sleep_for(kToken);
      };
      paced(0, kMeasured);
      wait(2);
      std::string between;
      for (int i = kMeasured; i < kTokens - kMeasured; ++i) between += tokenOf(kind, i);
      const auto length = between.size();
      onText(std::move(between));
      at = static_cast<int>(length);
      wait(3);
      paced(kTokens - kMeasured, kTokens);
      at = std::numeric_limits<int>::max();
      return generation::Summary{.newTokens = kTokens};
    };
    send();
    Cost cost;
    cost.first = spent([&] { return at >= kMeasured; }, cost.longest);
    double jump = 0;
    allowed = 2;
    spent([&] { return m_w->model().at(1).text.size() > std::max(100000, at.load()); }, jump);
    allowed = 3;
    cost.last = spent([&] { return at == std::numeric_limits<int>::max(); }, cost.longest);
    untilDone(1);
    return cost;
  }

  void send() {
    m_w->type(u"Tell me"_s);
    QTest::keyClick(&m_w->window->composer().edit(), Qt::Key_Return);
    QVERIFY(m_w->window->conversation().isBusy());
  }
  // One turn of the event loop, which sleeps until there is something to do.
  static void turn(double& longest) {
    const double since = busyMs();
    QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    longest = std::max(longest, busyMs() - since);
  }
  double untilDone(int row) {
    double longest = 0;
    while (m_w->stateOf(row) != MessageState::Done) turn(longest);
    return longest;
  }
  static double spent(const std::function<bool()>& until, double& longest) {
    const double since = busyMs();
    while (!until()) turn(longest);
    return busyMs() - since;
  }

  QTimer m_tick;
  std::unique_ptr<tests::WindowFixture> m_w;
};

QTEST_MAIN(StreamingTest)
#include "streaming_test.moc"
