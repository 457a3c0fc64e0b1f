#include "core/kernels/super_blocks.h"

#include <cstring>

namespace xllm::kernels {
namespace {

std::uint16_t readU16(const std::uint8_t* at) {
  std::uint16_t value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

// d, dmin, 12 bytes of eight 6-bit scales and minima; Q5_K's fifth bits; nibbles, of which two groups share 32 bytes.
SuperGroup withMinimum(const std::uint8_t* block, std::size_t group, bool hasFifthBits) {
  SuperGroup result{.quants = {}, .scales = {}, .minimum = 0, .d = readU16(block), .dmin = readU16(block + 2)};
  const std::uint8_t* const six = block + 4;
  int scale = 0, minimum = 0;
  if (group < 4) {
    scale = six[group] & 63;
    minimum = six[group + 4] & 63;
  } else {
    scale = (six[group + 4] & 15) | ((six[group - 4] >> 6) << 4);
    minimum = (six[group + 4] >> 4) | ((six[group] >> 6) << 4);
  }
  result.scales.fill(static_cast<std::int8_t>(scale));
  result.minimum = static_cast<std::uint8_t>(minimum);
  const std::uint8_t* const fifth = block + 16;
  const std::uint8_t* const nibbles = block + (hasFifthBits ? 48 : 16) + 32 * (group / 2);
  for (std::size_t i = 0; i < 32; ++i) {
    const int four = group % 2 == 0 ? nibbles[i] & 15 : nibbles[i] >> 4;
    const int bit = hasFifthBits ? (fifth[i] >> group & 1) << 4 : 0;
    result.quants[i] = static_cast<std::uint8_t>(four | bit);
  }
  return result;
}

// Four low bits, two high bits, sixteen signed scales, d; group 4·half + t has nibbles in byte 64·half + 32·(t & 1) + i
// and bits 2·t of byte 32·half + i.
SuperGroup sixBits(const std::uint8_t* block, std::size_t group) {
  SuperGroup result{.quants = {}, .scales = {}, .minimum = 0, .d = readU16(block + 208), .dmin = 0};
  std::memcpy(result.scales.data(), block + 192 + 2 * group, 2);
  const std::size_t half = group / 4, t = group % 4;
  for (std::size_t i = 0; i < 32; ++i) {
    const int nibbles = block[64 * half + 32 * (t & 1) + i], high = block[128 + 32 * half + i] >> (2 * t) & 3;
    result.quants[i] = static_cast<std::uint8_t>((t < 2 ? nibbles & 15 : nibbles >> 4) | high << 4);
  }
  return result;
}

}  // namespace

SuperGroup superGroup(BlockFormat format, const std::uint8_t* block, std::int64_t group) {
  const auto number = static_cast<std::size_t>(group);
  return format == BlockFormat::Q6_K ? sixBits(block, number) : withMinimum(block, number, format == BlockFormat::Q5_K);
}

}  // namespace xllm::kernels
