// Bicubic resampling that gives Pillow's bytes, and the crops and normalisations of the published picture encoders.
// Encoders were trained on such pictures, and LibTorch's and OpenCV's own resizing differ visibly. Decoding and colour
// are not here.
#pragma once

#include <array>
#include <cstdint>

#include <ATen/core/Tensor.h>

#include "core/base/rgb_image.h"
#include "core/base/seen_picture.h"

namespace xllm::encoders {

// Image.resize((width, height), BICUBIC) of Pillow, byte for byte: cubic a = -0.5, antialiased when shrinking, weights
// with 22 fraction bits, horizontal pass first, 8-bit intermediate. The aspect is not kept. Throws on an empty picture
// or size.
RgbImage resizeBicubic(const RgbImage& image, int width, int height);

// torchvision's Resize(side) and CenterCrop(side): the short side becomes `side`, the long one int(side * long /
// short), and of that the middle `side` × `side` is cut (offset rounded half to even). Only what the crop keeps is
// computed, so an extremely long picture costs no more memory than a square one.
RgbImage resizeShortSideAndCrop(const RgbImage& image, int side);

// The two ways in which encoders look at a picture: resizeBicubic() of all of it to a square, whatever its aspect, and
// resizeShortSideAndCrop().
SeenPicture seeStretched(const RgbImage& image, int side);
SeenPicture seeMiddle(const RgbImage& image, int side);

// byte -> (byte / divisor - mean[c]) / deviation[c]
struct Normalisation {
  float divisor = 255.0F;
  std::array<float, 3> mean{};
  std::array<float, 3> deviation{1.0F, 1.0F, 1.0F};
};
inline constexpr Normalisation kClipNormalisation{.divisor = 255.0F,
                                                  .mean = {0.48145466F, 0.4578275F, 0.40821073F},
                                                  .deviation = {0.26862954F, 0.26130258F, 0.27577711F}};

at::Tensor normalise(const RgbImage& image, const Normalisation& how);  // [1, 3, height, width] float32

}  // namespace xllm::encoders
