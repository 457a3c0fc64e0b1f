// All that the program asks of picture, sound and video files. Two implementations: media/decode reads them itself,
// media/isolated has another process do it.
#pragma once

#include <filesystem>
#include <functional>
#include <limits>
#include <stop_token>

#include "core/base/clip_decoder.h"
#include "core/base/media_probe.h"

namespace xllm::media {

enum class MediaKind { Picture = 1, Sound, Video };

// A part of a file's sound, in seconds; of a clip from its first frame.
struct SoundSpan {
  double startSeconds = 0;
  double endSeconds = std::numeric_limits<double>::infinity();
};

// Gets small picture `index`, in time order; false: no more are wanted.
using GlanceSink = std::function<bool(int index, RgbImage picture)>;

// Any thread may call, several at once. Nothing throws. Errors: NotFound (no such file), BadInput (another kind of
// file, empty, a folder, over a limit, no sound in it), CorruptFile (damaged or cut off), Unsupported (a sound file of
// a kind or with a feature that is not read), OutOfMemory, Cancelled (a stop was asked for).
class MediaDecoder : public ClipDecoder, public MediaProbe {
 public:
  using ClipDecoder::decodeClip;
  using ClipDecoder::decodeSound;

  // By content, never by name. A GIF that moves is a clip; its first frame can be had as a picture, too.
  virtual Result<MediaKind> identify(const std::filesystem::path& file) const = 0;

  // Reads little more than the span, so the file may be of any size.
  virtual Result<AudioClip> decodeSound(const std::filesystem::path& file, const SoundSpan& span,
                                        std::stop_token stop) const = 0;
  virtual Result<VideoClip> decodeClip(const std::filesystem::path& file, const ClipSampling& sampling,
                                       std::stop_token stop) const = 0;
  // Without decoding a frame; the length is the one that decodeClip() divides.
  virtual Result<ClipFacts> describeClip(const std::filesystem::path& file, std::stop_token stop = {}) const = 0;
  // `count` small pictures spread over the clip, from key frames where these lie near enough: a look at a clip of any
  // length within a second or two.
  virtual Result<void> glanceAtClip(const std::filesystem::path& file, int count, const GlanceSink& sink,
                                    std::stop_token stop) const = 0;
};

}  // namespace xllm::media
