// Talking through the whole window, with a microphone that the test plays: every way by mouse and by keys, what is
// shown, what goes to the model, and that nothing that was said is lost or heard against somebody's will.
#include <QLabel>
#include <QPushButton>
#include <QToolButton>

#include "tests/ui/support/scripted_listening.h"
#include "tests/ui/support/walker.h"
#include "tests/ui/support/window_fixture.h"
#include "ui/chat/attachment_strip.h"
#include "ui/chat/conversation_view.h"
#include "ui/chat/message_widget.h"
#include "ui/composer/attachment_chip.h"
#include "ui/composer/said_words.h"
#include "ui/talk/level_meter.h"
#include "ui/talk/talk_bar.h"
#include "ui/talk/talk_buttons.h"
#include "ui/widgets/inline_message.h"
#include "ui/window/actions.h"
#include "ui/window/voice_control.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using tests::ScriptedListening;
using tests::WindowFixture;

namespace {

Preferences talking(ListenMode mode, SayingGoes goes = SayingGoes::AtOnceHandsFree) {
  Preferences preferences;
  preferences.language = LanguageChoice::English;
  preferences.talk.mode = mode;
  preferences.talk.goes = goes;
  return preferences;
}

}  // namespace

class VoiceTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_listening = std::make_unique<ScriptedListening>();
    m_fixture = std::make_unique<WindowFixture>(QStringLiteral(XLLM_I18N_DIR));
    m_fixture->stage->transcribe = [](const generation::Sound& sound, std::stop_token) {
      return "said " + std::to_string(static_cast<int>(10 * sound->seconds()));
    };
    m_fixture->stage->examine = [](const generation::Part& medium, std::stop_token) {
      auto made = tests::Stage::examinationOf(medium);
      if (const auto* sound = std::get_if<generation::Sound>(&medium)) {
        made.transcript = "said " + std::to_string(static_cast<int>(10 * (*sound)->seconds()));
      }
      return made;
    };
    m_fixture->window->setListening(*m_listening);
  }
  void cleanup() {
    m_fixture.reset();
    m_listening.reset();
  }

  void withoutSomebodyWhoListensThereIsNoMicrophone() {
    reopen(talking(ListenMode::ClickToTalk), false);
    QVERIFY(!m_fixture->window->voice());
    QVERIFY(m_fixture->window->findChildren<MicrophoneButton*>().isEmpty());
    QVERIFY(!m_fixture->window->actions().talk->isVisible());
    WindowFixture::press(Qt::Key_F8);
    QCOMPARE(m_listening->starts.size(), 0);
  }

  void nothingIsHeardBeforeItIsAskedFor() {
    m_fixture->loadPack();
    QCOMPARE(m_listening->starts.size(), 0);
    QVERIFY(!bar().isVisible());
    QVERIFY(!m_fixture->window->windowTitle().contains(u"microphone"_s));
  }

  void aClickOpensTheMicrophoneAndTheEndOfSpeechClosesIt() {
    m_fixture->loadPack();
    QTest::mouseClick(&button(), Qt::LeftButton);
    QVERIFY(m_listening->isOpen() && bar().isVisible());
    QVERIFY(m_fixture->window->windowTitle().contains(u"microphone is open"_s));
    QCOMPARE(m_listening->starts.constLast().first, ListenMode::ClickToTalk);
    m_listening->speak(2);
    QTRY_COMPARE(bar().words(), u"said 15"_s);  // the newest of those that grew
    m_listening->pause();
    m_listening->endUtterance();
    QVERIFY(!m_listening->isOpen() && !bar().isVisible());
    QTRY_COMPARE(words(0), u"said 20"_s);
    QCOMPARE(m_fixture->model().rowCount(), 0);  // it waits to be read
    QVERIFY(bar().words().isEmpty());
  }

  void aSecondClickFinishes() {
    m_fixture->loadPack();
    QTest::mouseClick(&button(), Qt::LeftButton);
    m_listening->speak(1);
    QTest::mouseClick(&button(), Qt::LeftButton);
    QCOMPARE(m_listening->stops, 1);
    QCOMPARE(m_fixture->window->composer().chips().size(), 1);
  }

  void theKeyOfTheMenuDoesTheSame() {
    m_fixture->loadPack();
    WindowFixture::press(Qt::Key_M, Qt::ControlModifier);
    QVERIFY(m_listening->isOpen());
    m_listening->speak(1);
    WindowFixture::press(Qt::Key_M, Qt::ControlModifier);
    QVERIFY(!m_listening->isOpen());
    QCOMPARE(m_fixture->window->composer().chips().size(), 1);
  }

  void theButtonIsHeldByTheMouse() {
    reopen(talking(ListenMode::HoldToTalk));
    m_fixture->loadPack();
    QTest::mousePress(&button(), Qt::LeftButton);
    QVERIFY(m_listening->isOpen());
    m_listening->speak(1);
    QTest::mouseRelease(&button(), Qt::LeftButton);
    QVERIFY(!m_listening->isOpen());
    QCOMPARE(m_fixture->window->composer().chips().size(), 1);
  }

  void theButtonIsHeldByTheSpaceBar() {
    reopen(talking(ListenMode::HoldToTalk));
    m_fixture->loadPack();
    button().setFocus();
    QTest::keyPress(&button(), Qt::Key_Space);
    QVERIFY(m_listening->isOpen());
    m_listening->speak(1);
    QTest::keyRelease(&button(), Qt::Key_Space);
    QVERIFY(!m_listening->isOpen());
    QCOMPARE(m_fixture->window->composer().chips().size(), 1);
  }

  // Whatever way is chosen, and wherever the keyboard is: also while a message is typed.
  void theKeyIsHeldFromTheBox() {
    m_fixture->loadPack();
    PromptEdit& box = m_fixture->window->composer().edit();
    m_fixture->type(u"Listen: "_s);
    QTest::keyPress(&box, Qt::Key_F8);
    QVERIFY(m_listening->isOpen());
    QCOMPARE(m_listening->starts.constLast().first, ListenMode::HoldToTalk);
    m_listening->speak(1);
    QTest::keyRelease(&box, Qt::Key_F8);
    QVERIFY(!m_listening->isOpen());
    QCOMPARE(m_fixture->window->composer().chips().size(), 1);
    QCOMPARE(box.toPlainText(), u"Listen: "_s);
  }

  void aShortPressSaysWhatToDo() {
    m_fixture->loadPack();
    QTest::keyClick(&m_fixture->window->composer().edit(), Qt::Key_F8);
    QVERIFY(m_fixture->window->composer().chips().isEmpty());
    QVERIFY(shows(u"hold it while you talk"_s));
  }

  void whatIsNotCorrectedGoesAsSound() {
    m_fixture->loadPack();
    const generation::Sound sound = sayByClick(2);
    QTRY_COMPARE(words(0), u"said 20"_s);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);  // the keyboard is in the line
    QTRY_COMPARE(m_fixture->stateOf(1), MessageState::Done);
    const auto turn = m_fixture->stage->requests().back().turns.back();
    QCOMPARE(turn.parts.size(), std::size_t{1});
    QVERIFY(std::get<generation::Sound>(turn.parts.front()) == sound);
    QCOMPARE(m_fixture->model().at(0).text, QString());
    QTRY_COMPARE(m_fixture->model().at(0).attachments.at(0).transcript, u"said 20"_s);
    QVERIFY(m_fixture->window->composer().isEmpty());
  }

  void whatIsCorrectedGoesAsText() {
    m_fixture->loadPack();
    sayByClick(2);
    QTRY_COMPARE(words(0), u"said 20"_s);
    QTest::keyClicks(QApplication::focusWidget(), u" times"_s);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QTRY_COMPARE(m_fixture->stateOf(1), MessageState::Done);
    expectCorrected();
    // Again from disk, with the question after it.
    m_fixture->close();
    m_fixture->open(talking(ListenMode::ClickToTalk));
    m_fixture->window->setListening(*m_listening);
    QTRY_COMPARE(m_fixture->model().rowCount(), 2);
    m_fixture->loadPack();
    m_fixture->ask(u"And then?"_s);
    expectCorrected();
  }

  void whatThePersonWroteIsNotOverwrittenByWhatIsUnderstoodLater() {
    m_fixture->loadPack();
    std::atomic<bool> slow{true};
    m_fixture->stage->transcribe = [&slow](const generation::Sound&, std::stop_token stop) -> Result<std::string> {
      while (slow && !stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return std::string("late");
    };
    sayByClick(0.4);
    QTest::keyClicks(QApplication::focusWidget(), u"mine"_s);
    slow = false;
    QTest::qWait(80);
    QCOMPARE(words(0), u"mine"_s);
  }

  void withTypedWordsAndAPictureBothGo() {
    m_fixture->loadPack();
    m_fixture->window->composer().addFiles({u"/1/2.png"_s});
    m_fixture->type(u"Answer briefly."_s);
    sayByClick(1);
    QTRY_VERIFY(!m_fixture->window->composer().isReading());
    QTest::keyClick(&m_fixture->window->composer().edit(), Qt::Key_Return);
    QTRY_COMPARE(m_fixture->stateOf(1), MessageState::Done);
    const auto parts = m_fixture->stage->requests().back().turns.back().parts;
    QCOMPARE(parts.size(), std::size_t{3});
    QVERIFY(std::holds_alternative<generation::Picture>(parts[0]));
    QVERIFY(std::holds_alternative<generation::Sound>(parts[1]));
    QCOMPARE(std::get<std::string>(parts[2]), std::string("Answer briefly."));
  }

  void withoutShownWordsNobodyIsAskedForThem() {
    Preferences preferences = talking(ListenMode::ClickToTalk);
    preferences.talk.showsWords = false;
    reopen(preferences);
    m_fixture->loadPack();
    sayByClick(2);
    QTest::qWait(50);
    QVERIFY(m_fixture->stage->transcribedSounds().empty());
    QVERIFY(m_fixture->window->composer().said().inTabOrder().isEmpty());
    QCOMPARE(m_fixture->window->composer().chips().size(), 1);
  }

  void handsFreeGoesOnFromQuestionToQuestion() {
    reopen(talking(ListenMode::HandsFree));
    m_fixture->loadPack();
    QTest::mouseClick(&button(), Qt::LeftButton);
    for (int question = 1; question <= 3; ++question) {
      m_listening->say(question);
      QTRY_COMPARE(m_fixture->stateOf(2 * question - 1), MessageState::Done);
      QVERIFY(m_listening->isOpen());
    }
    QCOMPARE(m_fixture->stage->requests().back().turns.size(), std::size_t{5});
    QTest::mouseClick(&button(), Qt::LeftButton);
    QVERIFY(!m_listening->isOpen());
    QCOMPARE(m_fixture->model().rowCount(), 6);
  }

  // In the pause behind the words, not only once they count as complete.
  void theAnswerIsPreparedInThePause() {
    reopen(talking(ListenMode::HandsFree));
    m_fixture->loadPack();
    m_fixture->ask(u"Hello"_s);
    QTest::mouseClick(&button(), Qt::LeftButton);
    m_listening->speak(2);
    QVERIFY(m_fixture->stage->preparedRequests().empty());
    m_listening->pause();
    QTRY_COMPARE(m_fixture->stage->preparedRequests().size(), std::size_t{1});
    const generation::Sound sound = m_listening->said();
    m_listening->endUtterance();
    QTRY_COMPARE(m_fixture->stateOf(3), MessageState::Done);
    const auto prepared = m_fixture->stage->preparedRequests().back();
    const auto asked = m_fixture->stage->requests().back();
    QVERIFY(prepared.turns.back().parts == asked.turns.back().parts);
    QVERIFY(std::get<generation::Sound>(asked.turns.back().parts.front()) == sound);
    QCOMPARE(prepared.turns.size(), asked.turns.size());
    QCOMPARE(prepared.options.maxNewTokens, asked.options.maxNewTokens);
  }

  void onlyTheNewestOfWhatGrowsIsUnderstoodWhenTheModelIsSlow() {
    m_fixture->loadPack();
    m_fixture->stage->gate = false;
    m_fixture->stage->transcribe = [this](const generation::Sound& sound, std::stop_token stop) -> Result<std::string> {
      if (!tests::waitAtGate(*m_fixture->stage, stop)) return fail(ErrorCode::Cancelled, "Stopped.");
      return std::to_string(static_cast<int>(10 * sound->seconds()));
    };
    QTest::mouseClick(&button(), Qt::LeftButton);
    m_listening->speak(5);
    QTRY_COMPARE(m_fixture->stage->transcribedSounds().size(), std::size_t{1});
    m_fixture->stage->gate = true;
    QTRY_COMPARE(bar().words(), u"45"_s);
    QCOMPARE(m_fixture->stage->transcribedSounds().size(), std::size_t{2});
  }

  void whatIsHeardDuringAnAnswerStopsItAndIsAskedNext() {
    reopen(talking(ListenMode::HandsFree));
    m_fixture->loadPack();
    answerForEver();
    QTest::mouseClick(&button(), Qt::LeftButton);
    m_listening->say(1);
    QTRY_COMPARE(m_fixture->stateOf(1), MessageState::Streaming);
    m_listening->say(2);
    QTRY_COMPARE(m_fixture->stateOf(1), MessageState::Stopped);
    QTRY_COMPARE(m_fixture->stateOf(3), MessageState::Streaming);
    QCOMPARE(m_fixture->model().at(2).attachments.at(0).seconds, 2.0);
  }

  void whoeverHoldsItBackDecides() {
    reopen(talking(ListenMode::HandsFree));
    m_fixture->loadPack();
    answerForEver();
    QTest::mouseClick(&button(), Qt::LeftButton);
    m_listening->say(1);
    QTRY_COMPARE(m_fixture->stateOf(1), MessageState::Streaming);
    bool asked = false;
    m_fixture->window->voice()->talk().setHoldBack([&asked] { return asked = true; });
    m_listening->say(2);
    QTest::qWait(30);
    QVERIFY(asked);
    QCOMPARE(m_fixture->model().rowCount(), 2);
    QCOMPARE(m_fixture->stateOf(1), MessageState::Streaming);
    QVERIFY(m_fixture->window->composer().isEmpty());
    m_fixture->window->voice()->talk().accept(ScriptedListening::sound(2));  // it was a message all the same
    QTRY_COMPARE(m_fixture->stateOf(3), MessageState::Streaming);
    QCOMPARE(m_fixture->stateOf(1), MessageState::Stopped);
  }

  void mutedIsSeenAndEndsByItsKey() {
    reopen(talking(ListenMode::HandsFree));
    m_fixture->loadPack();
    QVERIFY(!m_fixture->window->actions().mute->isEnabled());
    QTest::mouseClick(&button(), Qt::LeftButton);
    WindowFixture::press(Qt::Key_M, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(m_listening->isMuted());
    QVERIFY(bar().status().contains(u"Muted"_s));
    QVERIFY(m_fixture->window->actions().mute->isChecked());
    QTest::mouseClick(&bar().muteButton(), Qt::LeftButton);
    QVERIFY(!m_listening->isMuted());
    QVERIFY(!bar().status().contains(u"Muted"_s));
    m_fixture->window->voice()->talk().setMuted(true);
    WindowFixture::press(Qt::Key_M, Qt::ControlModifier);  // closed, and open again: it hears
    WindowFixture::press(Qt::Key_M, Qt::ControlModifier);
    QVERIFY(m_listening->isOpen() && !m_listening->isMuted());
  }

  void tooLoudIsSaid() {
    m_fixture->loadPack();
    QTest::mouseClick(&button(), Qt::LeftButton);
    Q_EMIT m_listening->levelChanged(-20, -12, false);
    QVERIFY(bar().meter().shown() > 0.5);
    Q_EMIT m_listening->levelChanged(-2, 0, true);
    QVERIFY(bar().status().contains(u"Too loud"_s));
  }

  void whatIsThrownAwayIsGone() {
    m_fixture->loadPack();
    QTest::mouseClick(&button(), Qt::LeftButton);
    m_listening->speak(2);
    QTest::mouseClick(&bar().dropButton(), Qt::LeftButton);
    QCOMPARE(m_listening->drops, 1);
    QVERIFY(!m_listening->isOpen() && m_fixture->window->composer().isEmpty());
  }

  void everyTroubleHasASentenceAndTypingGoesOn() {
    m_fixture->loadPack();
    QStringList titles;
    for (const auto trouble : {ListenTrouble::NotAllowed, ListenTrouble::NoDevice, ListenTrouble::Unplugged,
                               ListenTrouble::NoDetector, ListenTrouble::Failed}) {
      m_listening->trouble = trouble;
      QTest::mouseClick(&button(), Qt::LeftButton);
      const InlineMessage& message = m_fixture->window->composer().message();
      QVERIFY(message.isVisible() && !message.text().isEmpty() && !bar().isVisible());
      QVERIFY(!titles.contains(message.title()));
      titles << message.title();
    }
    m_fixture->ask(u"Hello"_s);
    QCOMPARE(m_fixture->stateOf(1), MessageState::Done);
  }

  void whatWasSaidBeforeThePlugWasPulledIsKept() {
    m_fixture->loadPack();
    QTest::mouseClick(&button(), Qt::LeftButton);
    m_listening->speak(2);
    m_listening->unplug();
    QCOMPARE(m_fixture->window->composer().chips().size(), 1);
    QVERIFY(m_fixture->window->composer().message().title().contains(u"went away"_s));
  }

  void withoutAPackTheMicrophoneIsOffAndSaysWhy() {
    QVERIFY(!button().isEnabled() && !m_fixture->window->actions().talk->isEnabled());
    QVERIFY(button().toolTip().contains(u"Choose a model pack"_s));
    WindowFixture::press(Qt::Key_F8);
    QCOMPARE(m_listening->starts.size(), 0);
    QVERIFY(m_fixture->window->composer().message().title().contains(u"no model"_s));
    m_fixture->loadPack();
    QVERIFY(button().isEnabled());
  }

  void aPackThatDoesNotHearSaysSo() {
    m_fixture->stage->load = deafPack;
    m_fixture->loadPack();
    QVERIFY(!button().isEnabled());
    QVERIFY(button().toolTip().contains(u"cannot listen"_s));
  }

  void anotherPackThatDoesNotHearClosesTheMicrophoneAndKeepsWhatWasSaid() {
    m_fixture->loadPack();
    QTest::mouseClick(&button(), Qt::LeftButton);
    m_listening->speak(2);
    m_fixture->stage->load = deafPack;
    m_fixture->loadPack();
    QTRY_VERIFY(!m_listening->isOpen());
    QCOMPARE(m_fixture->window->composer().chips().size(), 1);
    QVERIFY(m_fixture->window->composer().message().title().contains(u"cannot listen"_s));
  }

  void whatIsSaidWhileThePackLoadsGoesOutOnceItIsThere() {
    reopen(talking(ListenMode::HandsFree));
    m_fixture->stage->load = [stage = m_fixture->stage](
                                 const std::filesystem::path& folder, std::stop_token stop,
                                 const generation::LoadProgress&) -> Result<generation::PackSummary> {
      if (!tests::waitAtGate(*stage, stop)) return fail(ErrorCode::Cancelled, "Stopped.");
      return generation::PackSummary{
          .name = "P", .version = "1", .folder = folder, .contextLength = 2048, .hearsSpeech = true};
    };
    m_fixture->window->openPack(u"/packs/test"_s);
    QVERIFY(button().isEnabled());
    QTest::mouseClick(&button(), Qt::LeftButton);
    QVERIFY(shows(u"The model is still loading"_s));
    m_listening->say(1);
    QTRY_COMPARE(m_fixture->stateOf(1), MessageState::WaitingForPack);
    m_fixture->stage->gate = true;
    QTRY_COMPARE(m_fixture->stateOf(1), MessageState::Done);
  }

  void anotherConversationGetsNothingThatWasBegunElsewhere() {
    reopen(talking(ListenMode::HandsFree));
    m_fixture->loadPack();
    m_fixture->ask(u"Hello"_s);
    QTest::mouseClick(&button(), Qt::LeftButton);
    m_listening->speak(2);
    m_fixture->window->conversation().startNew();
    m_listening->pause();
    m_listening->endUtterance();
    QTest::qWait(30);
    QCOMPARE(m_fixture->model().rowCount(), 0);
    QCOMPARE(m_fixture->window->composer().chips().size(), 1);
    m_fixture->window->composer().clear();
    m_listening->say(1);
    QTRY_COMPARE(m_fixture->stateOf(1), MessageState::Done);  // begun here
  }

  void aDraftKeepsWhatWasSaidAndItsCorrectedWords() {
    m_fixture->loadPack();
    m_fixture->ask(u"Hello"_s);
    const ConversationId first = m_fixture->window->conversation().id();
    sayByClick(2);
    QTRY_COMPARE(words(0), u"said 20"_s);
    sayByClick(3);
    QTRY_COMPARE(words(1), u"said 30"_s);
    QTest::keyClicks(QApplication::focusWidget(), u" more"_s);
    QTRY_COMPARE(recordingsOnDisk(), 2);
    m_fixture->window->conversation().startNew();
    QTRY_VERIFY(m_fixture->window->composer().isEmpty());
    m_fixture->window->conversation().open(first);
    QTRY_COMPARE(m_fixture->window->composer().chips().size(), 2);
    QCOMPARE(words(0), u"said 20"_s);
    QCOMPARE(words(1), u"said 30 more"_s);
    // And after the program ended.
    QTest::qWait(300);
    m_fixture->close();
    m_fixture->open(talking(ListenMode::ClickToTalk));
    m_fixture->window->setListening(*m_listening);
    QTRY_COMPARE(m_fixture->window->composer().chips().size(), 2);
    m_fixture->loadPack();
    QTest::keyClick(&m_fixture->window->composer().edit(), Qt::Key_Return);
    QTRY_COMPARE(m_fixture->stateOf(3), MessageState::Done);
    const auto parts = m_fixture->stage->requests().back().turns.back().parts;
    QCOMPARE(parts.size(), std::size_t{2});
    QVERIFY(std::holds_alternative<generation::Sound>(parts[0]));  // read from the vault
    QCOMPARE(std::get<std::string>(parts[1]), std::string("said 30 more"));
  }

  // As fast as one can switch: the recording is not even on disk yet.
  void aDraftThatIsLeftAtOnceKeepsWhatWasSaid() {
    m_fixture->loadPack();
    m_fixture->ask(u"Hello"_s);
    const ConversationId first = m_fixture->window->conversation().id();
    sayByClick(2);
    m_fixture->window->conversation().startNew();
    QTRY_VERIFY(m_fixture->window->composer().isEmpty());
    QTest::qWait(100);
    m_fixture->window->conversation().open(first);
    QTRY_COMPARE(m_fixture->window->composer().chips().size(), 1);
  }

  void severalRecordingsLeftAtOnceKeepTheirOrder() {
    m_fixture->loadPack();
    m_fixture->ask(u"Hello"_s);
    const ConversationId first = m_fixture->window->conversation().id();
    for (const double seconds : {1.0, 2.0, 3.0}) sayByClick(seconds);
    QTRY_COMPARE(words(2), u"said 30"_s);
    m_fixture->window->conversation().startNew();
    m_fixture->window->conversation().open(first);
    QTRY_COMPARE(m_fixture->window->composer().chips().size(), 3);
    QCOMPARE((QStringList{words(0), words(1), words(2)}), (QStringList{u"said 10"_s, u"said 20"_s, u"said 30"_s}));
  }

  void whatIsTakenOutOfTheBoxIsTakenFromTheDiskToo() {
    m_fixture->loadPack();
    sayByClick(2);
    QTRY_COMPARE(recordingsOnDisk(), 1);
    QTest::qWait(300);  // its draft is written
    m_fixture->window->composer().chips().first()->removeButton()->click();
    QTRY_COMPARE(recordingsOnDisk(), 0);
  }

  void aMessageKeepsItsRecordingThoughTheDraftIsGone() {
    m_fixture->loadPack();
    sayByClick(2);
    QTRY_COMPARE(recordingsOnDisk(), 1);
    QTest::qWait(300);
    QTest::keyClick(&m_fixture->window->composer().edit(), Qt::Key_Return);
    QTRY_COMPARE(m_fixture->stateOf(1), MessageState::Done);
    QTest::qWait(500);
    QCOMPARE(recordingsOnDisk(), 1);
    QCOMPARE(m_fixture->model().at(0).attachments.at(0).file.isEmpty(), false);
  }

  void quittingThrowsAwayWhatIsBeingSaid() {
    m_fixture->loadPack();
    QTest::mouseClick(&button(), Qt::LeftButton);
    m_listening->speak(2);
    m_fixture->close();
    QVERIFY(!m_listening->isOpen());
    QVERIFY(m_listening->drops >= 1);
  }

  void aWindowThatIsHiddenDoesNotListen() {
    for (const auto mode : {ListenMode::ClickToTalk, ListenMode::HandsFree}) {
      reopen(talking(mode));
      m_fixture->loadPack();
      QTest::mouseClick(&button(), Qt::LeftButton);
      m_listening->speak(2);
      m_fixture->window->hide();
      QVERIFY(!m_listening->isOpen());
      QCOMPARE(m_fixture->model().rowCount(), 0);  // nothing goes out behind somebody's back
      m_fixture->window->show();
      QCOMPARE(m_fixture->window->composer().chips().size(), 1);
      m_fixture->window->composer().clear();
    }
  }

  void anotherMicrophoneIsUsedAtOnce() {
    reopen(talking(ListenMode::HandsFree));
    m_fixture->loadPack();
    QSignalSpy wanted(m_fixture->window.get(), &MainWindow::microphonesWanted);
    QTest::mouseClick(&button(), Qt::LeftButton);
    Q_EMIT m_fixture->window->actions().wayOfTalking->aboutToShow();
    QCOMPARE(wanted.count(), 1);
    m_fixture->window->setMicrophones({{"usb", u"USB"_s}});
    m_fixture->window->control().change([](Preferences& p) { p.talk.listening.device = "usb"; });
    QCOMPARE(m_listening->starts.size(), 2);
    QCOMPARE(m_listening->starts.constLast().second.device, "usb");
    QVERIFY(m_listening->isOpen());
  }

  void theSettingsChangeHowOneTalks() {
    m_fixture->loadPack();
    m_fixture->window->control().change([](Preferences& p) {
      p.talk.mode = ListenMode::HandsFree;
      p.talk.listening.endDelaySeconds = 1.5;
    });
    QTest::mouseClick(&button(), Qt::LeftButton);
    QCOMPARE(m_listening->starts.constLast().first, ListenMode::HandsFree);
    QCOMPARE(m_listening->starts.constLast().second.endDelaySeconds, 1.5);
  }

  void everythingIsReachedNamedAndTranslatedWhileOneTalks() {
    for (const auto mode : {ListenMode::ClickToTalk, ListenMode::HandsFree}) {
      reopen(talking(mode, SayingGoes::AfterReading));
      m_fixture->loadPack();
      sayByClick(1);
      if (mode == ListenMode::ClickToTalk) button().click();
      m_listening->speak(2);
      QTest::qWait(50);
      const QStringList missed =
          tests::unreachable(*m_fixture->window) + tests::unnamed(*m_fixture->window) +
          tests::untranslated(*m_fixture->window, m_fixture->language,
                              {u"X-LLM"_s, u"Test pack"_s, u"said"_s, u"Recording"_s, u"English"_s, u"Ctrl"_s, u"F8"_s,
                               u"Balanced"_s, u"MB"_s, u"GB"_s, u"AM"_s, u"PM"_s});
      QVERIFY2(missed.isEmpty(), qPrintable(missed.join(u'\n')));
      m_fixture->window->voice()->talk().drop();
    }
  }

  void nothingIsCutOffInANarrowWindow() {
    reopen(talking(ListenMode::HandsFree, SayingGoes::AfterReading));
    m_fixture->loadPack();
    m_fixture->window->resize(420, 620);
    QTest::mouseClick(&button(), Qt::LeftButton);
    m_listening->speak(2);
    Q_EMIT m_listening->levelChanged(-2, 0, true);
    QTest::qWait(50);
    QCOMPARE(m_fixture->window->width(), 420);
    for (QWidget* part : std::initializer_list<QWidget*>{&button(), &bar().muteButton(), &bar().endButton(), &bar()}) {
      const QRect place(part->mapTo(m_fixture->window.get(), QPoint()), part->size());
      QVERIFY2(m_fixture->window->rect().contains(place), part->metaObject()->className());
    }
  }

 private:
  static Result<generation::PackSummary> deafPack(const std::filesystem::path& folder, std::stop_token,
                                                  const generation::LoadProgress&) {
    return generation::PackSummary{.name = "Deaf", .version = "1", .folder = folder, .contextLength = 2048};
  }

  void reopen(const Preferences& preferences, bool listens = true) {
    m_fixture->close();
    m_fixture->open(preferences);
    if (listens) m_fixture->window->setListening(*m_listening);
  }
  TalkBar& bar() { return m_fixture->window->voice()->bar(); }
  MicrophoneButton& button() { return m_fixture->window->voice()->button(); }
  QString words(int place) {
    const auto chips = m_fixture->window->composer().chips();
    return place < chips.size() ? m_fixture->window->composer().wordsOf(chips[place]->id()).value_or(QString())
                                : QString();
  }
  generation::Sound sayByClick(double seconds) {
    if (!m_listening->isOpen()) button().click();
    m_listening->speak(seconds);
    m_listening->pause();
    const generation::Sound sound = m_listening->said();
    m_listening->endUtterance();
    return sound;
  }
  void answerForEver() {
    m_fixture->stage->answer = tests::endlessAnswer(*m_fixture->stage, std::chrono::milliseconds(2));
  }
  bool shows(const QString& hint) {
    for (const QLabel* label : m_fixture->window->composer().findChildren<QLabel*>()) {
      if (label->isVisible() && label->text().contains(hint)) return true;
    }
    return false;
  }
  int recordingsOnDisk() {
    return static_cast<int>(QDir(m_fixture->folder.filePath(u"media"_s)).entryList(QDir::Files).size());
  }
  void expectCorrected() {
    const auto turns = m_fixture->stage->requests().back().turns;
    const auto& parts = turns.front().parts;
    QCOMPARE(parts.size(), std::size_t{1});
    QCOMPARE(std::get<std::string>(parts.front()), std::string("said 20 times"));
    const Message& message = m_fixture->model().at(0);
    QCOMPARE(message.text, u"said 20 times"_s);
    QVERIFY(message.attachments.at(0).isCorrected());
    QTRY_VERIFY(!m_fixture->model().at(0).attachments.at(0).file.isEmpty());
    QVERIFY(QFile::exists(m_fixture->model().at(0).attachments.at(0).file));
  }

  std::unique_ptr<ScriptedListening> m_listening;
  std::unique_ptr<WindowFixture> m_fixture;
};

QTEST_MAIN(VoiceTest)
#include "voice_test.moc"
