// Conversations through the whole window, with real keys and clicks: they are there after a restart and after a crash,
// and every version of every message stays.
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QElapsedTimer>
#include <QListView>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <cmath>

#include "tests/ui/support/buttons.h"
#include "tests/ui/support/fake_reader.h"
#include "tests/ui/support/heartbeat.h"
#include "tests/ui/support/scripted_backend.h"
#include "ui/chat/conversation_view.h"
#include "ui/chat/message_widget.h"
#include "ui/composer/attachment_chip.h"
#include "ui/composer/clip_shelf.h"
#include "ui/composer/composer.h"
#include "ui/composer/frame_strip.h"
#include "ui/composer/prompt_edit.h"
#include "ui/history/database.h"
#include "ui/models/pack_line.h"
#include "ui/sidebar/conversation_list.h"
#include "ui/sidebar/sidebar.h"
#include "ui/widgets/inline_message.h"
#include "ui/window/main_window.h"
#include "ui/window/transfer.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using tests::busyMs;
using tests::Stage;

class ConversationsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_stage = std::make_shared<Stage>();
    m_language = std::make_unique<Language>(QStringLiteral(XLLM_I18N_DIR));
    m_language->choose(LanguageChoice::English);
    start();
  }
  void cleanup() { quit(); }

  void theConversationIsThereAfterARestart() {
    loadPack();
    ask(u"What is in it?"_s, {makePicture()});
    ask(u"Sure?"_s);
    restart();
    QTRY_COMPARE(model().rowCount(), 4);
    QCOMPARE(model().at(0).text, u"What is in it?"_s);
    QCOMPARE(model().at(3).text, u"Hello"_s);
    QCOMPARE(stateOf(3), MessageState::Done);
    QCOMPARE(model().at(0).attachments.size(), 1);
    QVERIFY(!model().at(0).attachments[0].picture);  // nothing is read before it is needed
    QTRY_VERIFY(QFile::exists(model().at(0).attachments[0].thumbnailFile));
    QVERIFY(m_window->packMessage().isHidden());
  }

  void aPictureFromDiskGoesToTheModelAgain() {
    loadPack();
    ask(u"What is in it?"_s, {makePicture()});
    QTRY_VERIFY(!model().at(0).attachments[0].sha256.isEmpty());
    restart();
    QTRY_COMPARE(model().rowCount(), 2);
    loadPack();
    ask(u"And now?"_s);
    const auto turns = m_stage->requests().back().turns;
    QCOMPARE(turns.size(), std::size_t{3});
    QVERIFY2(model().at(0).attachments[0].picture, qPrintable(model().at(0).attachments[0].file));
    QVERIFY(std::holds_alternative<generation::Picture>(turns[0].parts.at(0)));
  }

  void aClipGoesToTheModelAsItsChosenFramesAndItsSound() {
    loadPack();
    m_window->composer().addFiles({makeClip()});
    QTRY_VERIFY(m_window->composer().attachments().size() == 1 && !m_window->composer().isReading());
    ClipPanel& panel = clipPanel();
    QTest::keyClick(&panel.strip().endHandle(), Qt::Key_Left, Qt::ShiftModifier);
    QTest::keyClick(&panel.strip().startHandle(), Qt::Key_Right);
    QTest::keyClick(&panel.framesBox(), Qt::Key_Down);
    QVERIFY2(panel.figures().contains(u"20 tokens"_s), qPrintable(panel.figures()));
    type(u"What happens?"_s);
    press(Qt::Key_Return);  // before the frames of this choice are read
    QTRY_COMPARE(stateOf(1), MessageState::Done);
    const ClipChoice choice = model().at(0).attachments[0].choice;
    QVERIFY(choice.start > 0 && choice.end < 12 && choice.frames == 7);
    const auto parts = m_stage->requests().back().turns.at(0).parts;
    QCOMPARE(parts.size(), std::size_t{3});
    QVERIFY(isTheClipOf(choice, parts[0]));
    QCOMPARE(std::get<generation::Sound>(parts[1])->seconds(), choice.end - choice.start);
    QCOMPARE(std::get<std::string>(parts[2]), std::string("What happens?"));
    QVERIFY(m_window->composer().isEmpty());
    QVERIFY(!m_window->composer().clips().isVisible());
  }

  void aClipFromDiskGivesExactlyTheSameFrames() {
    loadPack();
    const ClipChoice choice = askAboutAPart();
    const auto before = std::get<generation::Clip>(m_stage->requests().back().turns.at(0).parts.at(0));
    QTRY_VERIFY(!model().at(0).attachments[0].sha256.isEmpty());
    restart();
    QTRY_COMPARE(model().rowCount(), 2);
    const Attachment& kept = model().at(0).attachments[0];
    QVERIFY(!kept.clip && kept.choice == choice && kept.hasSound);
    QTRY_VERIFY(QFile::exists(kept.thumbnailFile));
    QCOMPARE(QImage(kept.thumbnailFile).width() % choice.frames, 0);
    loadPack();
    ask(u"And now?"_s);
    const auto parts = m_stage->requests().back().turns.at(0).parts;
    QCOMPARE(parts.size(), std::size_t{3});
    QVERIFY(isTheClipOf(choice, parts[0]));
    const auto after = std::get<generation::Clip>(parts[0]);
    for (std::size_t i = 0; i < before->frames.size(); ++i) {
      QVERIFY(before->frames[i].seconds == after->frames[i].seconds);
      QVERIFY(before->frames[i].image.pixels == after->frames[i].image.pixels);
    }
  }

  void aSentClipShowsItsFramesAndWhatTheyAreOf() {
    loadPack();
    const ClipChoice choice = askAboutAPart();
    const auto shown = [this](const QString& beginning) -> QWidget* {
      for (QWidget* widget : m_window->view().widgetAt(0)->findChildren<QWidget*>()) {
        if (widget->accessibleName().startsWith(beginning)) return widget;
      }
      return nullptr;
    };
    const auto showsFrames = [&](QWidget* view) {
      const QImage picture = view->grab().toImage();
      int found = 0;
      for (const VideoClip::Frame& frame : tests::FakeReader::framesOf(samplingOf(choice)).frames) {
        const int grey = frame.image.pixels[0];
        for (int x = 0; x < picture.width(); ++x) {
          const QColor color = picture.pixelColor(x, 30);
          if (std::abs(color.red() - grey) > 2 || std::abs(color.blue() - grey) > 2) continue;
          ++found;  // a kept one went through JPEG
          break;
        }
      }
      return found == choice.frames;
    };
    QWidget* view = shown(u"Clip: dance.mp4 · 0:12 · 5 frames of 0:00.5 – 0:11.5 · with its sound"_s);
    QVERIFY(view && showsFrames(view));
    m_language->choose(LanguageChoice::SimplifiedChinese);
    QTRY_VERIFY(shown(u"视频：dance.mp4"_s));
    m_language->choose(LanguageChoice::English);
    QTRY_VERIFY(!model().at(0).attachments[0].sha256.isEmpty());
    restart();
    QTRY_VERIFY(model().rowCount() == 2 && m_window->view().widgetAt(0));
    view = shown(u"Clip: dance.mp4 · 0:12 · 5 frames of"_s);
    QVERIFY(view);
    QTRY_VERIFY(showsFrames(view));
    QVERIFY(!model().at(0).attachments[0].clip);  // the small picture is enough
  }

  void editingAndAnsweringAgainBringTheChosenPartBack() {
    loadPack();
    const ClipChoice choice = askAboutAPart();
    click(1, u"Answer again: makes another version of this reply"_s);
    QTRY_COMPARE(m_stage->requests().size(), std::size_t{2});
    QVERIFY(isTheClipOf(choice, m_stage->requests().back().turns.at(0).parts.at(0)));
    QTRY_COMPARE(stateOf(1), MessageState::Done);
    QTRY_VERIFY(!model().at(0).attachments[0].sha256.isEmpty());
    restart();
    QTRY_COMPARE(model().rowCount(), 2);
    loadPack();
    click(0, u"Edit your message"_s);
    QTRY_VERIFY(!m_window->composer().isReading());
    ClipPanel& panel = clipPanel();
    QCOMPARE(panel.framesBox().value(), choice.frames);
    QCOMPARE(panel.strip().endHandle().value(), static_cast<int>(std::lround(1000 * choice.end)));
    QTest::keyClick(&panel.soundBox(), Qt::Key_Space);
    type(u" More?"_s);
    press(Qt::Key_Return);
    QTRY_COMPARE(m_stage->requests().size(), std::size_t{3});
    const auto parts = m_stage->requests().back().turns.at(0).parts;
    QCOMPARE(parts.size(), std::size_t{2});  // without its sound
    QVERIFY(isTheClipOf(choice, parts[0]));
    QCOMPARE(model().versionsOf(0).count, 2);
  }

  void aPackThatCannotWatchClipsSaysSoAndTheDraftStays() {
    m_stage->load = [](const std::filesystem::path& folder, std::stop_token, const generation::LoadProgress&) {
      return generation::PackSummary{.name = "Deaf", .version = {}, .folder = folder, .seesPictures = true};
    };
    loadPack();
    m_window->composer().addFiles({makeClip()});
    QTRY_VERIFY(m_window->composer().attachments().size() == 1 && !m_window->composer().isReading());
    type(u"What happens?"_s);
    press(Qt::Key_Return);
    QCOMPARE(model().rowCount(), 0);
    QVERIFY2(m_window->composer().message().title().contains(u"watch clips"_s),
             qPrintable(m_window->composer().message().title()));
    QCOMPARE(m_window->composer().attachments().size(), 1);
    QCOMPARE(m_window->composer().text(), u"What happens?"_s);
  }

  void aClipThatVanishedBeforeItWasSentIsAskedAboutAllTheSame() {
    loadPack();
    const QString file = makeClip();
    m_window->composer().addFiles({file});
    QTRY_VERIFY(m_window->composer().attachments().size() == 1 && !m_window->composer().isReading());
    QVERIFY(QFile::remove(file));
    ask(u"What happens?"_s);
    QVERIFY(isTheClipOf({.end = 12}, m_stage->requests().back().turns.at(0).parts.at(0)));
    QTRY_VERIFY(m_window->storeMessage().isVisible());
    QCOMPARE(m_window->storeMessage().title(), u"An attachment was not kept"_s);
    restart();
    QTRY_COMPARE(model().rowCount(), 2);
    QCOMPARE(model().at(0).text, u"What happens?"_s);
    QCOMPARE(model().at(0).attachments[0].name, u"dance.mp4"_s);
  }

  void aPackThatCannotHearGetsTheFramesAlone() {
    m_stage->load = [](const std::filesystem::path& folder, std::stop_token, const generation::LoadProgress&) {
      return generation::PackSummary{
          .name = "Deaf", .version = {}, .folder = folder, .watchesClips = true, .mostClipFrames = 4};
    };
    loadPack();
    ask(u"What happens?"_s, {makeClip()});
    const auto parts = m_stage->requests().back().turns.at(0).parts;
    QCOMPARE(parts.size(), std::size_t{2});
    QCOMPARE(std::get<generation::Clip>(parts[0])->frames.size(), std::size_t{4});
  }

  void aClipIsExportedAndImportedWithWhatWasChosen() {
    loadPack();
    const ClipChoice choice = askAboutAPart();
    QTRY_VERIFY(!model().at(0).attachments[0].sha256.isEmpty());
    const QString file = m_folder->filePath(u"out.json"_s);
    const ConversationId first = m_window->conversation().id();
    m_window->transfer().exportTo(first, file, ExportFormat::Json);
    QTRY_VERIFY(m_window->transferMessage().isVisible());
    m_window->transfer().importFrom(file);
    QTRY_VERIFY(m_window->conversation().id() != first);
    QTRY_COMPARE(model().rowCount(), 2);
    QVERIFY(model().at(0).attachments[0].choice == choice);
    QVERIFY(QFile::exists(model().at(0).attachments[0].thumbnailFile));
    ask(u"And now?"_s);
    QVERIFY(isTheClipOf(choice, m_stage->requests().back().turns.at(0).parts.at(0)));
  }

  void theHalfReplyIsThereAfterACrashAndNothingLoadsByItself() {
    loadPack();
    m_stage->answer = tests::endlessAnswer(*m_stage, std::chrono::milliseconds(2));
    type(u"Tell me a story"_s);
    press(Qt::Key_Return);
    QTRY_VERIFY(model().rowCount() == 2 && model().at(1).text.size() > 50);
    const QString shown = model().at(1).text;
    QTest::qWait(100);
    copyAsAfterCrash();  // what a killed program leaves
    start();
    QVERIFY(m_store->afterCrash());
    m_window->offerPack(u"/packs/starter"_s);
    QTRY_COMPARE(model().rowCount(), 2);
    QCOMPARE(stateOf(1), MessageState::Interrupted);
    QVERIFY2(model().at(1).text.startsWith(shown), qPrintable(model().at(1).text));
    QVERIFY(m_window->packMessage().isVisible());
    QVERIFY(m_window->packLine().text().contains(u"No model pack"_s));
    QSignalSpy ends(m_bridge.get(), &EngineBridge::finished);
    QTest::mouseClick(tests::buttonNamed(m_window->packMessage(), u"Load “starter”"_s), Qt::LeftButton);
    QTRY_COMPARE(ends.count(), 1);
    QVERIFY(m_window->packMessage().isHidden());

    // It goes on where it was.
    m_stage->answer = [](const generation::ChatRequest&, std::stop_token, const generation::TextSink& onText) {
      onText("And so on.");
      return generation::Summary{.newTokens = 3};
    };
    const QString half = model().at(1).text;
    click(1, u"Continue this reply where it ended"_s);
    QTRY_COMPARE(stateOf(1), MessageState::Done);
    QCOMPARE(model().at(1).text, half + u"And so on."_s);
    const auto turns = m_stage->requests().back().turns;
    QCOMPARE(turns.back().role, Role::Assistant);
    QCOMPARE(std::get<std::string>(turns.back().parts.at(0)), half.toStdString());
    QCOMPARE(m_window->view().widgetAt(1)->text().source(), model().at(1).text);
    restart();
    QTRY_COMPARE(model().rowCount(), 2);
    QCOMPARE(model().at(1).text, half + u"And so on."_s);
  }

  void editingMakesAVersionAndTheOldOneStays() {
    loadPack();
    ask(u"First"_s);
    ask(u"Second"_s);
    click(0, u"Edit your message"_s);
    QCOMPARE(m_window->composer().text(), u"First"_s);
    QVERIFY(m_window->editMessage().isVisible());
    type(u" again"_s);
    press(Qt::Key_Return);
    QTRY_COMPARE(stateOf(1), MessageState::Done);
    QCOMPARE(model().rowCount(), 2);
    QCOMPARE(model().at(0).text, u"First again"_s);
    QCOMPARE(m_stage->requests().back().turns.size(), std::size_t{1});
    QCOMPARE(model().versionsOf(0).count, 2);
    click(0, u"Previous version of this message"_s);
    QCOMPARE(model().rowCount(), 4);
    QCOMPARE(model().at(2).text, u"Second"_s);
    restart();
    QTRY_COMPARE(model().rowCount(), 4);  // the version that was shown
    QCOMPARE(model().versionsOf(0).count, 2);
    click(0, u"Next version of this message"_s);
    QCOMPARE(model().at(0).text, u"First again"_s);
  }

  void answeringAgainMakesAVersionOfTheReply() {
    loadPack();
    ask(u"Name a bird"_s);
    m_stage->answer = [](const generation::ChatRequest&, std::stop_token, const generation::TextSink& onText) {
      onText("A wren");
      return generation::Summary{.newTokens = 2};
    };
    click(1, u"Answer again: makes another version of this reply"_s);
    QTRY_COMPARE(stateOf(1), MessageState::Done);
    QCOMPARE(model().rowCount(), 2);
    QCOMPARE(model().at(1).text, u"A wren"_s);
    QCOMPARE(m_stage->requests().back().turns.size(), std::size_t{1});
    QCOMPARE(model().versionsOf(1).count, 2);
    QCOMPARE(model().versionsOf(1).shown, 1);
    click(1, u"Previous version of this message"_s);
    QCOMPARE(model().at(1).text, u"Hello"_s);
    click(1, u"Copy this reply"_s);
    QCOMPARE(QGuiApplication::clipboard()->text(), u"Hello"_s);
  }

  void editingCanBeGivenUp() {
    loadPack();
    ask(u"First"_s);
    click(0, u"Edit your message"_s);
    QTest::mouseClick(tests::buttonNamed(m_window->editMessage(), u"Stop editing"_s), Qt::LeftButton);
    QVERIFY(!m_window->editMessage().isVisible());
    QCOMPARE(m_window->composer().text(), QString());
    ask(u"Second"_s);
    QCOMPARE(model().rowCount(), 4);
    click(2, u"Edit your message"_s);
    QTest::keyClick(m_window.get(), Qt::Key_N, Qt::ControlModifier);  // another conversation: not its draft
    QCOMPARE(m_window->composer().text(), QString());
    QVERIFY(!m_window->editMessage().isVisible());
  }

  void anAnswerRunsOnWhileAnotherConversationIsShown() {
    loadPack();
    m_stage->answer = tests::endlessAnswer(*m_stage, std::chrono::milliseconds(2));
    type(u"Long"_s);
    press(Qt::Key_Return);
    QTRY_VERIFY(model().rowCount() == 2 && model().at(1).text.size() > 20);
    const ConversationId first = m_window->conversation().id();
    const auto length = model().at(1).text.size();
    QTest::keyClick(m_window.get(), Qt::Key_N, Qt::ControlModifier);
    QCOMPARE(model().rowCount(), 0);
    QTest::qWait(100);
    m_window->conversation().open(first);
    QTRY_COMPARE(model().rowCount(), 2);
    QVERIFY(model().at(1).text.size() > length);
    const QString sofar = model().at(1).text;
    QTRY_VERIFY(model().at(1).text.size() > sofar.size());
    press(Qt::Key_Escape);
    QTRY_COMPARE(stateOf(1), MessageState::Stopped);
    const QString whole = model().at(1).text;
    QStringList words;
    for (int i = 0; i < whole.split(u' ', Qt::SkipEmptyParts).size(); ++i) words << u"word%1"_s.arg(i);
    QCOMPARE(whole.trimmed(), words.join(u' '));  // not a word is missing
    restart();
    QTRY_COMPARE(model().rowCount(), 2);
    QCOMPARE(model().at(1).text, whole);
  }

  void throwingAConversationAwayStopsItsAnswerAndUndoBringsItBack() {
    loadPack();
    m_stage->answer = tests::endlessAnswer(*m_stage, std::chrono::milliseconds(2));
    type(u"Long"_s);
    press(Qt::Key_Return);
    QTRY_VERIFY(model().rowCount() == 2 && model().at(1).text.size() > 20);
    Sidebar& sidebar = m_window->sidebar();
    QTRY_COMPARE(sidebar.list().rowCount(), 1);
    sidebar.view().setFocus();
    sidebar.view().setCurrentIndex(sidebar.list().index(0));
    QTest::keyClick(&sidebar.view(), Qt::Key_Delete);
    QTRY_VERIFY(m_stage->stopped);
    QTRY_VERIFY(!m_window->conversation().isBusy());
    QCOMPARE(model().rowCount(), 0);
    QTest::mouseClick(tests::buttonNamed(sidebar, u"Undo"_s), Qt::LeftButton);
    QTRY_COMPARE(model().rowCount(), 2);
    QCOMPARE(stateOf(1), MessageState::Stopped);
    QVERIFY(model().at(1).text.startsWith(u"word0 word1 "_s));
    QTRY_COMPARE(sidebar.list().rowCount(), 1);
  }

  void whatIsExportedCanBeImported() {
    loadPack();
    ask(u"What is in it?"_s, {makePicture()});
    QTRY_VERIFY(!model().at(0).attachments[0].sha256.isEmpty());
    const QString file = m_folder->filePath(u"out.json"_s);
    const ConversationId first = m_window->conversation().id();
    m_window->transfer().exportTo(first, file, ExportFormat::Json);
    QTRY_VERIFY(m_window->transferMessage().isVisible());
    m_window->transfer().importFrom(file);
    QTRY_VERIFY(m_window->conversation().id() != first);
    QCOMPARE(model().rowCount(), 2);
    QTRY_COMPARE(m_window->sidebar().list().rowCount(), 2);
    QVERIFY(QFile::exists(model().at(0).attachments[0].thumbnailFile));
    m_window->transfer().importFrom(m_folder->filePath(u"conversations.sqlite"_s));
    QTRY_COMPARE(m_window->transferMessage().title(), u"The conversation could not be imported"_s);
  }

  void aConversationOfTenThousandMessagesOpensWithinASecond() {
    const ConversationId id = writeLong(10000);
    m_window->conversation().startNew();
    QTest::qWait(20);
    QElapsedTimer whole;
    whole.start();
    double since = busyMs(), longest = 0;
    m_window->conversation().open(id);
    while ((model().rowCount() != 10000 || m_window->view().widgetCount() == 0) && whole.elapsed() < 10000) {
      since = busyMs();
      QCoreApplication::processEvents();
      longest = std::max(longest, busyMs() - since);
    }
    since = busyMs();
    m_window->view().repaint();
    longest = std::max(longest, busyMs() - since);
    const qint64 openedMs = whole.elapsed();
    QVERIFY(m_window->view().isFollowing());
    QCOMPARE(m_window->view().verticalScrollBar()->value(), m_window->view().verticalScrollBar()->maximum());
    QVERIFY(m_window->view().widgetCount() < 100);
    const double openLongest = std::exchange(longest, 0);
    QScrollBar* bar = m_window->view().verticalScrollBar();
    for (int i = 0; i < 40; ++i) {  // a reader leafs through it
      since = busyMs();
      bar->setValue(bar->maximum() * (39 - i) / 40);
      QCoreApplication::processEvents();
      longest = std::max(longest, busyMs() - since);
    }
    QVERIFY(m_window->view().widgetCount() < 200);
    qInfo("10,000 messages: opened in %lld ms; the window was busy for %.0f ms at most, while leafing %.0f ms",
          static_cast<long long>(openedMs), openLongest, longest);
    QVERIFY(openLongest < 50);
    QVERIFY(longest < 50);
    QVERIFY(openedMs < 1000);
  }

  void theLineOneReadsStaysWhereItIsWhileScrolling() {
    const ConversationId id = writeLong(400);
    m_window->conversation().startNew();
    m_window->conversation().open(id);
    QTRY_COMPARE(model().rowCount(), 400);
    QScrollBar* bar = m_window->view().verticalScrollBar();
    bar->setValue(bar->maximum() / 2);
    QVERIFY(!m_window->view().isFollowing());
    for (int i = 0; i < 60; ++i) {  // upwards in small steps: everything moves by the step and nothing else
      MessageWidget* seen = nullptr;
      for (int row = 0; row < 400 && !seen; ++row) {
        MessageWidget* widget = visibleAt(row);
        if (widget && widget->mapTo(&m_window->view(), QPoint()).y() >= 0) seen = widget;
      }
      QVERIFY(seen);
      const int before = seen->mapTo(&m_window->view(), QPoint()).y();
      bar->setValue(bar->value() - 30);
      QCOMPARE(seen->mapTo(&m_window->view(), QPoint()).y(), before + 30);
    }
  }

 private:
  void start() {
    m_store = std::make_unique<Store>(m_folder->path());
    m_bridge = std::make_unique<EngineBridge>(tests::backendOn(m_stage));
    m_window = std::make_unique<MainWindow>(*m_bridge, m_reader, *m_language, *m_store, Preferences{});
    m_window->resize(1100, 760);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    m_window->activateWindow();
  }
  void quit() {
    m_stage->gate = true;
    m_window.reset();
    m_bridge.reset();
    m_store.reset();
  }
  void restart() {
    quit();
    start();
  }
  // The folder as a killed program leaves it: copied while it runs, its mark of a process that is gone.
  void copyAsAfterCrash() {
    auto copy = std::make_unique<QTemporaryDir>();
    for (const QString& name : {u"conversations.sqlite"_s, u"conversations.sqlite-wal"_s}) {
      QFile::copy(m_folder->filePath(name), copy->filePath(name));
    }
    QFile mark(copy->filePath(u"run-1.lock"_s));
    QVERIFY(mark.open(QIODevice::WriteOnly));
    mark.write(QByteArray::number(999999999) + "\nxllm-desktop\n" + QSysInfo::machineHostName().toUtf8() + "\n\n\n");
    mark.close();
    quit();
    m_folder = std::move(copy);
  }
  ConversationId writeLong(int messages) {
    ConversationContent content;
    content.conversation = {.id = newId(), .title = u"Long"_s, .named = true};
    const MessageId first = newId();
    for (int i = 0; i < messages; ++i) {
      MessageRecord message{.id = first + i,
                            .parent = i == 0 ? 0 : first + i - 1,
                            .chosen = i + 1 < messages ? first + i + 1 : 0,
                            .speaker = i % 2 == 0 ? Speaker::Person : Speaker::Model,
                            .createdMs = i};
      message.text = i % 2 == 0
                         ? u"Question %1 about herons?"_s.arg(i)
                         : u"Answer **%1**. "_s.arg(i) + u"Herons stand in the reeds and wait. "_s.repeated(i % 13) +
                               (i % 5 == 0 ? u"\n\n```py\nprint(%1)\n```\n"_s.arg(i) : QString());
      content.messages << message;
    }
    content.conversation.chosen = first;
    m_store->addContent(content);
    bool written = false;
    m_store->find({}, this, [&](const Result<QList<ConversationSummary>>&) { written = true; });
    [&] { QTRY_VERIFY_WITH_TIMEOUT(written, 60000); }();
    return content.conversation.id;
  }
  ConversationModel& model() { return m_window->conversation().model(); }
  MessageState stateOf(int row) {
    return row < model().rowCount() ? model().at(row).state : MessageState::WaitingForPack;
  }
  void type(const QString& text) { QTest::keyClicks(&m_window->composer().edit(), text); }
  void press(Qt::Key key) { QTest::keyClick(&m_window->composer().edit(), key); }
  void ask(const QString& text, const QStringList& files = {}) {
    const int rows = model().rowCount();
    if (!files.isEmpty()) m_window->composer().addFiles(files);
    type(text);
    QTRY_VERIFY(!m_window->composer().isReading());
    press(Qt::Key_Return);
    QTRY_COMPARE(model().rowCount(), rows + 2);
    QTRY_COMPARE(stateOf(rows + 1), MessageState::Done);
  }
  void loadPack() {
    QSignalSpy ends(m_bridge.get(), &EngineBridge::finished);
    m_window->openPack(u"/packs/test"_s);
    QTRY_COMPARE(ends.count(), 1);
  }
  QString makePicture() {
    const QString file = m_folder->filePath(u"owl.png"_s);
    QImage image(640, 400, QImage::Format_RGB888);
    image.fill(Qt::darkCyan);
    image.save(file);
    return file;
  }
  QString makeClip() {
    const QString path = m_folder->filePath(u"dance.mp4"_s);
    QFile file(path);
    if (file.open(QIODevice::WriteOnly)) file.write("CLIP");  // tests::FakeReader knows it by that, too
    return path;
  }
  ClipPanel& clipPanel() { return *m_window->composer().clips().panel(m_window->composer().chips().at(0)->id()); }
  // About a part that begins and ends between two frames.
  ClipChoice askAboutAPart() {
    m_window->composer().addFiles({makeClip()});
    [&] { QTRY_VERIFY(m_window->composer().attachments().size() == 1); }();
    QTest::keyClick(&clipPanel().strip().startHandle(), Qt::Key_Right, Qt::ShiftModifier);
    QTest::keyClick(&clipPanel().strip().endHandle(), Qt::Key_Left, Qt::ShiftModifier);
    clipPanel().framesBox().setValue(5);
    ask(u"What happens?"_s);
    const ClipChoice choice = model().at(0).attachments[0].choice;
    [&] { QVERIFY(choice.start > 0 && choice.end < 12 && choice.frames == 5); }();
    return choice;
  }
  static bool isTheClipOf(const ClipChoice& choice, const generation::Part& part) {
    const auto* clip = std::get_if<generation::Clip>(&part);
    const VideoClip wanted = tests::FakeReader::framesOf(samplingOf(choice));
    if (!clip || !*clip || (*clip)->frames.size() != wanted.frames.size()) return false;
    for (std::size_t i = 0; i < wanted.frames.size(); ++i) {
      if ((*clip)->frames[i].seconds != wanted.frames[i].seconds) return false;
      if ((*clip)->frames[i].image.pixels != wanted.frames[i].image.pixels) return false;
    }
    return true;
  }
  MessageWidget* visibleAt(int row) {
    for (MessageWidget* widget : m_window->view().findChildren<MessageWidget*>()) {
      if (widget->isVisible() && widget->text().source() == model().at(row).text) return widget;
    }
    return nullptr;
  }
  void click(int row, const QString& accessibleName) {
    QCoreApplication::processEvents();
    for (QToolButton* button : m_window->view().widgetAt(row)->findChildren<QToolButton*>()) {
      if (button->accessibleName() != accessibleName) continue;
      QVERIFY(button->isVisible() && button->isEnabled());
      return QTest::mouseClick(button, Qt::LeftButton);
    }
    QFAIL(qPrintable(accessibleName));
  }

  tests::FakeReader m_reader;
  std::shared_ptr<Stage> m_stage;
  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<Language> m_language;
  std::unique_ptr<Store> m_store;
  std::unique_ptr<EngineBridge> m_bridge;
  std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(ConversationsTest)
#include "conversations_test.moc"
