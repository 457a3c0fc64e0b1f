// From the end of what is said to the first token of the answer, as in the window: a recording is fed in real time
// through the voice detector, the engine hears it while it grows. With the starter pack; XLLM_LIVE_RUNS (7) runs each.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/engine/engine.h"
#include "core/generation/model_backend.h"
#include "core/kernels/isa.h"
#include "core/kernels/thread_pool.h"
#include "core/listening/silero_vad.h"
#include "core/listening/utterance_detector.h"
#include "media/decode/file_decoder.h"

namespace {

using namespace xllm;
using Clock = std::chrono::steady_clock;
using listening::UtteranceEvent;
using Kind = UtteranceEvent::Kind;

constexpr double kRate = 16000;
constexpr double kEndDelay = 0.7;       // seconds, as the window has it unless told otherwise
constexpr double kDemand = 0.35 * 1e3;  // ms beyond the delay
const std::filesystem::path kTests = XLLM_TEST_DIR;

double milliseconds(Clock::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

// What the engine said, to be waited for.
class Told final : public engine::EngineSink {
 public:
  void onProgress(engine::RequestId, double, std::string) noexcept override {}
  void onText(engine::RequestId id, std::string) noexcept override {
    const std::lock_guard lock(m_mutex);
    m_firstText.try_emplace(id, Clock::now());
  }
  void onFinished(engine::RequestId id, Result<engine::Outcome> outcome) noexcept override {
    const std::lock_guard lock(m_mutex);
    m_finished.emplace(id, std::move(outcome));
    m_changed.notify_all();
  }
  bool isFinished(engine::RequestId id) {
    const std::lock_guard lock(m_mutex);
    return m_finished.contains(id);
  }
  engine::Outcome wait(engine::RequestId id) {
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [&] { return m_finished.contains(id); });
    const auto& outcome = m_finished.at(id);
    if (!outcome) throw std::runtime_error(outcome.error().message);
    return *outcome;
  }
  Clock::time_point firstText(engine::RequestId id) {
    const std::lock_guard lock(m_mutex);
    return m_firstText.at(id);
  }

 private:
  std::mutex m_mutex;
  std::condition_variable m_changed;
  std::map<engine::RequestId, Result<engine::Outcome>> m_finished;
  std::map<engine::RequestId, Clock::time_point> m_firstText;
};

enum class Ahead { Nothing = 1, Words, Everything };  // what is computed before the utterance is complete

struct Run {
  double wholeMs = 0;                                     // from the last loud sample to the first token
  double detectedMs = 0;                                  // … to Ended: the delay, and how late the detector notices
  double encoderMs = 0, prefillMs = 0, firstTokenMs = 0;  // behind Ended
  std::string words;
};

class Talk {
 public:
  Talk(engine::Engine& engine, Told& told, const std::filesystem::path& detector)
      : m_engine(engine), m_told(told), m_voices(listening::SileroVad::open(detector).value()) {}

  // `speech` between two silences, at the pace at which it is said.
  Run run(const std::vector<float>& speech, Ahead ahead) {
    listening::UtteranceDetector detector({.endDelaySeconds = kEndDelay});
    m_voices.reset();
    std::vector<float> room = hiss(0.5);
    const auto loud = std::find_if(speech.rbegin(), speech.rend(), [](float x) { return std::abs(x) > 0.02F; });
    const double spokenUntil = (static_cast<double>(room.size()) + static_cast<double>(speech.rend() - loud)) / kRate;
    room.insert(room.end(), speech.begin(), speech.end());
    const std::vector<float> after = hiss(2);
    room.insert(room.end(), after.begin(), after.end());

    m_hearing.reset();
    m_preparing.reset();
    const auto start = Clock::now();
    constexpr std::size_t kChunk = listening::SileroVad::kChunk;
    for (std::size_t at = 0; at + kChunk <= room.size(); at += kChunk) {
      std::this_thread::sleep_until(start + seconds(static_cast<double>(at + kChunk) / kRate));
      const std::span<const float, kChunk> chunk(room.data() + at, kChunk);
      for (const UtteranceEvent& event : detector.push(chunk, m_voices.next(chunk))) {
        if (event.kind == Kind::Ended) return answered(event, start + seconds(spokenUntil));
        computeAhead(event, ahead);
      }
    }
    throw std::runtime_error("no end of the utterance was detected");
  }

