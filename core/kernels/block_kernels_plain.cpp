// The reference: straight from the file's blocks, one number after the other. The oracle of the other instruction sets.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "core/kernels/block_kernels.h"
#include "core/kernels/super_blocks.h"

namespace xllm::kernels {
namespace {

void quantizeGroup(const float* from, const Activations& a, std::int64_t place) {
  std::uint32_t largest = 0;  // bits of max |x|; NaN is larger than all, so it is not lost
  for (int k = 0; k < kGroup; ++k) largest = std::max(largest, std::bit_cast<std::uint32_t>(from[k]) & 0x7FFFFFFFU);
  const float amax = std::bit_cast<float>(largest);
  const float inverse = amax < 1e-30F ? 0.0F : 127.0F / amax;
  std::int32_t sum = 0, low = 0;
  for (int k = 0; k < kGroup; ++k) {
    const float scaled = std::nearbyint(from[k] * inverse);
    const auto q =
        static_cast<std::int8_t>(std::fabs(scaled) <= 127.0F ? scaled : -128.0F);  // only NaN and inf get −128
    a.quants[place * kGroup + k] = q;
    sum += q;
    if (k < kGroup / 2) low += q;
  }
  a.scale[place] = amax * (1.0F / 127.0F);
  a.scaledSum[place] = a.scale[place] * static_cast<float>(sum);
  a.minusSum[place] = -sum;
  a.minusLow[place] = -low;
}

void quantize(const float* x, const Activations& a, std::int64_t row) {
  for (std::int64_t g = 0; g < a.groups; ++g) {
    quantizeGroup(x + g * kGroup, a, a.place(row) + g * a.batchRows(row));
  }
}

// One block of 32 times the group of activations at `at`.
float blockDot(BlockFormat format, const std::uint8_t* from, const Activations& a, std::int64_t at) {
  const std::int8_t* const q = a.quants + at * kGroup;
  std::uint16_t head[2];
  std::memcpy(head, from, format == BlockFormat::Q4_1 ? 4 : 2);
  std::int32_t sum = 0;
  if (format == BlockFormat::Q8_0) {
    for (int k = 0; k < 32; ++k) sum += static_cast<std::int8_t>(from[2 + k]) * q[k];
  } else {
    const std::uint8_t* const nibbles = from + (format == BlockFormat::Q4_1 ? 4 : 2);
    const int zero = format == BlockFormat::Q4_1 ? 0 : 8;
    for (int k = 0; k < 16; ++k) sum += ((nibbles[k] & 15) - zero) * q[k] + ((nibbles[k] >> 4) - zero) * q[k + 16];
  }
  const float product = static_cast<float>(sum) * (halfToFloat(head[0]) * a.scale[at]);
  return format == BlockFormat::Q4_1 ? product + halfToFloat(head[1]) * a.scaledSum[at] : product;
}

float superDot(BlockFormat format, const SuperGroup& group, const Activations& a, std::int64_t at) {
  const std::int8_t* const q = a.quants + at * kGroup;
  const int zero = format == BlockFormat::Q6_K ? 32 : 0;
  std::int32_t sums[2] = {0, 0};
  for (std::size_t k = 0; k < 32; ++k) sums[k / 16] += (group.quants[k] - zero) * q[k];
  const float d = halfToFloat(group.d);
  if (format == BlockFormat::Q6_K) {
    float product = 0.0F;
    for (std::size_t half = 0; half < 2; ++half) {
      product += static_cast<float>(sums[half]) * (d * static_cast<float>(group.scales[half]) * a.scale[at]);
    }
    return product;
  }
  const float minimum = halfToFloat(group.dmin) * static_cast<float>(group.minimum);
  return static_cast<float>(sums[0] + sums[1]) * (d * static_cast<float>(group.scales[0]) * a.scale[at]) -
         minimum * a.scaledSum[at];
}

float dot(const BlockMatrix& w, std::int64_t row, const Activations& a, std::int64_t arow) {
  const std::int64_t perBlock = isSuper(w.format) ? kSuperGroups : 1, bytes = rowBytes(w.format, w.groups);
  const std::int64_t block = bytes / (w.groups / perBlock);
  float result = 0.0F;
  for (std::int64_t g = 0; g < w.groups; ++g) {
    const std::uint8_t* const from = w.blocks + row * bytes + g / perBlock * block;
    const std::int64_t at = a.place(arow) + g * a.batchRows(arow);
    result += isSuper(w.format) ? superDot(w.format, superGroup(w.format, from, g % kSuperGroups), a, at)
                                : blockDot(w.format, from, a, at);
  }
  return result;
}

void multiply(const BlockMatrix& w, const Activations& a, std::int64_t begin, std::int64_t end, float* y, bool add) {
  for (std::int64_t row = 0; row < a.rows; ++row) {
    for (std::int64_t o = begin * kStrip; o < std::min(end * kStrip, w.out); ++o) {
      const float value = dot(w, o, a, row);
      y[row * w.out + o] = add ? y[row * w.out + o] + value : value;
    }
  }
}

}  // namespace

const BlockKernels& plainBlockKernels() {
  static constexpr BlockKernels kKernels = {quantize, multiply};
  return kKernels;
}

}  // namespace xllm::kernels
