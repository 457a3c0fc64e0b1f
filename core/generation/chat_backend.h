// What the engine thread drives: something that loads a pack and answers requests. core/generation/model_backend.h is
// the real one; the engine's tests bring their own to provoke full queues, late stops and exceptions.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <utility>

#include "core/base/result.h"
#include "core/generation/chat_request.h"

namespace xllm::generation {

// All calls on one thread. Implementations poll `stop` before heavy work and once per token, and then return Cancelled.
class ChatBackend {
 public:
  virtual ~ChatBackend() = default;

  // What may be done within an answer: transcribe(), and nothing else.
  void setInterlude(std::function<void()> interlude) { m_interlude = std::move(interlude); }

  virtual Result<PackSummary> load(const std::filesystem::path& pack, std::stop_token stop,
                                   const LoadProgress& progress) = 0;
  // Calls interlude() between two tokens and between two chunks of the prompt.
  virtual Result<Summary> answer(const ChatRequest& request, std::stop_token stop, const TextSink& onText) = 0;
  // What `request` would cost, and what would be left out; nothing is encoded. Of media that were not encoded yet only
  // the kind counts, of clips the number of frames, of recordings the seconds.
  virtual Result<Measurement> measure(const ChatRequest& request, std::stop_token stop) = 0;
  // Encodes the media of a request and computes its prompt, so that answer() of the same begins at once. What it tells
  // is exact. Stops after a chunk of the prompt; what was computed until then is kept.
  virtual Result<Measurement> prepare(const ChatRequest& request, std::stop_token stop) = 0;
  // What S2L understood: one line of text. An answer that holds the same recording comes sooner then.
  virtual Result<std::string> transcribe(const Sound& sound, std::stop_token stop) = 0;
  // A Picture, Sound or Clip; BadInput for words. An answer about it comes sooner then: what was encoded is remembered.
  virtual Result<Examination> examine(const Part& medium, std::stop_token stop) = 0;

 protected:
  void interlude() const {
    if (m_interlude) m_interlude();
  }

 private:
  std::function<void()> m_interlude;
};

}  // namespace xllm::generation
