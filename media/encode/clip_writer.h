// A clip that is being recorded becomes a file: MPEG-4 pictures and AAC sound in MP4, which every FFmpeg can write and
// nearly every player opens. What comes is written at once, so a clip takes no memory that grows with its length.
// Leaves capture, and when a clip is long enough, to its owner.
#pragma once

#include <filesystem>
#include <memory>
#include <span>

#include "core/base/result.h"
#include "core/base/rgb_image.h"

namespace xllm::media {

struct ClipSettings {
  int width = 0, height = 0;  // of every frame in the file, 16 … 4096; odd ones lose a pixel
  int soundRateHz = 0;        // of the one channel of sound: 0 (there is none) or 8000 … 96000
  double mostSeconds = 60;    // what comes later is left out; up to an hour
};

// Any thread, one at a time; nothing throws. Errors: BadInput (settings, or a frame without pixels), DiskFull (the
// folder cannot be written to), Unsupported (an FFmpeg without these encoders), OutOfMemory. After an error only its
// end is left.
class ClipWriter {
 public:
  // Writes beside `file`, under a name that ends in ".part"; `file` itself is there, or replaced, with finish() alone.
  static Result<ClipWriter> open(const std::filesystem::path& file, const ClipSettings& settings);
  ~ClipWriter();  // not finished: what was written goes
  ClipWriter(ClipWriter&&) noexcept;
  ClipWriter& operator=(ClipWriter&&) noexcept;

  // Seen from `seconds` on, from the clip's beginning, until the next. One that is not at least a millisecond later
  // than the one before is left out. Of any size: it is scaled. Encoding 1280 × 720 takes about 10 ms.
  Result<void> addFrame(const RgbImage& image, double seconds);
  // Follows what came before without a gap, the first from the clip's beginning. Clipped to [-1, 1].
  Result<void> addSound(std::span<const float> samples);
  // The last frame is seen until `seconds`. BadInput when there is no frame.
  Result<void> finish(double seconds);

 private:
  struct File;
  explicit ClipWriter(std::unique_ptr<File> file);

  std::unique_ptr<File> m_file;
};

}  // namespace xllm::media
