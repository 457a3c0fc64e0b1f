// What a training is on the disk, and the configs that are suggested.
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#include "ui/training/estimate_panel.h"
#include "ui/training/training_plan.h"

using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

QJsonObject starter() {
  QFile file(QStringLiteral(XLLM_TEST_DIR "/../resources/starter/pack.json"));
  return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object() : QJsonObject();
}

void touch(const QString& path) {
  QDir().mkpath(QFileInfo(path).absolutePath());
  QFile file(path);
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write("x");
}

}  // namespace

class TrainingPlanTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void aTrainingIsFoundAgainAsItWas() {
    QTemporaryDir folder;
    Training training{.folder = freeFolderFor(folder.path(), u"My pets / 2026"_s),
                      .name = u"My pets / 2026"_s,
                      .teach = Teach::Speech,
                      .pack = u"/packs/a"_s,
                      .sources = {{u"speech"_s, u"/data"_s}},
                      .skipWrongRows = true,
                      .validationShare = 0.2,
                      .seed = 7};
    QVERIFY(saveTraining(training));
    const QList<Training> found = findTrainings(folder.path());
    QCOMPARE(found.size(), 1);
    QCOMPARE(found[0].name, training.name);
    QCOMPARE(found[0].teach, training.teach);
    QCOMPARE(found[0].sources, training.sources);
    QCOMPARE(found[0].skipWrongRows, true);
    QCOMPARE(found[0].validationShare, 0.2);
    QCOMPARE(found[0].seed, 7);
    QVERIFY(freeFolderFor(folder.path(), training.name) != training.folder);
  }

  void aFolderThatIsNoTrainingIsLeftOut() {
    QTemporaryDir folder;
    touch(folder.filePath(u"a/project.json"_s));
    QDir(folder.path()).mkdir(u"b"_s);
    QVERIFY(findTrainings(folder.path()).isEmpty());
  }

  void eachStageTakesTheResultOfTheOneBefore() {
    QTemporaryDir folder;
    const Training training{.folder = folder.path(), .teach = Teach::Pictures, .pack = u"/packs/starter"_s};
    const PlannedRun second{Stage::Aligning, Sense::Pictures}, third{Stage::Integrating, {}};
    QCOMPARE(suggestedConfig(second, training, starter())[u"init"_s].toString(),
             u"/packs/starter/interfaces/image/i2l.safetensors"_s);
    touch(folder.filePath(u"runs/image-1/interface.safetensors"_s));
    QJsonObject config = suggestedConfig(second, training, starter());
    QCOMPARE(config[u"init"_s].toString(), u"runs/image-1"_s);
    touch(folder.filePath(u"runs/image-2/interface.safetensors"_s));
    const QJsonObject together = suggestedConfig(third, training, starter());
    QCOMPARE(together[u"parts"_s].toObject()[u"image"_s].toObject()[u"init"_s].toString(), u"runs/image-2"_s);
    QVERIFY(!together[u"parts"_s].toObject().contains(u"speech"_s));
    config[u"init"_s] = u"/somewhere/else"_s;  // somebody wrote that
    QCOMPARE(withStartingPoints(config, second, training, starter())[u"init"_s].toString(), u"/somewhere/else"_s);
  }

  void theLastStageThatWasTrainedIsTheResult() {
    QTemporaryDir folder;
    const Training training{.folder = folder.path(), .teach = Teach::All, .pack = u"/packs/starter"_s};
    QVERIFY(resultRuns(training).isEmpty());
    touch(folder.filePath(u"runs/image-1/interface.safetensors"_s));
    touch(folder.filePath(u"runs/image-2/interface.safetensors"_s));
    touch(folder.filePath(u"runs/speech-1/interface.safetensors"_s));
    QCOMPARE(resultRuns(training),
             QStringList({folder.filePath(u"runs/image-2"_s), folder.filePath(u"runs/speech-1"_s)}));
    touch(folder.filePath(u"runs/together-3/interface.safetensors"_s));
    QCOMPARE(resultRuns(training), QStringList(folder.filePath(u"runs/together-3"_s)));
  }

  void whatAPackLacksIsNamed() {
    QVERIFY(missingSenses(starter(), Teach::All).isEmpty());
    QJsonObject deaf = starter();
    deaf.remove(u"speechEncoder"_s);
    QCOMPARE(missingSenses(deaf, Teach::All), QList<Sense>{Sense::Speech});
    QCOMPARE(missingSenses({}, Teach::Pictures), QList<Sense>{Sense::Pictures});
  }

  void theOneSettingThatHelpsIsTold() {
    const QJsonObject config{{u"batch"_s, 16}, {u"viewsPerPicture"_s, 8}, {u"steps"_s, 1000}};
    const Haves haves{.memoryBytes = 1000, .diskBytes = 1000};
    const Needs fits{.seconds = 60, .memoryBytes = 10, .diskBytes = 10};
    QVERIFY(!adviceFor(fits, haves, config));
    Needs needs = fits;
    needs.memoryBytes = 2000;
    QCOMPARE(adviceFor(needs, haves, config)->first, u"batch"_s);
    QCOMPARE(adviceFor(needs, haves, config)->second.toInt(), 8);
    needs = fits;
    needs.diskBytes = 2000;
    QCOMPARE(adviceFor(needs, haves, config)->first, u"viewsPerPicture"_s);
    needs = fits;
    needs.seconds = 16 * 3600;
    QCOMPARE(adviceFor(needs, haves, config)->first, u"steps"_s);
    QCOMPARE(adviceFor(needs, haves, config)->second.toInt(), 500);
  }
};

QTEST_MAIN(TrainingPlanTest)
#include "training_plan_test.moc"
