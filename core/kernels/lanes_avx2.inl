// A register of AVX2 as the bodies of kernels see it. lanes_avxvnni.inl and lanes_avx512.inl have the same names, and
// addFours.
#include "core/kernels/lanes_256.inl"

// + the two products of words of each lane.
XLLM_INLINE W addBoth(W sum, W a, W b) { return now(addWhole(sum, _mm256_madd_epi16(a, b))); }
