// The whole window with the starter pack, a real microphone and a real voice, in a room of a sound server's: what is
// said is asked, the answer is read aloud, words interrupt it and its own echo does not.
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <memory>

#include "core/generation/model_backend.h"
#include "tests/media/audio/sound_server.h"
#include "tests/ui/listening/listening_support.h"
#include "tests/ui/support/fake_reader.h"
#include "ui/history/store.h"
#include "ui/models/pack_state.h"
#include "ui/speaking/system_voice.h"
#include "ui/window/main_window.h"
#include "ui/window/reading_aloud.h"
#include "ui/window/voice_control.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

constexpr int kAnswerMs = 60'000;

const std::filesystem::path kPack = std::filesystem::path(XLLM_TEST_DIR) / "../build/packs/starter";

}  // namespace

class LiveTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    if (!std::filesystem::exists(kPack / "pack.json"))
      QSKIP("build/packs/starter is not there; `make starter-pack` makes it.");
    const QString why = m_server.start();
    if (!why.isEmpty()) QSKIP(qPrintable(why));
    m_server.addMicrophone();
    m_server.addRoom(80, 0.5);
    m_bridge.emplace(generation::makeModelBackend(generation::Loading::Everything));
    m_voice.emplace();
    QSignalSpy found(&*m_voice, &Voice::offersChanged);
    m_voice->wake();
    QTRY_COMPARE_WITH_TIMEOUT(found.size(), 1, 20'000);
  }
  void cleanup() {
    m_window.reset();
    m_store.reset();
    m_listening.reset();
    m_server.wait();
  }

  void whatIsSaidBecomesAQuestionWithItsWords() {
    open({.mode = ListenMode::ClickToTalk, .goes = SayingGoes::AtOnce});
    talk().toggle();
    QTRY_VERIFY(m_listening->isOpen());
    m_server.speak(tests::spoken("conf-onlyperson.flac"));
    QTRY_COMPARE_WITH_TIMEOUT(answered(), 1, kAnswerMs);
    QVERIFY(!m_listening->isOpen());  // the end of what was said closed it
    heardWords(0, {u"only"_s, u"person"_s, u"conference"_s});
  }

  void handsFreeOneQuestionFollowsTheOther() {
    open({.mode = ListenMode::HandsFree});
    talk().toggle();
    QTRY_VERIFY(m_listening->isOpen());
    m_server.speak(tests::spoken("vm-msgsaved.flac"));
    QTRY_COMPARE_WITH_TIMEOUT(answered(), 1, kAnswerMs);
    QVERIFY(m_listening->isOpen());
    m_server.speak(tests::spoken("check-number-dial-again.flac"));
    QTRY_COMPARE_WITH_TIMEOUT(answered(), 2, kAnswerMs);
    heardWords(0, {u"message"_s, u"saved"_s});
    heardWords(2, {u"number"_s, u"again"_s});
  }

  void theVoicesOwnEchoInterruptsNothing() {
    if (!m_voice->canSpeak()) QSKIP("This computer has no voice.");
    open({.mode = ListenMode::HandsFree}, {.answers = true});
    QSignalSpy interrupted(m_window->readingAloud()->interruption(), &Interruption::interrupted);
    talk().toggle();
    QTRY_VERIFY(m_listening->isOpen());
    QVERIFY(m_listening->cancelsEcho());
    m_server.speak(tests::spoken("conf-onlyperson.flac"));
    QTRY_VERIFY_WITH_TIMEOUT(reader().isSpeaking(), kAnswerMs);
    for (int i = 0; i < 100 && (reader().isReading() || m_window->conversation().isBusy()); ++i) QTest::qWait(100);
    QTest::qWait(1000);
    QCOMPARE(interrupted.size(), 0);
    QCOMPARE(model().rowCount(), 2);  // the question and its answer
  }

  void wordsInterruptTheVoiceAndAreAskedNext() {
    if (!m_voice->canSpeak()) QSKIP("This computer has no voice.");
    open({.mode = ListenMode::HandsFree}, {.answers = true});
    QSignalSpy interrupted(m_window->readingAloud()->interruption(), &Interruption::interrupted);
    talk().toggle();
    QTRY_VERIFY(m_listening->isOpen());
    m_server.speak(tests::spoken("conf-onlyperson.flac"));
    QTRY_VERIFY_WITH_TIMEOUT(reader().isSpeaking(), kAnswerMs);
    m_server.speak(tests::spoken("vm-enter-num-to-call.flac"));
    QTRY_COMPARE_WITH_TIMEOUT(interrupted.size(), 1, 15'000);
    QTRY_COMPARE_WITH_TIMEOUT(model().rowCount(), 4, 15'000);
    heardWords(2, {u"number"_s});
  }

 private:
  void open(TalkPreferences talk, ReadingPreferences reading = {}) {
    m_folder.emplace();
    m_store.emplace(m_folder->path());
    m_listening.emplace(kPack / "voice-activity/silero_vad_16k.safetensors");
    Preferences preferences;
    preferences.language = LanguageChoice::English;
    preferences.talk = std::move(talk);
    preferences.reading = std::move(reading);
    m_window = std::make_unique<MainWindow>(*m_bridge, m_reader, m_language, *m_store, preferences);
    m_window->setVoice(*m_voice);
    m_window->setListening(*m_listening);
    m_window->show();
    QSignalSpy loaded(m_window.get(), &MainWindow::packLoaded);
    m_window->openPack(QString::fromStdU16String(kPack.u16string()));
    QTRY_COMPARE_WITH_TIMEOUT(loaded.size(), 1, kAnswerMs);
  }
  Talk& talk() { return m_window->voice()->talk(); }
  AnswerReader& reader() { return m_window->readingAloud()->reader(); }
  ConversationModel& model() { return m_window->conversation().model(); }
  // Questions with a whole answer.
  int answered() {
    int count = 0;
    for (int row = 1; row < model().rowCount(); row += 2) count += model().at(row).state == MessageState::Done ? 1 : 0;
    return count;
  }
  // The transcript comes when nothing else is to be done.
  void heardWords(int row, const QStringList& words) {
    const auto transcript = [&] {
      const Attachments attachments = model().at(row).attachments;
      return attachments.isEmpty() ? QString() : attachments.first().transcript;
    };
    QTRY_VERIFY_WITH_TIMEOUT(!transcript().isEmpty(), kAnswerMs);
    for (const QString& word : words)
      QVERIFY2(transcript().contains(word, Qt::CaseInsensitive), qPrintable(transcript()));
  }

  tests::SoundServer m_server;
  tests::FakeReader m_reader;
  Language m_language{QStringLiteral(XLLM_I18N_DIR)};
  std::optional<EngineBridge> m_bridge;
  std::optional<SystemVoice> m_voice;
  std::optional<QTemporaryDir> m_folder;
  std::optional<MicrophoneListening> m_listening;
  std::optional<Store> m_store;
  std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(LiveTest)
#include "live_test.moc"
