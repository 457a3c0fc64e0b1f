// Listens hands-free for some minutes to a quiet room in which somebody says something twice a minute, and tells what
// it costs: memory, processor time, samples lost.
//   listening_soak [--minutes 60] [--most-cpu 0.10] [--most-growth-mib 8]
// 0: within the limits; 1: not; 77: there is no sound server or no detector here.
#include <sys/resource.h>

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QElapsedTimer>
#include <QTimer>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>

#include "core/base/memory_use.h"
#include "media/decode/file_decoder.h"
#include "tests/media/audio/sound_server.h"
#include "tests/support/parts.h"
#include "ui/listening/microphone_listening.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

constexpr int kSkipped = 77;
constexpr double kPieceSeconds = 30;
constexpr double kWarmUpMinutes = 5;  // memory of the first utterances is taken once and kept

double cpuSeconds() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

double residentMib() { return static_cast<double>(residentMemoryBytes()) / (1 << 20); }

// Half a minute of a quiet room: noise at -65 dB, and one sentence in the middle.
AudioClip roomPiece(const AudioClip& said) {
  std::mt19937 random(1);
  std::normal_distribution<float> noise(0, 5.6e-4F);
  AudioClip piece{.sampleRateHz = 16000,
                  .samples = std::vector<float>(static_cast<std::size_t>(kPieceSeconds * 16000))};
  for (float& sample : piece.samples) sample = noise(random);
  for (std::size_t i = 0; i < said.samples.size(); ++i) piece.samples[160'000 + i] += said.samples[i];
  return piece;
}

class Soak {
 public:
  Soak(MicrophoneListening& listening, double minutes) : m_listening(listening), m_minutes(minutes) {
    QObject::connect(&listening, &Listening::heard, &listening, [this] { ++m_heard; });
    QObject::connect(&listening, &Listening::troubled, &listening, [this](ListenTrouble, const QString& details) {
      std::printf("trouble: %s\n", qPrintable(details));
      m_troubled = true;
    });
  }

  void begin() {
    m_time.start();
    m_cpuBefore = cpuSeconds();
    report("start");
  }
  double length() const { return m_minutes; }
  double minutes() const { return static_cast<double>(m_time.elapsed()) / 60'000; }
  bool isOver() const { return minutes() >= m_minutes || m_troubled; }

  void report(const char* when) {
    const double resident = residentMib();
    if (m_warm == 0 && minutes() >= std::min(kWarmUpMinutes, m_minutes / 2)) m_warm = resident;
    std::printf("%-6s %6.2f min: resident %.1f MiB, heard %d, lost %llu samples, cpu %.2f s = %.2f%% of one core\n",
                when, minutes(), resident, m_heard, static_cast<unsigned long long>(m_listening.samplesLost()),
                cpuSeconds() - m_cpuBefore, 100 * share());
    std::fflush(stdout);
  }

  bool isWithin(double mostCpu, double mostGrowthMib) const {
    const double growth = residentMib() - m_warm;
    std::printf("memory grew by %.1f MiB since it was warm (limit %.0f), cpu %.2f%% (limit %.0f%%)\n", growth,
                mostGrowthMib, 100 * share(), 100 * mostCpu);
    return !m_troubled && m_listening.samplesLost() == 0 && m_heard > 0 && growth < mostGrowthMib && share() < mostCpu;
  }

 private:
  double share() const {
    return m_time.elapsed() == 0 ? 0 : (cpuSeconds() - m_cpuBefore) / (static_cast<double>(m_time.elapsed()) / 1000);
  }

  MicrophoneListening& m_listening;
  double m_minutes;
  QElapsedTimer m_time;
  double m_cpuBefore = 0, m_warm = 0;
  int m_heard = 0;
  bool m_troubled = false;
};

}  // namespace

int main(int argc, char** argv) {
  QCoreApplication application(argc, argv);
  QCommandLineParser parser;
  parser.addOptions({{u"minutes"_s, u"How long."_s, u"M"_s, u"60"_s},
                     {u"most-cpu"_s, u"Share of one core."_s, u"X"_s, u"0.10"_s},
                     {u"most-growth-mib"_s, u"Of resident memory."_s, u"X"_s, u"8"_s}});
  parser.process(application);
  const auto weights = tests::part("silero_vad_16k.safetensors");
  tests::SoundServer server;
  const QString why = std::filesystem::exists(weights) ? server.start() : u"The detector's weights are not here."_s;
  if (!why.isEmpty()) {
    std::printf("skipped: %s\n", qPrintable(why));
    return kSkipped;
  }
  server.addMicrophone();
  const auto said =
      media::FileDecoder().decodeSound(std::filesystem::path(XLLM_TEST_DIR) / "data/conf-onlyperson.flac");
  const AudioClip piece = roomPiece(said.value());
  MicrophoneListening listening(weights);
  Soak soak(listening, parser.value(u"minutes"_s).toDouble());
  QObject::connect(&listening, &Listening::opened, &application, [&] { soak.begin(); });
  QTimer speak, watch, report;
  QObject::connect(&speak, &QTimer::timeout, &application, [&] { server.speak(piece); });
  QObject::connect(&report, &QTimer::timeout, &application, [&] { soak.report("so far"); });
  QObject::connect(&watch, &QTimer::timeout, &application, [&] {
    if (soak.isOver()) QCoreApplication::quit();
  });
  listening.start(ListenMode::HandsFree, {});
  server.speak(piece);
  speak.start(static_cast<int>(kPieceSeconds * 1000));
  watch.start(1000);
  report.start(std::chrono::milliseconds(static_cast<int>(60'000 * std::min(5.0, soak.length() / 4))));
  QCoreApplication::exec();
  soak.report("end");
  return soak.isWithin(parser.value(u"most-cpu"_s).toDouble(), parser.value(u"most-growth-mib"_s).toDouble()) ? 0 : 1;
}
