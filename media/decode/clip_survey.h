// What is known of a clip's frames before one is decoded: when each is to be seen, or, of a large file, what its
// container says of them all. For media/decode alone.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/base/result.h"
#include "media/decode/byte_source.h"
#include "media/decode/ffmpeg.h"
#include "media/decode/file_decoder.h"

namespace xllm::media {

// Times in the stream's own units.
struct ClipSurvey {
  struct Key {
    std::int64_t shown = 0, decoded = 0;
  };
  bool ofEveryFrame = false;        // the lists below are filled
  std::vector<std::int64_t> shown;  // when each frame is to be seen, sorted
  std::vector<Key> keys;            // frames that need no other, sorted
  std::int64_t start = 0;           // of the first frame
  std::int64_t end = 0;             // of the last frame
  double unit = 0;                  // seconds
  double promisedSeconds = 0;       // length that the container claims; 0: it claims none

  double seconds() const { return static_cast<double>(end - start) * unit; }
  // Of every frame: the last one that is to be seen at `time`, or the first of all.
  std::int64_t frameAt(std::int64_t time) const {
    const auto after = std::upper_bound(shown.begin(), shown.end(), time);
    return after == shown.begin() ? shown.front() : *(after - 1);
  }
};

// Reads all of a file of up to limits.surveyBytes, and of one whose container names no length; else its head alone.
// BadInput: there is no moving picture in it. May throw std::bad_alloc.
Result<ClipSurvey> surveyClip(ByteSource& source, const DecodeLimits& limits);

}  // namespace xllm::media
