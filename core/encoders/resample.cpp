#include "core/encoders/resample.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

namespace xllm::encoders {
namespace {

constexpr int kFractionBits = 22;
constexpr double kCubicA = -0.5;
constexpr double kCubicSupport = 2.0;
constexpr int kChannels = 3;

// Which of the outputs along one axis are wanted: [first, first + count) of `size`.
struct Span {
  int size = 0;
  int first = 0;
  int count = 0;
};

// The weights of every wanted output of one axis.
struct Axis {
  int taps = 0;                   // row length of `weights`
  std::vector<int> first, count;  // inputs of output i: first[i] … first[i] + count[i] - 1
  std::vector<std::int32_t> weights;

  const std::int32_t* row(int output) const { return weights.data() + static_cast<std::size_t>(output) * taps; }
};

double cubic(double x) {
  const double t = std::abs(x);
  if (t < 1.0) return ((kCubicA + 2.0) * t - (kCubicA + 3.0)) * t * t + 1.0;
  if (t < 2.0) return (((t - 5.0) * t + 8.0) * t - 4.0) * kCubicA;
  return 0.0;
}

Axis makeAxis(int inputs, Span wanted) {
  const double scale = static_cast<double>(inputs) / wanted.size;
  const double stretch = std::max(scale, 1.0);
  const double support = kCubicSupport * stretch;
  Axis axis;
  axis.taps = static_cast<int>(std::ceil(support)) * 2 + 1;
  axis.weights.resize(static_cast<std::size_t>(wanted.count) * axis.taps);
  std::vector<double> exact(static_cast<std::size_t>(axis.taps));
  for (int i = 0; i < wanted.count; ++i) {
    const double centre = (wanted.first + i + 0.5) * scale;
    const int low = std::max(static_cast<int>(centre - support + 0.5), 0);
    const int count = std::min(static_cast<int>(centre + support + 0.5), inputs) - low;
    double sum = 0.0;
    for (int k = 0; k < count; ++k) {
      exact[k] = cubic((low + k - centre + 0.5) * (1.0 / stretch));
      sum += exact[k];
    }
    std::int32_t* row = axis.weights.data() + static_cast<std::size_t>(i) * axis.taps;
    for (int k = 0; k < count; ++k) {
      const double fixed = exact[k] / sum * (1 << kFractionBits);
      row[k] = static_cast<std::int32_t>(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    }
    axis.first.push_back(low);
    axis.count.push_back(count);
  }
  return axis;
}

std::uint8_t toByte(std::int32_t sum) { return static_cast<std::uint8_t>(std::clamp(sum >> kFractionBits, 0, 255)); }

// Rows `rows` of the picture, resampled along x.
RgbImage resampleRows(const RgbImage& image, const Axis& axis, Span rows) {
  RgbImage out{static_cast<int>(axis.first.size()), rows.count, {}};
  out.pixels.resize(static_cast<std::size_t>(out.width) * out.height * kChannels);
  at::parallel_for(0, rows.count, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t y = begin; y < end; ++y) {
      const std::uint8_t* from = image.pixels.data() + (rows.first + y) * image.width * kChannels;
      std::uint8_t* to = out.pixels.data() + y * out.width * kChannels;
      for (int x = 0; x < out.width; ++x, to += kChannels) {
        const std::int32_t* weights = axis.row(x);
        const std::uint8_t* pixel = from + static_cast<std::ptrdiff_t>(axis.first[x]) * kChannels;
        std::int32_t red = 1 << (kFractionBits - 1), green = red, blue = red;
        for (int k = 0; k < axis.count[x]; ++k, pixel += kChannels) {
          red += weights[k] * pixel[0];
          green += weights[k] * pixel[1];
          blue += weights[k] * pixel[2];
        }
        to[0] = toByte(red);
        to[1] = toByte(green);
        to[2] = toByte(blue);
      }
    }
  });
  return out;
}

// All columns of the picture, resampled along y; its first row is row `firstRow` of what the axis was made for.
RgbImage resampleColumns(const RgbImage& image, const Axis& axis, int firstRow) {
  RgbImage out{image.width, static_cast<int>(axis.first.size()), {}};
  const std::size_t stride = static_cast<std::size_t>(image.width) * kChannels;
  out.pixels.resize(stride * out.height);
  at::parallel_for(0, out.height, 8, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::int32_t> sums(stride);
    for (std::int64_t y = begin; y < end; ++y) {
      const std::int32_t* weights = axis.row(static_cast<int>(y));
      std::fill(sums.begin(), sums.end(), 1 << (kFractionBits - 1));
      for (int k = 0; k < axis.count[y]; ++k) {
        const std::uint8_t* from =
            image.pixels.data() + static_cast<std::size_t>(axis.first[y] - firstRow + k) * stride;
        for (std::size_t i = 0; i < stride; ++i) sums[i] += weights[k] * from[i];
      }
      std::transform(sums.begin(), sums.end(), out.pixels.begin() + static_cast<std::ptrdiff_t>(y * stride), toByte);
    }
  });
  return out;
}

