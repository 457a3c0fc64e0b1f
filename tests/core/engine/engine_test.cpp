#include "core/engine/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace xllm::engine {
namespace {

using namespace std::chrono_literals;
using generation::ChatRequest;
using generation::Examination;
using generation::LoadProgress;
using generation::PackSummary;
using generation::Part;
using generation::Sound;
using generation::Summary;
using generation::TextSink;

// Remembers everything and lets a test wait for it.
class RecordingSink final : public EngineSink {
 public:
  void onProgress(RequestId, double fraction, std::string) noexcept override {
    const std::lock_guard lock(m_mutex);
    m_progress.push_back(fraction);
  }
  void onText(RequestId id, std::string text) noexcept override {
    const std::lock_guard lock(m_mutex);
    m_text[id] += text;
    m_changed.notify_all();
  }
  void onFinished(RequestId id, Result<Outcome> outcome) noexcept override {
    const std::lock_guard lock(m_mutex);
    m_outcomes.emplace_back(id, std::move(outcome));
    m_thread = std::this_thread::get_id();
    m_changed.notify_all();
  }

  bool waitForFinished(std::size_t count) {
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, 10s, [&] { return m_outcomes.size() >= count; });
  }
  bool waitForText(RequestId id) {
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, 10s, [&] { return !m_text[id].empty(); });
  }
  std::vector<RequestId> order() const {
    const std::lock_guard lock(m_mutex);
    std::vector<RequestId> ids;
    for (const auto& [id, outcome] : m_outcomes) ids.push_back(id);
    return ids;
  }
  // The error code of a request, or nothing if it succeeded. Fails the test unless it finished exactly once.
  std::optional<ErrorCode> errorOf(RequestId id) const {
    const std::lock_guard lock(m_mutex);
    std::optional<ErrorCode> code;
    int times = 0;
    for (const auto& [other, outcome] : m_outcomes) {
      if (other != id) continue;
      ++times;
      if (!outcome) code = outcome.error().code;
    }
    EXPECT_EQ(times, 1) << "request " << id;
    return code;
  }
  Result<Outcome> outcomeOf(RequestId id) const {
    const std::lock_guard lock(m_mutex);
    for (const auto& [other, outcome] : m_outcomes) {
      if (other == id) return outcome;
    }
    return fail(ErrorCode::NotFound, "not finished");
  }
  std::string text(RequestId id) {
    const std::lock_guard lock(m_mutex);
    return m_text[id];
  }
  std::vector<double> progress() const {
    const std::lock_guard lock(m_mutex);
    return m_progress;
  }
  std::thread::id thread() const {
    const std::lock_guard lock(m_mutex);
    return m_thread;
  }

 private:
  mutable std::mutex m_mutex;
  std::condition_variable m_changed;
  std::vector<std::pair<RequestId, Result<Outcome>>> m_outcomes;
  std::map<RequestId, std::string> m_text;
  std::vector<double> m_progress;
  std::thread::id m_thread;
};

// What a question makes the backend do, told by its text.
class ScriptedBackend final : public generation::ChatBackend {
 public:
  explicit ScriptedBackend(std::atomic<int>& heavyWork, std::thread::id* diedOn = nullptr)
      : m_heavyWork(heavyWork), m_diedOn(diedOn) {}
  ~ScriptedBackend() override {
    if (m_diedOn != nullptr) *m_diedOn = std::this_thread::get_id();
  }

