// Bodies of QuantizedLinear's kernels, compiled once per instruction set. A register holds kLanes rows of W: a side of a
// strip. The including file defines, inside its anonymous namespace, XLLM_TARGET, XLLM_INLINE, the lanes of one of
// lanes_*.inl, block_columns.inl, and:
//   kStrips (of W at a time, where there are kPairedRows of activations), kFewRows (up to which time goes into fetching
//   weights), kBytesFrom (what Q8_0's bytes are counted from when they are multiplied);
//   Sum (of products of a side) with sumFrom(start), addUnsigned(sum, columns, spread) (+ the products of four columns,
//   unsigned, with the four activations spread out), addSigned (the same of Q8_0's bytes as they are stored), widen(sum)
//   (brings all of it into sum.wide, in 32 bits; asked for after eight additions of four bits, four of five, two of six);
// and behind it passRows<F>(bundle), which takes all rows of activations through a bundle by through<F, S, R>().

constexpr std::int64_t kSides = kStrip / kLanes;  // of a strip

XLLM_INLINE void quantizeGroup(const float* from, const Activations& a, std::int64_t place) {
  constexpr int kRegisters = kGroup / kLanes;
  W top = allWhole(0);
#pragma GCC unroll 4
  for (int k = 0; k < kRegisters; ++k) {
    top = maxUnsigned(top, bitAnd(loadWhole(from + kLanes * k), allWhole(0x7FFFFFFF)));  // NaN is the largest
  }
  const float amax = __builtin_bit_cast(float, maxUnsignedOf(top));
  const V inverse = all(amax < 1e-30F ? 0.0F : 127.0F / amax);
  W low = allWhole(0), high = allWhole(0);
#pragma GCC unroll 4
  for (int k = 0; k < kRegisters; ++k) {  // NaN and infinity become the smallest
    const W q = maxSigned(toWhole(mul(load(from + kLanes * k), inverse)), allWhole(-128));
    storeBytes(a.quants + place * kGroup + kLanes * k, q);
    if (k < kRegisters / 2)
      low = addWhole(low, q);
    else
      high = addWhole(high, q);
  }
  const std::int32_t lowSum = sumOfWhole(low), sum = lowSum + sumOfWhole(high);
  const float scale = amax * (1.0F / 127.0F);
  a.scale[place] = scale;
  a.scaledSum[place] = scale * static_cast<float>(sum);
  a.minusSum[place] = -sum;
  a.minusLow[place] = -lowSum;
}

XLLM_TARGET void quantize(const float* x, const Activations& a, std::int64_t row) {
  const std::int64_t step = a.batchRows(row);
  std::int64_t place = a.place(row);
  for (std::int64_t g = 0; g < a.groups; ++g, place += step) quantizeGroup(x + g * kGroup, a, place);
}

// Some neighbouring strips, of which the last may lack rows, and the activations that pass by.
struct Bundle {
  const BlockMatrix& w;
  const Activations& a;
  const std::uint8_t* strips;
  std::int64_t bytes;           // of a strip
  std::int64_t scales, supers;  // where they begin in a strip
  std::int64_t sides;           // of all
  std::int64_t columns;         // of y that there are
  std::int64_t ahead;           // where the next bundle lies; 0: there is none
  float* y;
  bool add;
};

// How far behind the first side s lies, in strips of `apart` bytes that have so many of them for kStrip rows.
XLLM_INLINE std::int64_t sideAt(std::int64_t s, std::int64_t apart, std::int64_t bytesOfRows) {
  return s / kSides * apart + s % kSides * (bytesOfRows / kSides);
}

XLLM_INLINE W four(const std::int8_t* quants) {
  std::int32_t bits;
  __builtin_memcpy(&bits, quants, sizeof bits);
  return allWhole(bits);
}