RgbImage cut(const RgbImage& image, Span columns, Span rows) {
  RgbImage out{columns.count, rows.count, {}};
  out.pixels.reserve(static_cast<std::size_t>(out.width) * out.height * kChannels);
  for (int y = 0; y < rows.count; ++y) {
    const auto from =
        image.pixels.begin() + (static_cast<std::ptrdiff_t>(rows.first + y) * image.width + columns.first) * kChannels;
    out.pixels.insert(out.pixels.end(), from, from + static_cast<std::ptrdiff_t>(columns.count) * kChannels);
  }
  return out;
}

// A pass is left out where the size does not change, as in Pillow.
RgbImage resample(const RgbImage& image, Span columns, Span rows) {
  const bool sameRows = rows.size == image.height;
  Axis vertical;
  Span source = rows;  // the input rows that the vertical pass reads
  if (!sameRows) {
    vertical = makeAxis(image.height, rows);
    source.first = vertical.first.front();
    source.count = vertical.first.back() + vertical.count.back() - source.first;
  }
  RgbImage out = columns.size == image.width ? cut(image, columns, source)
                                             : resampleRows(image, makeAxis(image.width, columns), source);
  return sameRows ? out : resampleColumns(out, vertical, source.first);
}

void check(const RgbImage& image) {
  TORCH_CHECK(image.width > 0 && image.height > 0 &&
                  image.pixels.size() == static_cast<std::size_t>(image.width) * image.height * kChannels,
              "a picture of ", image.width, " × ", image.height, " with ", image.pixels.size(), " bytes");
}

// The middle `side` of `size`: the offset (size - side) / 2 is rounded half to even.
Span middle(int size, int side) {
  const int twice = size - side;
  int offset = twice / 2;
  if (twice % 2 != 0 && offset % 2 != 0) ++offset;
  return {size, offset, side};
}

}  // namespace

RgbImage resizeBicubic(const RgbImage& image, int width, int height) {
  check(image);
  TORCH_CHECK(width > 0 && height > 0, "resize to ", width, " × ", height);
  return resample(image, {width, 0, width}, {height, 0, height});
}

RgbImage resizeShortSideAndCrop(const RgbImage& image, int side) { return seeMiddle(image, side).pixels; }

SeenPicture seeStretched(const RgbImage& image, int side) {
  return {.width = static_cast<double>(image.width),
          .height = static_cast<double>(image.height),
          .pixels = resizeBicubic(image, side, side)};
}

SeenPicture seeMiddle(const RgbImage& image, int side) {
  check(image);
  TORCH_CHECK(side > 0, "resize the short side to ", side);
  const auto [shorter, longer] = std::minmax({image.width, image.height});
  const std::int64_t scaled = static_cast<std::int64_t>(side) * longer / shorter;
  TORCH_CHECK(scaled < (std::int64_t{1} << 30), "a picture of ", image.width, " × ", image.height, " is too elongated");
  const int other = static_cast<int>(scaled);
  const bool wide = image.width >= image.height;
  const Span columns = middle(wide ? other : side, side), rows = middle(wide ? side : other, side);
  const double across = static_cast<double>(image.width) / columns.size;
  const double down = static_cast<double>(image.height) / rows.size;
  return {.left = columns.first * across,
          .top = rows.first * down,
          .width = columns.count * across,
          .height = rows.count * down,
          .pixels = resample(image, columns, rows)};
}

at::Tensor normalise(const RgbImage& image, const Normalisation& how) {
  check(image);
  at::Tensor out = at::empty({1, kChannels, image.height, image.width}, at::kFloat);
  const std::size_t pixels = static_cast<std::size_t>(image.width) * image.height;
  for (int c = 0; c < kChannels; ++c) {
    std::array<float, 256> table{};
    for (int v = 0; v < 256; ++v) {
      table[v] = (static_cast<float>(v) / how.divisor - how.mean[c]) / how.deviation[c];
    }
    float* to = out.mutable_data_ptr<float>() + static_cast<std::size_t>(c) * pixels;
    for (std::size_t i = 0; i < pixels; ++i) to[i] = table[image.pixels[i * kChannels + c]];
  }
  return out;
}

}  // namespace xllm::encoders
