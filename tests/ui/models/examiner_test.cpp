// Examinations against an engine whose answers are written here: when they are asked, and when they make way.
#include "ui/models/examiner.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>

#include "tests/ui/support/scripted_backend.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using tests::Stage;
using Urgency = Examiner::Urgency;

class ExaminerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_stage = std::make_shared<Stage>();
    m_bridge = std::make_unique<EngineBridge>(tests::backendOn(m_stage));
    m_pack = std::make_unique<PackState>(*m_bridge);
    m_examiner = std::make_unique<Examiner>(*m_bridge, *m_pack);
  }
  void cleanup() {
    m_stage->gate = true;
    m_examiner.reset();
    m_pack.reset();
    m_bridge.reset();
  }

  void nothingIsAskedBeforeThePackIsThere() {
    QSignalSpy examined(m_examiner.get(), &Examiner::examined);
    const quint64 id = m_examiner->examine(picture(), Urgency::Soon);
    QTest::qWait(50);
    QCOMPARE(m_stage->examinedMedia().size(), std::size_t{0});
    load();
    QTRY_COMPARE(examined.count(), 1);
    QCOMPARE(examined[0][0].toULongLong(), id);
    QCOMPARE(qvariant_cast<generation::Examination>(examined[0][1]).softTokens, 8);
  }

  void oneIsAskedAtATimeAndWhatSomebodyWaitsForGoesFirst() {
    load();
    m_stage->examine = held();
    QSignalSpy examined(m_examiner.get(), &Examiner::examined);
    const quint64 first = m_examiner->examine(picture(), Urgency::Soon);
    const quint64 second = m_examiner->examine(picture(), Urgency::Soon);
    const quint64 urgent = m_examiner->examine(picture(), Urgency::Next);
    QTRY_COMPARE(m_stage->examinedMedia().size(), std::size_t{1});
    QTest::qWait(30);
    QCOMPARE(m_stage->examinedMedia().size(), std::size_t{1});
    m_stage->gate = true;
    QTRY_COMPARE(examined.count(), 3);
    QCOMPARE(examined[0][0].toULongLong(), first);
    QCOMPARE(examined[1][0].toULongLong(), urgent);
    QCOMPARE(examined[2][0].toULongLong(), second);
  }

  void anAnswerNeverWaitsForOneAndItIsAskedAgainAfterwards() {
    load();
    m_stage->examine = held();
    QSignalSpy examined(m_examiner.get(), &Examiner::examined);
    QSignalSpy failed(m_examiner.get(), &Examiner::failed);
    m_examiner->examine(picture(), Urgency::Soon);
    QTRY_COMPARE(m_stage->examinedMedia().size(), std::size_t{1});
    QElapsedTimer timer;
    timer.start();
    m_examiner->pauseFor({picture()});  // about another picture
    QSignalSpy texts(m_bridge.get(), &EngineBridge::textArrived);
    QVERIFY(m_bridge->ask({}));
    QTRY_COMPARE(texts.count(), 1);
    QVERIFY2(timer.elapsed() < 500, qPrintable(QString::number(timer.elapsed())));
    QTest::qWait(30);
    QCOMPARE(m_stage->examinedMedia().size(), std::size_t{1});
    m_stage->gate = true;
    m_examiner->resume();
    QTRY_COMPARE(examined.count(), 1);
    QCOMPARE(failed.count(), 0);
    QCOMPARE(m_stage->examinedMedia().size(), std::size_t{2});
  }

  void whatTheAnswerNeedsIsLetFinish() {
    load();
    m_stage->examine = held();
    QSignalSpy examined(m_examiner.get(), &Examiner::examined);
    const generation::Part needed = picture();
    m_examiner->examine(needed, Urgency::Soon);
    QTRY_COMPARE(m_stage->examinedMedia().size(), std::size_t{1});
    m_examiner->pauseFor({picture(), needed});
    QTest::qWait(50);
    QVERIFY(!m_stage->stopped);
    m_stage->gate = true;
    QTRY_COMPARE(examined.count(), 1);
    QCOMPARE(m_stage->examinedMedia().size(), std::size_t{1});
  }

  void aCaptionIsAskedAsideAndGreedilyOnceItIsQuiet() {
    load();
    generation::ChatRequest asked;
    m_stage->caption = [&](const generation::ChatRequest& request, std::stop_token,
                           const generation::TextSink& onText) {
      asked = request;
      onText("A lake\n");
      onText("at dawn.");
      return generation::Summary{};
    };
    QSignalSpy described(m_examiner.get(), &Examiner::described);
    const auto image = std::make_shared<const RgbImage>(RgbImage{1, 1, {1, 2, 3}});
    m_examiner->describe(image);
    QTest::qWait(300);
    QCOMPARE(described.count(), 0);  // somebody may be about to ask
    QTRY_COMPARE(described.count(), 1);
    QCOMPARE(described[0][1].toString(), u"A lake at dawn."_s);
    QVERIFY(asked.options.aside);
    QCOMPARE(asked.options.sampling.temperature, 0.0);
    QVERIFY(asked.options.maxNewTokens <= 64);
    QCOMPARE(asked.turns.size(), std::size_t{1});
    QCOMPARE(std::get<generation::Picture>(asked.turns[0].parts.at(0)), image);
    QCOMPARE(m_bridge->pace().pieces, 0);  // it is nobody's answer
  }

  void aCaptionMakesWayAtOnceForAnAnswerAndForAnExamination() {
    load();
    std::atomic<int> begun = 0;
    m_stage->caption = [&](const generation::ChatRequest&, std::stop_token stop,
                           const generation::TextSink& onText) -> Result<generation::Summary> {
      onText(++begun < 3 ? "half" : "whole");
      if (begun < 3 && !tests::waitAtGate(*m_stage, stop)) return fail(ErrorCode::Cancelled, "Stopped.");
      return generation::Summary{};
    };
    QSignalSpy described(m_examiner.get(), &Examiner::described);
    QSignalSpy examined(m_examiner.get(), &Examiner::examined);
    m_examiner->describe(std::make_shared<const RgbImage>());
    QTRY_COMPARE(begun, 1);
    m_examiner->examine(picture(), Urgency::Next);
    QTRY_COMPARE(examined.count(), 1);
    QTRY_COMPARE(begun, 2);
    m_stage->stopped = false;
    m_examiner->pauseFor({});
    QTRY_VERIFY(m_stage->stopped);
    m_examiner->resume();
    QTRY_COMPARE(described.count(), 1);
    QCOMPARE(described[0][1].toString(), u"whole"_s);
  }

  void forgottenOnesAreStoppedAndNotReported() {
    load();
    m_stage->examine = held();
    QSignalSpy examined(m_examiner.get(), &Examiner::examined);
    QSignalSpy failed(m_examiner.get(), &Examiner::failed);
    const quint64 running = m_examiner->examine(picture(), Urgency::Soon);
    const quint64 waiting = m_examiner->examine(picture(), Urgency::Soon);
    const quint64 kept = m_examiner->examine(picture(), Urgency::Soon);
    QTRY_COMPARE(m_stage->examinedMedia().size(), std::size_t{1});
    m_examiner->forget(waiting);
    m_examiner->forget(running);
    QTRY_VERIFY(m_stage->stopped);
    m_stage->gate = true;
    QTRY_COMPARE(examined.count(), 1);
    QCOMPARE(examined[0][0].toULongLong(), kept);
    QCOMPARE(failed.count(), 0);
  }

  void anotherPackIsAskedAgain() {
    load();
    m_stage->examine = held();
    QSignalSpy examined(m_examiner.get(), &Examiner::examined);
    m_examiner->examine(picture(), Urgency::Soon);
    QTRY_COMPARE(m_stage->examinedMedia().size(), std::size_t{1});
    m_pack->load(u"/packs/other"_s);
    QTRY_VERIFY(m_stage->stopped);
    m_stage->gate = true;
    QTRY_COMPARE(examined.count(), 1);
    QCOMPARE(m_stage->examinedMedia().size(), std::size_t{2});
  }

 private:
  static generation::Part picture() {
    return std::make_shared<const RgbImage>(RgbImage{2, 1, std::vector<std::uint8_t>(6, 9)});
  }
  std::function<Result<generation::Examination>(const generation::Part&, std::stop_token)> held() {
    return [this](const generation::Part& medium, std::stop_token stop) -> Result<generation::Examination> {
      if (!tests::waitAtGate(*m_stage, stop)) return fail(ErrorCode::Cancelled, "Stopped.");
      return Stage::examinationOf(medium);
    };
  }
  void load() {
    m_pack->load(u"/packs/test"_s);
    QTRY_COMPARE(m_pack->phase(), PackState::Phase::Ready);
  }

  std::shared_ptr<Stage> m_stage;
  std::unique_ptr<EngineBridge> m_bridge;
  std::unique_ptr<PackState> m_pack;
  std::unique_ptr<Examiner> m_examiner;
};

QTEST_GUILESS_MAIN(ExaminerTest)
#include "examiner_test.moc"
