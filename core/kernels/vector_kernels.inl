// Bodies of the vector kernels, compiled once per instruction set. The including file defines, inside its anonymous
// namespace, XLLM_TARGET, XLLM_INLINE, the lanes of lanes_avx2.inl or lanes_avx512.inl, and:
//   kRows (rows of a register tile), loadSome (lanes of a mask) of Halves and int8, storeHalves (the first so many
//   lanes).

constexpr int kVectors = 4;  // of a register tile

XLLM_INLINE V load(const Half* at) { return halves(at); }
XLLM_INLINE V load(const std::int8_t* at) { return toFloats(signedBytes(at)); }

// e^x, about one unit in the last place: e^x = 2^n · e^r with |r| ≤ ln 2 / 2, e^r by its Taylor polynomial of degree 7.
// Below −87 the result is that of −87 (1.6e-38).
XLLM_INLINE V expOf(V x) {
  x = max(all(-87.0F), x);  // in this order NaN stays NaN
  const V n = roundToInteger(mul(x, all(1.44269504F)));
  V r = fma(n, all(-0.693359375F), x);  // ln 2 in two parts, the first exact in n · part
  r = fma(n, all(2.12194440e-4F), r);
  V p = all(1.0F / 5040.0F);
  p = fma(p, r, all(1.0F / 720.0F));
  p = fma(p, r, all(1.0F / 120.0F));
  p = fma(p, r, all(1.0F / 24.0F));
  p = fma(p, r, all(1.0F / 6.0F));
  p = fma(p, r, all(0.5F));
  p = fma(p, r, all(1.0F));
  p = fma(p, r, all(1.0F));
  return timesPowerOfTwo(p, n);
}

XLLM_TARGET void rmsNorm(const float* x, const float* weight, float epsilon, std::int64_t width, float* y) {
  V squares = zero();
  std::int64_t i = 0;
  for (; i + kLanes <= width; i += kLanes) squares = fma(load(x + i), load(x + i), squares);
  const M rest = firstLanes(width - i);
  const V last = loadSome(rest, x + i);
  const float mean = sumOf(fma(last, last, squares)) / static_cast<float>(width);
  const V factor = all(1.0F / __builtin_sqrtf(mean + epsilon));
  for (i = 0; i + kLanes <= width; i += kLanes) store(y + i, mul(mul(load(x + i), factor), load(weight + i)));
  storeSome(rest, y + i, mul(mul(last, factor), loadSome(rest, weight + i)));
}

// silu(g) = g / (1 + e^−g); below −87, where e^−g would soon overflow, it is that of −87: −1.4e-36.
XLLM_INLINE V gated(V gate, V up) {
  const V held = max(all(-87.0F), gate);
  return mul(div(held, add(all(1.0F), expOf(mul(held, all(-1.0F))))), up);
}

XLLM_TARGET void swiGlu(const float* gate, const float* up, std::int64_t count, float* y) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(y + i, gated(load(gate + i), load(up + i)));
  const M rest = firstLanes(count - i);
  storeSome(rest, y + i, gated(loadSome(rest, gate + i), loadSome(rest, up + i)));
}

XLLM_TARGET void rotateHalves(float* x, const float* cos, const float* sin, std::int64_t heads, std::int64_t headDim) {
  const std::int64_t half = headDim / 2;
  for (std::int64_t h = 0; h < heads; ++h, x += headDim) {
    for (std::int64_t j = 0; j < half; j += kLanes) {
      const M some = firstLanes(half - j);
      const V a = loadSome(some, x + j), b = loadSome(some, x + half + j);
      const V c = loadSome(some, cos + j), s = loadSome(some, sin + j);
      storeSome(some, x + j, fma(a, c, mul(mul(b, s), all(-1.0F))));
      storeSome(some, x + half + j, fma(b, c, mul(a, s)));
    }
  }
}

// c [R, width] = or += a [R, k] · b [k, width], up to kVectors registers wide; the last one may be partly used.
template <int R, int N, typename B>
XLLM_INLINE void tile(const float* a, std::int64_t lda, const B* b, std::int64_t ldb, std::int64_t k, float* c,
                      std::int64_t ldc, M last, bool keep) {
  V sum[R][N];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) {
      const float* const at = c + r * ldc + n * kLanes;
      sum[r][n] = !keep ? zero() : n + 1 < N ? load(at) : loadSome(last, at);
    }
  }
  for (std::int64_t i = 0; i < k; ++i) {
    V row[N];
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) {
      const B* const at = b + i * ldb + n * kLanes;
      row[n] = n + 1 < N ? load(at) : loadSome(last, at);
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const V factor = all(a[r * lda + i]);
#pragma GCC unroll 4
      for (int n = 0; n < N; ++n) sum[r][n] = fma(factor, row[n], sum[r][n]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) {
      float* const at = c + r * ldc + n * kLanes;
      if (n + 1 < N)
        store(at, sum[r][n]);
      else
        storeSome(last, at, sum[r][n]);
    }
  }
}

