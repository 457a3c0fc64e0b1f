// What a media file may ask for at most.
#pragma once

#include <cstdint>

namespace xllm::media {

struct DecodeLimits {
  std::int64_t pixels = 100'000'000;  // width × height, as the header declares it
  double seconds = 30 * 60;           // of sound
  std::int64_t pictureBytes = std::int64_t{256} << 20;
  std::int64_t soundBytes = std::int64_t{4} << 30;  // the whole file, video included, where all of its sound is read
  std::int64_t clipBytes = std::int64_t{1} << 40;   // of any sound or video file
  std::int64_t surveyBytes = 64 << 20;       // up to here every frame's time is read; beyond, the container is believed
  std::int64_t framePixels = 1'000'000;      // of a clip's frame; larger ones are scaled down
  std::int64_t clipPixels = 20'000'000'000;  // decoded for one clip: five minutes of full HD between key frames
  std::int64_t glanceFramePixels = 48'000;   // of the small pictures of glanceAtClip()
  std::int64_t glancePixels = 1'500'000'000;  // decoded for these; beyond, key frames alone
};

}  // namespace xllm::media
