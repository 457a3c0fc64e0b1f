// One loaded pack: language model, encoders and interfaces, put together. Turns pictures, clips and sounds into soft
// tokens.
// Knows nothing of prompts, sampling or conversations (core/generation).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/audio_clip.h"
#include "core/base/result.h"
#include "core/base/rgb_image.h"
#include "core/base/seen_picture.h"
#include "core/base/video_clip.h"
#include "core/llm/language_model.h"
#include "core/model/pack.h"
#include "core/tokenizer/chat_template.h"
#include "core/tokenizer/tokenizer.h"

namespace xllm::model {

// What I2L made of a picture, or V2L of a clip.
struct Seen {
  at::Tensor embeddings;            // [N, hidden] float32
  std::vector<SeenPicture> frames;  // what was looked at: one of a picture, each of a clip's
};

// What S2L made of a recording.
struct Heard {
  // [N, hidden] float32: soft tokens, or the words that were read (InterfacePart::asWords); N = 0: nothing was said.
  at::Tensor embeddings;
  std::string text;  // what was read; empty for a linear adapter, which reads nothing
};

// What a clip costs, known without loading anything. All 0: the pack watches no clips.
struct ClipCost {
  std::int64_t mostFrames = 0;  // that the interface tells apart by their time
  std::int64_t tokens = 0, tokensPerFrame = 0;
};

// One thread at a time. The language model is there from the start; encoders and interfaces are loaded when first
// needed, so that a question without pictures does not wait for them.
class Model {
 public:
  // `progress` hears of each part before it is loaded. `packedFolder` keeps repacked weights for the next time
  // (llm::PackedWeights); empty: none are. NotFound, CorruptFile, Unsupported name the part.
  static Result<std::unique_ptr<Model>> load(const std::filesystem::path& packFolder,
                                             const std::function<void(double, const std::string&)>& progress = {},
                                             const std::filesystem::path& packedFolder = {});
  ~Model();

  const Pack& pack() const;
  const tokenizer::Tokenizer& tokenizer() const;
  const tokenizer::ChatTemplate& chatTemplate() const;
  const llm::LanguageModel& languageModel() const;
  ClipCost clipCost() const;

  // Loads whatever is not loaded yet; Cancelled between two parts.
  Result<void> loadEverything(const std::function<void(double, const std::string&)>& progress, std::stop_token stop);

  // N is the interface's queries. Unsupported when the pack does not see pictures.
  Result<Seen> see(const RgbImage& picture);
  // N is queries for each frame, or queries in all where the interface's are joint. All frames are encoded in one
  // batch. Unsupported when the pack does not watch clips; BadInput for a clip without frames.
  Result<Seen> watch(const VideoClip& clip);
  // How many soft tokens see() and watch() give, without loading anything; 0 where they refuse.
  std::int64_t pictureTokens() const;
  std::int64_t clipTokens(std::size_t frames) const;
  // 16 kHz mono, all of it, however long. Unsupported when the pack does not hear speech; Cancelled between two windows
  // and two passes of the language model.
  Result<Heard> hear(const AudioClip& sound, std::stop_token stop = {});

 private:
  struct Parts;
  explicit Model(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> m_parts;
};

}  // namespace xllm::model
