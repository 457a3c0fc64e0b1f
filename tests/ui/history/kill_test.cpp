// Nothing that was shown is lost when the program is killed: 100 times, at random moments while a reply streams.
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>

#include "tests/ui/history/tell.h"
#include "ui/history/database.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

constexpr int kKills = 100;
constexpr qint64 kShownForMs = 100;  // what was shown for longer must be there

struct Shown {
  MessageId id = 0;
  qint64 length = 0;
  qint64 atMs = 0;
};

QList<Shown> read(const QByteArray& output) {
  QList<Shown> all;
  for (const QByteArray& line : output.split('\n')) {
    const QList<QByteArray> words = line.split(' ');
    if (words.size() == 4) all << Shown{words[1].toLongLong(), words[2].toLongLong(), words[3].toLongLong()};
  }
  return all;
}

QString scalar(const QString& file, const QString& statement) {
  auto database = Database::open(file, 1);
  if (!database) return QString::fromStdString(database.error().message);
  const auto connection = QSqlDatabase::connectionNames().constFirst();
  auto query = run(QSqlDatabase::database(connection, false), statement);
  return query && query->next() ? query->value(0).toString() : QString();
}

}  // namespace

class KillTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whatWasShownIsThereAfterEveryKill_data() {
    QTest::addColumn<QString>("writer");
    QTest::newRow("the store alone") << QStringLiteral(XLLM_STORE_WRITER);
    QTest::newRow("the whole window") << QStringLiteral(XLLM_WINDOW_WRITER);
  }
  void whatWasShownIsThereAfterEveryKill() {
    QFETCH(QString, writer);
    const QTemporaryDir folder;
    const QString file = folder.filePath(u"conversations.sqlite"_s);
    qint64 checked = 0, youngestLost = 0;
    for (int round = 0; round < kKills; ++round) {
      QProcess program;
      program.start(writer, {folder.path()});
      QVERIFY(program.waitForStarted(20000));
      QVERIFY(program.waitForReadyRead(20000));  // it streams now
      QTest::qSleep(QRandomGenerator::global()->bounded(30, 500));
      const qint64 killedMs = tests::clockMs();
      ::kill(static_cast<pid_t>(program.processId()), SIGKILL);
      QVERIFY(program.waitForFinished(20000));
      const QList<Shown> shown = read(program.readAllStandardOutput());
      QVERIFY(!shown.isEmpty());

      QCOMPARE(scalar(file, u"PRAGMA integrity_check"_s), u"ok"_s);
      auto database = Database::open(file, 1);
      QVERIFY2(database, qPrintable(QString::fromStdString(database ? "" : database.error().message)));
      QHash<MessageId, qint64> kept;
      const auto list = (*database)->find({});
      QVERIFY(list);
      if (!list->isEmpty()) {  // else it was killed before anything was shown for long
        const auto content = (*database)->load(list->constFirst().conversation.id);
        QVERIFY(content);
        for (const MessageRecord& message : content->messages) kept.insert(message.id, message.text.size());
      }
      for (const Shown& one : shown) {
        if (one.atMs > killedMs - kShownForMs) {
          if (kept.value(one.id, -1) < one.length) youngestLost = std::max(youngestLost, killedMs - one.atMs);
          continue;
        }
        ++checked;
        QVERIFY2(kept.value(one.id, -1) >= one.length,
                 qPrintable(u"round %1: %2 of %3 characters, shown %4 ms before the kill"_s.arg(round)
                                .arg(kept.value(one.id, -1))
                                .arg(one.length)
                                .arg(killedMs - one.atMs)));
      }
    }
    qInfo("%d kills: %lld times shown text was looked for and found; the oldest that was lost was shown for %lld ms",
          kKills, static_cast<long long>(checked), static_cast<long long>(youngestLost));
    QVERIFY(checked > kKills);
  }

  void twoProgramsAtOnceDoNotDisturbEachOther() {
    const QTemporaryDir folder;
    QProcess one, two;
    for (QProcess* program : {&one, &two}) program->start(QStringLiteral(XLLM_STORE_WRITER), {folder.path(), u"2"_s});
    qint64 messages = 0;
    for (QProcess* program : {&one, &two}) {
      QVERIFY(program->waitForFinished(30000));
      QCOMPARE(program->exitStatus(), QProcess::NormalExit);
      QSet<MessageId> ids;
      for (const Shown& shown : read(program->readAllStandardOutput())) ids << shown.id;
      messages += ids.size();
    }
    const QString file = folder.filePath(u"conversations.sqlite"_s);
    QCOMPARE(scalar(file, u"PRAGMA integrity_check"_s), u"ok"_s);
    QCOMPARE(scalar(file, u"SELECT count(*) FROM conversation"_s), u"2"_s);
    QCOMPARE(scalar(file, u"SELECT count(*) FROM message WHERE writer <> 0"_s), u"0"_s);
    QCOMPARE(scalar(file, u"SELECT count(*) FROM message WHERE text <> ''"_s), QString::number(messages));
  }
};

QTEST_GUILESS_MAIN(KillTest)
#include "kill_test.moc"
