// Runs of the real `xllm train` with a tiny interface: followed, paused, killed, found again, taken back, and always
// with the same bytes in the end as a run that nobody disturbed. XLLM_KILLS: how often it is killed.
#include <sys/types.h>
#include <csignal>

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>
#include <memory>

#include "core/base/other_process.h"
#include "ui/training/run_panel.h"
#include "ui/training/training_run.h"

using namespace xllm::ui;
using namespace Qt::StringLiterals;
using Phase = TrainingRun::Phase;

namespace {

constexpr int kPatience = 60'000;   // milliseconds
constexpr int kEndless = 100'000;  // steps: nobody waits for the last of them

QByteArray bytesOf(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

}  // namespace

class TrainingRunTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    qputenv("OMP_NUM_THREADS", "1");
    makeProject(m_folder.path(), {});
    m_wanted = undisturbed(u"train.json"_s, u"straight"_s);
  }
  void cleanup() { QDir(m_folder.filePath(u"run"_s)).removeRecursively(); }

  void aRunIsFollowedToItsEnd() {
    const auto run = open();
    QTRY_COMPARE(run->phase(), Phase::New);
    run->start();
    QVERIFY(run->isActive());
    QTRY_COMPARE_WITH_TIMEOUT(run->phase(), Phase::Finished, kPatience);
    QTRY_COMPARE(run->curves().training[u"loss"_s].steps.size(), std::size_t(24));
    QCOMPARE(run->curves().validation[u"wordErrorRate"_s].steps.size(), std::size_t(4));
    QCOMPARE(run->step(), 24);
    QVERIFY(run->words().memoryBytes > 1'000'000);
    QVERIFY(run->words().examplesPerSecond > 0);
    QCOMPARE(run->samples(), (QList<qint64>{6, 12, 18, 24}));
    QVERIFY(!readSamples(run->folder(), 12).isEmpty());
    QCOMPARE(result(), m_wanted);
  }

  void pausedAndGoneOnItIsTheSameRun() {
    const auto run = open();
    QTRY_COMPARE(run->phase(), Phase::New);
    run->start();
    QTRY_VERIFY_WITH_TIMEOUT(!run->checkpoints().isEmpty() || run->phase() == Phase::Finished, kPatience);
    run->pause();
    QTRY_VERIFY_WITH_TIMEOUT(!run->isActive(), kPatience);
    if (run->phase() == Phase::Paused) {
      QVERIFY(run->canGoOn());
      run->start();
    }
    QTRY_COMPARE_WITH_TIMEOUT(run->phase(), Phase::Finished, kPatience);
    QCOMPARE(result(), m_wanted);
  }

  // As by a window that was closed and opened again, and by one that was killed with the computer. Some hundred steps,
  // so that a fast computer is not done before it is killed.
  void killedAtRandomMomentsAndFoundAgainItEndsWithTheSameBytes() {
    const int kills = qEnvironmentVariableIntValue("XLLM_KILLS") > 0 ? qEnvironmentVariableIntValue("XLLM_KILLS") : 4;
    constexpr int kSteps = 300;
    const QString config = projectOf(kSteps);
    const QByteArray wanted = undisturbed(config, u"straight-longer"_s);
    QRandomGenerator chance(20);
    int killed = 0;
    for (int tries = 0; killed < kills && tries < 10 * kills; ++tries) {
      auto run = open(config);
      QTRY_VERIFY_WITH_TIMEOUT(run->phase() != Phase::Reading, kPatience);
      if (run->phase() == Phase::Finished) {  // too late: there are kills left
        run.reset();
        cleanup();
        continue;
      }
      run->start();
      const qint64 from = run->step();
      const int more = chance.bounded(4);
      QTRY_VERIFY_WITH_TIMEOUT(run->step() >= from + more || !run->isActive(), kPatience);
      run.reset();  // the window goes …
      run = open(config);
      QTRY_VERIFY_WITH_TIMEOUT(run->phase() != Phase::Reading, kPatience);
      QTest::qWait(chance.bounded(30));
      const qint64 process = trainingProcess(run->folder());
      if (process == 0) continue;
      ::kill(static_cast<::pid_t>(process), SIGKILL);  // … and then the rest
      QTRY_VERIFY_WITH_TIMEOUT(!run->isActive(), kPatience);
      if (run->phase() == Phase::Finished) continue;  // it was done when it was killed
      QCOMPARE(run->phase(), Phase::Lost);
      ++killed;
    }
    QCOMPARE(killed, kills);
    const auto run = open(config);
    QTRY_VERIFY_WITH_TIMEOUT(run->phase() != Phase::Reading, kPatience);
    run->start();
    QTRY_COMPARE_WITH_TIMEOUT(run->phase(), Phase::Finished, kPatience);
    QCOMPARE(result(), wanted);
    QTRY_COMPARE(run->curves().training[u"loss"_s].steps.size(), std::size_t(kSteps));
  }

  void aRunWhoseWindowWentGoesOnAndIsFoundAgain() {
    const QString config = projectOf(kEndless);
    auto run = open(config);
    QTRY_COMPARE(run->phase(), Phase::New);
    run->start();
    QTRY_VERIFY_WITH_TIMEOUT(run->checkpoints().size() >= 2, kPatience);
    const qint64 process = run->process();
    QVERIFY(process > 0);
    run.reset();
    QTest::qWait(300);
    QVERIFY(xllm::isProcessAlive(process));
    run = open(config);
    QTRY_COMPARE_WITH_TIMEOUT(run->phase(), Phase::Running, kPatience);
    QCOMPARE(run->process(), process);
    QVERIFY(!run->curves().training[u"loss"_s].isEmpty());
    run->pause();
    QTRY_COMPARE_WITH_TIMEOUT(run->phase(), Phase::Paused, kPatience);
    QTRY_VERIFY(!xllm::isProcessAlive(process));
  }

  void aRunThatIsFinishedNowIsTheResult() {
    const auto run = open(projectOf(kEndless));
    QTRY_COMPARE(run->phase(), Phase::New);
    run->start();
    QTRY_VERIFY_WITH_TIMEOUT(!run->checkpoints().isEmpty(), kPatience);
    run->finish();
    QTRY_COMPARE_WITH_TIMEOUT(run->phase(), Phase::Finished, kPatience);
    QVERIFY(run->step() < kEndless);
    QVERIFY(!result().isEmpty());
  }

  void backAtACheckpointItEndsWithTheSameBytes() {
    const auto run = open();
    QTRY_COMPARE(run->phase(), Phase::New);
    run->start();
    QTRY_COMPARE_WITH_TIMEOUT(run->phase(), Phase::Finished, kPatience);
    QVERIFY(run->checkpoints().contains(20));
    run->startFrom(20);
    QTRY_COMPARE_WITH_TIMEOUT(run->phase(), Phase::Finished, kPatience);
    QCOMPARE(result(), m_wanted);
    QTRY_COMPARE(run->curves().training[u"loss"_s].steps.size(), std::size_t(24));
  }

  void whyItEndedIsKeptAndShown() {
    makeProject(m_other.path(), {{u"languageModel"_s, u"nowhere.gguf"_s}});
    TrainingRun run(QStringLiteral(XLLM_PROGRAM), m_other.filePath(u"train.json"_s), m_other.filePath(u"run"_s));
    QTRY_COMPARE(run.phase(), Phase::New);
    run.start();
    QTRY_COMPARE_WITH_TIMEOUT(run.phase(), Phase::Failed, kPatience);
    QVERIFY2(run.words().end && run.words().end->sentence.contains(u"nowhere.gguf"_s), qPrintable(run.errors()));
    TrainingRun again(QStringLiteral(XLLM_PROGRAM), m_other.filePath(u"train.json"_s), m_other.filePath(u"run"_s));
    QTRY_COMPARE(again.phase(), Phase::Failed);
    QVERIFY(again.errors().contains(u"nowhere.gguf"_s));
  }

  void aProgramThatIsNotThereIsTold() {
    TrainingRun run(u"/nowhere/xllm"_s, m_folder.filePath(u"train.json"_s), m_folder.filePath(u"run"_s));
    QTRY_COMPARE(run.phase(), Phase::New);
    run.start();
    QCOMPARE(run.phase(), Phase::Failed);
    QCOMPARE(run.refusal(), TrainingRun::Refusal::NoProgram);
  }

 private:
  std::unique_ptr<TrainingRun> open(const QString& config = u"train.json"_s) {
    return std::make_unique<TrainingRun>(QStringLiteral(XLLM_PROGRAM), m_folder.filePath(config),
                                         m_folder.filePath(u"run"_s));
  }
  QByteArray result() { return bytesOf(m_folder.filePath(u"run/interface.safetensors"_s)); }

  static void makeProject(const QString& folder, const QJsonObject& changes) {
    QJsonObject all{{u"keepCheckpoints"_s, 4}};
    for (auto each = changes.begin(); each != changes.end(); ++each) all[each.key()] = *each;
    QProcess maker;
    maker.start(u"python3"_s, {QStringLiteral(XLLM_TEST_DIR "/app/train_test.py"), QStringLiteral(XLLM_PROGRAM),
                               u"only_makes_the_project"_s, folder,
                               QString::fromUtf8(QJsonDocument(all).toJson(QJsonDocument::Compact))});
    QVERIFY(maker.waitForFinished(kPatience));
    QVERIFY2(maker.exitCode() == 0, maker.readAllStandardError().constData());
  }
  // The same with so many steps; answers the name of its config.
  QString projectOf(int steps) {
    QJsonObject config = QJsonDocument::fromJson(bytesOf(m_folder.filePath(u"train.json"_s))).object();
    config[u"steps"_s] = steps;
    const QString name = u"train-%1.json"_s.arg(steps);
    QFile file(m_folder.filePath(name));
    if (file.open(QIODevice::WriteOnly)) file.write(QJsonDocument(config).toJson());
    return name;
  }
  // What the run `name`, which nobody disturbs, ends with.
  QByteArray undisturbed(const QString& config, const QString& name) {
    train({m_folder.filePath(config), u"--set"_s, u"run="_s + name});
    const QByteArray result = bytesOf(m_folder.filePath(name + u"/interface.safetensors"_s));
    if (result.isEmpty()) qFatal("%s trained nothing", qPrintable(config));
    return result;
  }
  static void train(const QStringList& words) {
    QProcess process;
    process.start(QStringLiteral(XLLM_PROGRAM), QStringList{u"train"_s} + words);
    QVERIFY(process.waitForFinished(kPatience));
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
  }

  QTemporaryDir m_folder, m_other;
  QByteArray m_wanted;
};

QTEST_MAIN(TrainingRunTest)
#include "training_run_test.moc"
