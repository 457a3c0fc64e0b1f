#include "core/weights/block_formats.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>

#include <c10/util/Exception.h>
#include <c10/util/Half.h>

#include "core/weights/format_error.h"

namespace xllm::weights {
namespace {

constexpr std::int64_t kSmallBlock = 32;
constexpr std::int64_t kSuperBlock = 256;

float halfAt(const std::uint8_t* bytes) {
  std::uint16_t bits;
  std::memcpy(&bits, bytes, sizeof bits);
  return c10::detail::fp16_ieee_to_fp32_value(bits);
}

// The low nibbles hold elements 0…15, the high nibbles 16…31.
void dequantiseQ4_0(const std::uint8_t* block, float* out) {
  const float scale = halfAt(block);
  const std::uint8_t* quants = block + 2;
  for (int j = 0; j < 16; ++j) {
    out[j] = static_cast<float>((quants[j] & 15) - 8) * scale;
    out[j + 16] = static_cast<float>((quants[j] >> 4) - 8) * scale;
  }
}

void dequantiseQ4_1(const std::uint8_t* block, float* out) {
  const float scale = halfAt(block);
  const float minimum = halfAt(block + 2);
  const std::uint8_t* quants = block + 4;
  for (int j = 0; j < 16; ++j) {
    out[j] = static_cast<float>(quants[j] & 15) * scale + minimum;
    out[j + 16] = static_cast<float>(quants[j] >> 4) * scale + minimum;
  }
}

// Bit j of the 32-bit word is the fifth bit of element j.
void dequantiseQ5_0(const std::uint8_t* block, float* out) {
  const float scale = halfAt(block);
  std::uint32_t fifth;
  std::memcpy(&fifth, block + 2, sizeof fifth);
  const std::uint8_t* quants = block + 6;
  for (int j = 0; j < 16; ++j) {
    const int low = (quants[j] & 15) | static_cast<int>(((fifth >> j) & 1) << 4);
    const int high = (quants[j] >> 4) | static_cast<int>(((fifth >> (j + 16)) & 1) << 4);
    out[j] = static_cast<float>(low - 16) * scale;
    out[j + 16] = static_cast<float>(high - 16) * scale;
  }
}

// The same bits, without a sign: a minimum is added instead.
void dequantiseQ5_1(const std::uint8_t* block, float* out) {
  const float scale = halfAt(block);
  const float minimum = halfAt(block + 2);
  std::uint32_t fifth;
  std::memcpy(&fifth, block + 4, sizeof fifth);
  const std::uint8_t* quants = block + 8;
  for (int j = 0; j < 16; ++j) {
    const int low = (quants[j] & 15) | static_cast<int>(((fifth >> j) & 1) << 4);
    const int high = (quants[j] >> 4) | static_cast<int>(((fifth >> (j + 16)) & 1) << 4);
    out[j] = static_cast<float>(low) * scale + minimum;
    out[j + 16] = static_cast<float>(high) * scale + minimum;
  }
}

void dequantiseQ8_0(const std::uint8_t* block, float* out) {
  const float scale = halfAt(block);
  for (int j = 0; j < 32; ++j) out[j] = static_cast<float>(static_cast<std::int8_t>(block[2 + j])) * scale;
}

// Sub-block j's 6-bit scale and minimum, out of 12 bytes.
struct ScaleAndMinimum {
  float scale;
  float minimum;
};
ScaleAndMinimum unpackSixBits(const std::uint8_t* s, int j) {
  if (j < 4) return {static_cast<float>(s[j] & 63), static_cast<float>(s[j + 4] & 63)};
  return {static_cast<float>((s[j + 4] & 15) | ((s[j - 4] >> 6) << 4)),
          static_cast<float>((s[j + 4] >> 4) | ((s[j] >> 6) << 4))};
}

// Eight sub-blocks of 32; two of them share 32 bytes of nibbles.
void dequantiseQ4_K(const std::uint8_t* block, float* out) {
  const float scale = halfAt(block);
  const float minimum = halfAt(block + 2);
  const std::uint8_t* scales = block + 4;
  const std::uint8_t* quants = block + 16;
  for (int pair = 0; pair < 4; ++pair) {
    const ScaleAndMinimum low = unpackSixBits(scales, 2 * pair);
    const ScaleAndMinimum high = unpackSixBits(scales, 2 * pair + 1);
    const float lowScale = scale * low.scale, lowMinimum = minimum * low.minimum;
    const float highScale = scale * high.scale, highMinimum = minimum * high.minimum;
    for (int l = 0; l < 32; ++l) {
      const std::uint8_t q = quants[32 * pair + l];
      out[64 * pair + l] = lowScale * static_cast<float>(q & 15) - lowMinimum;
      out[64 * pair + 32 + l] = highScale * static_cast<float>(q >> 4) - highMinimum;
    }
  }
}

// As Q4_K, with the fifth bits of all eight sub-blocks in 32 bytes: bit j of byte l is that of element 32·j + l.
void dequantiseQ5_K(const std::uint8_t* block, float* out) {
  const float scale = halfAt(block);
  const float minimum = halfAt(block + 2);
  const std::uint8_t* scales = block + 4;
  const std::uint8_t* fifth = block + 16;
  const std::uint8_t* quants = block + 48;
  for (int j = 0; j < 8; ++j) {
    const ScaleAndMinimum sub = unpackSixBits(scales, j);
    const float subScale = scale * sub.scale, subMinimum = minimum * sub.minimum;
    for (int l = 0; l < 32; ++l) {
      const int nibbles = quants[32 * (j / 2) + l];
      const int low = j % 2 == 0 ? nibbles & 15 : nibbles >> 4;
      out[32 * j + l] = subScale * static_cast<float>(low | (fifth[l] >> j & 1) << 4) - subMinimum;
    }
  }
}

// Element 128·half + 32·t + l of Q2_K and Q3_K takes bits 2·t and 2·t + 1 of byte 32·half + l; 16 elements share a
// scale.
int twoBitsAt(const std::uint8_t* quants, int half, int t, int l) { return quants[32 * half + l] >> (2 * t) & 3; }

// The low nibble of a scale's byte is the scale, the high nibble the minimum.
void dequantiseQ2_K(const std::uint8_t* block, float* out) {
  const std::uint8_t* scales = block;
  const std::uint8_t* quants = block + 16;
  const float scale = halfAt(block + 80);
  const float minimum = halfAt(block + 82);
  for (int half = 0; half < 2; ++half) {
    for (int t = 0; t < 4; ++t) {
      for (int l = 0; l < 32; ++l) {
        const int sub = scales[8 * half + 2 * t + l / 16];
        out[128 * half + 32 * t + l] =
            scale * static_cast<float>(sub & 15) * static_cast<float>(twoBitsAt(quants, half, t, l)) -
            minimum * static_cast<float>(sub >> 4);
      }
    }
  }
}

// Of the 16 scales, the low nibbles lie in eight bytes and the high two bits in the four after them, signed by -32. A
// third bit that is 0 takes 4 away: bit 4·half + t of byte l.
void dequantiseQ3_K(const std::uint8_t* block, float* out) {
  const std::uint8_t* third = block;
  const std::uint8_t* quants = block + 32;
  const std::uint8_t* scales = block + 96;
  const float scale = halfAt(block + 108);
  for (int half = 0; half < 2; ++half) {
    for (int t = 0; t < 4; ++t) {
      for (int l = 0; l < 32; ++l) {
        const int sub = 8 * half + 2 * t + l / 16;
        const int low = sub < 8 ? scales[sub] & 15 : scales[sub - 8] >> 4;
        const int subScale = (low | (scales[8 + sub % 4] >> (2 * (sub / 4)) & 3) << 4) - 32;
        const int taken = (third[l] >> (4 * half + t) & 1) != 0 ? 0 : 4;
        out[128 * half + 32 * t + l] =
            scale * static_cast<float>(subScale) * static_cast<float>(twoBitsAt(quants, half, t, l) - taken);
      }
    }
  }
}

// Two halves of 128; in each, element 32·t + l takes four low bits from `low` and two high bits from `high`.
void dequantiseQ6_K(const std::uint8_t* block, float* out) {
  const std::uint8_t* low = block;
  const std::uint8_t* high = block + 128;
  const std::uint8_t* scales = block + 192;
  const float scale = halfAt(block + 208);
  for (int half = 0; half < 2; ++half) {
    for (int t = 0; t < 4; ++t) {
      for (int l = 0; l < 32; ++l) {
        const std::uint8_t nibbles = low[64 * half + 32 * (t & 1) + l];
        const int lowBits = t < 2 ? nibbles & 15 : nibbles >> 4;
        const int highBits = (high[32 * half + l] >> (2 * t)) & 3;
        const auto subScale = static_cast<std::int8_t>(scales[8 * half + 2 * t + l / 16]);
        out[128 * half + 32 * t + l] =
            scale * static_cast<float>(subScale) * static_cast<float>((lowBits | (highBits << 4)) - 32);
      }
    }
  }
}

using BlockFunction = void (*)(const std::uint8_t*, float*);
BlockFunction blockFunction(StorageType type) {
  switch (type) {
    case StorageType::Q4_0: return dequantiseQ4_0;
    case StorageType::Q4_1: return dequantiseQ4_1;
    case StorageType::Q5_0: return dequantiseQ5_0;
    case StorageType::Q5_1: return dequantiseQ5_1;
    case StorageType::Q8_0: return dequantiseQ8_0;
    case StorageType::Q2_K: return dequantiseQ2_K;
    case StorageType::Q3_K: return dequantiseQ3_K;
    case StorageType::Q4_K: return dequantiseQ4_K;
    case StorageType::Q5_K: return dequantiseQ5_K;
    case StorageType::Q6_K: return dequantiseQ6_K;
    default: return nullptr;
  }
}

// A scale as it is stored, in half precision.
void putHalf(float value, std::uint8_t* to) {
  const c10::Half half(value);
  std::memcpy(to, &half.x, sizeof half.x);
}
float inverse(float scale) { return scale == 0.0F ? 0.0F : 1.0F / scale; }

void quantiseQ8_0(const float* values, std::uint8_t* block) {
  float largest = 0.0F;
  for (int j = 0; j < 32; ++j) largest = std::max(largest, std::abs(values[j]));
  const float scale = largest / 127.0F, times = inverse(scale);
  putHalf(scale, block);
  for (int j = 0; j < 32; ++j)
    block[2 + j] = static_cast<std::uint8_t>(static_cast<std::int8_t>(std::round(values[j] * times)));
}

void packNibbles(const std::array<int, 32>& numbers, std::uint8_t* to) {
  for (std::size_t j = 0; j < 16; ++j) to[j] = static_cast<std::uint8_t>(numbers[j] | numbers[j + 16] << 4);
}

// The scale has the sign that lets the number of the largest magnitude be -8.
void quantiseQ4_0(const float* values, std::uint8_t* block) {
  float extreme = 0.0F;
  for (int j = 0; j < 32; ++j) extreme = std::abs(values[j]) > std::abs(extreme) ? values[j] : extreme;
  const float scale = extreme / -8.0F, times = inverse(scale);
  putHalf(scale, block);
  std::array<int, 32> numbers{};
  for (std::size_t j = 0; j < 32; ++j) numbers[j] = std::min(15, static_cast<int>(values[j] * times + 8.5F));
  packNibbles(numbers, block + 2);
}

void quantiseQ4_1(const float* values, std::uint8_t* block) {
  const auto [least, most] = std::minmax_element(values, values + 32);
  const float scale = (*most - *least) / 15.0F, times = inverse(scale);
  putHalf(scale, block);
  putHalf(*least, block + 2);
  std::array<int, 32> numbers{};
  for (std::size_t j = 0; j < 32; ++j) numbers[j] = std::min(15, static_cast<int>((values[j] - *least) * times + 0.5F));
  packNibbles(numbers, block + 4);
}

using RoundingFunction = void (*)(const float*, std::uint8_t*);
RoundingFunction roundingFunction(StorageType type) {
  switch (type) {
    case StorageType::Q4_0: return quantiseQ4_0;
    case StorageType::Q4_1: return quantiseQ4_1;
    case StorageType::Q8_0: return quantiseQ8_0;
    default: return nullptr;
  }
}

}  // namespace

StorageType ggmlType(std::uint32_t id, const std::string& tensor) {
  switch (id) {
    case 0: return StorageType::F32;
    case 1: return StorageType::F16;
    case 2: return StorageType::Q4_0;
    case 3: return StorageType::Q4_1;
    case 6: return StorageType::Q5_0;
    case 7: return StorageType::Q5_1;
    case 8: return StorageType::Q8_0;
    case 10: return StorageType::Q2_K;
    case 11: return StorageType::Q3_K;
    case 12: return StorageType::Q4_K;
    case 13: return StorageType::Q5_K;
    case 14: return StorageType::Q6_K;
    case 24: return StorageType::I8;
    case 25: return StorageType::I16;
    case 26: return StorageType::I32;
    case 27: return StorageType::I64;
    case 28: return StorageType::F64;
    case 30: return StorageType::BF16;
    default:
      throw FormatError(
          "tensor \"" + tensor + "\" has the ggml element type " + std::to_string(id) +
              ", which this program does not read; use a Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K to Q6_K, F16 or F32 file",
          ErrorCode::Unsupported);
  }
}

BlockLayout blockLayout(StorageType type) {
  switch (type) {
    case StorageType::Bool:
    case StorageType::U8:
    case StorageType::I8:
    case StorageType::F8E4M3:
    case StorageType::F8E5M2: return {1, 1};
    case StorageType::U16:
    case StorageType::I16:
    case StorageType::F16:
    case StorageType::BF16: return {1, 2};
    case StorageType::U32:
    case StorageType::I32:
    case StorageType::F32: return {1, 4};
    case StorageType::U64:
    case StorageType::I64:
    case StorageType::F64:
    case StorageType::C64: return {1, 8};
    case StorageType::Q4_0: return {kSmallBlock, 18};
    case StorageType::Q4_1: return {kSmallBlock, 20};
    case StorageType::Q5_0: return {kSmallBlock, 22};
    case StorageType::Q5_1: return {kSmallBlock, 24};
    case StorageType::Q8_0: return {kSmallBlock, 34};
    case StorageType::Q2_K: return {kSuperBlock, 84};
    case StorageType::Q3_K: return {kSuperBlock, 110};
    case StorageType::Q4_K: return {kSuperBlock, 144};
    case StorageType::Q5_K: return {kSuperBlock, 176};
    case StorageType::Q6_K: return {kSuperBlock, 210};
  }
  TORCH_CHECK(false, "no such storage type: ", static_cast<int>(type));
}

bool isBlockFormat(StorageType type) { return blockFunction(type) != nullptr; }

std::optional<at::ScalarType> scalarType(StorageType type) {
  switch (type) {
    case StorageType::Bool: return at::kBool;
    case StorageType::U8: return at::kByte;
    case StorageType::I8: return at::kChar;
    case StorageType::U16: return at::ScalarType::UInt16;
    case StorageType::I16: return at::kShort;
    case StorageType::U32: return at::ScalarType::UInt32;
    case StorageType::I32: return at::kInt;
    case StorageType::U64: return at::ScalarType::UInt64;
    case StorageType::I64: return at::kLong;
    case StorageType::F16: return at::kHalf;
    case StorageType::BF16: return at::kBFloat16;
    case StorageType::F32: return at::kFloat;
    case StorageType::F64: return at::kDouble;
    case StorageType::F8E4M3: return at::ScalarType::Float8_e4m3fn;
    case StorageType::F8E5M2: return at::ScalarType::Float8_e5m2;
    case StorageType::C64: return at::kComplexFloat;
    default: return std::nullopt;
  }
}

std::uint64_t storedBytes(StorageType type, const std::vector<std::int64_t>& shape) {
  constexpr std::size_t kMostDimensions = 64;  // LibTorch's own limit
  if (shape.size() > kMostDimensions) throw FormatError("a tensor has " + std::to_string(shape.size()) + " dimensions");
  const BlockLayout layout = blockLayout(type);
  std::int64_t bytes = layout.bytes;
  bool empty = false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    std::int64_t count = shape[i];
    if (count < 0) throw FormatError("a tensor has a negative size");
    if (i + 1 == shape.size() && layout.elements > 1) {
      if (count % layout.elements != 0) {
        throw FormatError("a row of " + std::to_string(count) + " elements is no whole number of " +
                          std::string(toString(type)) + " blocks");
      }
      count /= layout.elements;
    }
    // Zeros are left out of the product, so that strides of empty tensors cannot overflow either.
    if (count == 0) {
      empty = true;
    } else if (__builtin_mul_overflow(bytes, count, &bytes)) {
      throw FormatError("a tensor has more elements than 63 bits can count");
    }
  }
  // Blocks hold more elements than bytes, so the elements have to fit as well.
  if (bytes > INT64_MAX / layout.elements) throw FormatError("a tensor has more elements than 63 bits can count");
  if (shape.empty() && layout.elements > 1) throw FormatError("a single number cannot be stored in blocks");
  return empty ? 0 : static_cast<std::uint64_t>(bytes);
}

