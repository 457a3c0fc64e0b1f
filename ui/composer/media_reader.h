// What the composer needs to know about files, so that it can be tested without decoders: app/ gives it media/decode.
#pragma once

#include <filesystem>

#include "core/base/audio_clip.h"
#include "core/base/result.h"
#include "core/base/rgb_image.h"
#include "ui/bridge/attachment.h"

namespace xllm::ui {

// Called on worker threads, several at once; never throws.
class MediaReader {
 public:
  virtual ~MediaReader() = default;
  virtual Result<MediaKind> identify(const std::filesystem::path& file) const = 0;  // by content, not by name
  virtual Result<RgbImage> decodePicture(const std::filesystem::path& file) const = 0;
  virtual Result<AudioClip> decodeSound(const std::filesystem::path& file) const = 0;
};

}  // namespace xllm::ui
