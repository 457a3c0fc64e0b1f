// Turns stored pixels the way they are meant to be looked at. For media/decode alone.
#pragma once

#include <cstdint>

#include <opencv2/core.hpp>

namespace xllm::media {

// Undoes what EXIF says about how the camera was held: `orientation` 1 … 8, anything else changes nothing.
cv::Mat upright(cv::Mat stored, int orientation);

// The EXIF orientation that a clip's display matrix (libavutil/display.h, 3 × 3) comes nearest to; nullptr: 1.
int orientationOf(const std::int32_t* displayMatrix);

}  // namespace xllm::media
