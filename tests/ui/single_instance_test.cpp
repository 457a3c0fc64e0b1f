// A second start finds the first and hands over what it was asked; what a crash leaves behind is in nobody's way.
#include "app/desktop/single_instance.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QLocalSocket>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <cstdio>
#include <thread>

using namespace xllm::desktop;
using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(xllm::desktop::Asked)

class SingleInstanceTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    qputenv("XDG_RUNTIME_DIR", m_run.path().toLocal8Bit());
    QFile::setPermissions(m_run.path(), QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner);
  }

  void theFirstRunsAndTheSecondHandsOver() {
    SingleInstance first(m_data.path());
    QVERIFY(!first.handOver({}));
    QSignalSpy asked(&first, &SingleInstance::asked);
    QCOMPARE(second({.pack = u"/packs/größer"_s, .files = {u"/a b.png"_s, u"/音.wav"_s}}), true);
    QTRY_COMPARE(asked.count(), 1);
    const Asked what = asked.at(0).at(0).value<Asked>();
    QCOMPARE(what.pack, u"/packs/größer"_s);
    QCOMPARE(what.files, (QStringList{u"/a b.png"_s, u"/音.wav"_s}));
    QCOMPARE(second({}), true);
    QTRY_COMPARE(asked.count(), 2);
  }

  void anotherFolderOfDataIsAnotherProgram() {
    SingleInstance first(m_data.path());
    QVERIFY(!first.handOver({}));
    SingleInstance other(m_run.path());
    QVERIFY(!other.handOver({}));
  }

  void aSocketThatACrashLeftIsTakenOver() {
    QString name;
    {
      SingleInstance first(m_data.path());
      QVERIFY(!first.handOver({}));
      name = socketFile();
      QVERIFY(!name.isEmpty());
      QVERIFY(::rename(qPrintable(name), qPrintable(name + u".kept"_s)) == 0);  // its end does not find it
    }
    QVERIFY(::rename(qPrintable(name + u".kept"_s), qPrintable(name)) == 0);  // nobody listens there any more
    SingleInstance next(m_data.path());
    QVERIFY(!next.handOver({}));
    QSignalSpy asked(&next, &SingleInstance::asked);
    QCOMPARE(second({}), true);
    QTRY_COMPARE(asked.count(), 1);
  }

  void nonsenseAtTheSocketAsksForNothing() {
    SingleInstance first(m_data.path());
    QVERIFY(!first.handOver({}));
    QSignalSpy asked(&first, &SingleInstance::asked);
    QLocalSocket stranger;
    stranger.connectToServer(socketFile());
    QVERIFY(stranger.waitForConnected(1000));
    stranger.write(QByteArray(3 << 20, 'x'));  // no line, and too much
    QTRY_COMPARE_WITH_TIMEOUT(stranger.state(), QLocalSocket::UnconnectedState, 5000);
    QCOMPARE(asked.count(), 0);
    QCOMPARE(second({}), true);  // it still listens
  }

  void oneThatHangsIsNotWaitedForLong() {
    SingleInstance first(m_data.path());
    QVERIFY(!first.handOver({}));
    QElapsedTimer timer;
    timer.start();
    SingleInstance impatient(m_data.path());
    QVERIFY(!impatient.handOver({}));  // on this thread: the first cannot answer meanwhile
    QVERIFY2(timer.elapsed() < 9000, qPrintable(QString::number(timer.elapsed())));
  }

 private:
  // As another program would: the first goes on with its events meanwhile.
  bool second(const Asked& asked) {
    std::atomic<int> taken = -1;
    std::thread program([&] {
      SingleInstance instance(m_data.path());
      taken = instance.handOver(asked) ? 1 : 0;
    });
    while (taken < 0) QTest::qWait(5);
    program.join();
    return taken == 1;
  }
  QString socketFile() const {
    const QDir folder(m_run.path());
    for (const QString& name : folder.entryList({u"xllm-desktop-*"_s}, QDir::System | QDir::Files)) {
      if (!name.endsWith(u".lock"_s)) return folder.filePath(name);
    }
    return {};
  }

  QTemporaryDir m_run, m_data;
};

QTEST_GUILESS_MAIN(SingleInstanceTest)
#include "single_instance_test.moc"