// Four columns of S sides times the same of R rows of activations.
template <int S, int R>
XLLM_INLINE void add(Sum (&sum)[S][R], const W (&columns)[S], const std::int8_t* quants) {
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r) {
    const W spread = four(quants + r * kGroup);
#pragma GCC unroll 2
    for (int s = 0; s < S; ++s) addUnsigned(sum[s][r], columns[s], spread);
  }
}

template <int S, int R>
XLLM_INLINE void widenAll(Sum (&sum)[S][R]) {
#pragma GCC unroll 12
  for (int i = 0; i < S * R; ++i) widen(sum[i % S][i / S]);
}

// Line J of the low four bits of a group of S sides, `apart` bytes from strip to strip: columns 4J … 4J + 3 and the same
// of the second half.
template <BlockFormat F, int J, int S, int R>
XLLM_INLINE void addNibbles(const std::uint8_t* lines, std::int64_t apart, const std::int8_t* quants,
                            Sum (&sum)[S][R]) {
  W low[S], high[S];
#pragma GCC unroll 2
  for (int s = 0; s < S; ++s) {
    const std::uint8_t* const at = lines + sideAt(s, apart, 64);
    const W line = loadWhole(at + 64 * J);
    low[s] = lowNibbles(line);
    high[s] = highNibbles(line);
    if constexpr (F == BlockFormat::Q5_K) {
      const W fifth = loadWhole(at + 64 * 4);
      low[s] = withUpper<4 - J, 16>(low[s], fifth);
      high[s] = withUpper<-J, 16>(high[s], fifth);
    }
  }
  add(sum, low, quants + 4 * J);
  add(sum, high, quants + 16 + 4 * J);
  if constexpr (F == BlockFormat::Q5_K && J == 1) widenAll(sum);
}

// Columns 4J … 4J + 3 of one half of a group of Q6_K.
template <int J, int S, int R>
XLLM_INLINE void addSixBits(const std::uint8_t* lines, std::int64_t apart, int half, const std::int8_t* quants,
                            Sum (&sum)[S][R]) {
  W columns[S];
#pragma GCC unroll 2
  for (int s = 0; s < S; ++s) {
    const std::uint8_t* const at = lines + sideAt(s, apart, 64);
    const W line = loadWhole(at + 64 * J), upper = loadWhole(at + 64 * (4 + half));
    columns[s] = withUpper<4 - 2 * J, 48>(half == 0 ? lowNibbles(line) : highNibbles(line), upper);
  }
  add(sum, columns, quants + 16 * half + 4 * J);
  if constexpr (J == 1) widenAll(sum);
}

template <int S, int R>
XLLM_INLINE void addBytes(const std::uint8_t* lines, std::int64_t apart, const std::int8_t* quants, Sum (&sum)[S][R]) {
#pragma GCC unroll 8
  for (int j = 0; j < 8; ++j) {
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
      const W spread = four(quants + r * kGroup + 4 * j);
#pragma GCC unroll 2
      for (int s = 0; s < S; ++s) addSigned(sum[s][r], loadWhole(lines + 64 * j + sideAt(s, apart, 64)), spread);
    }
  }
}

// A group of S sides times R rows of activations; of Q6_K only one half of its columns.
template <BlockFormat F, int S, int R>
XLLM_INLINE void addGroup(const std::uint8_t* lines, std::int64_t apart, [[maybe_unused]] int half,
                          const std::int8_t* quants, Sum (&sum)[S][R]) {
  if constexpr (F == BlockFormat::Q8_0) {
    addBytes(lines, apart, quants, sum);
  } else if constexpr (F == BlockFormat::Q6_K) {
    addSixBits<0>(lines, apart, half, quants, sum);
    addSixBits<1>(lines, apart, half, quants, sum);
    addSixBits<2>(lines, apart, half, quants, sum);
    addSixBits<3>(lines, apart, half, quants, sum);
    widenAll(sum);
  } else {
    addNibbles<F, 0>(lines, apart, quants, sum);
    addNibbles<F, 1>(lines, apart, quants, sum);
    addNibbles<F, 2>(lines, apart, quants, sum);
    addNibbles<F, 3>(lines, apart, quants, sum);
    widenAll(sum);
  }
}

