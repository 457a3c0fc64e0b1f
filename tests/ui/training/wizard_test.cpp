// The wizard in the real window, with mouse and keyboard and the real `xllm train`: all three stages for pictures and
// for speech with the starter's frozen parts, on a handful of examples and in a few steps; what comes out answers in
// the chat, and the same configs give the same bytes from a shell.
#include <QAction>
#include <QComboBox>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QProcess>
#include <QPushButton>
#include <QRadioButton>
#include <QScrollArea>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <memory>
#include <optional>

#include "app/desktop/decoder_reader.h"
#include "core/generation/model_backend.h"
#include "media/isolated/isolated_decoder.h"
#include "ui/chat/conversation.h"
#include "ui/composer/composer.h"
#include "ui/composer/prompt_edit.h"
#include "ui/history/store.h"
#include "ui/training/config_panel.h"
#include "ui/training/data_step.h"
#include "ui/training/estimate_panel.h"
#include "ui/training/result_page.h"
#include "ui/training/run_panel.h"
#include "ui/training/stage_page.h"
#include "ui/training/teach_page.h"
#include "ui/training/training_run.h"
#include "ui/training/training_window.h"
#include "ui/widgets/inline_message.h"
#include "ui/window/actions.h"
#include "ui/window/main_window.h"
#include "ui/window/training_door.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using Phase = TrainingRun::Phase;

