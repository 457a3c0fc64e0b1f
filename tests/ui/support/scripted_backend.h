// A backend whose answers a test writes itself: to provoke full queues, late stops, slow packs and failures. Tests
// only.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/generation/chat_backend.h"

namespace xllm::tests {

// Shared with the test, which keeps it while the engine owns the backend. Set the functions before the first request.
struct Stage {
  std::function<Result<generation::PackSummary>(const std::filesystem::path&, std::stop_token,
                                                const generation::LoadProgress&)>
      load = [](const std::filesystem::path& folder, std::stop_token, const generation::LoadProgress&) {
        return generation::PackSummary{.name = "Test pack",
                                       .version = "1",
                                       .folder = folder,
                                       .contextLength = 2048,
                                       .seesPictures = true,
                                       .hearsSpeech = true,
                                       .watchesClips = true,
                                       .mostClipFrames = 16,
                                       .clipTokens = 20};
      };
  std::function<Result<generation::Summary>(const generation::ChatRequest&, std::stop_token,
                                            const generation::TextSink&)>
      answer = [](const generation::ChatRequest&, std::stop_token, const generation::TextSink& onText) {
        onText("Hello");
        return generation::Summary{.newTokens = 1, .decodeTokensPerSecond = 20};
      };

  // A token for every four letters, ten for each medium and each turn; 2048 fit.
  std::function<Result<generation::Measurement>(const generation::ChatRequest&, std::stop_token)> measure =
      [](const generation::ChatRequest& request, std::stop_token) {
        return generation::Measurement{.promptTokens = tokensOf(request), .contextLength = 2048};
      };
  static std::int64_t tokensOf(const generation::ChatRequest& request) {
    std::int64_t tokens = 0;
    for (const auto& turn : request.turns) {
      tokens += 10;
      for (const auto& part : turn.parts) {
        const auto* words = std::get_if<std::string>(&part);
        tokens += words ? static_cast<std::int64_t>(words->size()) / 4 : 10;
      }
    }
    return tokens;
  }

  std::function<Result<generation::Examination>(const generation::Part&, std::stop_token)> examine =
      [](const generation::Part& medium, std::stop_token) { return examinationOf(medium); };
  // The answers that are given aside.
  std::function<Result<generation::Summary>(const generation::ChatRequest&, std::stop_token,
                                            const generation::TextSink&)>
      caption = [](const generation::ChatRequest&, std::stop_token, const generation::TextSink& onText) {
        onText("A grey wall.");
        return generation::Summary{.newTokens = 4};
      };

  std::function<Result<std::string>(const generation::Sound&, std::stop_token)> transcribe =
      [](const generation::Sound&, std::stop_token) { return std::string("heard"); };
  std::function<Result<generation::Measurement>(const generation::ChatRequest&, std::stop_token)> prepare =
      [](const generation::ChatRequest& request, std::stop_token) {
        return generation::Measurement{.promptTokens = tokensOf(request), .contextLength = 2048};
      };

  // Of a picture and of a clip's frames the middle square, as 8 × 8 grey pixels; of a sound all of it.
  static generation::Examination examinationOf(const generation::Part& medium) {
    if (const auto* sound = std::get_if<generation::Sound>(&medium)) {
      return {.frames = {}, .softTokens = 12, .secondsHeard = (*sound)->seconds(), .transcript = "good morning"};
    }
    if (const auto* clip = std::get_if<generation::Clip>(&medium)) {
      generation::Examination made{.frames = {}, .softTokens = 20, .transcript = {}};
      for (const auto& frame : (*clip)->frames) made.frames.push_back({frame.seconds, middleOf(frame.image)});
      return made;
    }
    return {.frames = {{0, middleOf(*std::get<generation::Picture>(medium))}}, .softTokens = 8, .transcript = {}};
  }
  static SeenPicture middleOf(const RgbImage& image) {
    const double edge = std::min(image.width, image.height);
    return {(image.width - edge) / 2,
            (image.height - edge) / 2,
            edge,
            edge,
            {8, 8, std::vector<std::uint8_t>(8 * 8 * 3, 77)}};
  }

