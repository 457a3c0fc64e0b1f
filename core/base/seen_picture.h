// What an encoder is given of a picture, before its arithmetic begins.
#pragma once

#include "core/base/rgb_image.h"

namespace xllm {

struct SeenPicture {
  // The part that is looked at, in the picture's own pixels; fractions where an edge falls between two of them.
  double left = 0, top = 0, width = 0, height = 0;
  // That part at the encoder's size: what it gets, but for the normalisation.
  RgbImage pixels;
};

}  // namespace xllm
