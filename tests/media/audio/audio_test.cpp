// The parts of media/audio that need no sound system.
#include <QTest>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <numbers>
#include <numeric>
#include <string>

#include "media/audio/echo_path.h"
#include "media/audio/level_meter.h"
#include "media/audio/mono_converter.h"
#include "media/audio/sample_ring.h"
#include "media/decode/file_decoder.h"
#include "tests/media/audio/alike.h"

using namespace xllm::media;

namespace {

QAudioFormat format(int rateHz, int channels, QAudioFormat::SampleFormat samples) {
  QAudioFormat made;
  made.setSampleRate(rateHz);
  made.setChannelCount(channels);
  made.setSampleFormat(samples);
  return made;
}

// A tone of one second; `right` is the amplitude of the second channel.
QByteArray tone(const QAudioFormat& of, double hertz, double left, double right) {
  QByteArray bytes(of.bytesForDuration(1'000'000), Qt::Uninitialized);
  char* place = bytes.data();
  for (int frame = 0; frame < of.sampleRate(); ++frame) {
    const double wave = std::sin(2 * std::numbers::pi * hertz * frame / of.sampleRate());
    for (int channel = 0; channel < of.channelCount(); ++channel) {
      const double value = wave * (channel == 0 ? left : right);
      const auto put = [&place](auto number) {
        std::memcpy(place, &number, sizeof(number));
        place += sizeof(number);
      };
      switch (of.sampleFormat()) {
        case QAudioFormat::UInt8: put(static_cast<std::uint8_t>(std::lround(value * 127) + 128)); break;
        case QAudioFormat::Int16: put(static_cast<std::int16_t>(std::lround(value * 32767))); break;
        case QAudioFormat::Int32: put(static_cast<std::int32_t>(std::llround(value * 2147483647.0))); break;
        default: put(static_cast<float>(value));
      }
    }
  }
  return bytes;
}

std::vector<float> pushInPieces(MonoConverter& converter, const QByteArray& bytes, qsizetype piece) {
  std::vector<float> all;
  for (qsizetype at = 0; at < bytes.size(); at += piece) {
    const auto made =
        converter.push({bytes.constData() + at, static_cast<std::size_t>(std::min(piece, bytes.size() - at))});
    all.insert(all.end(), made.begin(), made.end());
  }
  return all;
}

double rms(std::span<const float> samples) {
  const double squares =
      std::accumulate(samples.begin(), samples.end(), 0.0, [](double sum, float x) { return sum + x * x; });
  return samples.empty() ? 0 : std::sqrt(squares / static_cast<double>(samples.size()));
}

// Of the middle, where no filter begins or ends.
double amplitude(const std::vector<float>& samples) {
  return rms(std::span(samples).subspan(samples.size() / 4, samples.size() / 2)) * std::numbers::sqrt2;
}

// A quarter of a minute of somebody who speaks.
std::vector<float> speech() {
  std::vector<float> all;
  for (const char* name : {"conf-onlyperson", "vm-nobodyavail", "tt-monkeysintro", "check-number-dial-again",
                           "vm-msgsaved", "conf-now-recording"}) {
    const auto clip =
        FileDecoder().decodeSound(std::filesystem::path(XLLM_TEST_DIR) / "data" / (std::string(name) + ".flac"));
    all.insert(all.end(), clip.value().samples.begin(), clip.value().samples.end());
  }
  all.resize(all.size() / EchoCanceller::kFrame * EchoCanceller::kFrame);
  return all;
}

std::vector<float> cleanAll(EchoPath& path, const std::vector<float>& heard) {
  std::vector<float> cleaned;
  for (std::size_t at = 0; at + EchoCanceller::kFrame <= heard.size(); at += EchoCanceller::kFrame) {
    std::array<float, EchoCanceller::kFrame> frame{};
    std::copy_n(heard.begin() + static_cast<std::ptrdiff_t>(at), frame.size(), frame.begin());
    path.clean(frame);
    cleaned.insert(cleaned.end(), frame.begin(), frame.end());
  }
  return cleaned;
}

// What is played arrives as time goes by: so many samples for each frame that is taken.
class PlayingTap final : public PlaybackTap {
 public:
  explicit PlayingTap(std::vector<float> played, double samplesPerFrame = EchoCanceller::kFrame)
      : m_played(std::move(played)), m_samplesPerFrame(samplesPerFrame) {}
  bool take(std::span<float> to) override {
    m_arrived += m_samplesPerFrame;
    if (waiting() < to.size() || m_taken + to.size() > m_played.size()) return false;
    std::copy_n(m_played.begin() + static_cast<std::ptrdiff_t>(m_taken), to.size(), to.begin());
    m_taken += to.size();
    return true;
  }
  std::size_t waiting() const override { return static_cast<std::size_t>(m_arrived) - m_taken; }
  void drop(std::size_t count) override { m_taken += std::min(count, waiting()); }
  bool lost() const override { return false; }

