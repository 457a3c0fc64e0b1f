// Makes a clip of any length quickly: a second of encoding, repeated. Tests only.
#pragma once

#include <filesystem>

namespace xllm::tests {

struct LongClip {
  int width = 3840, height = 2160;
  double seconds = 4 * 3600;
  int framesPerSecond = 2;
  int keyEvery = 20;  // frames
  int levels = 8;     // of grey, one after the other: which part of the clip one is in
};

// An MP4 file without sound. In part p of `levels`, every frame is grey 40 + 20 p. Throws when that fails.
void makeLongClip(const std::filesystem::path& file, const LongClip& what = {});

}  // namespace xllm::tests
