// Settings through the whole window, with real keys, clicks and turns of the wheel: what is changed is in force at
// once.
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTimer>
#include <QToolButton>
#include <QWheelEvent>

#include "core/base/file_lock.h"
#include "core/base/this_process.h"
#include "tests/ui/support/buttons.h"
#include "tests/ui/support/window_fixture.h"
#include "ui/chat/conversation_view.h"
#include "ui/chat/message_widget.h"
#include "ui/history/database.h"
#include "ui/settings/settings_dialog.h"
#include "ui/sidebar/conversation_list.h"
#include "ui/sidebar/sidebar.h"
#include "ui/training/training_window.h"
#include "ui/widgets/inline_message.h"
#include "ui/window/actions.h"
#include "ui/window/kept_data.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

class SettingsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { m_fixture = std::make_unique<tests::WindowFixture>(QStringLiteral(XLLM_I18N_DIR)); }
  void cleanup() {
    m_fixture.reset();
    applyTheme(*qApp, ThemeChoice::Light);
  }

  void aPresetChosenByKeyGoesIntoTheNextRequest() {
    m_fixture->loadPack();
    m_fixture->ask(u"One"_s);
    tests::WindowFixture::press(Qt::Key_2, Qt::ControlModifier);
    QCOMPARE(m_fixture->window->preferences().preset, u"precise"_s);
    m_fixture->ask(u"Two"_s);
    const auto requests = m_fixture->stage->requests();
    QCOMPARE(requests.size(), std::size_t{2});
    QCOMPARE(requests[0].options.sampling.temperature, 0.7);
    QCOMPARE(requests[0].options.maxNewTokens, 512);
    QCOMPARE(requests[1].options.sampling.temperature, 0.0);
    QVERIFY(button(u"Preset: Precise"_s));
  }

  void aSystemPromptStandsBeforeTheConversation() {
    m_fixture->loadPack();
    openSettings(SettingsDialog::Page::Answers);
    auto* prompt = dialog().findChild<QPlainTextEdit*>();
    QTest::keyClicks(prompt, u"Answer like a pirate."_s);
    spinBox(u"Longest answer"_s)->setFocus();
    set(u"Temperature"_s, 1.25);
    QTest::keyClick(field<QCheckBox>(u"Seed"_s), Qt::Key_Space);
    auto* seed = field<QCheckBox>(u"Seed"_s)->parentWidget()->findChild<QAbstractSpinBox*>();
    seed->selectAll();
    QTest::keyClicks(seed, u"77"_s);
    QTest::keyClick(seed, Qt::Key_Return);
    m_fixture->ask(u"Hello"_s);
    const auto request = m_fixture->stage->requests().back();
    QCOMPARE(request.turns.size(), std::size_t{2});
    QCOMPARE(request.turns[0].role, Role::System);
    QCOMPARE(std::get<std::string>(request.turns[0].parts.at(0)), std::string("Answer like a pirate."));
    QCOMPARE(request.turns[1].role, Role::User);
    QCOMPARE(request.options.sampling.temperature, 1.25);
    QCOMPARE(request.options.sampling.seed, std::uint64_t{77});
    m_fixture->ask(u"Again"_s);
    QCOMPARE(m_fixture->stage->requests().back().options.sampling.seed, std::uint64_t{77});
  }

  void halfTheMemoryIsAskedForInEveryPreset() {
    m_fixture->loadPack();
    openSettings(SettingsDialog::Page::Answers);
    m_fixture->ask(u"One"_s);
    QCOMPARE(m_fixture->stage->requests().back().options.kept, llm::KeptAs::Float16);
    QTest::keyClick(checkBox(u"Remember conversations in half the memory"_s), Qt::Key_Space);
    m_fixture->ask(u"Two"_s);
    QCOMPARE(m_fixture->stage->requests().back().options.kept, llm::KeptAs::Int8);
    tests::WindowFixture::press(Qt::Key_2, Qt::ControlModifier);
    m_fixture->ask(u"Three"_s);
    QCOMPARE(m_fixture->stage->requests().back().options.kept, llm::KeptAs::Int8);
    QVERIFY(m_fixture->window->preferences().halfMemory);
  }

  void anotherSeedForEveryAnswerUnlessOneIsSet() {
    m_fixture->loadPack();
    m_fixture->ask(u"One"_s);
    m_fixture->ask(u"Two"_s);
    const auto requests = m_fixture->stage->requests();
    QVERIFY(requests[0].options.sampling.seed != requests[1].options.sampling.seed);
  }

  void presetsAreMadeRenamedDuplicatedAndDeleted() {
    openSettings(SettingsDialog::Page::Answers);
    click(u"New"_s);
    QTest::keyClicks(QApplication::focusWidget(), u"Rhymes"_s);  // the name has the keyboard
    QCOMPARE(presetNames(), (QStringList{u"Balanced"_s, u"Precise"_s, u"Imaginative"_s, u"Rhymes"_s}));
    QVERIFY(button(u"Preset: Rhymes"_s));
    click(u"Duplicate"_s);
    QCOMPARE(presetNames().last(), u"Rhymes (copy)"_s);
    click(u"Delete"_s);
    click(u"Delete"_s);
    QCOMPARE(presetNames(), (QStringList{u"Balanced"_s, u"Precise"_s, u"Imaginative"_s}));
    QVERIFY(button(u"Preset: Imaginative"_s));
    set(u"Temperature"_s, 0.2);
    click(u"Restore built-in"_s);
    QVERIFY(m_fixture->window->preferences().presets == Presets::builtIn());
  }

  void enterInAFieldMakesNoPreset() {
    openSettings(SettingsDialog::Page::Answers);
    for (const QString& name : {u"Temperature"_s, u"Top-k"_s, u"Longest answer"_s}) {
      spinBox(name)->setFocus();
      QTest::keyClick(spinBox(name), Qt::Key_Return);
    }
    QVERIFY(dialog().isVisible());
    QVERIFY(m_fixture->window->preferences().presets == Presets::builtIn());
  }

  void theLastPresetCannotBeDeleted() {
    openSettings(SettingsDialog::Page::Answers);
    click(u"Delete"_s);
    click(u"Delete"_s);
    QVERIFY(!tests::buttonNamed(dialog(), u"Delete"_s)->isEnabled());
    QCOMPARE(presetNames().size(), 1);
  }

  void theMenuAtTheComposerChoosesAPreset() {
    QToolButton* at = button(u"Preset: Balanced"_s);
    QVERIFY(at);
    QTimer::singleShot(100, this, [] {
      auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
      QVERIFY(menu);
      QTest::keyClick(menu, Qt::Key_Down);
      QTest::keyClick(menu, Qt::Key_Down);
      QTest::keyClick(menu, Qt::Key_Down);
      QTest::keyClick(menu, Qt::Key_Return);
    });
    QTest::mouseClick(at, Qt::LeftButton);
    QTRY_COMPARE(m_fixture->window->preferences().preset, u"imaginative"_s);
  }

  void textGrowsAndShrinksByKeyAlikeInAllThreePlaces() {
    m_fixture->loadPack();
    m_fixture->ask(u"Hi"_s);
    const auto sizes = [this] {
      return QList<qreal>{QFontInfo(m_fixture->window->composer().edit().font()).pointSizeF(),
                          QFontInfo(m_fixture->window->sidebar().view().font()).pointSizeF(),
                          QFontInfo(m_fixture->window->view().widgetAt(1)->text().font()).pointSizeF()};
    };
    applyTheme(*qApp, ThemeChoice::Light);
    const QList<qreal> normal = sizes();
    tests::WindowFixture::press(Qt::Key_Plus, Qt::ControlModifier);
    tests::WindowFixture::press(Qt::Key_Equal, Qt::ControlModifier);
    QCOMPARE(m_fixture->window->preferences().textZoom, 125);
    for (int i = 0; i < 3; ++i)
      QVERIFY2(qAbs(sizes()[i] / normal[i] - 1.25) < 0.04, qPrintable(QString::number(sizes()[i])));
    tests::WindowFixture::press(Qt::Key_Minus, Qt::ControlModifier);
    QCOMPARE(m_fixture->window->preferences().textZoom, 110);
    tests::WindowFixture::press(Qt::Key_0, Qt::ControlModifier);
    QCOMPARE(sizes(), normal);
    for (int i = 0; i < 30; ++i) m_fixture->window->control().zoom(1);
    QCOMPARE(m_fixture->window->preferences().textZoom, kMostTextZoom);
    QVERIFY(!m_fixture->window->actions().larger->isEnabled());
    for (int i = 0; i < 30; ++i) m_fixture->window->control().zoom(-1);
    QCOMPARE(m_fixture->window->preferences().textZoom, kLeastTextZoom);
  }

  void theWheelWithCtrlZoomsAndWithoutItScrolls() {
    m_fixture->loadPack();
    m_fixture->ask(u"Hi"_s);
    turnWheel(120, Qt::ControlModifier);
    QCOMPARE(m_fixture->window->preferences().textZoom, 110);
    turnWheel(-60, Qt::ControlModifier);  // half a step of a fine wheel
    QCOMPARE(m_fixture->window->preferences().textZoom, 110);
    turnWheel(-60, Qt::ControlModifier);
    QCOMPARE(m_fixture->window->preferences().textZoom, 100);
    turnWheel(-120, Qt::NoModifier);
    QCOMPARE(m_fixture->window->preferences().textZoom, 100);
  }

  void nothingReachesBeyondTheWindowAtAnyZoom() {
    m_fixture->loadPack();
    m_fixture->ask(u"What does the heron do when it stands in the shallow water?"_s);
    for (const int zoom : {50, 100, 200, 300}) {
      m_fixture->window->control().change([zoom](Preferences& p) { p.textZoom = zoom; });
      QTest::qWait(50);
      MainWindow& window = *m_fixture->window;
      QVERIFY2(window.width() == 1060 && window.height() == 780, qPrintable(QString::number(zoom)));
      for (const QWidget* part : window.findChildren<QWidget*>()) {
        if (!part->isVisible() || part->visibleRegion().isEmpty()) continue;
        const QPoint corner = part->mapTo(&window, QPoint(0, 0));
        QVERIFY2(corner.x() >= 0 && corner.x() + part->width() <= window.width(),
                 qPrintable(u"%1 % %2"_s.arg(zoom).arg(QLatin1StringView(part->metaObject()->className()))));
      }
      QVERIFY(window.view().height() > 200);  // there is room to read
    }
  }

  void theThemeSwitchesByKeyAndTheDialogFollows() {
    applyTheme(*qApp, ThemeChoice::Light);
    openSettings(SettingsDialog::Page::Appearance);
    tests::WindowFixture::activate(*m_fixture->window);
    tests::WindowFixture::press(Qt::Key_D, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(isDark(qApp->palette()));
    QCOMPARE(comboBox(u"Theme"_s)->currentText(), u"Dark"_s);
    tests::WindowFixture::activate(dialog());
    comboBox(u"Theme"_s)->setFocus();
    QTest::keyClick(comboBox(u"Theme"_s), Qt::Key_Up);
    QVERIFY(!isDark(qApp->palette()));
    QCOMPARE(m_fixture->window->preferences().theme, ThemeChoice::Light);
  }

  void theLanguageSwitchesInTheDialogWhileItIsOpen() {
    openSettings(SettingsDialog::Page::Appearance);
    comboBox(u"Language"_s)->setFocus();
    QTest::keyClick(comboBox(u"Language"_s), Qt::Key_Down);
    QTRY_COMPARE(dialog().windowTitle(), u"设置"_s);
    QCOMPARE(m_fixture->window->preferences().language, LanguageChoice::SimplifiedChinese);
    QVERIFY(button(u"预设：均衡"_s));
  }

  void everyChangeIsSaidSoThatItCanBeKept() {
    QSignalSpy changed(m_fixture->window.get(), &MainWindow::preferencesChanged);
    tests::WindowFixture::press(Qt::Key_Plus, Qt::ControlModifier);
    tests::WindowFixture::press(Qt::Key_3, Qt::ControlModifier);
    QCOMPARE(changed.count(), 2);
    tests::WindowFixture::press(Qt::Key_3, Qt::ControlModifier);  // it is already
    QCOMPARE(changed.count(), 2);
  }

  void deletingEverythingAsksAndThenLeavesNothing() {
    m_fixture->loadPack();
    m_fixture->window->composer().addImage(QImage(20, 20, QImage::Format_RGB32));
    QTRY_COMPARE(m_fixture->window->composer().attachments().size(), 1);
    m_fixture->ask(u"A secret"_s);
    QTRY_VERIFY(!m_fixture->model().at(0).attachments[0].sha256.isEmpty());
    QFile copy(m_fixture->folder.filePath(u"conversations.damaged-1.sqlite"_s));
    QVERIFY(copy.open(QIODevice::WriteOnly));
    copy.close();
    tests::WindowFixture::press(Qt::Key_3, Qt::ControlModifier);

    answerQuestion(u"Cancel"_s);
    QTest::qWait(50);
    QCOMPARE(m_fixture->model().rowCount(), 2);
    QCOMPARE(m_fixture->window->preferences().preset, u"imaginative"_s);

    QTRY_COMPARE(m_fixture->window->sidebar().list().rowCount(), 1);
    answerQuestion(u"Delete everything"_s);
    QTRY_COMPARE(m_fixture->window->sidebar().list().rowCount(), 0);
    QCOMPARE(m_fixture->model().rowCount(), 0);
    QCOMPARE(m_fixture->window->preferences().preset, u"balanced"_s);
    QTRY_VERIFY(!copy.exists());
    QTRY_COMPARE(QDir(m_fixture->folder.filePath(u"media"_s)).entryList(QDir::Files).size(), 0);
    QFile base(m_fixture->folder.filePath(u"conversations.sqlite"_s));
    QVERIFY(base.open(QIODevice::ReadOnly));
    QVERIFY(!base.readAll().contains("A secret"));  // not even in a free page
    QVERIFY(m_fixture->window->settingsMessage().isHidden());
    m_fixture->ask(u"Life goes on"_s);
    QCOMPARE(m_fixture->model().rowCount(), 2);
  }

  void deletingEverythingStopsARunningAnswerFirst() {
    m_fixture->loadPack();
    m_fixture->stage->answer = tests::endlessAnswer(*m_fixture->stage, std::chrono::milliseconds(3));
    m_fixture->type(u"Go on"_s);
    tests::WindowFixture::press(Qt::Key_Return);
    QTRY_VERIFY(m_fixture->model().rowCount() == 2 && !m_fixture->model().at(1).text.isEmpty());
    QSignalSpy problem(&*m_fixture->store, &Store::problem);
    QTRY_COMPARE(m_fixture->window->sidebar().list().rowCount(), 1);
    answerQuestion(u"Delete everything"_s);
    QTRY_COMPARE(m_fixture->window->sidebar().list().rowCount(), 0);
    QVERIFY(m_fixture->stage->stopped);
    QTest::qWait(150);
    QCOMPARE(problem.count(), 0);
    QVERIFY(m_fixture->window->settingsMessage().isHidden());
  }

  void everyPlaceOfThePersonsDataIsShownWithItsSize() {
    const QTemporaryDir trainings;
    makeTraining(trainings.path());
    m_fixture->window->setSettingsFolder(u"/no/such/settings"_s);
    m_fixture->window->setPreparedWeightsFolder(u"/no/such/prepared"_s);
    m_fixture->window->setTraining({.program = u"/1"_s, .trainings = trainings.path(), .packs = u"/no/such/packs"_s});
    openSettings(SettingsDialog::Page::Safety);
    QStringList shown;
    for (const QLineEdit* path : dialog().findChildren<QLineEdit*>()) {
      if (path->isVisible()) shown << path->text();
    }
    QCOMPARE(shown, QStringList({m_fixture->folder.path(), trainings.path(), u"/no/such/packs"_s,
                                 u"/no/such/prepared"_s, u"/no/such/settings"_s}));
    auto* path = field<QLineEdit>(u"Trainings"_s);
    QVERIFY(path);
    QTRY_COMPARE(path->accessibleDescription(), QLocale().formattedDataSize(4000, 1, QLocale::DataSizeSIFormat));
    QTRY_VERIFY(!field<QLineEdit>(u"Conversations"_s)->accessibleDescription().startsWith(u'0'));
  }

  void deletingTrainingsLeavesTheRest() {
    QTemporaryDir home;
    const QString trainings = home.filePath(u"trainings"_s);
    makeTraining(trainings);
    m_fixture->window->setTraining({.program = u"/1"_s, .trainings = trainings, .packs = home.filePath(u"packs"_s)});
    QDir(home.path()).mkdir(u"packs"_s);
    m_fixture->loadPack();
    m_fixture->ask(u"Stays"_s);
    answerQuestion(u"Cancel"_s, u"Delete all trainings …"_s);
    QVERIFY(QDir(trainings).exists());
    answerQuestion(u"Delete all trainings"_s, u"Delete all trainings …"_s);
    QTRY_VERIFY(!QDir(trainings).exists());
    QVERIFY(QDir(home.filePath(u"packs"_s)).exists());
    QCOMPARE(m_fixture->model().rowCount(), 2);
    QVERIFY(m_fixture->window->settingsMessage().isHidden());
  }

  void deletingEverythingTakesTrainingsToo() {
    QTemporaryDir home;
    const QString trainings = home.filePath(u"trainings"_s);
    makeTraining(trainings);
    m_fixture->window->setTraining({.program = u"/1"_s, .trainings = trainings, .packs = home.filePath(u"packs"_s)});
    m_fixture->loadPack();
    m_fixture->ask(u"Goes"_s);
    QTRY_COMPARE(m_fixture->window->sidebar().list().rowCount(), 1);
    answerQuestion(u"Delete everything"_s);
    QTRY_COMPARE(m_fixture->window->sidebar().list().rowCount(), 0);
    QVERIFY(!QDir(trainings).exists());
  }

  void nothingIsDeletedWhileATrainingRuns() {
    QTemporaryDir home;
    const QString trainings = home.filePath(u"trainings"_s);
    makeTraining(trainings);
    m_fixture->window->setTraining({.program = u"/1"_s, .trainings = trainings, .packs = home.filePath(u"packs"_s)});
    m_fixture->loadPack();
    m_fixture->ask(u"Stays"_s);
    QTRY_COMPARE(m_fixture->window->sidebar().list().rowCount(), 1);
    const QString lock = trainings + u"/Herons/stage1/lock"_s;
    FileLock training(std::filesystem::path(lock.toStdU16String()));
    QVERIFY(training.take() == FileLock::Outcome::Taken);
    training.write(std::to_string(processId()) + "\n");
    answerQuestion(u"Delete everything"_s);
    QTRY_VERIFY(m_fixture->window->settingsMessage().isVisible());
    QVERIFY(m_fixture->window->settingsMessage().title().contains(u"running"_s));
    QVERIFY(QFile::exists(trainings + u"/Herons/stage1/checkpoints/step-00000010.safetensors"_s));
    QCOMPARE(m_fixture->window->sidebar().list().rowCount(), 1);
  }

  void aDamagedPresetFileIsSaidInBothLanguages() {
    m_fixture->window->keptData().reportDamagedPresets(u"/x/presets.damaged-1.json"_s);
    QVERIFY(m_fixture->window->settingsMessage().isVisible());
    const QString english = m_fixture->window->settingsMessage().title();
    m_fixture->language.choose(LanguageChoice::SimplifiedChinese);
    QTRY_VERIFY(m_fixture->window->settingsMessage().title() != english);
  }

 private:
  SettingsDialog& dialog() { return *m_fixture->window->control().dialog(); }
  void openSettings(SettingsDialog::Page page) {
    tests::WindowFixture::press(Qt::Key_Comma, Qt::ControlModifier);
    QVERIFY(m_fixture->window->control().dialog());
    dialog().openAt(page);
    tests::WindowFixture::activate(dialog());
  }
  void click(const QString& text) { QTest::mouseClick(tests::buttonNamed(dialog(), text), Qt::LeftButton); }
  QCheckBox* checkBox(const QString& text) {
    for (QCheckBox* each : dialog().findChildren<QCheckBox*>()) {
      if (each->text().remove(u'&') == text) return each;
    }
    return nullptr;
  }
  template <typename Field>
  Field* field(const QString& name) {
    for (const QLabel* label : dialog().findChildren<QLabel*>()) {
      auto* labelled = qobject_cast<Field*>(label->buddy());
      if (labelled && QString(label->text()).remove(u'&') == name) return labelled;
    }
    for (Field* each : dialog().findChildren<Field*>()) {
      if (each->accessibleName() == name) return each;
    }
    return nullptr;
  }
  QComboBox* comboBox(const QString& name) { return field<QComboBox>(name); }
  QAbstractSpinBox* spinBox(const QString& name) { return field<QAbstractSpinBox>(name); }
  // As one types it.
  void set(const QString& name, double value) {
    QAbstractSpinBox* box = spinBox(name);
    QVERIFY(box);
    box->setFocus();
    box->selectAll();
    QTest::keyClicks(box, QLocale().toString(value));
    QTest::keyClick(box, Qt::Key_Tab);
  }
  QStringList presetNames() {
    QStringList names;
    for (const Preset& preset : m_fixture->window->preferences().presets) names << Presets::nameOf(preset);
    return names;
  }
  QToolButton* button(const QString& name) {
    for (auto* each : m_fixture->window->findChildren<QToolButton*>()) {
      if (each->accessibleName() == name) return each;
    }
    return nullptr;
  }
  void turnWheel(int angle, Qt::KeyboardModifiers with) {
    QWidget* over = m_fixture->window->view().viewport();  // where it comes to when no message takes it
    const QPointF place = over->rect().center();
    QWheelEvent wheel(place, over->mapToGlobal(place), {}, {0, angle}, Qt::NoButton, with, Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(over, &wheel);
  }
  // 4000 bytes of it.
  static void makeTraining(const QString& folder) {
    const QDir run(folder + u"/Herons/stage1"_s);
    QVERIFY(run.mkpath(u"checkpoints"_s));
    for (const auto& [name, bytes] :
         {std::pair{u"checkpoints/step-00000010.safetensors"_s, 3000}, std::pair{u"metrics.jsonl"_s, 1000}}) {
      QFile file(run.filePath(name));
      QVERIFY(file.open(QIODevice::WriteOnly));
      file.write(QByteArray(bytes, 'x'));
    }
  }
  void answerQuestion(const QString& answer, const QString& asked = u"Delete everything …"_s) {
    openSettings(SettingsDialog::Page::Safety);
    click(asked);
    QTRY_VERIFY(dialog().findChild<QMessageBox*>());
    QPointer<QMessageBox> box = dialog().findChild<QMessageBox*>();
    QTest::mouseClick(tests::buttonNamed(*box, answer), Qt::LeftButton);
    QTRY_VERIFY(!box);
    dialog().close();
    tests::WindowFixture::activate(*m_fixture->window);
  }

  std::unique_ptr<tests::WindowFixture> m_fixture;
};

QTEST_MAIN(SettingsTest)
#include "settings_test.moc"