  Result<PackSummary> load(const std::filesystem::path& pack, std::stop_token, const LoadProgress& progress) override {
    progress(0.5, "language model");
    progress(1.0, "");
    if (pack.empty()) return fail(ErrorCode::NotFound, "no pack");
    return PackSummary{"test", "1", pack, 128, true, true};
  }
  Result<Summary> answer(const ChatRequest& request, std::stop_token stop, const TextSink& onText) override {
    ++m_heavyWork;
    const std::string& order = std::get<std::string>(request.turns.at(0).parts.at(0));
    if (order == "throw") throw std::runtime_error("a tensor of the wrong shape");
    if (order == "no memory") throw std::bad_alloc();
    if (order == "no memory for a tensor") {  // in LibTorch's words
      throw std::runtime_error(
          "[enforce fail at alloc_cpu.cpp:119] err == 0. DefaultCPUAllocator: can't allocate memory");
    }
    onText("begin");
    while (order == "until stopped") {
      if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "Stopped.");
      std::this_thread::sleep_for(1ms);
      interlude();
    }
    if (order == "one long step") {
      while (!stop.stop_requested()) std::this_thread::sleep_for(1ms);
    }
    return Summary{};
  }
  Result<generation::Measurement> measure(const ChatRequest& request, std::stop_token) override {
    return generation::Measurement{.promptTokens = static_cast<std::int64_t>(request.turns.size()),
                                   .contextLength = 128};
  }
  Result<generation::Measurement> prepare(const ChatRequest& request, std::stop_token stop) override {
    const std::string& order = std::get<std::string>(request.turns.at(0).parts.at(0));
    while (order == "until stopped") {
      if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "Stopped.");
      std::this_thread::sleep_for(1ms);
    }
    return generation::Measurement{.promptTokens = 7, .contextLength = 128};
  }
  // No sound: it goes wrong. An empty one: until it is stopped.
  Result<std::string> transcribe(const Sound& sound, std::stop_token stop) override {
    if (!sound) throw std::runtime_error("no sound");
    while (sound->samples.empty()) {
      if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "Stopped.");
      std::this_thread::sleep_for(1ms);
    }
    return std::string("heard");
  }
  Result<Examination> examine(const Part& medium, std::stop_token) override {
    return Examination{.frames = {}, .softTokens = static_cast<std::int64_t>(medium.index()), .transcript = "heard"};
  }

 private:
  std::atomic<int>& m_heavyWork;
  std::thread::id* m_diedOn;
};

ChatRequest question(const std::string& order) { return {{{Role::User, {order}}}, {}}; }
Transcribe recording(std::size_t samples = 1600) {
  return {std::make_shared<const AudioClip>(AudioClip{16000, std::vector<float>(samples)})};
}

class EngineTest : public ::testing::Test {
 protected:
  std::atomic<int> heavyWork = 0;
  RecordingSink sink;
  std::unique_ptr<Engine> engine = std::make_unique<Engine>(sink, std::make_unique<ScriptedBackend>(heavyWork));
};

TEST_F(EngineTest, AnswersInOrderAndReportsEachRequestOnce) {
  for (RequestId id = 1; id <= 3; ++id) ASSERT_TRUE(engine->submit(id, question("hello")));
  ASSERT_TRUE(sink.waitForFinished(3));
  EXPECT_EQ(sink.order(), (std::vector<RequestId>{1, 2, 3}));
  EXPECT_EQ(sink.text(2), "begin");
  EXPECT_EQ(sink.errorOf(2), std::nullopt);
  EXPECT_NE(sink.thread(), std::this_thread::get_id());
}

TEST_F(EngineTest, TellsProgressWhileAPackLoads) {
  ASSERT_TRUE(engine->submit(1, LoadPack{"somewhere"}));
  ASSERT_TRUE(engine->submit(2, LoadPack{}));
  ASSERT_TRUE(sink.waitForFinished(2));
  EXPECT_EQ(sink.errorOf(1), std::nullopt);
  EXPECT_EQ(sink.errorOf(2), ErrorCode::NotFound);
  EXPECT_EQ(sink.progress(), (std::vector<double>{0.5, 1.0, 0.5, 1.0}));
}

TEST_F(EngineTest, MeasuresWithoutAnswering) {
  ASSERT_TRUE(engine->submit(1, Measure{question("hello")}));
  ASSERT_TRUE(sink.waitForFinished(1));
  EXPECT_EQ(sink.errorOf(1), std::nullopt);
  ASSERT_TRUE(std::holds_alternative<generation::Measurement>(*sink.outcomeOf(1)));
  EXPECT_EQ(std::get<generation::Measurement>(*sink.outcomeOf(1)).promptTokens, 1);
  EXPECT_EQ(heavyWork, 0);
  EXPECT_EQ(sink.text(1), "");
}

