// Chosen frames of a clip, and its sound if it has any.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "core/base/audio_clip.h"
#include "core/base/rgb_image.h"

namespace xllm {

struct VideoClip {
  struct Frame {
    std::chrono::milliseconds time{0};  // from the start of the clip
    RgbImage image;
  };
  std::vector<Frame> frames;  // in time order
  std::optional<AudioClip> sound;
};

}  // namespace xllm
