// Bodies of frame_attention's kernels, compiled once per instruction set. The including file defines, inside its
// anonymous namespace, XLLM_TARGET, XLLM_INLINE, the lanes of one of lanes_*.inl, rough_exp.inl, kRows and kVectors
// (of a register tile).

// [count] -> words up to `limit` in size, zeros up to the end of the last register; their scale.
XLLM_TARGET float roundRow(const float* x, std::int64_t count, float limit, Word* rounded) {
  V largest = zero();
  for (std::int64_t i = 0; i < count; i += kLanes) {
    largest = max(largest, absOf(loadSome(firstLanes(count - i), x + i)));
  }
  const float scale = maxOf(largest) / limit;
  const V inverse = all(scale > 0.0F ? 1.0F / scale : 0.0F), top = all(limit), bottom = all(-limit);
  for (std::int64_t i = 0; i < count; i += kLanes) {
    const V scaled = mul(loadSome(firstLanes(count - i), x + i), inverse);
    storeWords(rounded + i, toWhole(max(bottom, min(top, scaled))));
  }
  return scale;
}

XLLM_TARGET void clear(void* words, const void* end) {
  for (char* at = static_cast<char*>(words); at < end; at += sizeof(W)) storeWhole(at, allWhole(0));
}

XLLM_TARGET void packKeys(const FrameRows& keys, const PackedKeys& packed, WordPair* row) {
  const std::int64_t pairs = pairsOf(keys.dim), columns = padded(keys.count);
  const float limit = largestKey(keys.dim);
  clear(packed.pairs + (columns - kFrameBlock) * pairs, packed.pairs + columns * pairs);
  clear(packed.scales + columns - kFrameBlock, packed.scales + columns);
  for (std::int64_t c = 0; c < keys.count; ++c) {
    WordPair* const to = packed.pairs + c / kFrameBlock * kFrameBlock * pairs + c % kFrameBlock;
    packed.scales[c] = roundRow(keys.at(c), keys.dim, limit, &row->even);
    for (std::int64_t i = 0; i < pairs; ++i) to[i * kFrameBlock] = row[i];
  }
}

XLLM_INLINE W roundedValues(const float* at, M some, V inverse) {
  const V scaled = mul(loadSome(some, at), inverse);
  return toWhole(max(all(-kLargestValue), min(all(kLargestValue), scaled)));
}

XLLM_TARGET void packValues(const FrameRows& values, const PackedValues& packed) {
  const std::int64_t width = paddedWidth(values.dim);
  clear(packed.pairs + values.count / 2 * width, packed.pairs + padded(values.count) / 2 * width);
  for (std::int64_t d = 0; d < width; d += kLanes) {
    const M some = firstLanes(values.dim - d);
    V largest = zero();
    for (std::int64_t c = 0; c < values.count; ++c) largest = max(largest, absOf(loadSome(some, values.at(c) + d)));
    const V scale = mul(largest, all(1.0F / kLargestValue));
    store(packed.scales + d, scale);
    const V inverse = select(isBelow(zero(), scale), div(all(1.0F), scale), zero());
    WordPair* to = packed.pairs + d;
    std::int64_t c = 0;
    for (; c + 1 < values.count; c += 2, to += width) {
      const W even = roundedValues(values.at(c) + d, some, inverse);
      storeWhole(to, joined(even, roundedValues(values.at(c + 1) + d, some, inverse)));
    }
    if (c < values.count) storeWhole(to, joined(roundedValues(values.at(c) + d, some, inverse), allWhole(0)));
  }
}

enum class Goal { Whole, Sum };  // c = a · b in whole numbers, or c += a · b in float32

// Of R rows and N registers: a [R, steps] pairs, b [steps, N registers].
template <Goal G, int R, int N>
XLLM_INLINE void tile(const WordPair* a, std::int64_t lda, const WordPair* b, std::int64_t ldb, std::int64_t steps,
                      float* c, std::int64_t ldc) {
  W sum[R][N];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) sum[r][n] = allWhole(0);
  }
  for (std::int64_t i = 0; i < steps; ++i) {
    W row[N];
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) row[n] = loadWhole(b + i * ldb + n * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      std::int32_t pair;
      __builtin_memcpy(&pair, a + r * lda + i, sizeof pair);
      const W both = allWhole(pair);
#pragma GCC unroll 4
      for (int n = 0; n < N; ++n) sum[r][n] = addBoth(sum[r][n], both, row[n]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) {
      float* const to = c + r * ldc + n * kLanes;
      if constexpr (G == Goal::Whole)
        storeWhole(to, sum[r][n]);
      else
        store(to, add(load(to), toFloats(sum[r][n])));
    }
  }
}