TEST_F(EngineTest, ExaminesAMedium) {
  const auto sound = std::make_shared<const AudioClip>();
  ASSERT_TRUE(engine->submit(1, Examine{Sound(sound)}));
  ASSERT_TRUE(sink.waitForFinished(1));
  const auto made = sink.outcomeOf(1);
  ASSERT_TRUE(made);
  EXPECT_EQ(std::get<Examination>(*made).transcript, "heard");
  EXPECT_EQ(std::get<Examination>(*made).softTokens, std::int64_t(Part(Sound(sound)).index()));
}

TEST_F(EngineTest, TranscribesWithinARunningAnswerAndBeforeWhatWaits) {
  ASSERT_TRUE(engine->submit(1, question("until stopped")));
  ASSERT_TRUE(sink.waitForText(1));
  ASSERT_TRUE(engine->submit(2, question("hello")));
  ASSERT_TRUE(engine->submit(3, recording()));
  ASSERT_TRUE(engine->submit(4, Transcribe{}));
  ASSERT_TRUE(engine->submit(5, recording()));
  ASSERT_TRUE(sink.waitForFinished(3));
  EXPECT_EQ(sink.order(), (std::vector<RequestId>{3, 4, 5}));
  EXPECT_EQ(std::get<std::string>(*sink.outcomeOf(3)), "heard");
  EXPECT_EQ(sink.errorOf(4), ErrorCode::Internal);  // and the answer goes on
  EXPECT_EQ(sink.errorOf(5), std::nullopt);
  engine->cancel(1);
  ASSERT_TRUE(sink.waitForFinished(5));
  EXPECT_EQ(sink.order(), (std::vector<RequestId>{3, 4, 5, 1, 2}));
}

TEST_F(EngineTest, TranscribesWhenNothingElseIsAsked) {
  ASSERT_TRUE(engine->submit(1, recording()));
  ASSERT_TRUE(sink.waitForFinished(1));
  EXPECT_EQ(sink.errorOf(1), std::nullopt);
}

TEST_F(EngineTest, ATranscriptionWithinAnAnswerStopsAlone) {
  ASSERT_TRUE(engine->submit(1, question("until stopped")));
  ASSERT_TRUE(sink.waitForText(1));
  ASSERT_TRUE(engine->submit(2, recording(0)));
  std::this_thread::sleep_for(10ms);  // it runs; one that waits is told by the next test
  engine->cancel(2);
  ASSERT_TRUE(sink.waitForFinished(1));
  EXPECT_EQ(sink.order(), (std::vector<RequestId>{2}));
  EXPECT_EQ(sink.errorOf(2), ErrorCode::Cancelled);
  ASSERT_TRUE(engine->submit(3, recording()));
  ASSERT_TRUE(sink.waitForFinished(2));
  EXPECT_EQ(sink.errorOf(3), std::nullopt);
}

