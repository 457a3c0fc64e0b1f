// Whether the process that a run's folder notes is a trainer.
#include "ui/training/run_files.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace xllm::ui;
using namespace Qt::StringLiterals;

class RunFilesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void onlyATrainerIsTakenForOne_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<bool>("trains");
    QTest::newRow("a trainer") << u"xllm"_s << QStringList{u"train"_s, u"-"_s} << true;
    QTest::newRow("of other work") << u"xllm"_s << QStringList{u"chat"_s, u"-"_s} << false;
    QTest::newRow("without arguments") << u"cat"_s << QStringList() << false;
    QTest::newRow("another program's training") << u"cat"_s << QStringList{u"train"_s, u"-"_s} << false;
  }
  void onlyATrainerIsTakenForOne() {
    QFETCH(QString, name);
    QFETCH(QStringList, arguments);
    const QString waits = QStandardPaths::findExecutable(u"cat"_s);  // until nothing more comes
    if (waits.isEmpty()) QSKIP("There is no cat.");
    const QTemporaryDir folder;
    QVERIFY(QFile::link(waits, folder.filePath(name)));
    QProcess process;
    process.setWorkingDirectory(folder.path());
    process.start(folder.filePath(name), arguments);
    QVERIFY(process.waitForStarted());
    QVERIFY(QDir(folder.path()).mkpath(u"runs/image-1"_s));
    noteLaunched(folder.filePath(u"runs/image-1"_s), process.processId());
    QTEST(isTrainedIn(folder.path()), "trains");
    QCOMPARE(process.state(), QProcess::Running);
    process.closeWriteChannel();
    QVERIFY(process.waitForFinished());
    QVERIFY(!isTrainedIn(folder.path()));
  }
};

QTEST_GUILESS_MAIN(RunFilesTest)
#include "run_files_test.moc"
