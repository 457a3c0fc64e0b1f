// AMX side of QuantizedLinear's kernels: whole batches of activations go through tiles, the rest goes AVX-512's way.
// The same sums, and the same order of scales, as there. Only intrinsics in here, as in the AVX512 file.
#if defined(__x86_64__)

#include "core/kernels/block_kernels.h"
#include "core/kernels/target_amx.h"

namespace xllm::kernels {
namespace {

#include "core/kernels/lanes_avx512.inl"

#include "core/kernels/block_columns.inl"

// A tile of W: 16 rows' columns of a group, four columns of all of them in a row of 64 bytes, signed.
struct alignas(64) Columns {
  std::int8_t bytes[kGroup * kStrip];
};

// Some groups of S neighbouring strips, of which the last may lack rows.
struct Piece {
  const BlockMatrix& w;
  const std::uint8_t* strips;
  std::int64_t bytes;           // of a strip
  std::int64_t scales, supers;  // where they begin in a strip
  std::int64_t first, count;    // groups
  std::int64_t columns;         // of y that there are
  bool onTop;                   // of what y holds
};
constexpr std::int64_t kPiece = 16;  // groups: what two strips have of them stays in the first cache

XLLM_INLINE W bytesLess(W bytes, int by) { return _mm512_sub_epi8(bytes, allBytes(by)); }

// Columns 4K … 4K + 3 of a group, counted from where the file counts them.
template <BlockFormat F, int K>
XLLM_INLINE W columnsAt(const std::uint8_t* lines) {
  constexpr int J = K % 4;
  if constexpr (F == BlockFormat::Q8_0) return loadWhole(lines + 64 * K);
  const W line = loadWhole(lines + 64 * J);
  const W low = K < 4 ? lowNibbles(line) : highNibbles(line);
  if constexpr (F == BlockFormat::Q4_0) return bytesLess(low, 8);
  if constexpr (F == BlockFormat::Q5_K) return withUpper<(K < 4 ? 4 - J : -J), 16>(low, loadWhole(lines + 64 * 4));
  if constexpr (F == BlockFormat::Q6_K) {
    return bytesLess(withUpper<4 - 2 * J, 48>(low, loadWhole(lines + 64 * (4 + K / 4))), 32);
  }
  return low;
}

template <BlockFormat F>
XLLM_TARGET void unpack(const std::uint8_t* lines, Columns& to) {
  storeWhole(to.bytes, columnsAt<F, 0>(lines));
  storeWhole(to.bytes + 64 * 1, columnsAt<F, 1>(lines));
  storeWhole(to.bytes + 64 * 2, columnsAt<F, 2>(lines));
  storeWhole(to.bytes + 64 * 3, columnsAt<F, 3>(lines));
  storeWhole(to.bytes + 64 * 4, columnsAt<F, 4>(lines));
  storeWhole(to.bytes + 64 * 5, columnsAt<F, 5>(lines));
  storeWhole(to.bytes + 64 * 6, columnsAt<F, 6>(lines));
  storeWhole(to.bytes + 64 * 7, columnsAt<F, 7>(lines));
}

template <BlockFormat F>
constexpr int kHalves = F == BlockFormat::Q6_K ? 2 : 1;  // of a group, with scales of their own

// Sums of a group, or of half a group, for a batch: row r of activations, strip by strip.
struct alignas(64) Sums {
  std::int32_t of[kBatch][kStrip];
};

// Columns of strip SIDE times the activations of a group. Tiles 0 … 3 are sums, 4 and 5 activations, 6 and 7 columns.
// Neighbouring groups (P is 0 and 1) take different ones, so that one need not wait for the other.
template <BlockFormat F, int SIDE, int P>
XLLM_INLINE void multiplyColumns(const Columns& columns, const std::int8_t* quants, Sums (&sums)[kHalves<F>]) {
  constexpr std::int64_t kColumns = kGroup / kHalves<F>;
  constexpr int kSum = 2 * P + SIDE;
#pragma GCC unroll 2
  for (int half = 0; half < kHalves<F>; ++half) {
    if constexpr (SIDE == 0 || kHalves<F> == 2) loadTile<4 + P>(quants + half * kColumns, kGroup);
    clearTile<kSum>();
    loadTile<6 + SIDE>(columns.bytes + half * kColumns * kStrip, 64);
    addSignedBySigned<kSum, 4 + P, 6 + SIDE>();
    storeTile<kSum>(sums[half].of, 64);
  }
}

// Group g of strip SIDE of a piece times a batch, whose first row has it at `place`.
template <BlockFormat F, int SIDE, int P>
XLLM_INLINE void addGroup(const Piece& p, const Activations& a, const Columns& columns, std::int64_t g,
                          std::int64_t place, V (&total)[kBatch]) {
  constexpr bool kHasMinima = F == BlockFormat::Q4_1 || F == BlockFormat::Q4_K || F == BlockFormat::Q5_K;
  Sums sums[kHalves<F>];
  multiplyColumns<F, SIDE, P>(columns, a.quants + place * kGroup, sums);
  const std::uint8_t* const strip = p.strips + SIDE * p.bytes;
  const Scales scales = {strip + p.scales + (g >> p.w.scaleShift) * scaleBytesOf(F),
                         strip + p.supers + g / 8 * superBytesOf(F)};
#pragma GCC unroll 2
  for (int half = 0; half < kHalves<F>; ++half) {
    const V d = scalesOf<F>(scales, half);
#pragma GCC unroll 12
    for (int r = 0; r < kBatch; ++r) {
      total[r] = fma(toFloats(loadWhole(sums[half].of[r])), mul(d, all(a.scale[place + r])), total[r]);
      XLLM_IN_ONE_REGISTER(total[r]);
    }
  }
  if constexpr (kHasMinima) {
    const V m = minimaOf<F>(scales);
#pragma GCC unroll 12
    for (int r = 0; r < kBatch; ++r) {
      total[r] = fma(m, all(a.scaledSum[place + r]), total[r]);
      XLLM_IN_ONE_REGISTER(total[r]);
    }
  }
}

template <BlockFormat F, int S, int P>
XLLM_INLINE void addGroups(const Piece& p, const Activations& a, const Columns (&columns)[S], std::int64_t g,
                           std::int64_t place, V (&total)[S][kBatch]) {
  addGroup<F, 0, P>(p, a, columns[0], g, place, total[0]);
  if constexpr (S == 2) addGroup<F, 1, P>(p, a, columns[1], g, place, total[1]);
}

// A piece times the batch that begins at `row`.
template <BlockFormat F, int S>
XLLM_TARGET void addBatch(const Piece& p, const Activations& a, const Columns (&columns)[kPiece][S], std::int64_t row,
                          float* y) {
  V total[S][kBatch];
  float* const to = y + row * p.w.out;
  const M last = firstLanes(p.columns - (S - 1) * kStrip);
#pragma GCC unroll 12
  for (int r = 0; r < kBatch; ++r) {
#pragma GCC unroll 2
    for (int s = 0; s < S; ++s) {
      total[s][r] = p.onTop ? loadSome(s == S - 1 ? last : firstLanes(kStrip), to + r * p.w.out + s * kStrip) : zero();
    }
  }
  std::int64_t place = a.place(row) + p.first * kBatch, i = 0;
  for (; i + 2 <= p.count; i += 2, place += 2 * kBatch) {
    addGroups<F, S, 0>(p, a, columns[i], p.first + i, place, total);
    addGroups<F, S, 1>(p, a, columns[i + 1], p.first + i + 1, place + kBatch, total);
  }
  if (i < p.count) addGroups<F, S, 0>(p, a, columns[i], p.first + i, place, total);
#pragma GCC unroll 12
  for (int r = 0; r < kBatch; ++r) {
#pragma GCC unroll 2
    for (int s = 0; s < S; ++s) {
      storeSome(s == S - 1 ? last : firstLanes(kStrip), to + r * p.w.out + s * kStrip, total[s][r]);
    }
  }
}

// S strips, from `strip` on, times `rows` rows of activations, in whole batches.
template <BlockFormat F, int S>
XLLM_TARGET void multiplyStrips(const BlockMatrix& w, const Activations& a, std::int64_t rows, std::int64_t strip,
                                float* y, bool add) {
  Columns columns[kPiece][S];
  Piece p = {.w = w,
             .strips = w.strips + strip * stripBytes(w),
             .bytes = stripBytes(w),
             .scales = stripQuantBytes(w),
             .supers = stripSuperBytes(w),
             .first = 0,
             .count = 0,
             .columns = w.out - strip * kStrip,
             .onTop = add};
  for (; p.first < w.groups; p.first += kPiece, p.onTop = true) {
    const std::int64_t left = w.groups - p.first;
    p.count = left < kPiece ? left : kPiece;
    for (std::int64_t i = 0; i < p.count; ++i) {
      for (int s = 0; s < S; ++s) unpack<F>(p.strips + s * p.bytes + (p.first + i) * linesOf(F) * 64, columns[i][s]);
    }
    for (std::int64_t row = 0; row < rows; row += kBatch) addBatch<F, S>(p, a, columns, row, y + strip * kStrip);
  }
}

template <BlockFormat F>
XLLM_TARGET void multiplyBatches(const BlockMatrix& w, const Activations& a, std::int64_t rows, std::int64_t begin,
                                 std::int64_t end, float* y, bool add) {
  TileShapes shapes;
  for (int t = 0; t < 8; ++t) {
    const bool isColumns = t >= 6, isActivations = t == 4 || t == 5;
    shapes.rows[t] = isColumns ? kGroup / kHalves<F> / 4 : kBatch;
    shapes.rowBytes[t] = isActivations ? kGroup / kHalves<F> : 64;
  }
  shapeTiles(shapes);
  std::int64_t s = begin;
  for (; s + 2 <= end; s += 2) multiplyStrips<F, 2>(w, a, rows, s, y, add);
  if (s < end) multiplyStrips<F, 1>(w, a, rows, s, y, add);
  releaseTiles();
}

void multiplyWhole(const BlockMatrix& w, const Activations& a, std::int64_t rows, std::int64_t begin, std::int64_t end,
                   float* y, bool add) {
  switch (w.format) {
    case BlockFormat::Q4_0: return multiplyBatches<BlockFormat::Q4_0>(w, a, rows, begin, end, y, add);
    case BlockFormat::Q4_1: return multiplyBatches<BlockFormat::Q4_1>(w, a, rows, begin, end, y, add);
    case BlockFormat::Q8_0: return multiplyBatches<BlockFormat::Q8_0>(w, a, rows, begin, end, y, add);
    case BlockFormat::Q4_K: return multiplyBatches<BlockFormat::Q4_K>(w, a, rows, begin, end, y, add);
    case BlockFormat::Q5_K: return multiplyBatches<BlockFormat::Q5_K>(w, a, rows, begin, end, y, add);
    case BlockFormat::Q6_K: return multiplyBatches<BlockFormat::Q6_K>(w, a, rows, begin, end, y, add);
  }
}

void multiply(const BlockMatrix& w, const Activations& a, std::int64_t begin, std::int64_t end, float* y, bool add) {
  const std::int64_t whole = a.rows / kBatch * kBatch;
  if (whole > 0) multiplyWhole(w, a, whole, begin, end, y, add);
  if (whole == a.rows) return;
  const std::int64_t at = a.place(whole);
  const Activations rest = {a.rows - whole,   a.groups,        a.quants + at * kGroup, a.scale + at,
                            a.scaledSum + at, a.minusSum + at, a.minusLow + at};
  avx512BlockKernels().multiply(w, rest, begin, end, y + whole * w.out, add);
}

}  // namespace

const BlockKernels& amxBlockKernels() {
  static const BlockKernels kKernels = {avx512BlockKernels().quantize, multiply};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
