// Takes the pictures of docs/training-guide.md: a real training of the starter pack on a handful of photos, in the real
// wizard, driven as a person would. Usage: xllm_ui_training_pictures PACK FOLDER [zh_CN] [dark] [narrow] [--open
// TRAINING]
#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSlider>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <cstdio>

#include "ui/training/config_panel.h"
#include "ui/training/curve_panel.h"
#include "ui/training/data_step.h"
#include "ui/training/estimate_panel.h"
#include "ui/training/result_page.h"
#include "ui/training/run_panel.h"
#include "ui/training/stage_page.h"
#include "ui/training/teach_page.h"
#include "ui/training/training_run.h"
#include "ui/training/training_window.h"
#include "ui/widgets/language.h"
#include "ui/widgets/theme.h"

using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

constexpr int kPatience = 900'000;

void makeData(const QString& folder) {
  const std::pair<QString, QByteArray> captions[] = {{u"cat"_s, "a grey cat that looks up\na cat"},
                                                     {u"espresso"_s, "a cup of coffee on a saucer\ncoffee"},
                                                     {u"koala"_s, "a koala in a tree\na koala"},
                                                     {u"panda"_s, "a panda with its black ears\na panda"},
                                                     {u"polar-bear"_s, "a white bear at the water\na polar bear"},
                                                     {u"rocket"_s, "a rocket on its way up\na rocket"}};
  for (const auto& [name, caption] : captions) {
    QFile::copy(QStringLiteral(XLLM_TEST_DIR "/data/") + name + u".jpg"_s, folder + u'/' + name + u".jpg"_s);
    QFile text(folder + u'/' + name + u".txt"_s);
    if (text.open(QIODevice::WriteOnly)) text.write(caption);
  }
}

void wait(const char* what, const std::function<bool()>& until) {
  if (!QTest::qWaitFor(until, kPatience)) qFatal("Waited too long for %s.", what);
}

void toTop(QWidget& widget) {
  for (QWidget* parent = widget.parentWidget(); parent; parent = parent->parentWidget()) {
    auto* area = qobject_cast<QScrollArea*>(parent);
    if (!area) continue;
    area->verticalScrollBar()->setValue(widget.mapTo(area->widget(), QPoint(0, -10)).y());
  }
}

class Camera {
 public:
  Camera(TrainingWindow& window, QString folder) : m_window(window), m_folder(std::move(folder)) {}
  void take(const QString& name) {
    QTest::qWait(500);
    const QString path = m_folder + u'/' + name + u".png"_s;
    m_window.grab().save(path);
    std::printf("%s\n", qPrintable(path));
  }

 private:
  TrainingWindow& m_window;
  const QString m_folder;
};

void takeRun(TrainingWindow& window, Camera& camera) {
  const StagePage::Section section = window.stage(Stage::Converting)->sections().front();
  wait("curves", [&] { return !section.run->curves().training.isEmpty() && !section.run->samples().isEmpty(); });
  section.panel->curves().smoothingSlider().setValue(2);
  QTest::qWait(500);
  toTop(*section.panel);
  camera.take(u"training-run"_s);
}

void teach(TrainingWindow& window, Camera& camera, const QString& data) {
  window.teach().nameEdit().setText(u"Pets"_s);
  camera.take(u"training-teach"_s);
  window.teach().beginButton().click();
  window.data()->sourceEdit(u"image"_s).setText(data);
  window.data()->prepareButton().click();
  wait("lists", [&] { return window.data()->hasLists(); });
  camera.take(u"training-data"_s);

  for (const Stage stage : {Stage::Converting, Stage::Aligning, Stage::Integrating}) {
    window.showPage(static_cast<int>(stage) + 1);
    const StagePage::Section section = window.stage(stage)->sections().front();
    section.config->set(u"batch"_s, 5);
    section.config->set(u"steps"_s, stage == Stage::Converting ? 60 : 6);
    section.config->set(u"warmupSteps"_s, 5);
    section.config->set(u"validateEvery"_s, stage == Stage::Converting ? 10 : 3);
    section.config->set(u"checkpointEvery"_s, 10);
    QJsonObject config = section.config->config();
    config.remove(u"earlyStop"_s);  // so few steps are looked at whole
    section.config->textEdit().setPlainText(QString::fromUtf8(configText(config)));
    wait("the folder", [&] { return section.run->phase() == TrainingRun::Phase::New; });
    if (stage == Stage::Converting) {
      section.estimate->estimateButton().click();
      wait("the estimate", [&] { return section.estimate->needs().has_value(); });
      camera.take(u"training-stage"_s);
    }
    section.panel->startButton().click();
    wait("the end", [&] { return !section.run->isActive(); });
    if (section.run->phase() != TrainingRun::Phase::Finished) qFatal("%s", qPrintable(section.run->errors()));
    if (stage == Stage::Converting) takeRun(window, camera);
  }
}

}  // namespace

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  const QStringList arguments = QApplication::arguments();
  if (arguments.size() < 3) {
    std::fprintf(stderr, "Usage: xllm_ui_training_pictures PACK FOLDER [zh_CN] [dark] [narrow] [--open TRAINING]\n");
    return 2;
  }
  applyTheme(application, arguments.contains(u"dark"_s) ? ThemeChoice::Dark : ThemeChoice::Light);
  Language language(QStringLiteral(XLLM_I18N_DIR));
  language.choose(arguments.contains(u"zh_CN"_s) ? LanguageChoice::SimplifiedChinese : LanguageChoice::English);
  QTemporaryDir scratch;
  QDir(scratch.path()).mkdir(u"pets"_s);
  makeData(scratch.filePath(u"pets"_s));
  TrainingWindow window({.program = QStringLiteral(XLLM_PROGRAM),
                         .trainings = scratch.filePath(u"trainings"_s),
                         .packs = scratch.filePath(u"packs"_s)});
  window.setPack(QDir(arguments[1]).absolutePath(), u"X-LLM starter"_s);
  window.resize(arguments.contains(u"narrow"_s) ? 420 : 760, 780);
  window.show();
  Camera camera(window, arguments[2]);

  const qsizetype earlier = arguments.indexOf(u"--open"_s) + 1;  // a training that was made before
  if (earlier > 0) {
    const auto training = readTraining(arguments.value(earlier));
    if (!training) qFatal("There is no training in %s.", qPrintable(arguments.value(earlier)));
    window.open(*training);
    window.showPage(2);
    takeRun(window, camera);
  } else {
    teach(window, camera, scratch.filePath(u"pets"_s));
  }
  window.showPage(5);
  wait("examples", [&] { return window.result()->exampleBox().count() > 0; });
  window.result()->makeButton().click();
  wait("the pack", [&] { return !window.result()->packFolder().isEmpty(); });
  window.result()->askButton().click();
  wait("answers", [&] { return window.result()->askButton().isEnabled(); });
  window.result()->measureButton().click();
  wait("measures", [&] { return window.result()->measureButton().isEnabled(); });
  camera.take(u"training-result"_s);
  return 0;
}