template <Goal G, int N>
XLLM_TARGET void panel(std::int64_t rows, const WordPair* a, std::int64_t lda, const WordPair* b, std::int64_t ldb,
                       std::int64_t steps, float* c, std::int64_t ldc) {
  std::int64_t r = 0;
  for (; r + kRows <= rows; r += kRows) tile<G, kRows, N>(a + r * lda, lda, b, ldb, steps, c + r * ldc, ldc);
  for (; r < rows; ++r) tile<G, 1, N>(a + r * lda, lda, b, ldb, steps, c + r * ldc, ldc);
}

// width: a multiple of kLanes.
template <Goal G>
XLLM_TARGET void product(std::int64_t rows, std::int64_t width, const WordPair* a, std::int64_t lda, const WordPair* b,
                         std::int64_t ldb, std::int64_t steps, float* c, std::int64_t ldc) {
  std::int64_t n = 0;
  for (; n + kVectors * kLanes <= width; n += kVectors * kLanes) {
    panel<G, kVectors>(rows, a, lda, b + n, ldb, steps, c + n, ldc);
  }
  for (; n < width; n += kLanes) panel<G, 1>(rows, a, lda, b + n, ldb, steps, c + n, ldc);
}

// One row: scores [count] in whole numbers -> weights up to 32767, as e^(score − maximum), and 0 up to the end of the
// block; their sum.
XLLM_TARGET float weigh(float* scores, const float* scales, std::int64_t count, float scale, Word* weights) {
  const V factor = all(scale), lowest = all(-__builtin_inff());
  V top = lowest;
  for (std::int64_t c = 0; c < padded(count); c += kLanes) {
    V score = mul(mul(toFloats(loadWhole(scores + c)), factor), load(scales + c));
    if (c + kLanes > count) score = select(firstLanes(count - c), score, lowest);
    store(scores + c, score);
    top = max(top, score);
  }
  const V shift = all(-maxOf(top));
  W sum = allWhole(0);  // 65,536 columns of 32767 fit
  for (std::int64_t c = 0; c < padded(count); c += kLanes) {
    const W weight = toWhole(mul(roughExp(add(load(scores + c), shift)), all(kLargestWeight)));
    sum = addWhole(sum, weight);
    storeWords(weights + c, weight);
  }
  return sumOf(toFloats(sum));
}

XLLM_TARGET void attend(const FrameTask& task, const FrameScratch& scratch) {
  const std::int64_t rows = task.queries.count, dim = task.queries.dim, pairs = pairsOf(dim);
  const std::int64_t columns = padded(task.columns), width = paddedWidth(dim);
  float scales[kFrameRows], sums[kFrameRows];
  for (std::int64_t r = 0; r < rows; ++r) {
    WordPair* const query = scratch.queries + r * width;
    scales[r] = task.scale * roundRow(task.queries.at(r), dim, largestKey(dim), &query->even);
  }
  for (std::int64_t c = 0; c < columns; c += kFrameBlock) {
    product<Goal::Whole>(rows, kFrameBlock, scratch.queries, width, task.keys.pairs + c * pairs, kFrameBlock, pairs,
                         scratch.scores + c, columns);
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    Word* const weights = scratch.weights + r * columns;
    sums[r] = weigh(scratch.scores + r * columns, task.keys.scales, task.columns, scales[r], weights);
  }
  float* const seen = scratch.scores;  // which are not needed any more
  clear(seen, seen + rows * width);
  const auto* const weights = reinterpret_cast<const WordPair*>(scratch.weights);
  for (std::int64_t c = 0; c < columns; c += kFrameBlock) {
    product<Goal::Sum>(rows, width, weights + c / 2, columns / 2, task.values.pairs + c / 2 * width, width,
                       kFrameBlock / 2, seen, width);
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    const V factor = all(1.0F / sums[r]);
    for (std::int64_t i = 0; i < dim; i += kLanes) {
      const V out = mul(mul(load(seen + r * width + i), load(task.values.scales + i)), factor);
      storeSome(firstLanes(dim - i), task.out + r * task.outStride + i, out);
    }
  }
}
