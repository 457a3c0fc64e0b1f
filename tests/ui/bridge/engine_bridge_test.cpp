#include "ui/bridge/engine_bridge.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>

#include "tests/ui/support/scripted_backend.h"

using namespace xllm;
using namespace xllm::ui;
using tests::Stage;

class EngineBridgeTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void gathersFastTokensIntoFewSignalsInOrder() {
    const auto stage = std::make_shared<Stage>();
    stage->answer = [](const generation::ChatRequest&, std::stop_token, const generation::TextSink& onText) {
      for (int i = 0; i < 2000; ++i) {
        onText(std::to_string(i) + ',');
        if (i % 4 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));  // the GUI thread gets its turns
      }
      return generation::Summary{.newTokens = 2000};
    };
    EngineBridge bridge(tests::backendOn(stage));
    QSignalSpy texts(&bridge, &EngineBridge::textArrived);
    QSignalSpy ends(&bridge, &EngineBridge::finished);
    QElapsedTimer timer;
    timer.start();
    const auto id = bridge.ask({});
    QVERIFY(id);
    QTRY_COMPARE(ends.count(), 1);
    const auto most = timer.elapsed() / 33 + 3;
    QVERIFY2(texts.count() <= most, qPrintable(QStringLiteral("%1 signals, at most %2").arg(texts.count()).arg(most)));
    QString whole, expected;
    for (const auto& text : texts) {
      QCOMPARE(text.at(0).toULongLong(), *id);
      whole += text.at(1).toString();
    }
    for (int i = 0; i < 2000; ++i) expected += QString::number(i) + u',';
    QCOMPARE(whole, expected);
    QCOMPARE(bridge.pace().pieces, 2000);
  }

  void showsAFirstTokenAtOnce() {
    qint64 best = 1000;
    for (int i = 0; i < 5 && best > 50; ++i) {  // a busy machine may be late once, not always
      const auto stage = std::make_shared<Stage>();
      std::chrono::steady_clock::time_point made;
      stage->answer = [&](const generation::ChatRequest&, std::stop_token stop,
                          const generation::TextSink& onText) -> Result<generation::Summary> {
        made = std::chrono::steady_clock::now();
        onText("first");
        tests::waitAtGate(*stage, stop);
        return generation::Summary{};
      };
      EngineBridge bridge(tests::backendOn(stage));
      std::chrono::steady_clock::time_point seen{};
      connect(&bridge, &EngineBridge::textArrived, this, [&] { seen = std::chrono::steady_clock::now(); });
      QVERIFY(bridge.ask({}));
      QTRY_VERIFY(seen != std::chrono::steady_clock::time_point{});
      best = std::min<qint64>(best, std::chrono::duration_cast<std::chrono::milliseconds>(seen - made).count());
      stage->gate = true;
    }
    QVERIFY2(best <= 50, qPrintable(QStringLiteral("%1 ms").arg(best)));
  }

  void survivesBeingDestroyedMidAnswer() {
    for (int i = 0; i < 20; ++i) {
      const auto stage = std::make_shared<Stage>();
      stage->answer = tests::endlessAnswer(*stage, std::chrono::milliseconds(0));
      auto bridge = std::make_unique<EngineBridge>(tests::backendOn(stage));
      int afterwards = 0;
      bool gone = false;
      connect(bridge.get(), &EngineBridge::textArrived, this, [&] { afterwards += gone ? 1 : 0; });
      QVERIFY(bridge->ask({}));
      QTest::qWait(i % 4 * 5);
      gone = true;
      bridge.reset();
      QCoreApplication::processEvents();
      QCOMPARE(afterwards, 0);
    }
  }

  void refusesWhenTheQueueIsFull() {
    const auto stage = std::make_shared<Stage>();
    stage->answer = [&](const generation::ChatRequest&, std::stop_token stop,
                        const generation::TextSink&) -> Result<generation::Summary> {
      tests::waitAtGate(*stage, stop);
      return generation::Summary{};
    };
    EngineBridge bridge(tests::backendOn(stage));
    QSignalSpy ends(&bridge, &EngineBridge::finished);
    int taken = 0;
    while (bridge.ask({})) QVERIFY(++taken < 100);
    QVERIFY(taken >= 1);
    QTest::qWait(20);
    while (bridge.ask({})) QVERIFY(++taken < 100);  // the running one has left the queue by now
    QVERIFY(!bridge.ask({}));
    stage->gate = true;
    QTRY_COMPARE(ends.count(), taken);  // each exactly once
    QTest::qWait(50);
    QCOMPARE(ends.count(), taken);
  }

  void stopsWhatRunsAndWhatWaits() {
    const auto stage = std::make_shared<Stage>();
    stage->answer = tests::endlessAnswer(*stage, std::chrono::milliseconds(1));
    EngineBridge bridge(tests::backendOn(stage));
    QList<ErrorCode> codes;
    connect(&bridge, &EngineBridge::finished, this, [&](quint64, const Finished& end) {
      QVERIFY(!end.outcome);
      codes << end.outcome.error().code;
    });
    const auto running = bridge.ask({});
    const auto waiting = bridge.ask({});
    QVERIFY(running && waiting);
    bridge.cancel(*waiting);
    QTest::qWait(20);
    bridge.cancel(*running);
    QTRY_COMPARE(codes.size(), 2);
    QVERIFY(codes == (QList<ErrorCode>{ErrorCode::Cancelled, ErrorCode::Cancelled}));
    QCOMPARE(stage->requests().size(), std::size_t{1});  // the waiting one never reached the backend
  }

  void measuresWithoutTouchingThePaceOfTheAnswer() {
    const auto stage = std::make_shared<Stage>();
    EngineBridge bridge(tests::backendOn(stage));
    QSignalSpy ends(&bridge, &EngineBridge::finished);
    QVERIFY(bridge.ask({}));
    QTRY_COMPARE(ends.count(), 1);
    const auto id = bridge.measure({{{Role::User, {std::string("12345678")}}}, {}});
    QVERIFY(id);
    QTRY_COMPARE(ends.count(), 2);
    QCOMPARE(ends.at(1).at(0).toULongLong(), *id);
    const auto end = ends.at(1).at(1).value<Finished>();
    QVERIFY(end.outcome);
    const auto& measured = std::get<generation::Measurement>(*end.outcome);
    QCOMPARE(measured.promptTokens, 12);
    QCOMPARE(measured.contextLength, 2048);
    QCOMPARE(bridge.pace().pieces, 1);  // still of the answer
  }

  void keepsOnlyTheNewestProgress() {
    const auto stage = std::make_shared<Stage>();
    stage->load = [](const std::filesystem::path& folder, std::stop_token, const generation::LoadProgress& progress) {
      for (int i = 0; i <= 1000; ++i) progress(i / 1000.0, "language model");
      return generation::PackSummary{.name = "P", .version = {}, .folder = folder};
    };
    EngineBridge bridge(tests::backendOn(stage));
    QSignalSpy progress(&bridge, &EngineBridge::progressed);
    QSignalSpy ends(&bridge, &EngineBridge::finished);
    QVERIFY(bridge.loadPack(QStringLiteral("/somewhere")));
    QTRY_COMPARE(ends.count(), 1);
    QVERIFY2(progress.count() < 50, qPrintable(QString::number(progress.count())));
    QCOMPARE(progress.last().at(1).toDouble(), 1.0);
    QCOMPARE(progress.last().at(2).toString(), QStringLiteral("language model"));
  }

  void examinesAMedium() {
    const auto stage = std::make_shared<Stage>();
    EngineBridge bridge(tests::backendOn(stage));
    std::optional<generation::Examination> made;
    connect(&bridge, &EngineBridge::finished, this, [&](quint64, const Finished& end) {
      QVERIFY(end.outcome);
      made = std::get<generation::Examination>(*end.outcome);
    });
    const auto image = std::make_shared<const RgbImage>(RgbImage{4, 2, std::vector<std::uint8_t>(24, 5)});
    QVERIFY(bridge.examine(image));
    QTRY_VERIFY(made);
    QCOMPARE(made->softTokens, 8);
    QCOMPARE(made->frames.at(0).picture.width, 2.0);
    QVERIFY(stage->examinedMedia() == std::vector<generation::Part>{image});
  }

  void transcribesWhileAnAnswerRuns() {
    const auto stage = std::make_shared<Stage>();
    stage->answer = tests::endlessAnswer(*stage, std::chrono::milliseconds(1));
    EngineBridge bridge(tests::backendOn(stage));
    QList<quint64> done;
    std::string said;
    connect(&bridge, &EngineBridge::finished, this, [&](quint64 id, const Finished& end) {
      done << id;
      if (end.outcome) said = std::get<std::string>(*end.outcome);
    });
    const auto answer = bridge.ask({});
    const auto sound = std::make_shared<const AudioClip>(AudioClip{16000, std::vector<float>(1600)});
    const auto words = bridge.transcribe(sound);
    QVERIFY(answer && words);
    QTRY_COMPARE(done, QList<quint64>{*words});
    QCOMPARE(said, std::string("heard"));
    QVERIFY(stage->transcribedSounds() == std::vector<generation::Sound>{sound});
    QVERIFY(!stage->stopped);
    bridge.cancel(*answer);
    QTRY_COMPARE(done.size(), 2);
  }

  void preparesWhatWillBeAsked() {
    const auto stage = std::make_shared<Stage>();
    EngineBridge bridge(tests::backendOn(stage));
    std::optional<generation::Measurement> told;
    connect(&bridge, &EngineBridge::finished, this, [&](quint64, const Finished& end) {
      QVERIFY(end.outcome);
      told = std::get<generation::Measurement>(*end.outcome);
    });
    QVERIFY(bridge.prepare({{{Role::User, {std::string("12345678")}}}, {}}));
    QTRY_VERIFY(told);
    QCOMPARE(told->promptTokens, 12);
    QCOMPARE(stage->preparedRequests().size(), std::size_t{1});
    QVERIFY(stage->requests().empty());
    QCOMPARE(bridge.pace().pieces, 0);
  }

  void carriesChineseTextWhole() {
    const auto stage = std::make_shared<Stage>();
    stage->answer = [](const generation::ChatRequest&, std::stop_token, const generation::TextSink& onText) {
      for (const char* piece : {"你好", "，", "🌍"}) onText(piece);
      return generation::Summary{};
    };
    EngineBridge bridge(tests::backendOn(stage));
    QString whole;
    QSignalSpy ends(&bridge, &EngineBridge::finished);
    connect(&bridge, &EngineBridge::textArrived, this, [&](quint64, const QString& text) { whole += text; });
    QVERIFY(bridge.ask({}));
    QTRY_COMPARE(ends.count(), 1);
    QCOMPARE(whole, QStringLiteral("你好，🌍"));
  }
};

QTEST_GUILESS_MAIN(EngineBridgeTest)
#include "engine_bridge_test.moc"
