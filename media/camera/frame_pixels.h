// A frame of Qt Multimedia, in whatever form the camera delivers, becomes an RgbImage. Leaves out frames that only a
// graphics card can read.
#pragma once

#include <QVideoFrame>

#include "core/base/result.h"
#include "core/base/rgb_image.h"

namespace xllm::media {

inline constexpr qint64 kMostFramePixels = 1920 * 1080;  // larger ones are scaled down

// Upright, as its rotation and its scan lines say; never mirrored. Any thread, one at a time for one frame; takes some
// 10 ms for 1280 × 720. Unsupported: a format that is not read; DeviceLost: the frame's memory cannot be reached.
Result<RgbImage> pixelsOf(QVideoFrame frame);

}  // namespace xllm::media
