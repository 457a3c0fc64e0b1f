// Work on another thread whose exceptions stop there, and other people's words in tool tips.
#include "ui/widgets/on_worker.h"

#include <QTest>
#include <optional>
#include <stdexcept>
#include <string>

#include "ui/widgets/tool_tip.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

class OnWorkerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whatWasMadeArrives() {
    std::optional<Result<int>> asResult;
    std::optional<int> plain;
    onWorker(
        this, [] { return 3; }, [&](const Result<int>& made) { asResult = made; });
    onWorker(
        this, [] { return 4; }, [&](int made) { plain = made; });
    QTRY_VERIFY(asResult && plain);
    QCOMPARE(asResult->value_or(0), 3);
    QCOMPARE(*plain, 4);
  }

  void anExceptionIsToldToWhomItConcerns() {
    std::optional<Result<int>> asResult;
    std::optional<int> plain;
    const auto make = [throws = true]() -> int {
      if (throws) throw std::runtime_error("The disk is on fire.");
      return 1;
    };
    onWorker(this, make, [&](const Result<int>& made) { asResult = made; });
    onWorker(this, make, [&](int made) { plain = made; });
    QTRY_VERIFY(asResult && plain);
    QVERIFY(!*asResult && asResult->error().code == ErrorCode::Internal);
    QCOMPARE(asResult->error().message, std::string("Internal error: The disk is on fire."));
    QCOMPARE(*plain, 0);
  }

  void workThatReturnsAResultKeepsItsOwnError() {
    const Result<int> made = attempt([]() -> Result<int> { return fail(ErrorCode::NotFound, "It is not there."); });
    QVERIFY(!made && made.error().code == ErrorCode::NotFound);
    const Result<void> done = attempt([]() -> Result<void> { throw std::bad_alloc(); });
    QVERIFY(!done && done.error().code == ErrorCode::OutOfMemory);
  }

  void aToolTipShowsWordsAsTheyStand_data() {
    QTest::addColumn<QString>("words");
    QTest::addColumn<QString>("toolTip");
    QTest::newRow("plain") << u"Tom & \"Jerry\".png"_s << u"Tom & \"Jerry\".png"_s;
    QTest::newRow("HTML") << u"<img src=x> & y"_s << u"<p>&lt;img src=x&gt; &amp; y</p>"_s;
    QTest::newRow("nothing") << QString() << QString();
  }
  void aToolTipShowsWordsAsTheyStand() {
    QFETCH(QString, words);
    QTEST(toolTipOf(words), "toolTip");
  }
};

QTEST_MAIN(OnWorkerTest)
#include "on_worker_test.moc"
