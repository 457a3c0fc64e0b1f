// What is asked of the model, and what it answers, as plain values. No tensors, no threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/base/audio_clip.h"
#include "core/base/result.h"
#include "core/base/rgb_image.h"
#include "core/base/role.h"
#include "core/base/seen_picture.h"
#include "core/base/video_clip.h"
#include "core/llm/kept_as.h"

namespace xllm::generation {

using xllm::Role;

// Media are shared, immutable buffers: copying a conversation copies no pixels.
using Picture = std::shared_ptr<const RgbImage>;
using Sound = std::shared_ptr<const AudioClip>;  // 16 kHz mono
using Clip = std::shared_ptr<const VideoClip>;   // its frames alone; its sound is a Sound beside it
using Part = std::variant<std::string, Picture, Sound, Clip>;

// Parts stand where they were said: a picture between two sentences is spliced in between them.
struct Turn {
  Role role = Role::User;
  std::vector<Part> parts;
};

struct Sampling {
  double temperature = 0.7;  // 0: greedy
  double topP = 0.9;         // (0, 1]
  int topK = 40;             // 0: off
  std::uint64_t seed = 0;    // the same seed gives the same text on the same machine
};

struct ChatOptions {
  Sampling sampling;
  int maxNewTokens = 512;
  // Keys and values of the conversation, where the model's own kernels read them: Int8 for long ones on little memory.
  // Another value than the last request's, but for one aside, forgets what was computed for that.
  llm::KeptAs kept = llm::kKeptUsually;
  // For measurements: the soft tokens of pictures and clips are replaced by zeros, to see what these contribute.
  bool zeroImageFeatures = false;
  // Beside the conversation, whose cache stays as it is.
  bool aside = false;
};

// A whole conversation; the last turn is the user's, or the beginning of an answer that is to be continued. The backend
// reuses what it already computed for an unchanged beginning.
struct ChatRequest {
  std::vector<Turn> turns;
  ChatOptions options;
};

// NothingHeard: the last turn is sound alone, and nobody speaks in it; the answer is kNothingHeard, no token is drawn.
enum class StopReason { EndOfTurn = 1, TokenLimit, ContextFull, NothingHeard };
inline constexpr const char* kNothingHeard = "I heard nothing.";

struct Summary {
  StopReason stopReason = StopReason::EndOfTurn;
  std::int64_t promptTokens = 0;        // soft tokens included
  std::int64_t reusedPromptTokens = 0;  // of these, taken from the cache of the turn before
  std::int64_t newTokens = 0;
  std::int64_t turnsLeftOut = 0;  // the oldest ones, which did not fit any more (context_window.h)
  double encoderMs = 0;           // pictures, clips and sound: encoder and X2L
  double prefillMs = 0;
  double decodeMs = 0;  // from the first token on
  double prefillTokensPerSecond = 0, decodeTokensPerSecond = 0;
  std::int64_t cacheBytes = 0;  // keys and values of the prompt and the answer
};

// What a conversation would cost if it were sent now.
struct Measurement {
  std::int64_t promptTokens = 0;  // soft tokens included, turns that would be left out not
  std::int64_t contextLength = 0;
  std::int64_t turnsLeftOut = 0;  // the oldest ones, behind a turn of the system's
  bool estimated = false;         // a recording that nobody listened to yet counts by its length
  bool tooLong = false;           // the newest question alone does not fit: it would be refused
};

// What the model makes of one picture, clip or recording.
struct Examination {
  struct Frame {
    double seconds = 0;  // from the clip's start; of a picture 0
    SeenPicture picture;
  };
  std::vector<Frame> frames;    // a picture's one, or a clip's in time order
  std::int64_t softTokens = 0;  // columns it takes of a prompt, without the words around it
  double secondsHeard = 0;      // of a recording: all of it, as nothing is ever cut off
  std::string transcript;       // of a recording: what S2L understood; empty where it heard or reads no words
};

struct PackSummary {
  std::string name;  // "X-LLM starter"
  std::string version;
  std::filesystem::path folder;
  std::int64_t contextLength = 0;  // tokens
  bool seesPictures = false;
  bool hearsSpeech = false;
  bool watchesClips = false;
  std::int64_t mostClipFrames = 0;   // that the clips' interface tells apart; 0: it watches none
  std::int64_t clipTokens = 0;       // soft tokens of a clip, however many frames it has …
  std::int64_t clipFrameTokens = 0;  // … and on top for each of its frames
};

// 0…1 and what is being done ("language model", "image encoder"), for a progress bar.
using LoadProgress = std::function<void(double fraction, const std::string& part)>;
// A run of whole UTF-8 characters.
using TextSink = std::function<void(std::string text)>;

}  // namespace xllm::generation