void dequantise(StorageType type, std::span<const std::byte> blocks, std::span<float> out) {
  const BlockFunction function = blockFunction(type);
  const BlockLayout layout = blockLayout(type);
  const std::size_t count = out.size() / static_cast<std::size_t>(layout.elements);
  TORCH_CHECK(function != nullptr, toString(type), " is no block format");
  TORCH_CHECK(out.size() % static_cast<std::size_t>(layout.elements) == 0 &&
                  blocks.size() == count * static_cast<std::size_t>(layout.bytes),
              "dequantise: ", blocks.size(), " bytes of ", toString(type), " for ", out.size(), " values");
  const auto* block = reinterpret_cast<const std::uint8_t*>(blocks.data());
  float* values = out.data();
  for (std::size_t i = 0; i < count; ++i, block += layout.bytes, values += layout.elements) function(block, values);
}

void quantise(StorageType type, std::span<const float> values, std::span<std::byte> blocks) {
  const RoundingFunction function = roundingFunction(type);
  const BlockLayout layout = blockLayout(type);
  const std::size_t count = values.size() / static_cast<std::size_t>(layout.elements);
  TORCH_CHECK(function != nullptr, "nothing is rounded to ", toString(type));
  TORCH_CHECK(values.size() % static_cast<std::size_t>(layout.elements) == 0 &&
                  blocks.size() == count * static_cast<std::size_t>(layout.bytes),
              "quantise: ", values.size(), " values for ", blocks.size(), " bytes of ", toString(type));
  auto* block = reinterpret_cast<std::uint8_t*>(blocks.data());
  const float* value = values.data();
  for (std::size_t i = 0; i < count; ++i, block += layout.bytes, value += layout.elements) function(value, block);
}

}  // namespace xllm::weights
