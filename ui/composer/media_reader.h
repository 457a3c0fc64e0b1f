// What the composer needs to know about files, so that it can be tested without decoders: app/ gives it a decoder of media/.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>

#include "core/base/audio_clip.h"
#include "core/base/result.h"
#include "core/base/rgb_image.h"
#include "core/base/video_clip.h"
#include "ui/bridge/attachment.h"

namespace xllm::ui {

// Called on worker threads, several at once; never throws.
class MediaReader {
 public:
  virtual ~MediaReader() = default;
  virtual Result<MediaKind> identify(const std::filesystem::path& file) const = 0;  // by content, not by name
  virtual Result<RgbImage> decodePicture(const std::filesystem::path& file) const = 0;
  virtual Result<AudioClip> decodeSound(const std::filesystem::path& file) const = 0;

  // Clips may be of any length: each of these reads what it needs, and ends soon (Cancelled) once it is stopped.
  virtual Result<ClipFacts> describeClip(const std::filesystem::path& file, std::stop_token stop) const = 0;
  virtual Result<VideoClip> decodeClip(const std::filesystem::path& file, const ClipSampling& sampling,
                                       std::stop_token stop) const = 0;
  virtual Result<AudioClip> decodeClipSound(const std::filesystem::path& file, double startSeconds, double endSeconds,
                                            std::stop_token stop) const = 0;
  // `count` small pictures spread over the clip, in time order, each as soon as it is there; false: no more are wanted.
  using GlanceSink = std::function<bool(int index, RgbImage picture)>;
  virtual Result<void> glanceAtClip(const std::filesystem::path& file, int count, const GlanceSink& sink,
                                    std::stop_token stop) const = 0;
};

}  // namespace xllm::ui
