// How fast the parts of a pack run on this machine: reading a prompt, writing an answer, looking, listening. What the
// times are compared with is told by whoever asks: the memory's speed (memory_bandwidth.h), another program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "core/base/result.h"
#include "core/encoders/precision.h"
#include "core/kernels/thread_pool.h"
#include "core/llm/kept_as.h"
#include "core/model/pack.h"

namespace xllm::llm {
class LanguageModel;
class PackedWeights;
}  // namespace xllm::llm

namespace xllm::benchmark {

struct Times {
  std::vector<double> seconds;  // one for each run, in their order
  double median() const;
  double best() const;
};

struct Repetition {
  int runs = 5;  // after one that does not count
  std::stop_token stop = {};
};

// A language model from its file, as a conversation runs it. One thread.
class LanguageModelSpeed {
 public:
  // `file`: what a pack names as its language model, or any other that loads. Errors as llm::loadLanguageModel().
  // `packedFolder` keeps repacked weights (llm::PackedWeights), which are there and in place when this returns; empty:
  // none are kept. `kept`: keys and values, where the model's own kernels read them.
  static Result<LanguageModelSpeed> open(const std::filesystem::path& file, const std::filesystem::path& packedFolder,
                                         llm::KeptAs kept = llm::kKeptUsually);
  LanguageModelSpeed(LanguageModelSpeed&&) noexcept;
  LanguageModelSpeed& operator=(LanguageModelSpeed&&) noexcept;
  ~LanguageModelSpeed();

  // A prompt of `tokens` words, up to the scores of the first answer's token. BadInput: more than the context holds.
  Result<Times> prefill(std::int64_t tokens, const Repetition& how) const;
  // `tokens` words of an answer behind a prompt of `past`, the most likely one each time.
  Result<Times> decode(std::int64_t tokens, std::int64_t past, const Repetition& how) const;
  // What has to be read of the file for one token: all matrices, of the words' table only where it is the output's,
  // too.
  std::uint64_t bytesPerToken() const { return m_bytesPerToken; }

 private:
  LanguageModelSpeed(std::unique_ptr<llm::PackedWeights> packed, std::unique_ptr<llm::LanguageModel> model,
                     std::uint64_t bytesPerToken, llm::KeptAs kept);
  Result<void> checkFits(std::int64_t tokens) const;

  std::unique_ptr<llm::PackedWeights> m_packed;  // null: none are kept
  std::unique_ptr<llm::LanguageModel> m_model;
  std::uint64_t m_bytesPerToken = 0;
  llm::KeptAs m_kept;
};

// The frozen encoders alone, on a made-up picture or noise: their work does not depend on what is seen or heard.
// Unsupported where the pack has none; errors as when it is loaded.
Result<Times> timeImageEncoder(const model::Pack& pack, const Repetition& how);
// precision none: as the pack is opened otherwise.
Result<Times> timeSpeechEncoder(const model::Pack& pack, double seconds, const Repetition& how,
                                std::optional<encoders::Precision> precision = {});
// How far the frames of a second of noise in this precision lie from float32's, as a share of their length (median).
Result<double> speechEncoderError(const model::Pack& pack, encoders::Precision precision);

}  // namespace xllm::benchmark
