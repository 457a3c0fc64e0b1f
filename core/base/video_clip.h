// Chosen frames of a clip. Its sound, if wanted, is an AudioClip of its own.
#pragma once

#include <limits>
#include <vector>

#include "core/base/rgb_image.h"

namespace xllm {

struct VideoClip {
  struct Frame {
    double seconds = 0;  // from the start of the clip
    RgbImage image;
  };
  std::vector<Frame> frames;  // in time order, upright
  double seconds = 0;         // length of the whole clip, as far as it could be read
  double missingSeconds = 0;  // of its end: damaged or cut off; the frames are from what comes before
};

// What a clip's container says of it.
struct ClipFacts {
  double seconds = 0;         // its whole length
  int width = 0, height = 0;  // in pixels, upright and square
  bool hasSound = false;
};

// Which frames: `frames` of them, each the one that is shown in the middle of one of so many equal parts of the span
// from startSeconds to endSeconds (or the clip's end). A still that is shown for long is therefore given several times.
struct ClipSampling {
  int frames = 8;  // 1 … 64
  double startSeconds = 0;
  double endSeconds = std::numeric_limits<double>::infinity();
};

}  // namespace xllm
