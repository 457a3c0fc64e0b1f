// A look at media files that costs less than decoding them for a model, and tells more of the files: what a check of
// training data and its preview need. media/decode implements it, app/ hands it over.
#pragma once

#include <filesystem>
#include <stop_token>
#include <vector>

#include "core/base/audio_clip.h"
#include "core/base/result.h"
#include "core/base/rgb_image.h"
#include "core/base/video_clip.h"

namespace xllm {

struct PictureLook {
  int width = 0, height = 0;  // of the picture, upright
  RgbImage small;             // all of it, at most MediaProbe::kSmallEdge on its longer side
};

struct SoundLook {
  AudioClip clip;              // all of it, 16 kHz mono
  int sampleRateHz = 0;        // as it is stored
  int channels = 0;            // as it is stored
  double promisedSeconds = 0;  // length that the file claims; 0: it claims none
};

struct ClipLook {
  ClipFacts facts;
  std::vector<RgbImage>
      frames;                 // its first, middle and last, small as those of pictures; fewer where its end is broken
  double missingSeconds = 0;  // of its end: damaged or cut off
};

// Implementations are safe to call from several threads at once and never throw. Errors as of ClipDecoder.
class MediaProbe {
 public:
  static constexpr int kSmallEdge = 256;  // pixels

  virtual ~MediaProbe() = default;
  // All of the file is read; of large ones its parts are decoded at the smallest scale that shows damage.
  virtual Result<PictureLook> lookAtPicture(const std::filesystem::path& file) const = 0;
  virtual Result<SoundLook> listenTo(const std::filesystem::path& file) const = 0;
  virtual Result<ClipLook> lookAtClip(const std::filesystem::path& file, std::stop_token stop) const = 0;
};

}  // namespace xllm
