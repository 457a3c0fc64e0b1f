// Inputs and tile of Int8Linear's kernels where the processor multiplies unsigned by signed bytes and adds four at once.
// The including file defines, inside its anonymous namespace, XLLM_INLINE, the lanes of lanes_avxvnni.inl or
// lanes_avx512.inl, and kVectors (of a register tile).

using Input = std::uint8_t;
XLLM_INLINE void storeInputs(Input* at, W x) { storeBytes(at, x); }

constexpr std::int64_t kSide = kVectors * kLanes;

// kSide outputs, whose weights begin at `weights`.
template <int R>
XLLM_INLINE void sideBySide(const std::int8_t* weights, const Input* q, std::int64_t groups,
                            std::int32_t (*products)[kInt8Strip], std::int64_t first) {
  const std::int64_t stride = groups * kInt8Group;
  W sum[R][kVectors];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int n = 0; n < kVectors; ++n) sum[r][n] = allWhole(0);
  }
  for (std::int64_t g = 0; g < groups; ++g, weights += kSide * kInt8Group, q += kInt8Group) {
    W some[kVectors];
#pragma GCC unroll 4
    for (int n = 0; n < kVectors; ++n) some[n] = loadWhole(weights + n * kLanes * kInt8Group);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      std::int32_t inputs;
      __builtin_memcpy(&inputs, q + r * stride, sizeof inputs);
      const W four = allWhole(inputs);
#pragma GCC unroll 4
      for (int n = 0; n < kVectors; ++n) sum[r][n] = addFours(sum[r][n], four, some[n]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int n = 0; n < kVectors; ++n) storeWhole(products[r] + first + n * kLanes, sum[r][n]);
  }
}

template <int R>
XLLM_INLINE void tile(const Int8Task& task, std::int64_t row, std::int32_t (*products)[kInt8Strip]) {
  const Input* const q = static_cast<const Input*>(task.q) + row * task.groups * kInt8Group;
  for (std::int64_t o = 0; o < task.outputs; o += kSide) {
    sideBySide<R>(task.strip.weights + o * task.groups * kInt8Group, q, task.groups, products, o);
  }
}
