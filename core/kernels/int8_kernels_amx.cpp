// AMX side of Int8Linear. Only intrinsics in here, as in the AVX512 file.
#if defined(__x86_64__)

#include "core/kernels/int8_kernels.h"
#include "core/kernels/target_amx.h"

namespace xllm::kernels {
namespace {

#include "core/kernels/lanes_avx512.inl"

#include "core/kernels/rough_exp.inl"

using Input = std::uint8_t;
XLLM_INLINE void storeInputs(Input* at, W x) { storeBytes(at, x); }

#include "core/kernels/int8_kernels.inl"

constexpr std::int64_t kTileRows = 16, kTileBytes = 64;
constexpr std::int64_t kSide = kTileBytes / kInt8Group;   // outputs of a tile of weights
constexpr std::int64_t kDepth = kTileBytes / kInt8Group;  // groups of a tile
constexpr std::int64_t kRows = 2 * kTileRows;

// 32 outputs, whose weights begin at `weights` and `next`, of up to 32 rows. Tiles 0 … 3 are sums, 4 and 5 inputs, 6
// and 7 weights; without a second half, 2, 3 and 5 stay unused.
template <bool HAS_SECOND>
XLLM_INLINE void multiplyTiles(const std::int8_t* weights, const std::int8_t* next, const Input* q, std::int64_t groups,
                               std::int32_t* products) {
  const std::int64_t stride = groups * kInt8Group;
  clearTile<0>();
  clearTile<1>();
  if constexpr (HAS_SECOND) {
    clearTile<2>();
    clearTile<3>();
  }
  for (std::int64_t g = 0; g < groups; g += kDepth, q += kTileBytes) {
    const std::int64_t behind = g * kSide * kInt8Group;
    loadTile<4>(q, stride);
    loadTile<6>(weights + behind, kTileBytes);
    addUnsignedBySigned<0, 4, 6>();
    loadTile<7>(next + behind, kTileBytes);
    addUnsignedBySigned<1, 4, 7>();
    if constexpr (HAS_SECOND) {
      loadTile<5>(q + kTileRows * stride, stride);
      addUnsignedBySigned<2, 5, 6>();
      addUnsignedBySigned<3, 5, 7>();
    }
  }
  constexpr std::int64_t kProductBytes = kInt8Strip * sizeof(std::int32_t);
  storeTile<0>(products, kProductBytes);
  storeTile<1>(products + kSide, kProductBytes);
  if constexpr (HAS_SECOND) {
    storeTile<2>(products + kTileRows * kInt8Strip, kProductBytes);
    storeTile<3>(products + kTileRows * kInt8Strip + kSide, kProductBytes);
  }
}

// Tiles for `rows` rows, of which a second tile holds what a first one does not.
XLLM_TARGET void shapeFor(std::int64_t rows) {
  TileShapes shapes;
  for (int t = 0; t < 8; ++t) {
    const bool isSecond = t == 2 || t == 3 || t == 5;
    const std::int64_t some = isSecond ? rows - kTileRows : rows < kTileRows ? rows : kTileRows;
    if (some <= 0) continue;
    shapes.rows[t] = static_cast<std::uint8_t>(t >= 6 ? kDepth : some);
    shapes.rowBytes[t] = kTileBytes;
  }
  shapeTiles(shapes);
}

XLLM_TARGET void multiply(const Int8Task& task) {
  alignas(64) std::int32_t products[kRows][kInt8Strip];
  const std::int64_t output = task.groups * kInt8Group;  // bytes of its weights
  std::int64_t shaped = 0, rows = 0;
  for (std::int64_t row = 0; row < task.rows; row += rows) {
    rows = task.rows - row < kRows ? task.rows - row : kRows;
    if (rows != shaped) shapeFor(rows);
    shaped = rows;
    const Input* const q = static_cast<const Input*>(task.q) + row * output;
    for (std::int64_t o = 0; o < task.outputs; o += 2 * kSide) {
      const std::int8_t* const weights = task.strip.weights + o * output;
      const std::int8_t* const next = weights + kSide * output;
      if (rows > kTileRows)
        multiplyTiles<true>(weights, next, q, task.groups, products[0] + o);
      else
        multiplyTiles<false>(weights, next, q, task.groups, products[0] + o);
    }
    for (std::int64_t r = 0; r < rows; ++r) finish(task, row + r, products[r]);
  }
  releaseTiles();
}

}  // namespace

const Int8Kernels& amxInt8Kernels() {
  static constexpr Int8Kernels kKernels = {kSide, sizeof(Input), kRows, kDepth, roundRow, multiply};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
