// Who says what, and how it is taken down: spoken files, no sound system.
#include "ui/listening/recording.h"

#include <QTest>
#include <algorithm>
#include <array>

#include "media/decode/file_decoder.h"
#include "tests/media/audio/alike.h"
#include "tests/support/parts.h"

using namespace xllm;
using namespace xllm::ui;

namespace {

using Kind = HeardEvent::Kind;
constexpr int kRateHz = 16000;

std::vector<float> spoken(const char* name) {
  return media::FileDecoder().decodeSound(std::filesystem::path(XLLM_TEST_DIR) / "data" / name).value().samples;
}

std::vector<float> silence(double seconds) { return std::vector<float>(static_cast<std::size_t>(seconds * kRateHz)); }

std::vector<float> join(std::initializer_list<std::vector<float>> parts) {
  std::vector<float> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::vector<HeardEvent> pushAll(Recording& recording, const std::vector<float>& samples) {
  std::vector<HeardEvent> all;
  for (std::size_t at = 0; at + Recording::kChunk <= samples.size(); at += Recording::kChunk) {
    std::array<float, Recording::kChunk> chunk{};
    std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(at), chunk.size(), chunk.begin());
    for (HeardEvent& event : recording.push(chunk)) all.push_back(std::move(event));
  }
  return all;
}

std::vector<HeardEvent> only(const std::vector<HeardEvent>& events, Kind kind) {
  std::vector<HeardEvent> found;
  std::ranges::copy_if(events, std::back_inserter(found),
                       [kind](const HeardEvent& event) { return event.kind == kind; });
  return found;
}

}  // namespace

class RecordingTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    const auto weights = tests::part("silero_vad_16k.safetensors");
    if (!std::filesystem::exists(weights)) QSKIP("The detector's weights are not here; packaging/setup/ fetches them.");
    auto opened = listening::SileroVad::open(weights);
    QVERIFY2(opened.has_value(), opened ? "" : opened.error().message.c_str());
    m_detector = *std::move(opened);
  }

  void handsFreeHearsOneAfterTheOther() {
    Recording recording(ListenMode::HandsFree, {}, m_detector);
    const auto first = spoken("vm-msgsaved.flac"), second = spoken("conf-onlyperson.flac");
    const auto events = pushAll(recording, join({silence(1), first, silence(1.5), second, silence(1.5)}));
    QCOMPARE(only(events, Kind::SpeechBegan).size(), std::size_t{2});
    const auto heard = only(events, Kind::Heard);
    QCOMPARE(heard.size(), std::size_t{2});
    QVERIFY(!only(events, Kind::Grew).empty());
    QVERIFY(tests::findIn(join({silence(1), first, silence(1)}), heard[0].sound->samples).correlation > 0.99);
    QVERIFY(tests::findIn(join({silence(1), second, silence(1)}), heard[1].sound->samples).correlation > 0.99);
    const auto silent = only(events, Kind::FellSilent);
    QCOMPARE(silent.back().sound.get(), heard[1].sound.get());  // the same buffer: encoded once
    QVERIFY(recording.finish().empty());
  }

  void aHeldRecordingIsOneHoweverLongThePauseAndIsTrimmed() {
    Recording recording(ListenMode::HoldToTalk, {}, m_detector);
    const auto said = spoken("vm-msgsaved.flac");
    const auto events = pushAll(recording, join({silence(2), said, silence(2.5), said, silence(2)}));
    QVERIFY(only(events, Kind::Heard).empty());
    QCOMPARE(only(events, Kind::SpeechBegan).size(), std::size_t{1});
    const auto heard = only(recording.finish(), Kind::Heard);
    QCOMPARE(heard.size(), std::size_t{1});
    const double seconds = heard[0].sound->seconds(), whole = 2.0 * static_cast<double>(said.size()) / kRateHz + 2.5;
    QVERIFY2(seconds > whole - 1 && seconds < whole + 1, qPrintable(QString::number(seconds)));
  }

  void aClickedRecordingEndsByItself() {
    Recording recording(ListenMode::ClickToTalk, {}, m_detector);
    const auto said = spoken("vm-msgsaved.flac");
    const auto events = pushAll(recording, join({silence(0.5), said, silence(1)}));
    QCOMPARE(events[events.size() - 2].kind, Kind::Heard);
    QCOMPARE(events.back().kind, Kind::Complete);
  }

  void theEndDelayIsTheOneThatWasAskedFor() {
    const auto said = spoken("vm-msgsaved.flac");
    for (const double delay : {0.4, 2.0}) {
      Recording recording(ListenMode::HandsFree, {.endDelaySeconds = delay}, m_detector);
      const auto events = pushAll(recording, join({said, silence(1.2), said, silence(3)}));
      QCOMPARE(only(events, Kind::Heard).size(), std::size_t(delay < 1 ? 2 : 1));
    }
  }

  void whereNobodySpeaksThereIsNothing() {
    Recording recording(ListenMode::HoldToTalk, {}, m_detector);
    QVERIFY(pushAll(recording, silence(2)).empty());
    const auto events = recording.finish();
    QCOMPARE(events.size(), std::size_t{1});
    QCOMPARE(events[0].kind, Kind::HeardNothing);
  }

  void withoutADetectorAllOfItIsTheRecording() {
    Recording recording(ListenMode::HoldToTalk, {}, std::nullopt);
    const auto said = spoken("vm-msgsaved.flac");
    const auto grown = pushAll(recording, said);
    QCOMPARE(only(grown, Kind::Grew).size(), std::size_t{4});  // of 2.2 s, each half second
    const auto heard = recording.finish();
    QCOMPARE(heard.size(), std::size_t{1});
    QCOMPARE(heard[0].kind, Kind::Heard);
    QCOMPARE(heard[0].sound->samples.size(), said.size() / Recording::kChunk * Recording::kChunk);
    Recording silent(ListenMode::HoldToTalk, {}, std::nullopt);
    pushAll(silent, silence(1));
    QCOMPARE(silent.finish()[0].kind, Kind::HeardNothing);
    Recording touched(ListenMode::HoldToTalk, {}, std::nullopt);
    pushAll(touched, std::vector<float>(1024, 0.1F));
    QCOMPARE(touched.finish()[0].kind, Kind::HeardNothing);
  }

  void aRecordingWithoutADetectorDoesNotGrowForEver() {
    Recording recording(ListenMode::ClickToTalk, {}, std::nullopt);
    std::size_t heard = 0, complete = 0;
    const std::array<float, Recording::kChunk> chunk{0.1F};
    for (int i = 0; i < 301 * kRateHz / static_cast<int>(Recording::kChunk) && complete == 0; ++i) {
      for (const HeardEvent& event : recording.push(chunk)) {
        if (event.kind == Kind::Heard) {
          ++heard;
          QVERIFY(event.sound->seconds() > 299 && event.sound->seconds() <= 300);
        }
        complete += event.kind == Kind::Complete ? 1 : 0;
      }
    }
    QCOMPARE(heard, std::size_t{1});
    QCOMPARE(complete, std::size_t{1});
  }

 private:
  std::optional<listening::SileroVad> m_detector;
};

QTEST_GUILESS_MAIN(RecordingTest)
#include "recording_test.moc"
