// What of a clip goes to the model: the part, how many frames of it, and whether its sound goes along.
#pragma once

namespace xllm::ui {

struct ClipChoice {
  double start = 0;  // seconds from the clip's first frame
  double end = 0;    // 0: where it ends
  int frames = 8;    // 1 … kMostFrames
  bool withSound = true;

  static constexpr int kMostFrames = 64;  // that can be read
  bool operator==(const ClipChoice&) const = default;
  bool hasSameSpan(const ClipChoice& other) const { return start == other.start && end == other.end; }
};

}  // namespace xllm::ui
