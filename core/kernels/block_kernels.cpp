#include "core/kernels/block_kernels.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>

#include "core/kernels/super_blocks.h"

namespace xllm::kernels {
namespace {

constexpr int kScaleShifts[] = {0, 1, 2, 62};  // the last one: a row has one scale

// What stands before the quants in the file's block: d, or d and m.
constexpr std::int64_t headBytes(BlockFormat format) { return format == BlockFormat::Q4_1 ? 4 : 2; }
constexpr std::int64_t quantBytes(BlockFormat format) { return 4 * linesOf(format); }  // of a row's group in a strip

void packBlock(const BlockMatrix& w, const std::uint8_t* from, std::int64_t r, std::uint8_t* lines,
               std::uint8_t* scales) {
  const std::int64_t head = headBytes(w.format);
  std::memcpy(scales + 2 * r, from, 2);
  if (head == 4) std::memcpy(scales + 2 * kStrip + 2 * r, from + 2, 2);
  for (std::int64_t j = 0; j < quantBytes(w.format) / 4; ++j) {
    std::memcpy(lines + 64 * j + 4 * r, from + head + 4 * j, 4);
  }
}

// The bits of number `i` of a group beyond its low four: 1 for Q5_K, 2 for Q6_K, none for Q4_K.
void packHighBits(BlockFormat format, std::size_t i, int bits, std::uint8_t* row) {
  const std::size_t half = i / 16, line = i % 16 / 4, byte = i % 4;
  if (format == BlockFormat::Q5_K) row[64 * 4 + byte] |= static_cast<std::uint8_t>(bits << (4 * half + line));
  if (format == BlockFormat::Q6_K) row[64 * (4 + half) + byte] |= static_cast<std::uint8_t>(bits << (2 * line));
}

void packSuperGroup(const SuperGroup& group, BlockFormat format, std::int64_t r, std::uint8_t* lines,
                    std::uint8_t* scales, std::uint8_t* super) {
  const bool hasMinima = format != BlockFormat::Q6_K;
  scales[r] = static_cast<std::uint8_t>(group.scales[0]);
  scales[kStrip + r] = hasMinima ? group.minimum : static_cast<std::uint8_t>(group.scales[1]);
  std::memcpy(super + 2 * r, &group.d, 2);
  if (hasMinima) std::memcpy(super + 2 * kStrip + 2 * r, &group.dmin, 2);
  std::uint8_t* const row = lines + 4 * r;
  for (int j = 0; j < linesOf(format); ++j) std::memset(row + 64 * j, 0, 4);
  for (std::size_t i = 0; i < 32; ++i) {
    const int quant = group.quants[i];
    row[64 * (i % 16 / 4) + i % 4] |= static_cast<std::uint8_t>((quant & 15) << (i < 16 ? 0 : 4));
    packHighBits(format, i, quant >> 4, row);
  }
}

// Whether the groups of each row that `shift` gives the same scales have the same ones in the file.
bool scalesAreShared(const BlockMatrix& w, int shift) {
  const std::int64_t row = rowBytes(w.format, w.groups), block = row / w.groups;
  const auto head = static_cast<std::size_t>(headBytes(w.format));
  for (std::int64_t r = 0; r < w.out; ++r) {
    const std::uint8_t* const blocks = w.blocks + r * row;
    for (std::int64_t g = 1; g < w.groups; ++g) {
      if (std::memcmp(blocks + g * block, blocks + (g >> shift << shift) * block, head) != 0) return false;
    }
  }
  return true;
}

}  // namespace

const BlockKernels& blockKernels(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::Amx) return amxBlockKernels();
  if (isa == Isa::Avx512Vnni) return avx512BlockKernels();
  if (isa == Isa::AvxVnni) return avxVnniBlockKernels();
  if (isa == Isa::Avx2) return avx2BlockKernels();
#endif
  (void)isa;
  return plainBlockKernels();
}

std::int64_t rowBytes(BlockFormat format, std::int64_t groups) {
  switch (format) {
    case BlockFormat::Q4_0: return 18 * groups;
    case BlockFormat::Q4_1: return 20 * groups;
    case BlockFormat::Q8_0: return 34 * groups;
    case BlockFormat::Q4_K: return 144 * (groups / kSuperGroups);
    case BlockFormat::Q5_K: return 176 * (groups / kSuperGroups);
    case BlockFormat::Q6_K: return 210 * (groups / kSuperGroups);
  }
  return 0;
}

std::int64_t stripQuantBytes(const BlockMatrix& w) { return w.groups * kStrip * quantBytes(w.format); }

std::int64_t stripSuperBytes(const BlockMatrix& w) {
  return stripQuantBytes(w) + (((w.groups - 1) >> w.scaleShift) + 1) * scaleBytesOf(w.format);
}

std::int64_t stripBytes(const BlockMatrix& w) {
  return (stripSuperBytes(w) + w.groups / kSuperGroups * superBytesOf(w.format) + 63) / 64 * 64;
}

std::optional<int> scaleShiftOf(BlockMatrix w, std::int64_t bytes) {
  for (const int shift : kScaleShifts) {
    w.scaleShift = shift;
    if (stripBytes(w) == bytes) return shift;
    if (isSuper(w.format)) break;
  }
  return std::nullopt;
}

// The widest first: what is shared by many groups is shared by few.
int sharedScales(BlockMatrix w) {
  if (isSuper(w.format)) return 0;
  const auto widest = std::find_if(std::rbegin(kScaleShifts), std::rend(kScaleShifts),
                                   [&](int shift) { return shift == 0 || scalesAreShared(w, shift); });
  w.scaleShift = *widest;
  return *scaleShiftOf(w, stripBytes(w));
}

void packStrip(const BlockMatrix& w, std::int64_t strip, std::uint8_t* to) {
  std::uint8_t* const scales = to + stripQuantBytes(w);
  std::uint8_t* const supers = to + stripSuperBytes(w);
  const std::int64_t rows = w.out - strip * kStrip < kStrip ? w.out - strip * kStrip : kStrip;
  if (rows < kStrip) std::memset(to, 0, static_cast<std::size_t>(stripBytes(w)));
  const std::int64_t row = rowBytes(w.format, w.groups), perBlock = isSuper(w.format) ? kSuperGroups : 1;
  const std::int64_t block = row / (w.groups / perBlock);
  const std::uint8_t* const first = w.blocks + strip * kStrip * row;
  for (std::int64_t g = 0; g < w.groups; ++g) {
    std::uint8_t* const lines = to + g * kStrip * quantBytes(w.format);
    std::uint8_t* const scale = scales + (g >> w.scaleShift) * scaleBytesOf(w.format);
    for (std::int64_t r = 0; r < rows; ++r) {
      const std::uint8_t* const from = first + r * row + g / perBlock * block;
      if (isSuper(w.format)) {
        packSuperGroup(superGroup(w.format, from, g % kSuperGroups), w.format, r, lines, scale,
                       supers + g / kSuperGroups * superBytesOf(w.format));
      } else {
        packBlock(w, from, r, lines, scale);
      }
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
