// How loud a recording is, in the three figures that tell whether it can be learned from. Leaves out what is said.
#pragma once

#include "core/base/audio_clip.h"

namespace xllm::data {

struct SoundLevels {
  double loudestDb = -200;  // of windows of 25 ms, all but the loudest hundredth; 0 is full scale
  double peak = 0;          // of single samples, 0 … 1
  double clipped = 0;       // share of the samples that stand at the limit for at least four samples in a row
};

SoundLevels levelsOf(const AudioClip& clip);

}  // namespace xllm::data