// What unsigned weights put into the sum before the first product.
template <BlockFormat F>
XLLM_INLINE W startOf(const Activations& a, std::int64_t place, int half) {
  switch (F) {
    case BlockFormat::Q4_0: return allWhole(8 * a.minusSum[place]);
    case BlockFormat::Q8_0: return allWhole(-kBytesFrom * a.minusSum[place]);
    case BlockFormat::Q6_K: {
      const std::int32_t low = a.minusLow[place];
      return allWhole(32 * (half == 0 ? low : a.minusSum[place] - low));
    }
    default: return allWhole(0);
  }
}

constexpr std::int64_t kNear = 4096, kFar = 16384;  // bytes

// With few rows the time goes into fetching weights, and the scales are too short a stream for the processor to foresee:
// while group g of a bundle is used (few rows take all its sides at once), as much is asked for of the next bundle, or of
// long strips what lies kNear on, lest it push what is used out of the first cache.
template <BlockFormat F, int S, int R>
XLLM_INLINE void askFor(const Bundle& b, std::int64_t g, const std::uint8_t* lines, const std::uint8_t* scales) {
  if constexpr (R <= kFewRows) {
    if (b.ahead <= kFar) {
      constexpr std::int64_t kBytes = (linesOf(F) * 64 + scaleBytesOf(F)) * S / kSides;
      const std::uint8_t* const from = b.strips + b.ahead + g * kBytes;
      for (std::int64_t j = 0; j < kBytes; j += 64) __builtin_prefetch(from + j);
    } else {
      for (int j = 0; j < linesOf(F); ++j) __builtin_prefetch(lines + kNear + 64 * j);
      __builtin_prefetch(scales + b.ahead);
    }
  }
}

// S sides of a bundle, from `side` on, times R rows of activations, from `row` on, all of one batch. Four bytes of
// activations that are spread out serve S products: a processor that loads one register a cycle and multiplies two would
// wait for its loads with one.
template <BlockFormat F, int S, int R>
XLLM_TARGET void tile(const Bundle& b, std::int64_t side, std::int64_t row) {
  constexpr int kLines = linesOf(F), kHalves = F == BlockFormat::Q6_K ? 2 : 1;
  constexpr bool kHasMinima = F == BlockFormat::Q4_1 || F == BlockFormat::Q4_K || F == BlockFormat::Q5_K;
  constexpr std::int64_t kScaleBytes = isSuper(F) ? kStrip : 2 * kStrip;  // of one kind
  const Activations& a = b.a;
  const std::int64_t apart = b.bytes, step = a.batchRows(row);
  const std::uint8_t* lines = b.strips + sideAt(side, apart, 64);
  const std::uint8_t* const allScales = b.strips + b.scales + sideAt(side, apart, kScaleBytes);
  const std::uint8_t* const supers = b.strips + b.supers + sideAt(side, apart, 2 * kStrip);
  std::int64_t place = a.place(row);
  V total[S][R];
#pragma GCC unroll 12
  for (int i = 0; i < S * R; ++i) total[i % S][i / S] = zero();
  for (std::int64_t g = 0; g < b.w.groups; ++g, place += step, lines += kLines * 64) {
    const std::int8_t* const quants = a.quants + place * kGroup;
    const std::uint8_t* const own = allScales + (g >> b.w.scaleShift) * scaleBytesOf(F);
    const std::uint8_t* const super = supers + g / 8 * superBytesOf(F);
    Scales scales[S];
#pragma GCC unroll 2
    for (int s = 0; s < S; ++s) scales[s] = {own + sideAt(s, apart, kScaleBytes), super + sideAt(s, apart, 2 * kStrip)};
    askFor<F, S, R>(b, g, lines, own);
#pragma GCC unroll 2
    for (int half = 0; half < kHalves; ++half) {
      Sum sum[S][R];
#pragma GCC unroll 12
      for (int i = 0; i < S * R; ++i) sum[i % S][i / S] = sumFrom(startOf<F>(a, place + i / S, half));
      addGroup<F>(lines, apart, half, quants, sum);
      V d[S];
#pragma GCC unroll 2
      for (int s = 0; s < S; ++s) d[s] = scalesOf<F>(scales[s], half);
#pragma GCC unroll 12
      for (int i = 0; i < S * R; ++i) {
        const int s = i % S, r = i / S;
        total[s][r] = fma(toFloats(sum[s][r].wide), mul(d[s], all(a.scale[place + r])), total[s][r]);
      }
    }
    if constexpr (kHasMinima) {
      V m[S];
#pragma GCC unroll 2
      for (int s = 0; s < S; ++s) m[s] = minimaOf<F>(scales[s]);
#pragma GCC unroll 12
      for (int i = 0; i < S * R; ++i) {
        const int s = i % S, r = i / S;
        total[s][r] = fma(m[s], all(a.scaledSum[place + r]), total[s][r]);
      }
    }
  }
#pragma GCC unroll 12
  for (int i = 0; i < S * R; ++i) {
    const int s = i % S, r = i / S;
    float* const to = b.y + (row + r) * b.w.out + (side + s) * kLanes;
    const M some = firstLanes(b.columns - (side + s) * kLanes);
    if (b.add) total[s][r] = add(total[s][r], loadSome(some, to));
    storeSome(some, to, total[s][r]);
  }
}

