#include "media/decode/upright.h"

#include <cstdlib>

namespace xllm::media {

cv::Mat upright(cv::Mat stored, int orientation) {
  cv::Mat turned;
  switch (orientation) {
    case 2: cv::flip(stored, turned, 1); return turned;
    case 3: cv::rotate(stored, turned, cv::ROTATE_180); return turned;
    case 4: cv::flip(stored, turned, 0); return turned;
    case 5: cv::transpose(stored, turned); return turned;
    case 6: cv::rotate(stored, turned, cv::ROTATE_90_CLOCKWISE); return turned;
    case 7: {
      cv::transpose(stored, turned);
      cv::rotate(turned, stored, cv::ROTATE_180);
      return stored;
    }
    case 8: cv::rotate(stored, turned, cv::ROTATE_90_COUNTERCLOCKWISE); return turned;
    default: return stored;
  }
}

int orientationOf(const std::int32_t* displayMatrix) {
  if (displayMatrix == nullptr) return 1;
  // A stored point (x, y) is shown at (a x + c y, b x + d y).
  const std::int64_t a = displayMatrix[0], b = displayMatrix[1], c = displayMatrix[3], d = displayMatrix[4];
  if (std::llabs(a) + std::llabs(d) >= std::llabs(b) + std::llabs(c)) {
    if (a >= 0) return d >= 0 ? 1 : 4;
    return d >= 0 ? 2 : 3;
  }
  if (b >= 0) return c >= 0 ? 5 : 6;
  return c >= 0 ? 8 : 7;
}

}  // namespace xllm::media