template <int N, typename B>
XLLM_TARGET void panel(std::int64_t rows, const float* a, std::int64_t lda, const B* b, std::int64_t ldb,
                       std::int64_t k, float* c, std::int64_t ldc, M last, bool keep) {
  std::int64_t r = 0;
  for (; r + kRows <= rows; r += kRows) tile<kRows, N>(a + r * lda, lda, b, ldb, k, c + r * ldc, ldc, last, keep);
  for (; r < rows; ++r) tile<1, N>(a + r * lda, lda, b, ldb, k, c + r * ldc, ldc, last, keep);
}

// c [rows, width] = or += a [rows, k] · b [k, width]
template <typename B>
XLLM_TARGET void product(std::int64_t rows, std::int64_t width, const float* a, std::int64_t lda, const B* b,
                         std::int64_t ldb, std::int64_t k, float* c, std::int64_t ldc, bool keep) {
  for (std::int64_t n = 0; n < width; n += kVectors * kLanes) {
    const std::int64_t left = width - n < kVectors * kLanes ? width - n : kVectors * kLanes;
    const std::int64_t vectors = (left + kLanes - 1) / kLanes;
    const M last = firstLanes(left - (vectors - 1) * kLanes);
    switch (vectors) {
      case 1: panel<1>(rows, a, lda, b + n, ldb, k, c + n, ldc, last, keep); break;
      case 2: panel<2>(rows, a, lda, b + n, ldb, k, c + n, ldc, last, keep); break;
      case 3: panel<3>(rows, a, lda, b + n, ldb, k, c + n, ldc, last, keep); break;
      default: panel<4>(rows, a, lda, b + n, ldb, k, c + n, ldc, last, keep); break;
    }
  }
}

// scores of one row become weights exp(score − maximum), 0 beyond the `seen` first; the row's sum, maximum and output
// follow.
XLLM_TARGET void weigh(float* scores, std::int64_t seen, float& maximum, float& sum, float* out, std::int64_t width) {
  const V lowest = all(-__builtin_inff());
  V top = all(maximum);
  for (std::int64_t i = 0; i < kKeyBlock; i += kLanes) {
    const M some = firstLanes(seen - i);
    const V s = select(some, load(scores + i), lowest);
    store(scores + i, s);
    top = max(top, s);
  }
  const float higher = maxOf(top);
  const V shift = all(-higher);
  V total = zero();
  for (std::int64_t i = 0; i < kKeyBlock; i += kLanes) {
    const V p = select(firstLanes(seen - i), expOf(add(load(scores + i), shift)), zero());
    store(scores + i, p);
    total = add(total, p);
  }
  if (higher > maximum && sum > 0.0F) {
    const V keep = expOf(all(maximum - higher));
    for (std::int64_t i = 0; i < width; i += kLanes) store(out + i, mul(load(out + i), keep));
    sum *= first(keep);
  }
  sum += sumOf(total);
  maximum = higher;
}

// Of a block's `count` columns: each number times its column's.
XLLM_TARGET void scaleColumns(float* numbers, const float* scales, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i += kLanes) {
    store(numbers + i, mul(load(numbers + i), loadSome(firstLanes(count - i), scales + i)));
  }
}

struct Scratch {
  float *queries, *outputs, *scores, *opened, *maxima, *sums;
};

template <typename Key>
XLLM_TARGET void gather(const AttentionTask<Key>& task, std::int64_t width, const Scratch& s) {
  const std::int64_t rows = task.tokens * task.heads;
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* const from = task.q + r / task.heads * task.tokenStride + r % task.heads * task.headDim;
    for (std::int64_t i = 0; i < width; i += kLanes) {
      store(s.queries + r * width + i, mul(loadSome(firstLanes(task.headDim - i), from + i), all(task.scale)));
      store(s.outputs + r * width + i, zero());
    }
    s.maxima[r] = -__builtin_inff();
    s.sums[r] = 0.0F;
  }
}

// `to` has room for whole registers.
template <typename Key>
XLLM_INLINE void toFloats(const Key* from, std::int64_t count, float* to) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(to + i, load(from + i));
  if (i < count) store(to + i, loadSome(firstLanes(count - i), from + i));
}

// More rows than a tile has read keys and values again and again: halves and bytes are opened once for them.
template <typename Key>
XLLM_INLINE bool isOpened(std::int64_t rows) {
  return sizeof(Key) < sizeof(float) && rows > kRows;
}

