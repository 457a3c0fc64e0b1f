// The program itself, offscreen: it starts without a pack, ends on SIGTERM like on closing, goes on after being killed,
// and tells its version.
#include <QDir>
#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;

class DesktopProgramTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_home = std::make_unique<QTemporaryDir>();
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const QString& name : {u"XDG_CONFIG_HOME"_s, u"XDG_DATA_HOME"_s, u"XLLM_PACKS"_s}) {
      environment.insert(name, m_home->path());
    }
    environment.insert(u"QT_QPA_PLATFORM"_s, u"offscreen"_s);
    m_program = std::make_unique<QProcess>();
    m_program->setProcessEnvironment(environment);
    m_program->setProgram(QStringLiteral(XLLM_DESKTOP_PROGRAM));
  }
  void cleanup() {
    if (m_program->state() != QProcess::NotRunning) m_program->kill();
    m_program->waitForFinished();
  }

  void tellsItsVersionWithoutAScreen() {
    m_program->setArguments({u"--version"_s});
    m_program->start();
    QVERIFY(m_program->waitForFinished(20000));
    QCOMPARE(m_program->exitCode(), 0);
    QVERIFY(m_program->readAllStandardOutput().startsWith("xllm-desktop "));
  }

  void endsCleanlyOnSigterm_data() {
    QTest::addColumn<int>("signal");
    QTest::newRow("SIGTERM") << SIGTERM;
    QTest::newRow("SIGINT") << SIGINT;
  }
  void endsCleanlyOnSigterm() {
    QFETCH(int, signal);
    m_program->setArguments({u"--pack"_s, m_home->filePath(u"no-such-pack"_s)});
    m_program->start();
    QVERIFY(m_program->waitForStarted(20000));
    QTest::qWait(1500);
    QCOMPARE(m_program->state(), QProcess::Running);  // a missing pack ends nothing
    ::kill(static_cast<pid_t>(m_program->processId()), signal);
    QVERIFY(m_program->waitForFinished(10000));
    QCOMPARE(m_program->exitStatus(), QProcess::NormalExit);
    QCOMPARE(m_program->exitCode(), 0);
  }

  void goesOnAfterBeingKilled() {
    m_program->setArguments({u"--pack"_s, m_home->filePath(u"no-such-pack"_s)});
    const QDir kept(m_home->filePath(u"xllm/xllm-desktop/conversations"_s));
    m_program->start();
    QVERIFY(m_program->waitForStarted(20000));
    QTRY_VERIFY_WITH_TIMEOUT(kept.exists(u"conversations.sqlite"_s), 20000);
    QCOMPARE(kept.entryList({u"run-*.lock"_s}).size(), 1);
    m_program->kill();
    QVERIFY(m_program->waitForFinished(10000));
    QCOMPARE(kept.entryList({u"run-*.lock"_s}).size(), 1);  // so that the next run knows
    m_program->start();
    QVERIFY(m_program->waitForStarted(20000));
    QTest::qWait(1500);
    QCOMPARE(m_program->state(), QProcess::Running);
    m_program->terminate();
    QVERIFY(m_program->waitForFinished(10000));
    QCOMPARE(m_program->exitStatus(), QProcess::NormalExit);
    QCOMPARE(kept.entryList({u"run-*.lock"_s}).size(), 0);
  }

 private:
  std::unique_ptr<QTemporaryDir> m_home;
  std::unique_ptr<QProcess> m_program;
};

QTEST_GUILESS_MAIN(DesktopProgramTest)
#include "desktop_program_test.moc"
