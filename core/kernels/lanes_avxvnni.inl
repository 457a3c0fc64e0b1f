// A register of AVX-VNNI as the bodies of kernels see it: AVX2's, with sums of products as AVX512-VNNI has them.
#include "core/kernels/lanes_256.inl"

// + the two products of words of each lane.
XLLM_INLINE W addBoth(W sum, W a, W b) { return now(_mm256_dpwssd_avx_epi32(sum, a, b)); }
// + the four products of unsigned bytes with signed ones of each lane.
XLLM_INLINE W addFours(W sum, W a, W b) { return now(_mm256_dpbusd_avx_epi32(sum, a, b)); }