  std::vector<generation::Part> examinedMedia() const {
    const std::lock_guard lock(mutex);
    return examined;
  }
  std::vector<generation::Sound> transcribedSounds() const {
    const std::lock_guard lock(mutex);
    return transcribed;
  }
  std::vector<generation::ChatRequest> preparedRequests() const {
    const std::lock_guard lock(mutex);
    return prepared;
  }
  std::vector<generation::ChatRequest> requests() const {
    const std::lock_guard lock(mutex);
    return asked;
  }

  std::atomic<int> measured{0};      // how often
  std::atomic<bool> gate{false};     // for scripts that wait for the test
  std::atomic<bool> stopped{false};  // a script saw its stop token
  mutable std::mutex mutex;
  std::vector<generation::ChatRequest> asked;  // guarded by mutex, as all below
  std::vector<generation::Part> examined;
  std::vector<generation::Sound> transcribed;
  std::vector<generation::ChatRequest> prepared;
};

class ScriptedBackend final : public generation::ChatBackend {
 public:
  explicit ScriptedBackend(std::shared_ptr<Stage> stage) : m_stage(std::move(stage)) {}

  Result<generation::PackSummary> load(const std::filesystem::path& pack, std::stop_token stop,
                                       const generation::LoadProgress& progress) override {
    return m_stage->load(pack, std::move(stop), progress);
  }
  Result<generation::Summary> answer(const generation::ChatRequest& request, std::stop_token stop,
                                     const generation::TextSink& onText) override {
    if (request.options.aside) return m_stage->caption(request, std::move(stop), onText);
    {
      const std::lock_guard lock(m_stage->mutex);
      m_stage->asked.push_back(request);
    }
    return m_stage->answer(request, std::move(stop), [&](std::string text) {
      onText(std::move(text));
      interlude();
    });
  }
  Result<generation::Measurement> measure(const generation::ChatRequest& request, std::stop_token stop) override {
    ++m_stage->measured;
    return m_stage->measure(request, std::move(stop));
  }
  Result<generation::Measurement> prepare(const generation::ChatRequest& request, std::stop_token stop) override {
    {
      const std::lock_guard lock(m_stage->mutex);
      m_stage->prepared.push_back(request);
    }
    return m_stage->prepare(request, std::move(stop));
  }
  Result<std::string> transcribe(const generation::Sound& sound, std::stop_token stop) override {
    {
      const std::lock_guard lock(m_stage->mutex);
      m_stage->transcribed.push_back(sound);
    }
    return m_stage->transcribe(sound, std::move(stop));
  }
  Result<generation::Examination> examine(const generation::Part& medium, std::stop_token stop) override {
    {
      const std::lock_guard lock(m_stage->mutex);
      m_stage->examined.push_back(medium);
    }
    return m_stage->examine(medium, std::move(stop));
  }

 private:
  std::shared_ptr<Stage> m_stage;
};

inline std::unique_ptr<ScriptedBackend> backendOn(std::shared_ptr<Stage> stage) {
  return std::make_unique<ScriptedBackend>(std::move(stage));
}

// Waits until the gate opens or a stop is asked for; true: the gate opened.
inline bool waitAtGate(Stage& stage, const std::stop_token& stop) {
  while (!stage.gate && !stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  if (stop.stop_requested()) stage.stopped = true;
  return !stop.stop_requested();
}

// Emits a token every `pause` until it is stopped, and then reports that.
inline auto endlessAnswer(Stage& stage, std::chrono::milliseconds pause) {
  return [&stage, pause](const generation::ChatRequest&, std::stop_token stop,
                         const generation::TextSink& onText) -> Result<generation::Summary> {
    for (int i = 0; !stop.stop_requested(); ++i) {
      onText("word" + std::to_string(i) + ' ');
      std::this_thread::sleep_for(pause);
    }
    stage.stopped = true;
    return fail(ErrorCode::Cancelled, "Stopped.");
  };
}

}  // namespace xllm::tests
