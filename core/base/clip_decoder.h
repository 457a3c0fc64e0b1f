// How core/ asks for decoded media without knowing media/: media/decode implements it, app/ hands it over.
#pragma once

#include <filesystem>

#include "core/base/audio_clip.h"
#include "core/base/result.h"
#include "core/base/rgb_image.h"
#include "core/base/video_clip.h"

namespace xllm {

// Implementations are safe to call from several threads at once and never throw.
class ClipDecoder {
 public:
  virtual ~ClipDecoder() = default;
  virtual Result<RgbImage> decodePicture(const std::filesystem::path& file) const = 0;
  virtual Result<AudioClip> decodeSound(const std::filesystem::path& file) const = 0;  // 16 kHz mono
  // At least one frame. BadInput when the span holds none.
  virtual Result<VideoClip> decodeClip(const std::filesystem::path& file, const ClipSampling& sampling) const = 0;
};

}  // namespace xllm