TEST_F(EngineTest, RecordingsWaitInALaneOfTheirOwnThatCanBeFull) {
  ASSERT_TRUE(engine->submit(1, question("one long step")));
  ASSERT_TRUE(sink.waitForText(1));
  RequestId id = 2;
  while (engine->submit(id, recording())) ++id;
  EXPECT_EQ(id, 6u);                                   // four wait
  ASSERT_TRUE(engine->submit(id, question("hello")));  // the other lane has room, and the refused id is free
  engine->cancel(3);
  engine->cancel(1);
  ASSERT_TRUE(sink.waitForFinished(6));
  EXPECT_EQ(sink.order(), (std::vector<RequestId>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(sink.errorOf(3), ErrorCode::Cancelled);
  EXPECT_EQ(sink.errorOf(4), std::nullopt);
}

TEST_F(EngineTest, DestructionReportsRecordingsThatWaitAndOnesThatAreHeard) {
  ASSERT_TRUE(engine->submit(1, question("one long step")));
  ASSERT_TRUE(sink.waitForText(1));
  for (RequestId id = 2; id <= 4; ++id) ASSERT_TRUE(engine->submit(id, recording()));
  engine.reset();
  EXPECT_EQ(sink.order().size(), 4U);
  for (RequestId id = 2; id <= 4; ++id) EXPECT_EQ(sink.errorOf(id), ErrorCode::Cancelled);

  RecordingSink other;
  engine = std::make_unique<Engine>(other, std::make_unique<ScriptedBackend>(heavyWork));
  ASSERT_TRUE(engine->submit(1, question("until stopped")));
  ASSERT_TRUE(other.waitForText(1));
  ASSERT_TRUE(engine->submit(2, recording(0)));
  std::this_thread::sleep_for(10ms);
  engine.reset();
  EXPECT_EQ(other.errorOf(1), ErrorCode::Cancelled);
  EXPECT_EQ(other.errorOf(2), ErrorCode::Cancelled);
}

TEST_F(EngineTest, PreparesBehindAnAnswerAndCanBeStopped) {
  ASSERT_TRUE(engine->submit(1, question("until stopped")));
  ASSERT_TRUE(sink.waitForText(1));
  ASSERT_TRUE(engine->submit(2, Prepare{question("hello")}));
  std::this_thread::sleep_for(10ms);
  EXPECT_TRUE(sink.order().empty());
  engine->cancel(1);
  ASSERT_TRUE(sink.waitForFinished(2));
  EXPECT_EQ(std::get<generation::Measurement>(*sink.outcomeOf(2)).promptTokens, 7);
  ASSERT_TRUE(engine->submit(3, Prepare{question("until stopped")}));
  ASSERT_TRUE(engine->submit(4, question("hello")));
  engine->cancel(3);
  ASSERT_TRUE(sink.waitForFinished(4));
  EXPECT_EQ(sink.errorOf(3), ErrorCode::Cancelled);
  EXPECT_EQ(sink.errorOf(4), std::nullopt);
}

TEST_F(EngineTest, StopsWhatRuns) {
  ASSERT_TRUE(engine->submit(1, question("until stopped")));
  ASSERT_TRUE(sink.waitForText(1));
  engine->cancel(1);
  ASSERT_TRUE(sink.waitForFinished(1));
  EXPECT_EQ(sink.errorOf(1), ErrorCode::Cancelled);
}

TEST_F(EngineTest, AStopBeforeTheStartStillCountsAndCostsNoWork) {
  ASSERT_TRUE(engine->submit(1, question("until stopped")));
  ASSERT_TRUE(sink.waitForText(1));
  ASSERT_TRUE(engine->submit(2, question("hello")));
  engine->cancel(2);
  engine->cancel(1);
  ASSERT_TRUE(sink.waitForFinished(2));
  EXPECT_EQ(sink.errorOf(2), ErrorCode::Cancelled);
  EXPECT_EQ(heavyWork, 1);
  EXPECT_EQ(sink.text(2), "");
}

TEST_F(EngineTest, AFullQueueSaysNoAtOnceAndKeepsNothing) {
  ASSERT_TRUE(engine->submit(1, question("until stopped")));
  ASSERT_TRUE(sink.waitForText(1));  // it has left the queue
  RequestId id = 2;
  while (engine->submit(id, question("hello"))) ++id;
  EXPECT_EQ(id, 6u);  // four wait
  engine->cancel(1);
  ASSERT_TRUE(sink.waitForFinished(5));
  ASSERT_TRUE(engine->submit(id, question("hello")));  // the refused id is free
  ASSERT_TRUE(sink.waitForFinished(6));
  EXPECT_EQ(sink.errorOf(id), std::nullopt);
}

TEST_F(EngineTest, RefusesAnIdThatIsInFlight) {
  ASSERT_TRUE(engine->submit(1, question("until stopped")));
  EXPECT_FALSE(engine->submit(1, question("hello")));
  engine->cancel(1);
  ASSERT_TRUE(sink.waitForFinished(1));
  EXPECT_EQ(sink.errorOf(1), ErrorCode::Cancelled);
}

TEST_F(EngineTest, CancellingFinishedOrUnknownIdsIsFine) {
  engine->cancel(99);
  ASSERT_TRUE(engine->submit(1, question("hello")));
  ASSERT_TRUE(sink.waitForFinished(1));
  engine->cancel(1);
  ASSERT_TRUE(engine->submit(1, question("hello")));  // a new life of the id, not stopped by the old cancel
  ASSERT_TRUE(sink.waitForFinished(2));
}

TEST_F(EngineTest, ExceptionsLeaveAsErrorsAndTheEngineGoesOn) {
  ASSERT_TRUE(engine->submit(1, question("throw")));
  ASSERT_TRUE(engine->submit(2, question("no memory")));
  ASSERT_TRUE(engine->submit(3, question("no memory for a tensor")));
  ASSERT_TRUE(engine->submit(4, question("hello")));
  ASSERT_TRUE(sink.waitForFinished(4));
  EXPECT_EQ(sink.errorOf(1), ErrorCode::Internal);
  EXPECT_EQ(sink.errorOf(2), ErrorCode::OutOfMemory);
  EXPECT_EQ(sink.errorOf(3), ErrorCode::OutOfMemory);
  EXPECT_EQ(sink.errorOf(4), std::nullopt);
}

TEST_F(EngineTest, DestructionMidAnswerReportsWhatRunsAndWhatWaits) {
  ASSERT_TRUE(engine->submit(1, question("until stopped")));
  ASSERT_TRUE(sink.waitForText(1));
  ASSERT_TRUE(engine->submit(2, question("hello")));
  ASSERT_TRUE(engine->submit(3, question("until stopped")));
  engine.reset();
  EXPECT_EQ(sink.order(), (std::vector<RequestId>{1, 2, 3}));
  for (RequestId id = 1; id <= 3; ++id) EXPECT_EQ(sink.errorOf(id), ErrorCode::Cancelled);
  EXPECT_EQ(heavyWork, 1);
}

TEST(Engine, TheBackendDiesOnTheThreadThatUsedIt) {
  std::atomic<int> heavyWork = 0;
  std::thread::id diedOn;
  RecordingSink sink;
  {
    Engine engine(sink, std::make_unique<ScriptedBackend>(heavyWork, &diedOn));
    ASSERT_TRUE(engine.submit(1, question("hello")));
    ASSERT_TRUE(sink.waitForFinished(1));
  }
  EXPECT_EQ(diedOn, sink.thread());
}

TEST(Engine, ManyThreadsMaySubmitAndCancelAtOnce) {
  std::atomic<int> heavyWork = 0;
  std::atomic<std::size_t> accepted = 0;
  RecordingSink sink;
  {
    Engine engine(sink, std::make_unique<ScriptedBackend>(heavyWork));
    std::vector<std::jthread> people;
    for (RequestId person = 0; person < 4; ++person) {
      people.emplace_back([&, person] {
        for (RequestId i = 0; i < 50; ++i) {
          const RequestId id = person * 1000 + i;
          const bool taken = i % 4 == 1 ? engine.submit(id, recording(i % 8 == 1 ? 0 : 1600))
                                        : engine.submit(id, question(i % 3 == 0 ? "until stopped" : "hello"));
          if (taken) {
            ++accepted;
            std::this_thread::yield();
            engine.cancel(id);
          }
        }
      });
    }
  }
  EXPECT_EQ(sink.order().size(), accepted);
}

// A sink that throws would end the process: nobody above the engine thread could catch it. So the interface does not
// allow it.
static_assert(std::is_same_v<decltype(&EngineSink::onText), void (EngineSink::*)(RequestId, std::string) noexcept>);
static_assert(
    std::is_same_v<decltype(&EngineSink::onFinished), void (EngineSink::*)(RequestId, Result<Outcome>) noexcept>);
static_assert(
    std::is_same_v<decltype(&EngineSink::onProgress), void (EngineSink::*)(RequestId, double, std::string) noexcept>);

class ThrowingSink final : public EngineSink {
 public:
  void onProgress(RequestId, double, std::string) noexcept override {}
  void onText(RequestId, std::string text) noexcept override { text.at(text.size() + 1) = '!'; }
  void onFinished(RequestId, Result<Outcome>) noexcept override {}
};

TEST(EngineDeathTest, ASinkThatThrowsEndsTheProcessInsteadOfLosingTheAnswer) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "death tests and the thread sanitizer do not mix";
#endif
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        std::atomic<int> heavyWork = 0;
        ThrowingSink sink;
        Engine engine(sink, std::make_unique<ScriptedBackend>(heavyWork));
        if (!engine.submit(1, question("hello"))) std::_Exit(0);
        std::this_thread::sleep_for(5s);
      },
      "");
}

}  // namespace
}  // namespace xllm::engine
