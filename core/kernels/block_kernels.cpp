#include "core/kernels/block_kernels.h"

#include <bit>
#include <cstring>

namespace xllm::kernels {
namespace {

std::uint16_t readU16(const std::uint8_t* at) {
  std::uint16_t value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

// What stands before the quants in the file's block: d, or d and m.
constexpr std::int64_t headBytes(BlockFormat format) { return format == BlockFormat::Q4_1 ? 4 : 2; }
constexpr std::int64_t quantBytes(BlockFormat format) { return format == BlockFormat::Q8_0 ? 32 : 16; }

}  // namespace

const BlockKernels& blockKernels(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::Avx512Vnni) return avx512BlockKernels();
  if (isa == Isa::Avx2) return avx2BlockKernels();
#endif
  (void)isa;
  return plainBlockKernels();
}

std::int64_t blockBytes(BlockFormat format) { return headBytes(format) + quantBytes(format); }

std::int64_t stripQuantBytes(BlockFormat format, std::int64_t groups) { return groups * kStrip * quantBytes(format); }

std::int64_t stripBytes(BlockFormat format, std::int64_t groups) {
  const std::int64_t scales = groups * kStrip * headBytes(format);
  return stripQuantBytes(format, groups) + (scales + 63) / 64 * 64;
}

void packStrip(const BlockMatrix& w, std::int64_t strip, std::uint8_t* to) {
  const std::int64_t block = blockBytes(w.format), head = headBytes(w.format), quants = quantBytes(w.format);
  std::uint8_t* const scales = to + stripQuantBytes(w.format, w.groups);
  const std::int64_t rows = w.out - strip * kStrip < kStrip ? w.out - strip * kStrip : kStrip;
  if (rows < kStrip) std::memset(to, 0, static_cast<std::size_t>(stripBytes(w.format, w.groups)));
  const std::uint8_t* const first = w.blocks + strip * kStrip * w.groups * block;
  for (std::int64_t g = 0; g < w.groups; ++g) {
    for (std::int64_t r = 0; r < rows; ++r) {
      const std::uint8_t* const from = first + (r * w.groups + g) * block;
      std::uint8_t* const scale = scales + g * kStrip * head + 2 * r;
      std::memcpy(scale, from, 2);
      if (head == 4) std::memcpy(scale + 2 * kStrip, from + 2, 2);
      std::uint8_t* const line = to + g * kStrip * quants + 4 * r;
      for (std::int64_t j = 0; j < quants / 4; ++j) std::memcpy(line + 64 * j, from + head + 4 * j, 4);
    }
  }
}

void unpackRow(const BlockMatrix& w, std::int64_t row, float* to) {
  const std::int64_t block = blockBytes(w.format);
  for (std::int64_t g = 0; g < w.groups; ++g, to += kGroup) {
    const std::uint8_t* const from = w.blocks + (row * w.groups + g) * block;
    const float d = halfToFloat(readU16(from));
    const std::uint8_t* const quants = from + headBytes(w.format);
    if (w.format == BlockFormat::Q8_0) {
      for (int i = 0; i < 32; ++i) to[i] = static_cast<float>(static_cast<std::int8_t>(quants[i])) * d;
      continue;
    }
    const bool counted = w.format == BlockFormat::Q4_0;
    const float m = counted ? 0.0F : halfToFloat(readU16(from + 2));
    for (int i = 0; i < 16; ++i) {
      const int low = quants[i] & 15, high = quants[i] >> 4;
      to[i] = counted ? static_cast<float>(low - 8) * d : static_cast<float>(low) * d + m;
      to[i + 16] = counted ? static_cast<float>(high - 8) * d : static_cast<float>(high) * d + m;
    }
  }
}

float halfToFloat(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
  const std::uint32_t exponent = (bits >> 10) & 31U, mantissa = bits & 1023U;
  if (exponent == 0) {  // zero and subnormals: mantissa · 2⁻²⁴, exact
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | sign);
  }
  const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | (wide << 23) | (mantissa << 13));
}

}  // namespace xllm::kernels