// scores = queries · keys of a block. Lanes beyond `count` are filled with what lies there.
template <typename Key>
XLLM_TARGET void score(const Scratch& s, std::int64_t rows, const Key* keys, std::int64_t count, std::int64_t headDim,
                       std::int64_t width) {
  const std::int64_t columns = (count + kLanes - 1) / kLanes * kLanes;
  if (!isOpened<Key>(rows))
    return product(rows, columns, s.queries, width, keys, kKeyBlock, headDim, s.scores, kKeyBlock, false);
  toFloats(keys, headDim * kKeyBlock, s.opened);
  product(rows, columns, s.queries, width, s.opened, kKeyBlock, headDim, s.scores, kKeyBlock, false);
}

// outputs += scores · values of a block.
template <typename Key>
XLLM_TARGET void addValues(const Scratch& s, std::int64_t rows, const Key* values, std::int64_t count,
                           std::int64_t headDim, std::int64_t width) {
  if (!isOpened<Key>(rows))
    return product(rows, headDim, s.scores, kKeyBlock, values, headDim, count, s.outputs, width, true);
  for (std::int64_t c = 0; c < count; ++c) toFloats(values + c * headDim, headDim, s.opened + c * width);
  product(rows, headDim, s.scores, kKeyBlock, s.opened, width, count, s.outputs, width, true);
}

XLLM_TARGET void toHalf(const float* x, std::int64_t count, Half* y) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) storeHalves(kLanes, y + i, load(x + i));
  if (i < count) storeHalves(count - i, y + i, loadSome(firstLanes(count - i), x + i));
}

XLLM_TARGET float toBytes(const float* x, std::int64_t count, std::int8_t* y) {
  V top = zero();
  for (std::int64_t i = 0; i < count; i += kLanes) top = max(top, absOf(loadSome(firstLanes(count - i), x + i)));
  const float largest = maxOf(top);
  const V inverse = all(127.0F / (largest > 1e-30F ? largest : 1e-30F));  // so that it is finite
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) storeBytes(y + i, toWhole(mul(load(x + i), inverse)));
  if (i < count) {
    alignas(16) std::int8_t last[kLanes];
    storeBytes(last, toWhole(mul(loadSome(firstLanes(count - i), x + i), inverse)));
    __builtin_memcpy(y + i, last, static_cast<std::uint64_t>(count - i));
  }
  return largest / 127.0F;
}

template <typename Key>
XLLM_TARGET void attendTo(const AttentionTask<Key>& task, float* scratch) {
  const std::int64_t rows = task.tokens * task.heads, width = (task.headDim + 15) / 16 * 16, headDim = task.headDim;
  Scratch s;
  s.queries = scratch;
  s.outputs = s.queries + rows * width;
  s.scores = s.outputs + rows * width;
  s.opened = s.scores + rows * kKeyBlock;
  s.maxima = s.opened + width * kKeyBlock;
  s.sums = s.maxima + rows;
  gather(task, width, s);
  const std::int64_t columns = task.position + task.tokens;
  for (std::int64_t begin = 0; begin < columns; begin += kKeyBlock) {
    const std::int64_t count = columns - begin < kKeyBlock ? columns - begin : kKeyBlock;
    score(s, rows, task.keys + begin * headDim, count, headDim, width);
    for (std::int64_t r = 0; r < rows; ++r) {
      const std::int64_t visible = task.position + r / task.heads + 1 - begin, seen = visible < count ? visible : count;
      float* const scores = s.scores + r * kKeyBlock;
      if constexpr (sizeof(Key) == 1) scaleColumns(scores, task.keyScales + begin, seen);
      weigh(scores, seen, s.maxima[r], s.sums[r], s.outputs + r * width, width);
      if constexpr (sizeof(Key) == 1) scaleColumns(scores, task.valueScales + begin, seen);
    }
    addValues(s, rows, task.values + begin * headDim, count, headDim, width);
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    float* const to = task.out + r / task.heads * task.tokenStride + r % task.heads * headDim;
    const V factor = all(1.0F / s.sums[r]);
    for (std::int64_t i = 0; i < headDim; i += kLanes) {
      storeSome(firstLanes(headDim - i), to + i, mul(load(s.outputs + r * width + i), factor));
    }
  }
}

XLLM_TARGET void attend(const AttentionTask<float>& task, float* scratch) { attendTo(task, scratch); }
XLLM_TARGET void attendHalves(const AttentionTask<Half>& task, float* scratch) { attendTo(task, scratch); }
XLLM_TARGET void attendBytes(const AttentionTask<std::int8_t>& task, float* scratch) { attendTo(task, scratch); }
