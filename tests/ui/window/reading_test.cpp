// Answers read aloud, in the real window with a voice that only pretends: keys, buttons, the mark, settings, and screen
// readers.
#include <QAccessible>
#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QMenu>
#include <QPushButton>
#include <QScrollBar>
#include <QSlider>
#include <QToolButton>

#include "tests/ui/support/screen_reader.h"
#include "tests/ui/support/scripted_listening.h"
#include "tests/ui/support/scripted_voice.h"
#include "tests/ui/support/walker.h"
#include "tests/ui/support/window_fixture.h"
#include "ui/chat/announcer.h"
#include "ui/chat/conversation_view.h"
#include "ui/chat/message_widget.h"
#include "ui/settings/reading_aloud_group.h"
#include "ui/settings/settings_dialog.h"
#include "ui/settings/voice_page.h"
#include "ui/speaking/speaking_bar.h"
#include "ui/widgets/inline_message.h"
#include "ui/window/actions.h"
#include "ui/window/reading_aloud.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using tests::WindowFixture;

namespace {

QStringList g_announced;  // an update handler is a plain function

void hear(QAccessibleEvent* event) {
  if (event->type() != QAccessible::Alert || !event->object()) return;
  if (QAccessibleInterface* face = QAccessible::queryAccessibleInterface(event->object())) {
    g_announced << face->text(QAccessible::Name);
  }
}

// One whose microphone hears the loudspeakers.
class EchoingListening final : public tests::ScriptedListening {
 public:
  bool cancels = true;
  bool cancelsEcho() const override { return cancels; }
};

}  // namespace

class ReadingTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_voice = std::make_unique<tests::ScriptedVoice>();
    m_w = std::make_unique<WindowFixture>(QStringLiteral(XLLM_I18N_DIR));
    m_w->window->setVoice(*m_voice);
    m_w->loadPack();
    m_w->stage->answer = [this](const generation::ChatRequest&, std::stop_token stop,
                                const generation::TextSink& onText) -> Result<generation::Summary> {
      for (const char* piece : {"A her", "on waits. Th", "en it strikes. And"}) onText(piece);
      if (!tests::waitAtGate(*m_w->stage, stop)) return fail(ErrorCode::Cancelled, "Stopped.");
      onText(" it eats.");
      return generation::Summary{.newTokens = 4};
    };
    m_w->stage->gate = true;
  }
  void cleanup() {
    QAccessible::installUpdateHandler(nullptr);
    m_w.reset();
    m_voice.reset();
  }

  void anAnswerIsReadWhileItIsWritten() {
    readAnswers(true);
    begin();
    QTRY_COMPARE(m_voice->said, QStringList{u"A heron waits."_s});
    QTRY_VERIFY(m_w->model().at(1).text.contains(u"strikes."_s));  // it comes in pieces
    QVERIFY(m_w->window->conversation().isBusy());
    QVERIFY(bar().isVisible());
    QCOMPARE(bar().state(), SpeakingBar::State::Reading);
    QCOMPARE(text(1).markedText(), u"A heron waits."_s);
    m_voice->finishSentence();
    QCOMPARE(text(1).markedText(), u"Then it strikes."_s);
    m_voice->finishSentence();
    QCOMPARE(bar().state(), SpeakingBar::State::Waiting);
    QVERIFY(text(1).markedText().isEmpty());
    m_w->stage->gate = true;
    QTRY_COMPARE(m_voice->said.last(), u"And it eats."_s);
    m_voice->finishSentence();
    QVERIFY(!bar().isVisible());
    QVERIFY(!reading().isReading());
  }

  void withoutTheSettingNothingIsReadByItself() {
    m_w->ask(u"Go"_s);
    QVERIFY(m_voice->said.isEmpty());
    QCOMPARE(m_voice->wakes, 0);
  }

  void theVoiceIsLookedForOnceItIsWanted() {
    QCOMPARE(m_voice->wakes, 0);
    WindowFixture::press(Qt::Key_F9, Qt::ShiftModifier);
    QTRY_COMPARE(m_voice->wakes, 1);
    QVERIFY(m_w->window->preferences().reading.answers);
    QVERIFY(m_w->window->actions().readAnswers->isChecked());
  }

  void escStopsReadingFirstAndThenTheAnswer() {
    readAnswers(true);
    begin();
    QTRY_VERIFY(m_voice->isHeard());
    WindowFixture::press(Qt::Key_Escape);
    QVERIFY(!m_voice->isSaying);
    QVERIFY(m_w->window->conversation().isBusy());
    QVERIFY(!bar().isVisible());
    WindowFixture::press(Qt::Key_Escape);
    QTRY_COMPARE(m_w->stateOf(1), MessageState::Stopped);
    QVERIFY(!m_voice->isSaying);  // what came meanwhile is not read either
    QVERIFY(!m_w->window->actions().stop->isEnabled());
  }

  void theStopButtonOfTheBoxStopsBoth() {
    readAnswers(true);
    begin();
    QTRY_VERIFY(m_voice->isHeard());
    Q_EMIT m_w->window->composer().stopRequested();
    QVERIFY(!m_voice->isSaying);
    QTRY_COMPARE(m_w->stateOf(1), MessageState::Stopped);
  }

  void theButtonOfAnAnswerReadsItAndStops() {
    m_w->ask(u"Go"_s);
    QToolButton* button = buttonOf(1, u"Read aloud"_s);
    QVERIFY(button && button->isVisible());
    button->setFocus();
    WindowFixture::press(Qt::Key_Space);
    QCOMPARE(m_voice->said, QStringList{u"A heron waits."_s});
    QCOMPARE(button->accessibleName(), u"Stop reading this reply aloud"_s);
    WindowFixture::press(Qt::Key_Space);
    QVERIFY(!m_voice->isSaying);
    QCOMPARE(button->accessibleName(), u"Read this reply aloud"_s);
    QVERIFY(!buttonOf(0, u"Read aloud"_s));  // a question has none
  }

  void keysReadPauseSkipAndStop() {
    m_w->ask(u"Go"_s);
    QVERIFY(!m_w->window->actions().skipSentence->isEnabled());
    WindowFixture::press(Qt::Key_F9);
    QCOMPARE(m_voice->said.size(), 1);
    WindowFixture::press(Qt::Key_F9, Qt::ControlModifier);
    QVERIFY(m_voice->isPaused);
    QCOMPARE(bar().state(), SpeakingBar::State::Paused);
    WindowFixture::press(Qt::Key_F9, Qt::ControlModifier);
    QVERIFY(m_voice->isHeard());
    WindowFixture::press(Qt::Key_F9, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(m_voice->said.last(), u"Then it strikes."_s);
    WindowFixture::press(Qt::Key_F9);
    QVERIFY(!m_voice->isSaying);
  }

  void theBarsButtonsDoTheSame() {
    m_w->ask(u"Go"_s);
    reading().toggle(1);
    const QList<QToolButton*> buttons = bar().findChildren<QToolButton*>();
    QCOMPARE(buttons.size(), 3);
    buttons[0]->click();
    QVERIFY(m_voice->isPaused);
    QCOMPARE(buttons[0]->accessibleName(), u"Go on reading"_s);
    buttons[0]->click();
    QVERIFY(m_voice->isHeard());
    buttons[1]->click();
    QCOMPARE(m_voice->said.size(), 2);
    buttons[2]->click();
    QVERIFY(!reading().isReading());
  }

  void aNewQuestionEndsTheReadingOfTheOldAnswer() {
    m_w->ask(u"Go"_s);
    reading().toggle(1);
    begin();
    QVERIFY(!m_voice->isSaying);
    m_w->stage->gate = true;
    QTRY_VERIFY(!m_w->window->conversation().isBusy());
  }

  void anotherConversationEndsIt() {
    m_w->ask(u"Go"_s);
    reading().toggle(1);
    m_w->window->conversation().startNew();
    QVERIFY(!reading().isReading());
    QVERIFY(!bar().isVisible());
  }

  void aComputerWithoutAVoiceSaysSo() {
    m_voice->offers.clear();
    m_w->ask(u"Go"_s);
    reading().toggle(1);
    QVERIFY(m_w->window->readingMessage().isVisible());
    QVERIFY(m_w->window->readingMessage().text().contains(u"Install"_s));
    m_voice->offers = {{u"slt"_s, QLocale(QLocale::English)}};
    reading().toggle(1);
    QVERIFY(!m_w->window->readingMessage().isVisible());
    m_voice->fail(u"No loudspeakers. Plug some in."_s);
    QCOMPARE(m_w->window->readingMessage().text(), u"No loudspeakers. Plug some in."_s);
    QVERIFY(!bar().isVisible());
  }

  void theViewKeepsWhatIsReadInSightWhileTheTextGrowsAway() {
    m_w->stage->answer = [this](const generation::ChatRequest&, std::stop_token stop,
                                const generation::TextSink& onText) -> Result<generation::Summary> {
      for (int i = 0; i < 60; ++i) onText("Paragraph " + std::to_string(i) + " stands here.\n\n");
      tests::waitAtGate(*m_w->stage, stop);
      return generation::Summary{.newTokens = 4};
    };
    readAnswers(true);
    begin();
    ConversationView& view = m_w->window->view();
    QTRY_VERIFY(m_w->model().at(1).text.contains(u"59"_s));
    QTRY_VERIFY(m_voice->isHeard());
    const auto isInSight = [&] {
      const QRect area = text(1).markedArea();
      const int top = text(1).mapTo(view.viewport(), area.topLeft()).y();
      return !area.isEmpty() && top >= 0 && top + area.height() <= view.viewport()->height();
    };
    QVERIFY(view.isFollowing());
    for (int i = 0; i < 50; ++i) {
      QVERIFY2(QTest::qWaitFor(isInSight), qPrintable(QString::number(i) + u": "_s + text(1).markedText()));
      m_voice->finishSentence();
    }
    // Whoever scrolls away is left alone.
    QScrollBar* scroll = view.verticalScrollBar();
    scroll->setValue(0);
    QVERIFY(!view.isFollowing());
    m_voice->finishSentence();
    QCOMPARE(scroll->value(), 0);
    view.jumpToLatest();
    QCOMPARE(scroll->value(), scroll->maximum());
    m_voice->finishSentence();
    QCOMPARE(scroll->value(), scroll->maximum());
    m_w->stage->gate = true;
  }

  void settingsAreInForceAtOnce() {
    m_w->window->actions().settings->trigger();
    SettingsDialog& dialog = *m_w->window->control().dialog();
    dialog.openAt(SettingsDialog::Page::Voice);
    ReadingAloudGroup& group = dialog.voice().readingAloud();
    auto* voices = group.findChild<QComboBox*>();
    QTRY_COMPARE(voices->count(), 3);
    QVERIFY(voices->itemText(2).contains(u"中文"_s));
    voices->setCurrentIndex(1);
    Q_EMIT voices->activated(1);
    const QList<QSlider*> sliders = group.findChildren<QSlider*>();
    sliders[0]->setValue(50);
    sliders[1]->setValue(30);
    QCOMPARE(m_voice->choice.name, u"slt"_s);
    QCOMPARE(m_voice->choice.rate, 0.5);
    QCOMPARE(m_voice->choice.volume, 0.3);
    group.findChild<QPushButton*>()->click();
    QVERIFY(m_voice->isHeard());
    m_voice->finishAll();
    group.findChild<QCheckBox*>()->click();
    QVERIFY(m_w->window->preferences().reading.answers);
    QVERIFY(m_w->window->actions().readAnswers->isChecked());
    m_voice->offers.clear();
    Q_EMIT m_voice->offersChanged();
    QVERIFY(!voices->isEnabled());
    dialog.close();
  }

  void aScreenReaderDoesNotSayItASecondTime() {
    QVERIFY(tests::pretendScreenReader());
    if (!QAccessible::isActive()) QSKIP("Only a real screen reader switches this platform's accessibility on.");
    QAccessible::installUpdateHandler(hear);
    g_announced.clear();
    readAnswers(true);
    m_w->ask(u"Go"_s);
    QTest::qWait(30);
    QCOMPARE(g_announced.filter(u"heron"_s), QStringList());
    QVERIFY(m_voice->said.contains(u"A heron waits."_s));
    reading().stop();
    readAnswers(false);
    m_w->ask(u"Go"_s);
    QTRY_VERIFY(g_announced.contains(u"A heron waits."_s));
    QVERIFY(!m_voice->isSaying);
  }

  void spokenWordsStopReadingAndAnswer() {
    tests::ScriptedListening listening;
    m_w->stage->transcribe = [](const generation::Sound&, std::stop_token) { return std::string("what about storks"); };
    m_w->stage->answer = [](const generation::ChatRequest&, std::stop_token stop,
                            const generation::TextSink& onText) -> Result<generation::Summary> {
      onText("A heron waits. Then ");
      while (!stop.stop_requested()) {
        onText("on ");  // recordings are understood between two tokens
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      return fail(ErrorCode::Cancelled, "Stopped.");
    };
    reading().listen(listening, *m_w->bridge);
    Interruption& interruption = *reading().interruption();
    interruption.setHandsFree(true);
    listening.start(ListenMode::HandsFree, {});
    readAnswers(true);
    begin();
    QTRY_VERIFY(m_voice->isHeard());
    listening.speak(1.2);  // it grows to a second, longer than a moment of echo
    QVERIFY(m_voice->isPaused);
    QCOMPARE(bar().state(), SpeakingBar::State::Listening);
    QTRY_COMPARE(m_w->stateOf(1), MessageState::Stopped);
    QVERIFY(!reading().isReading());
    QVERIFY(!bar().isVisible());
  }

  void withoutEchoCancellationTheBarSaysHowToInterrupt() {
    EchoingListening listening;
    reading().listen(listening, *m_w->bridge);
    reading().interruption()->setHandsFree(true);
    listening.cancels = false;
    listening.start(ListenMode::HandsFree, {});
    QCoreApplication::processEvents();
    m_w->ask(u"Go"_s);
    reading().toggle(1);
    QCOMPARE(bar().state(), SpeakingBar::State::Deaf);
    QVERIFY(bar().accessibleName().contains(u"Esc"_s));
    m_w->window.reset();
  }

  void everythingHasANameAKeyAndAChineseWord() {
    m_w->ask(u"2"_s);
    reading().toggle(1);
    for (const auto state : {SpeakingBar::State::Reading, SpeakingBar::State::Paused, SpeakingBar::State::Deaf,
                             SpeakingBar::State::Listening, SpeakingBar::State::Waiting}) {
      bar().show(state);
      walk(*m_w->window);
    }
    for (const int width : {420, 1060}) {
      m_w->window->resize(width, 600);
      QTest::qWait(20);
      QVERIFY(bar().width() <= width);
      for (const QToolButton* button : bar().findChildren<QToolButton*>()) {
        QVERIFY(bar().rect().contains(button->geometry()));
      }
    }
    m_w->window->actions().settings->trigger();
    SettingsDialog& dialog = *m_w->window->control().dialog();
    dialog.openAt(SettingsDialog::Page::Voice);
    WindowFixture::activate(dialog);
    expectNone(tests::unreachable(dialog));
    expectNone(tests::unnamed(dialog));
  }

 private:
  ReadingAloud& reading() { return *m_w->window->readingAloud(); }
  SpeakingBar& bar() { return m_w->window->speakingBar(); }
  MessageText& text(int row) { return m_w->window->view().widgetAt(row)->text(); }
  void readAnswers(bool on) {
    m_w->window->control().change([on](Preferences& preferences) { preferences.reading.answers = on; });
  }
  // An answer that goes on until the gate opens.
  void begin() {
    m_w->stage->gate = false;
    m_w->type(u"Go"_s);
    QTest::keyClick(&m_w->window->composer().edit(), Qt::Key_Return);
    QVERIFY(m_w->window->conversation().isBusy());
  }
  QToolButton* buttonOf(int row, const QString& tip) {
    for (QToolButton* button : m_w->window->view().widgetAt(row)->findChildren<QToolButton*>()) {
      if (button->toolTip() == tip) return button;
    }
    return nullptr;
  }
  static void expectNone(const QStringList& missed) { QVERIFY2(missed.isEmpty(), qPrintable(missed.join(u'\n'))); }
  void walk(QWidget& window) {
    expectNone(tests::unreachable(window));
    expectNone(tests::unnamed(window));
    expectNone(tests::untranslated(window, m_w->language,
                                   {u"Test pack"_s,
                                    u"X-LLM"_s,
                                    u"English"_s,
                                    u"Ctrl"_s,
                                    u"Shift"_s,
                                    u"Alt"_s,
                                    u"Esc"_s,
                                    u"Return"_s,
                                    u"Enter"_s,
                                    u"PgUp"_s,
                                    u"PgDown"_s,
                                    u"Left"_s,
                                    u"Right"_s,
                                    u"End"_s,
                                    u"Up"_s,
                                    m_w->folder.path(),
                                    u"qt_"_s,
                                    u"A heron waits. Then it strikes. And it eats."_s,
                                    u"And it eats."_s,
                                    u"slt"_s,
                                    u"American English"_s,
                                    u"F9"_s,
                                    u"F8"_s,
                                    u"Del"_s}));
  }

  std::unique_ptr<tests::ScriptedVoice> m_voice;
  std::unique_ptr<WindowFixture> m_w;
};

QTEST_MAIN(ReadingTest)
#include "reading_test.moc"
