// A register of AVX512 as the bodies of kernels see it. The including file has target_avx512.h and includes this inside
// its anonymous namespace; lanes_avxvnni.inl has the same names.

using V = __m512;    // float32
using W = __m512i;   // whole numbers of 32 bits
using M = __mmask16;  // which lanes are meant
constexpr std::int64_t kLanes = 16;

XLLM_INLINE V zero() { return _mm512_setzero_ps(); }
XLLM_INLINE V all(float x) { return _mm512_set1_ps(x); }
XLLM_INLINE V load(const float* at) { return _mm512_loadu_ps(at); }
XLLM_INLINE void store(float* at, V x) { _mm512_storeu_ps(at, x); }
XLLM_INLINE M firstLanes(std::int64_t n) { return static_cast<M>(n >= 16 ? 0xFFFF : n <= 0 ? 0 : (1 << n) - 1); }
XLLM_INLINE V loadSome(M some, const float* at) { return _mm512_maskz_loadu_ps(some, at); }
XLLM_INLINE void storeSome(M some, float* at, V x) { _mm512_mask_storeu_ps(at, some, x); }
XLLM_INLINE V add(V a, V b) { return _mm512_add_ps(a, b); }
XLLM_INLINE V mul(V a, V b) { return _mm512_mul_ps(a, b); }
XLLM_INLINE V div(V a, V b) { return _mm512_div_ps(a, b); }
XLLM_INLINE V min(V a, V b) { return _mm512_min_ps(a, b); }
XLLM_INLINE V absOf(V x) { return _mm512_abs_ps(x); }
XLLM_INLINE V max(V a, V b) { return _mm512_max_ps(a, b); }
XLLM_INLINE V fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
XLLM_INLINE V select(M mask, V a, V b) { return _mm512_mask_mov_ps(b, mask, a); }
XLLM_INLINE M isBelow(V a, V b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
XLLM_INLINE float first(V x) { return _mm512_cvtss_f32(x); }
XLLM_INLINE float sumOf(V x) { return _mm512_reduce_add_ps(x); }
XLLM_INLINE float maxOf(V x) { return _mm512_reduce_max_ps(x); }
XLLM_INLINE V roundToInteger(V x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
XLLM_INLINE V timesPowerOfTwo(V x, V n) { return _mm512_scalef_ps(x, n); }
XLLM_INLINE V nearlyInverse(V x) { return _mm512_rcp14_ps(x); }  // to 6e-5 of it

XLLM_INLINE W allWhole(std::int32_t x) { return _mm512_set1_epi32(x); }
XLLM_INLINE W loadWhole(const void* at) { return _mm512_loadu_si512(at); }
XLLM_INLINE void storeWhole(void* at, W x) { _mm512_storeu_si512(at, x); }
XLLM_INLINE W allBytes(int x) { return _mm512_set1_epi8(static_cast<char>(x)); }
XLLM_INLINE W bitAnd(W a, W b) { return _mm512_and_si512(a, b); }
XLLM_INLINE W bitXor(W a, W b) { return _mm512_xor_si512(a, b); }
XLLM_INLINE W orMasked(W a, W b, W mask) { return _mm512_ternarylogic_epi32(b, mask, a, 0xEA); }  // a | b & mask
template <int N>
XLLM_INLINE W wordsLeft(W x) {  // each 16 bits by N
  return _mm512_slli_epi16(x, N);
}
template <int N>
XLLM_INLINE W wordsRight(W x) {
  return _mm512_srli_epi16(x, N);
}
XLLM_INLINE W maxSigned(W a, W b) { return _mm512_max_epi32(a, b); }
XLLM_INLINE W maxUnsigned(W a, W b) { return _mm512_max_epu32(a, b); }
XLLM_INLINE std::uint32_t maxUnsignedOf(W x) { return _mm512_reduce_max_epu32(x); }
XLLM_INLINE std::int32_t sumOfWhole(W x) { return _mm512_reduce_add_epi32(x); }
XLLM_INLINE W addWhole(W a, W b) { return _mm512_add_epi32(a, b); }
XLLM_INLINE W now(W sum) {
  XLLM_IN_ONE_REGISTER(sum);
  return sum;
}
// + the two products of words of each lane.
XLLM_INLINE W addBoth(W sum, W a, W b) { return now(_mm512_dpwssd_epi32(sum, a, b)); }
// + the four products of unsigned bytes with signed ones of each lane.
XLLM_INLINE W addFours(W sum, W a, W b) { return now(_mm512_dpbusd_epi32(sum, a, b)); }
XLLM_INLINE W minusProduct(W a, W b, W c) { return _mm512_sub_epi32(a, _mm512_mullo_epi32(b, c)); }  // a − b·c
XLLM_INLINE V toFloats(W x) { return _mm512_cvtepi32_ps(x); }
XLLM_INLINE W toWhole(V x) { return _mm512_cvtps_epi32(x); }  // the nearest
// The lower words of two registers as pairs.
XLLM_INLINE W joined(W even, W odd) { return _mm512_mask_blend_epi16(0xAAAAAAAA, even, _mm512_slli_epi32(odd, 16)); }
XLLM_INLINE void storeWords(void* at, W x) {  // the lower 16 bits, if they hold all of x
  _mm256_storeu_si256(static_cast<__m256i*>(at), _mm512_cvtepi32_epi16(x));
}
XLLM_INLINE void storeBytes(void* at, W x) {  // the lower 8 bits
  _mm_storeu_si128(static_cast<__m128i*>(at), _mm512_cvtepi32_epi8(x));
}
// One number for each lane: float16, whole numbers of 8 bits.
XLLM_INLINE V halves(const void* at) { return _mm512_cvtph_ps(_mm256_loadu_si256(static_cast<const __m256i*>(at))); }
XLLM_INLINE W signedBytes(const void* at) {
  return _mm512_cvtepi8_epi32(_mm_loadu_si128(static_cast<const __m128i*>(at)));
}
XLLM_INLINE W unsignedBytes(const void* at) {
  return _mm512_cvtepu8_epi32(_mm_loadu_si128(static_cast<const __m128i*>(at)));
}
