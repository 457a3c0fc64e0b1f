// The inner loops of QuantizedLinear, one table of functions per instruction set. Internal to core/kernels.
//
// Weights: 16 rows of W form a strip; rows beyond `out` are zero. A strip holds, for each group of 32 columns, the
// quants as lines of 64 bytes, 4 bytes per row, row 0 first; then the scales of all groups.
//   4 bits: 4 lines; byte b of row r in line j has column 4j + b in its low and column 16 + 4j + b in its high nibble,
//   that is the file's own pairing, so packing only moves 4-byte words.
//   5 bits: 4 lines of the low four bits, as of 4 bits, then one of the fifth: bit j of byte b of row r is of column
//   4j + b, bit 4 + j of column 16 + 4j + b.
//   6 bits: 4 lines of the low four bits, then two of the high two: bits 2j and 2j + 1 of byte b of row r are column
//   4j + b's in the first and column 16 + 4j + b's in the second.
//   8 bits: 8 lines; byte b of row r in line j is column 4j + b.
//   Scales: per group 16 × f16 d, for Q4_1 followed by 16 × f16 m. Where the file has the same ones in neighbouring
//   groups of every row (matrices whose rows have one scale, or one for 64 or 128 columns), they stand there once.
//   Super-blocks of 8 groups (super_blocks.h): per group 16 bytes of scales, then 16 of minima, or for Q6_K of the
//   scales of columns 16–31; behind those of all groups per super-block 16 × f16 d, then 16 × f16 dmin (Q6_K has none).
// Activations: int8, with per group the scale, scale · sum, −sum, and −sum of the first 16. Rows go in batches of 12
// (the last one may be smaller), and a batch is stored group by group, so that what a register tile reads lies
// together. Unsigned × signed dot products need unsigned weights: Q4_0 counts them from −8, Q6_K from −32 and Q8_0 from
// −128, and −8 · sum, −32 · sum or −128 · sum puts that right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/kernels/isa.h"

namespace xllm::kernels {

enum class BlockFormat { Q4_0 = 1, Q4_1, Q8_0, Q4_K, Q5_K, Q6_K };

inline constexpr std::int64_t kGroup = 32;      // columns that share a scale
inline constexpr std::int64_t kStrip = 16;      // rows of W
inline constexpr std::int64_t kBatch = 12;      // rows of activations
inline constexpr std::int64_t kPairedRows = 6;  // from so many rows on, strips are best given in pairs

struct BlockMatrix {
  BlockFormat format;
  std::int64_t out = 0, groups = 0;      // in = 32 · groups
  int scaleShift = 0;                    // group g has the scales number g >> scaleShift; 0 for super-blocks
  const std::uint8_t* blocks = nullptr;  // as in the file, row after row; what Plain reads
  const std::uint8_t* strips = nullptr;  // packed, 64-byte aligned; what the others read
};

struct Activations {
  std::int64_t rows = 0, groups = 0;
  std::int8_t* quants = nullptr;     // 32 at each place
  float* scale = nullptr;            // one at each place
  float* scaledSum = nullptr;        // scale · Σ quants
  std::int32_t* minusSum = nullptr;  // −Σ quants
  std::int32_t* minusLow = nullptr;  // −Σ of the first 16

  // Place of group 0 of `row`; the next group is batchRows(row) places on.
  std::int64_t place(std::int64_t row) const { return row / kBatch * kBatch * groups + row % kBatch; }
  std::int64_t batchRows(std::int64_t row) const {
    const std::int64_t left = rows - row / kBatch * kBatch;
    return left < kBatch ? left : kBatch;
  }
};

struct BlockKernels {
  // x [32 · groups] -> row `row` of `a`. All instruction sets give the same bits.
  void (*quantize)(const float* x, const Activations& a, std::int64_t row);
  // y [rows, out]: the columns of strips [begin, end) are set, or added to.
  void (*multiply)(const BlockMatrix& w, const Activations& a, std::int64_t begin, std::int64_t end, float* y,
                   bool add);
};

const BlockKernels& blockKernels(Isa isa);
const BlockKernels& plainBlockKernels();
const BlockKernels& avx2BlockKernels();
const BlockKernels& avxVnniBlockKernels();
const BlockKernels& avx512BlockKernels();
const BlockKernels& amxBlockKernels();

constexpr bool isSuper(BlockFormat format) { return format >= BlockFormat::Q4_K; }  // in super-blocks
// Lines of 64 bytes that a group of a strip has.
constexpr int linesOf(BlockFormat format) {
  switch (format) {
    case BlockFormat::Q5_K: return 5;
    case BlockFormat::Q6_K: return 6;
    case BlockFormat::Q8_0: return 8;
    default: return 4;
  }
}
// Bytes of scales that a group of a strip has, and bytes behind them that a super-block of it has.
constexpr int scaleBytesOf(BlockFormat format) { return format == BlockFormat::Q4_1 ? 64 : 32; }
constexpr int superBytesOf(BlockFormat format) { return !isSuper(format) ? 0 : format == BlockFormat::Q6_K ? 32 : 64; }

std::int64_t rowBytes(BlockFormat format, std::int64_t groups);  // in the file
std::int64_t stripQuantBytes(const BlockMatrix& w);              // where a strip's scales begin
std::int64_t stripSuperBytes(const BlockMatrix& w);              // where what super-blocks have begins
std::int64_t stripBytes(const BlockMatrix& w);                   // a multiple of 64
// The first scaleShift with which strips of `w` have `bytes`, of those for 32, 64 and 128 columns and for a whole row.
std::optional<int> scaleShiftOf(BlockMatrix w, std::int64_t bytes);
// scaleShiftOf() the smallest strips that hold all scales of w.blocks.
int sharedScales(BlockMatrix w);
// Strip `strip` of `w` from w.blocks into `to`.
void packStrip(const BlockMatrix& w, std::int64_t strip, std::uint8_t* to);
float halfToFloat(std::uint16_t bits);

}  // namespace xllm::kernels