 private:
  static Clock::duration seconds(double time) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(time));
  }
  std::vector<float> hiss(double duration) {
    std::normal_distribution<float> noise(0, 0.001F);
    std::vector<float> samples(static_cast<std::size_t>(duration * kRate));
    for (float& sample : samples) sample = noise(m_random);
    return samples;
  }
  static generation::ChatRequest question(const generation::Sound& sound) {
    generation::ChatRequest request{{{Role::User, {sound}}}, {}};
    request.options.sampling.temperature = 0;
    request.options.maxNewTokens = 8;
    return request;
  }
  std::optional<engine::RequestId> submit(engine::Request request) {
    const engine::RequestId id = ++m_lastId;
    return m_engine.submit(id, std::move(request)) ? std::optional(id) : std::nullopt;
  }

  void computeAhead(const UtteranceEvent& event, Ahead ahead) {
    if (ahead == Ahead::Nothing) return;
    const bool busy = m_hearing && !m_told.isFinished(*m_hearing);
    if (busy && event.kind == Kind::FellSilent) m_engine.cancel(*m_hearing);  // what matters now is the newest
    if (ahead == Ahead::Everything) {
      if (m_preparing) m_engine.cancel(*m_preparing);  // finished, or overtaken
      if (event.kind == Kind::FellSilent) {            // which hears it, too
        m_preparing = submit(engine::Prepare{question(event.sound)});
        return;
      }
    }
    if (!busy || event.kind == Kind::FellSilent) m_hearing = submit(engine::Transcribe{event.sound});
  }

  Run answered(const UtteranceEvent& event, Clock::time_point spokenUntil) {
    const auto asked = Clock::now();
    const auto id = submit(question(event.sound)).value();
    const auto summary = std::get<generation::Summary>(m_told.wait(id));
    const auto first = m_told.firstText(id);
    Run run;
    run.wholeMs = milliseconds(first - spokenUntil);
    run.detectedMs = milliseconds(asked - spokenUntil);
    run.encoderMs = summary.encoderMs;
    run.prefillMs = summary.prefillMs;
    run.firstTokenMs = milliseconds(first - asked) - run.encoderMs - run.prefillMs;
    run.words = std::get<std::string>(m_told.wait(submit(engine::Transcribe{event.sound}).value()));
    return run;
  }

  engine::Engine& m_engine;
  Told& m_told;
  listening::SileroVad m_voices;
  std::mt19937 m_random{5};
  engine::RequestId m_lastId = 1000;
  std::optional<engine::RequestId> m_hearing, m_preparing;
};

void detectorCost(const std::filesystem::path& weights, const std::vector<float>& speech) {
  auto voices = listening::SileroVad::open(weights).value();
  std::vector<double> times;
  for (int round = 0; round < 10; ++round) {
    for (std::size_t at = 0; at + 512 <= speech.size(); at += 512) {
      const auto start = Clock::now();
      voices.next(std::span<const float, 512>(speech.data() + at, 512));
      times.push_back(milliseconds(Clock::now() - start));
    }
  }
  std::printf("voice detector       %6.3f ms for 32 ms of sound: %.2f %% of a core\n", median(times),
              100 * median(times) / 32);
}

void report(const char* name, const std::vector<Run>& runs) {
  const auto of = [&](double Run::*part) {
    std::vector<double> values;
    for (const Run& run : runs) values.push_back(run.*part);
    return median(values);
  };
  const double beyond = of(&Run::wholeMs) - 1e3 * kEndDelay;
  std::printf(
      "%-20s %6.0f ms = %.0f ms of delay + %4.0f ms  (detected %.0f ms late, encoder and S2L %.0f, prefill %.0f, "
      "first token %.0f)  %s\n",
      name, of(&Run::wholeMs), 1e3 * kEndDelay, beyond, of(&Run::detectedMs) - 1e3 * kEndDelay, of(&Run::encoderMs),
      of(&Run::prefillMs), of(&Run::firstTokenMs), beyond <= kDemand ? "within 350 ms" : "MORE than 350 ms");
}

int bench() {
  const auto pack = kTests / "../build/packs/starter";
  const auto detector = pack / "voice-activity/silero_vad_16k.safetensors";
  if (!std::filesystem::exists(detector)) {
    std::fprintf(stderr, "The starter pack is not here; make starter-pack makes it.\n");
    return 1;
  }
  std::vector<float> speech = media::FileDecoder().decodeSound(kTests / "data/agent-alreadyon.flac").value().samples;
  std::printf("instruction set %s, %d threads; %.1f s are said\n", std::string(toString(kernels::activeIsa())).c_str(),
              static_cast<int>(kernels::ThreadPool().threads()), static_cast<double>(speech.size()) / kRate);
  detectorCost(detector, speech);

  Told told;
  engine::Engine engine(told, generation::makeModelBackend(generation::Loading::Everything));
  if (!engine.submit(1, engine::LoadPack{pack})) return 1;
  told.wait(1);
  Talk talk(engine, told, detector);
  const char* wanted = std::getenv("XLLM_LIVE_RUNS");
  const int runs = wanted != nullptr ? std::atoi(wanted) : 7;
  const std::pair<const char*, Ahead> modes[] = {{"nothing ahead", Ahead::Nothing},
                                                 {"words while spoken", Ahead::Words},
                                                 {"words, and prepared", Ahead::Everything}};
  talk.run(speech, Ahead::Everything);  // the first time, memory is new
  std::string words;
  for (const auto& [name, ahead] : modes) {
    std::vector<Run> made;
    for (int i = 0; i < runs; ++i) made.push_back(talk.run(speech, ahead));
    report(name, made);
    words = made.back().words;
  }
  std::printf("heard: %s\n", words.c_str());
  return 0;
}

}  // namespace

int main() try { return bench(); } catch (const std::exception& problem) {
  std::fprintf(stderr, "%s\n", problem.what());
  return 1;
}
