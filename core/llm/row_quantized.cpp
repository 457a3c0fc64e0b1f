#include "core/llm/row_quantized.h"

#include <cstdint>
#include <cstring>

#include <torch/types.h>

namespace xllm::llm {
namespace {

constexpr std::int64_t kBlock = 32;

void check(const at::Tensor& stored, const at::Tensor& scale, int bits) {
  TORCH_CHECK(bits == 8 || bits == 4, "rows of ", bits, " bits");
  TORCH_CHECK(
      stored.scalar_type() == at::kChar && stored.dim() == 2 && scale.dim() == 1 && scale.size(0) == stored.size(0),
      "quantised rows are [out, n] int8 beside [out] scales, not ", stored.sizes(), " ", stored.scalar_type(),
      " beside ", scale.sizes());
}

// A number from the high or the low half of a byte, each in two's complement.
std::uint8_t highHalf(std::int8_t byte) { return static_cast<std::uint8_t>(byte) >> 4; }
std::uint8_t lowHalf(std::int8_t byte) { return static_cast<std::uint8_t>(byte) & 15; }

// 32 numbers of a row -> the 16 bytes of a Q4_0 block: number j in the low half of byte j, number 16 + j in the high
// one, each counted from -8 (which is what turning the sign bit over does).
void packQ4(const std::int8_t* row, std::byte* to) {
  const auto number = [&](int column) { return (column % 2 == 0 ? highHalf : lowHalf)(row[column / 2]) ^ 8; };
  for (int j = 0; j < 16; ++j) to[j] = static_cast<std::byte>(number(j) | number(16 + j) << 4);
}

}  // namespace

at::Tensor opened(const at::Tensor& stored, const at::Tensor& scale, int bits) {
  check(stored, scale, bits);
  at::Tensor numbers = stored;
  if (bits == 4) {
    const at::Tensor low = stored.bitwise_left_shift(4).bitwise_right_shift(4);
    numbers = at::stack({stored.bitwise_right_shift(4), low}, -1).flatten(1);
  }
  return numbers.to(at::kFloat).mul_(scale.to(at::kFloat).unsqueeze(1));
}

RepackedRows repacked(const at::Tensor& stored, const at::Tensor& scale, int bits) {
  check(stored, scale, bits);
  const std::int64_t in = stored.size(1) * 8 / bits, blocks = in / kBlock;
  TORCH_CHECK(in % kBlock == 0 && scale.scalar_type() == at::kHalf, "rows of ", in, " numbers with scales of ",
              scale.scalar_type(), " cannot become blocks");
  const std::int64_t numberBytes = kBlock * bits / 8, blockBytes = 2 + numberBytes;
  RepackedRows made{bits == 8 ? weights::StorageType::Q8_0 : weights::StorageType::Q4_0, {}};
  made.blocks.resize(static_cast<std::size_t>(stored.size(0) * blocks * blockBytes));
  const at::Tensor rows = stored.contiguous(), scales = scale.contiguous();
  const auto* from = rows.const_data_ptr<std::int8_t>();
  const auto* step = scales.const_data_ptr<at::Half>();
  std::byte* to = made.blocks.data();
  for (std::int64_t block = 0; block < stored.size(0) * blocks; ++block, from += numberBytes, to += blockBytes) {
    std::memcpy(to, &step[block / blocks].x, 2);
    if (bits == 8) {
      std::memcpy(to + 2, from, kBlock);
    } else {
      packQ4(from, to + 2);
    }
  }
  return made;
}

}  // namespace xllm::llm