// Rows of activations through a bundle, from `row` on, R at a time and S of its sides; the first row that is left.
template <BlockFormat F, int S, int R>
XLLM_TARGET std::int64_t through(const Bundle& b, std::int64_t row) {
  for (; row + R <= b.a.rows; row += R) {
    for (std::int64_t side = 0; side < b.sides; side += S) tile<F, S, R>(b, side, row);
  }
  return row;
}

template <BlockFormat F>
XLLM_TARGET void passRows(const Bundle& b);

template <BlockFormat F>
XLLM_TARGET void multiplyAs(const BlockMatrix& w, const Activations& a, std::int64_t begin, std::int64_t end, float* y,
                            bool add) {
  const std::int64_t bytes = stripBytes(w), scales = stripQuantBytes(w), supers = stripSuperBytes(w);
  std::int64_t strips = 1;
  for (std::int64_t s = begin; s < end; s += strips) {
    strips = a.rows >= kPairedRows && s + kStrips <= end ? kStrips : 1;
    const bool isLast = (s + strips) * kStrip >= w.out;
    passRows<F>({.w = w,
                 .a = a,
                 .strips = w.strips + s * bytes,
                 .bytes = bytes,
                 .scales = scales,
                 .supers = supers,
                 .sides = strips * kSides,
                 .columns = w.out - s * kStrip,
                 .ahead = isLast ? 0 : strips * bytes,
                 .y = y + s * kStrip,
                 .add = add});
  }
}

void multiply(const BlockMatrix& w, const Activations& a, std::int64_t begin, std::int64_t end, float* y, bool add) {
  switch (w.format) {
    case BlockFormat::Q4_0: return multiplyAs<BlockFormat::Q4_0>(w, a, begin, end, y, add);
    case BlockFormat::Q4_1: return multiplyAs<BlockFormat::Q4_1>(w, a, begin, end, y, add);
    case BlockFormat::Q8_0: return multiplyAs<BlockFormat::Q8_0>(w, a, begin, end, y, add);
    case BlockFormat::Q4_K: return multiplyAs<BlockFormat::Q4_K>(w, a, begin, end, y, add);
    case BlockFormat::Q5_K: return multiplyAs<BlockFormat::Q5_K>(w, a, begin, end, y, add);
    case BlockFormat::Q6_K: return multiplyAs<BlockFormat::Q6_K>(w, a, begin, end, y, add);
  }
}
