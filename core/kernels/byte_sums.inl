// Sum of block_kernels.inl where the processor multiplies unsigned by signed bytes and adds four of them at once. The
// including file has the lanes of lanes_avxvnni.inl or lanes_avx512.inl.

constexpr int kBytesFrom = -128;

struct Sum {
  W wide;
};

XLLM_INLINE Sum sumFrom(W start) { return {start}; }
XLLM_INLINE void addUnsigned(Sum& sum, W columns, W spread) { sum.wide = addFours(sum.wide, columns, spread); }
XLLM_INLINE void addSigned(Sum& sum, W line, W spread) { addUnsigned(sum, bitXor(line, allBytes(kBytesFrom)), spread); }
XLLM_INLINE void widen(Sum& /*sum*/) {}