 private:
  std::vector<float> m_played;
  double m_samplesPerFrame;
  double m_arrived = 0;
  std::size_t m_taken = 0;
};

}  // namespace

class AudioTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void aRingHandsOutInOrderAndDropsTheOldest() {
    SampleRing ring(8);
    const std::array<float, 5> first{1, 2, 3, 4, 5};
    ring.push(first);
    std::array<float, 3> three{};
    QVERIFY(ring.take(three));
    QCOMPARE(three, (std::array<float, 3>{1, 2, 3}));
    const std::array<float, 5> second{6, 7, 8, 9, 10};
    ring.push(second);
    QCOMPARE(ring.size(), std::size_t{7});
    QCOMPARE(ring.lost(), std::uint64_t{0});
    ring.push(three);  // 1 2 3 again: two do not fit
    QCOMPARE(ring.lost(), std::uint64_t{2});
    std::array<float, 8> all{};
    QVERIFY(ring.take(all));
    QCOMPARE(all, (std::array<float, 8>{6, 7, 8, 9, 10, 1, 2, 3}));
    QVERIFY(!ring.take(three));
    const std::vector<float> many(20, 4.0F);
    ring.push(many);
    QCOMPARE(ring.size(), std::size_t{8});
    QCOMPARE(ring.lost(), std::uint64_t{14});
  }

  void aLevelIsInDecibelsAndForgetsWhatWasLookedAt() {
    LevelMeter meter;
    QCOMPARE(meter.take().rmsDb, Level::kSilentDb);
    const std::vector<float> half(160, 0.5F);
    meter.push(half);
    const std::vector<float> spike{-1.0F};
    meter.push(spike, true);
    const Level loud = meter.take();
    QVERIFY(std::abs(loud.rmsDb - -5.96) < 0.05);
    QCOMPARE(loud.peakDb, 0.0);
    QVERIFY(loud.clipped);
    const std::vector<float> silence(160);
    meter.push(silence);
    const Level silent = meter.take();
    QCOMPARE(silent.peakDb, Level::kSilentDb);
    QVERIFY(!silent.clipped);
  }

  void everyFormatBecomesSixteenKilohertzMono_data() {
    QTest::addColumn<QAudioFormat>("from");
    QTest::newRow("CD") << format(44100, 2, QAudioFormat::Int16);
    QTest::newRow("studio") << format(48000, 2, QAudioFormat::Float);
    QTest::newRow("telephone") << format(8000, 1, QAudioFormat::UInt8);
    QTest::newRow("as wanted") << format(16000, 1, QAudioFormat::Float);
    QTest::newRow("six channels") << format(96000, 6, QAudioFormat::Int32);
    QTest::newRow("odd") << format(22051, 3, QAudioFormat::Int16);
  }
  void everyFormatBecomesSixteenKilohertzMono() {
    QFETCH(QAudioFormat, from);
    MonoConverter converter;
    QVERIFY(converter.setFormat(from).has_value());
    // Blocks that cut frames: a device owes nobody whole ones.
    const std::vector<float> made = pushInPieces(converter, tone(from, 1000, 0.5, 0.5), 1531);
    QVERIFY2(std::abs(static_cast<int>(made.size()) - 16000) < 100, qPrintable(QString::number(made.size())));
    QVERIFY2(std::abs(amplitude(made) - 0.5) < 0.01, qPrintable(QString::number(amplitude(made))));
    int crossings = 0;
    for (std::size_t i = 4000; i < 12000; ++i) crossings += made[i - 1] < 0 && made[i] >= 0 ? 1 : 0;
    QVERIFY2(std::abs(crossings - 500) <= 1, qPrintable(QString::number(crossings)));
    QVERIFY(!converter.clipped());
  }

  void channelsAreAveraged() {
    MonoConverter converter;
    const QAudioFormat stereo = format(48000, 2, QAudioFormat::Float);
    QVERIFY(converter.setFormat(stereo).has_value());
    QVERIFY(std::abs(amplitude(pushInPieces(converter, tone(stereo, 440, 0.8, 0.2), 4096)) - 0.5) < 0.005);
    QVERIFY(amplitude(pushInPieces(converter, tone(stereo, 440, 0.8, -0.8), 4096)) < 0.001);
  }

  void whatCannotBeHeardAtSixteenKilohertzDoesNotFoldBack() {
    MonoConverter converter;
    const QAudioFormat high = format(48000, 1, QAudioFormat::Float);
    QVERIFY(converter.setFormat(high).has_value());
    for (const int hertz : {100, 3000, 6000, 7000}) {
      QVERIFY(converter.setFormat(high).has_value());
      const double kept = amplitude(pushInPieces(converter, tone(high, hertz, 0.9, 0), 960));
      QVERIFY2(kept > 0.85 && kept < 0.92, qPrintable(QStringLiteral("%1 at %2 Hz").arg(kept).arg(hertz)));
    }
    QVERIFY(converter.setFormat(high).has_value());
    const double folded = amplitude(pushInPieces(converter, tone(high, 10000, 0.9, 0), 960));
    QVERIFY2(folded < 0.9e-3, qPrintable(QString::number(folded)));  // 60 dB down
  }

  void clippingIsSeenBeforeChannelsAreAveraged() {
    MonoConverter converter;
    const QAudioFormat stereo = format(44100, 2, QAudioFormat::Int16);
    QVERIFY(converter.setFormat(stereo).has_value());
    const std::array<std::int16_t, 4> fine{32000, 0, -32000, 0}, clipped{32767, 0, 0, 0};
    converter.push({reinterpret_cast<const char*>(fine.data()), sizeof(fine)});
    QVERIFY(!converter.clipped());
    converter.push({reinterpret_cast<const char*>(clipped.data()), sizeof(clipped)});
    QVERIFY(converter.clipped());
  }

  void soundThatIsNoNumberIsSilence() {
    MonoConverter converter;
    QVERIFY(converter.setFormat(format(16000, 1, QAudioFormat::Float)).has_value());
    const std::array<float, 3> odd{std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                                   3.0F};
    const auto made = converter.push({reinterpret_cast<const char*>(odd.data()), sizeof(odd)});
    QCOMPARE(made.size(), std::size_t{3});
    QCOMPARE(made[0], 0.0F);
    QCOMPARE(made[1], 0.0F);
    QCOMPARE(made[2], 1.0F);
  }

  void aFormatWithoutSenseIsRefusedWithASentence() {
    MonoConverter converter;
    for (const QAudioFormat& odd :
         {QAudioFormat(), format(10, 1, QAudioFormat::Int16), format(48000, 200, QAudioFormat::Int16)}) {
      const auto outcome = converter.setFormat(odd);
      QVERIFY(!outcome.has_value());
      QVERIFY(outcome.error().message.ends_with("."));
    }
  }

  void aRecordingIsPlayedInTheFormatOfTheDevice() {
    xllm::AudioClip clip{.sampleRateHz = 16000, .samples = std::vector<float>(16000)};
    for (std::size_t i = 0; i < clip.samples.size(); ++i) {
      clip.samples[i] = 0.5F * std::sin(2 * std::numbers::pi_v<float> * 500 * static_cast<float>(i) / 16000);
    }
    for (const QAudioFormat& to : {format(44100, 2, QAudioFormat::Int16), format(8000, 1, QAudioFormat::UInt8),
                                   format(16000, 1, QAudioFormat::Float), format(48000, 2, QAudioFormat::Int32)}) {
      const auto bytes = toDeviceFormat(clip, to);
      QVERIFY(bytes.has_value());
      QVERIFY(std::abs(to.durationForBytes(static_cast<qint32>(bytes->size())) - 1'000'000) < 10'000);
      MonoConverter back;
      QVERIFY(back.setFormat(to).has_value());
      QVERIFY(std::abs(amplitude(pushInPieces(back, *bytes, 4096)) - 0.5) < 0.01);
    }
  }

  // A room of one wall: what is played comes back later, at half its size.
  void anEchoIsTakenOutHoweverLateItComes_data() {
    QTest::addColumn<int>("delayMs");
    for (const int delayMs : {20, 80, 150, 300, 500}) QTest::addRow("%d ms", delayMs) << delayMs;
  }
  void anEchoIsTakenOutHoweverLateItComes() {
    QFETCH(int, delayMs);
    const std::vector<float> played = speech();
    EchoPath path(std::make_unique<PlayingTap>(played));
    std::vector<float> echo(played.size());
    const auto delay = static_cast<std::size_t>(delayMs) * 16;
    for (std::size_t i = delay; i < echo.size(); ++i) echo[i] = 0.5F * played[i - delay];
    const std::vector<float> cleaned = cleanAll(path, echo);
    const double before = rms(std::span(echo).last(6 * 16000)), after = rms(std::span(cleaned).last(6 * 16000));
    QVERIFY2(after < before / 100, qPrintable(QStringLiteral("%1 of %2 is left").arg(after).arg(before)));
  }

  void whatWasFoundOfARoomIsKeptForTheNextTime() {
    const std::vector<float> played = speech();
    std::vector<float> echo(played.size());
    for (std::size_t i = 4800; i < echo.size(); ++i) echo[i] = 0.5F * played[i - 4800];
    EchoPath first(std::make_unique<PlayingTap>(played));
    cleanAll(first, echo);
    QVERIFY2(first.hold() >= 20 && first.hold() <= 29, qPrintable(QString::number(first.hold())));
    EchoPath second(std::make_unique<PlayingTap>(played), first.hold());
    const std::vector<float> cleaned = cleanAll(second, echo);
    QVERIFY(rms(std::span(cleaned).first(3 * 16000)) < rms(std::span(echo).first(3 * 16000)) / 5);
  }

  void whereNothingIsPlayedWhatIsSaidStaysAsItWas() {
    const std::vector<float> said = speech();
    EchoPath path(std::make_unique<PlayingTap>(std::vector<float>(160)));
    const std::vector<float> cleaned = cleanAll(path, said);
    const double ratio = rms(cleaned) / rms(said);
    QVERIFY2(ratio > 0.8 && ratio < 1.05, qPrintable(QString::number(ratio)));
    const xllm::tests::Alike found = xllm::tests::findIn(cleaned, std::span(said).first(said.size() - 1600));
    QVERIFY2(found.correlation > 0.85, qPrintable(QString::number(found.correlation)));
    QCOMPARE(path.hold(), 0);
  }

  void aMicrophoneWithASlowerClockStaysBesideWhatIsPlayed() {
    std::vector<float> played = speech();
    const std::vector<float> once = played;
    played.insert(played.end(), once.begin(), once.end());
    std::vector<float> echo;  // a thousandth slower: a crystal is ten times better
    for (std::size_t i = 0; i < played.size(); ++i) {
      if (i % 1000 != 0) echo.push_back(i < 1280 ? 0 : 0.5F * played[i - 1280]);
    }
    EchoPath path(std::make_unique<PlayingTap>(played, EchoCanceller::kFrame * 1.001));
    const std::vector<float> cleaned = cleanAll(path, echo);
    QVERIFY(rms(std::span(cleaned).last(8 * 16000)) < rms(std::span(echo).last(8 * 16000)) / 10);
  }
};

QTEST_GUILESS_MAIN(AudioTest)
#include "audio_test.moc"