namespace {

constexpr int kPatience = 240'000;

const std::filesystem::path kPack = std::filesystem::path(XLLM_TEST_DIR) / "../build/packs/starter";
const QString kData = QStringLiteral(XLLM_TEST_DIR "/data/");

QByteArray bytesOf(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void write(const QString& path, const QByteArray& text) {
  QFile file(path);
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write(text);
}

}  // namespace

class WizardTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    if (!std::filesystem::exists(kPack / "pack.json"))
      QSKIP("build/packs/starter is not there; `make starter-pack` makes it.");
    m_bridge.emplace(generation::makeModelBackend(generation::Loading::Everything));
  }
  void init() {
    m_folder.emplace();
    m_store.emplace(m_folder->filePath(u"conversations"_s));
    Preferences preferences;
    preferences.language = LanguageChoice::English;
    m_window = std::make_unique<MainWindow>(*m_bridge, m_reader, m_language, *m_store, preferences);
    m_window->setTraining({.program = QStringLiteral(XLLM_PROGRAM),
                           .trainings = m_folder->filePath(u"trainings"_s),
                           .packs = m_folder->filePath(u"packs"_s)});
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    QSignalSpy loaded(m_window.get(), &MainWindow::packLoaded);
    m_window->openPack(QString::fromStdU16String(std::filesystem::canonical(kPack).u16string()));
    QTRY_COMPARE_WITH_TIMEOUT(loaded.size(), 1, kPatience);
  }
  void cleanup() {
    m_window.reset();
    m_store.reset();
  }

  void picturesAreTaughtInThreeStagesAndAnsweredInTheChat() {
    const QString pictures = m_folder->filePath(u"pictures"_s);
    QDir().mkpath(pictures);
    const std::pair<QString, QByteArray> captions[] = {
        {u"cat"_s, "a grey cat"},    {u"espresso"_s, "a cup of coffee"}, {u"koala"_s, "a koala in a tree"},
        {u"panda"_s, "a big panda"}, {u"polar-bear"_s, "a white bear"},  {u"rocket"_s, "a rocket starts"}};
    for (const auto& [name, caption] : captions) {
      QVERIFY(QFile::copy(kData + name + u".jpg"_s, pictures + u'/' + name + u".jpg"_s));
      write(pictures + u'/' + name + u".txt"_s, caption);
    }
    begin(Teach::Pictures, u"Pets"_s);
    give(u"image"_s, pictures);
    for (const Stage stage : {Stage::Converting, Stage::Aligning, Stage::Integrating}) train(stage);
    sameFromAShell({u"image-1"_s, u"image-2"_s, u"together-3"_s});
    makePack();
    compareAndMeasure(u"CIDEr"_s);
    chat(kData + u"cat.jpg"_s);
  }

  void speechIsTaughtInThreeStagesAndAnsweredInTheChat() {
    begin(Teach::Speech, u"Calls"_s);
    QByteArray list = "audio\ttext\n";
    for (const QByteArray& line : bytesOf(kData + u"recordings.tsv"_s).split('\n')) {
      if (!line.isEmpty() && !line.startsWith('#')) list += kData.toUtf8() + line + "\n";
    }
    write(m_folder->filePath(u"calls.tsv"_s), list);
    give(u"speech"_s, m_folder->filePath(u"calls.tsv"_s));
    for (const Stage stage : {Stage::Converting, Stage::Aligning, Stage::Integrating}) train(stage);
    sameFromAShell({u"speech-1"_s, u"speech-2"_s, u"together-3"_s});
    makePack();
    compareAndMeasure(u"word errors"_s);
    chat(kData + u"conf-onlyperson.flac"_s);
  }

 private:
  TrainingWindow& wizard() { return *m_window->training()->wizard(); }
  StagePage::Section section(Stage stage) { return wizard().stage(stage)->sections().front(); }

  // As one does with the mouse: what is clicked is in sight.
  void click(QWidget& button) {
    for (QWidget* parent = button.parentWidget(); parent; parent = parent->parentWidget()) {
      if (auto* area = qobject_cast<QScrollArea*>(parent)) area->ensureWidgetVisible(&button);
    }
    QTRY_VERIFY2(button.isVisible() && button.isEnabled(), button.metaObject()->className());
    QTest::mouseClick(&button, Qt::LeftButton);
  }

  void begin(Teach teach, const QString& name) {
    m_window->activateWindow();
    QTest::keyClick(m_window.get(), Qt::Key_T, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_VERIFY(m_window->training()->wizard() && wizard().isVisible());
    wizard().activateWindow();
    QTRY_COMPARE(QApplication::activeWindow(), &wizard());
    wizard().teach().choice(teach).setFocus();
    QTest::keyClick(&wizard().teach().choice(teach), Qt::Key_Space);
    wizard().teach().nameEdit().setFocus();
    QTest::keyClicks(&wizard().teach().nameEdit(), name);
    click(wizard().teach().beginButton());
    QTRY_COMPARE(wizard().page(), 1);
    m_training = wizard().data()->training();
    QCOMPARE(m_training.name, name);
  }

  void give(const QString& kind, const QString& source) {
    QVERIFY(!wizard().nextButton().isEnabled());
    click(wizard().data()->prepareButton());  // without a source
    QVERIFY(!wizard().data()->message().isHidden());
    wizard().data()->sourceEdit(kind).setFocus();
    QTest::keyClicks(&wizard().data()->sourceEdit(kind), source);
    QTest::keyClick(&wizard().data()->sourceEdit(kind), Qt::Key_Return);
    click(wizard().data()->prepareButton());
    QTRY_VERIFY2(wizard().data()->hasLists(), qPrintable(wizard().data()->message().text()));
    QVERIFY(wizard().data()->resultText().contains(u"kept for validation"_s));
    QTRY_VERIFY(wizard().nextButton().isEnabled());
    click(wizard().nextButton());
    QCOMPARE(wizard().page(), 2);
  }

  // Few and small steps: it is the way that is tested.
  void settings(const StagePage::Section& section) {
    section.config->stepsBox().setFocus();
    section.config->stepsBox().selectAll();
    QTest::keyClicks(&section.config->stepsBox(), u"3"_s);
    section.config->batchBox().setFocus();
    section.config->batchBox().selectAll();
    QTest::keyClicks(&section.config->batchBox(), u"2"_s);
    click(section.config->allButton());
    QTRY_VERIFY(section.config->textEdit().isVisible());
    QString text = section.config->textEdit().toPlainText();
    text.replace(u"\"validateEvery\": 25"_s, u"\"validateEvery\": 3"_s);
    text.replace(u"\"checkpointEvery\": 25"_s, u"\"checkpointEvery\": 1"_s);
    text.replace(u"\"viewsPerPicture\": 8"_s, u"\"viewsPerPicture\": 1"_s);
    section.config->textEdit().setPlainText(text);
    QCOMPARE(section.config->config()[u"steps"_s].toInt(), 3);
    QCOMPARE(section.config->config()[u"batch"_s].toInt(), 2);
    QCOMPARE(section.config->config()[u"checkpointEvery"_s].toInt(), 1);
    click(section.config->allButton());
  }

  void train(Stage stage) {
    if (wizard().page() != static_cast<int>(stage) + 1) click(wizard().nextButton());
    QCOMPARE(wizard().page(), static_cast<int>(stage) + 1);
    const StagePage::Section parts = section(stage);
    settings(parts);
    QTRY_COMPARE(parts.run->phase(), Phase::New);
    if (stage == Stage::Converting) {
      click(parts.estimate->estimateButton());
      QTRY_VERIFY_WITH_TIMEOUT(parts.estimate->needs().has_value(), kPatience);
      QVERIFY(parts.estimate->needs()->memoryBytes > 100'000'000);
      QVERIFY(parts.estimate->needs()->seconds > 0);
    }
    click(parts.panel->startButton());
    QVERIFY2(parts.run->isActive(), qPrintable(parts.panel->stateText()));
    QTRY_VERIFY_WITH_TIMEOUT(!parts.run->isActive(), kPatience);
    QVERIFY2(parts.run->phase() == Phase::Finished, qPrintable(parts.panel->stateText() + parts.run->errors()));
    QTRY_COMPARE(parts.run->curves().training[u"loss"_s].steps.size(), std::size_t(3));
    QVERIFY(!parts.run->samples().isEmpty());
  }

  // Each config again, into another folder, as "Copy as a command" says.
  void sameFromAShell(const QStringList& runs) {
    for (const QString& run : runs) {
      const QString config = QDir(m_training.folder).filePath(run + u".json"_s);
      QProcess process;
      QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
      environment.insert(u"OMP_NUM_THREADS"_s,
                         qEnvironmentVariable("OMP_NUM_THREADS", QString::number(QThread::idealThreadCount())));
      process.setProcessEnvironment(environment);
      process.start(QStringLiteral(XLLM_PROGRAM), {u"train"_s, config, u"--set"_s, u"run=shell/"_s + run});
      QVERIFY(process.waitForFinished(kPatience));
      QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
      const QByteArray window = bytesOf(m_training.folder + u"/runs/"_s + run + u"/interface.safetensors"_s);
      QVERIFY(!window.isEmpty());
      QVERIFY2(window == bytesOf(m_training.folder + u"/shell/"_s + run + u"/interface.safetensors"_s),
               qPrintable(run));
    }
  }

  void makePack() {
    click(wizard().nextButton());
    QCOMPARE(wizard().page(), 5);
    click(wizard().result()->makeButton());
    QTRY_VERIFY_WITH_TIMEOUT(!wizard().result()->packFolder().isEmpty(), kPatience);
    QVERIFY(bytesOf(wizard().result()->packFolder() + u"/card.md"_s).contains("\"stage\": \"integrate\""));
  }

  void compareAndMeasure(const QString& measure) {
    QTRY_VERIFY(wizard().result()->exampleBox().count() > 0);
    click(wizard().result()->askButton());
    QTRY_VERIFY_WITH_TIMEOUT(wizard().result()->askButton().isEnabled(), kPatience);
    QVERIFY2(!wizard().result()->answerBefore().isEmpty() && !wizard().result()->answerNow().isEmpty(),
             qPrintable(wizard().result()->message().text()));
    click(wizard().result()->measureButton());
    QTRY_VERIFY_WITH_TIMEOUT(wizard().result()->measureButton().isEnabled(), kPatience);
    const QTableWidget& table = wizard().result()->table();
    bool found = false;
    for (int row = 0; row < table.rowCount(); ++row) {
      if (!table.item(row, 0)->text().contains(measure)) continue;
      found = table.item(row, 1) && table.item(row, 2);
    }
    QVERIFY(found);
  }

  void chat(const QString& medium) {
    QSignalSpy loaded(m_window.get(), &MainWindow::packLoaded);
    click(wizard().result()->chatButton());
    QTRY_COMPARE_WITH_TIMEOUT(loaded.size(), 1, kPatience);
    QCOMPARE(QDir(loaded[0][0].toString()), QDir(wizard().result()->packFolder()));
    m_window->composer().addFiles({medium});
    QTRY_COMPARE(m_window->composer().attachments().size(), 1);
    QTest::keyClick(&m_window->composer().edit(), Qt::Key_Return);
    QTRY_COMPARE(m_window->conversation().model().rowCount(), 2);
    QTRY_COMPARE_WITH_TIMEOUT(m_window->conversation().model().at(1).state, MessageState::Done, kPatience);
    QVERIFY(!m_window->conversation().model().at(1).text.trimmed().isEmpty());
  }

  const media::IsolatedDecoder m_decoder;
  const desktop::DecoderReader m_reader{m_decoder};
  Language m_language{QString()};
  std::optional<EngineBridge> m_bridge;
  std::optional<QTemporaryDir> m_folder;
  std::optional<Store> m_store;
  std::unique_ptr<MainWindow> m_window;
  Training m_training;
};

QTEST_MAIN(WizardTest)
#include "wizard_test.moc"
