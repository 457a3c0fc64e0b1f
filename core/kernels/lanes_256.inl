// A register of 256 bits as the bodies of kernels see it, but for its products of whole numbers, which lanes_avx2.inl and
// lanes_avxvnni.inl add. The including file has target_avx2.h or target_avxvnni.h.

using V = __m256;   // float32
using W = __m256i;  // whole numbers of 32 bits
using M = __m256i;  // which lanes are meant
constexpr std::int64_t kLanes = 8;

XLLM_INLINE V zero() { return _mm256_setzero_ps(); }
XLLM_INLINE V all(float x) { return _mm256_set1_ps(x); }
XLLM_INLINE V load(const float* at) { return _mm256_loadu_ps(at); }
XLLM_INLINE void store(float* at, V x) { _mm256_storeu_ps(at, x); }
XLLM_INLINE M firstLanes(std::int64_t n) {
  const int count = n >= 8 ? 8 : n <= 0 ? 0 : static_cast<int>(n);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
XLLM_INLINE V loadSome(M some, const float* at) { return _mm256_maskload_ps(at, some); }
XLLM_INLINE void storeSome(M some, float* at, V x) {
  if (_mm256_movemask_ps(_mm256_castsi256_ps(some)) == 0xFF) return store(at, x);  // masked ones are slow on AMD's
  _mm256_maskstore_ps(at, some, x);
}
XLLM_INLINE V add(V a, V b) { return _mm256_add_ps(a, b); }
XLLM_INLINE V mul(V a, V b) { return _mm256_mul_ps(a, b); }
XLLM_INLINE V div(V a, V b) { return _mm256_div_ps(a, b); }
XLLM_INLINE V min(V a, V b) { return _mm256_min_ps(a, b); }
XLLM_INLINE V absOf(V x) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0F), x); }
XLLM_INLINE V max(V a, V b) { return _mm256_max_ps(a, b); }
XLLM_INLINE V fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
XLLM_INLINE V select(M mask, V a, V b) { return _mm256_blendv_ps(b, a, _mm256_castsi256_ps(mask)); }
XLLM_INLINE M isBelow(V a, V b) { return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_LT_OQ)); }
XLLM_INLINE float first(V x) { return _mm256_cvtss_f32(x); }
XLLM_INLINE float sumOf(V x) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}
XLLM_INLINE float maxOf(V x) {
  __m128 s = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  s = _mm_max_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}
XLLM_INLINE V roundToInteger(V x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
XLLM_INLINE V timesPowerOfTwo(V x, V n) {  // n from −126 to 126
  return mul(
      x, _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23)));
}
XLLM_INLINE V nearlyInverse(V x) { return _mm256_rcp_ps(x); }  // to 4e-4 of it

XLLM_INLINE W allWhole(std::int32_t x) { return _mm256_set1_epi32(x); }
XLLM_INLINE W loadWhole(const void* at) { return _mm256_loadu_si256(static_cast<const __m256i*>(at)); }
XLLM_INLINE void storeWhole(void* at, W x) { _mm256_storeu_si256(static_cast<__m256i*>(at), x); }
XLLM_INLINE W allBytes(int x) { return _mm256_set1_epi8(static_cast<char>(x)); }
XLLM_INLINE W bitAnd(W a, W b) { return _mm256_and_si256(a, b); }
XLLM_INLINE W bitXor(W a, W b) { return _mm256_xor_si256(a, b); }
XLLM_INLINE W orMasked(W a, W b, W mask) { return _mm256_or_si256(a, _mm256_and_si256(b, mask)); }  // a | b & mask
template <int N>
XLLM_INLINE W wordsLeft(W x) {  // each 16 bits by N
  return _mm256_slli_epi16(x, N);
}
template <int N>
XLLM_INLINE W wordsRight(W x) {
  return _mm256_srli_epi16(x, N);
}
XLLM_INLINE W maxSigned(W a, W b) { return _mm256_max_epi32(a, b); }
XLLM_INLINE W maxUnsigned(W a, W b) { return _mm256_max_epu32(a, b); }
XLLM_INLINE std::uint32_t maxUnsignedOf(W x) {
  __m128i top = _mm_max_epu32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
  top = _mm_max_epu32(top, _mm_shuffle_epi32(top, 0x4E));
  return static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm_max_epu32(top, _mm_shuffle_epi32(top, 0xB1))));
}
XLLM_INLINE std::int32_t sumOfWhole(W x) {
  __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4E));
  return _mm_cvtsi128_si32(_mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xB1)));
}
XLLM_INLINE W addWhole(W a, W b) { return _mm256_add_epi32(a, b); }
// A sum that is made here and not later: g++ 12 would rather have all products of a step before it adds the first, and
// sixteen registers do not hold them.
XLLM_INLINE W now(W sum) {
  __asm__("" : "+x"(sum));
  return sum;
}
XLLM_INLINE W minusProduct(W a, W b, W c) { return _mm256_sub_epi32(a, _mm256_mullo_epi32(b, c)); }  // a − b·c
XLLM_INLINE V toFloats(W x) { return _mm256_cvtepi32_ps(x); }
XLLM_INLINE W toWhole(V x) { return _mm256_cvtps_epi32(x); }  // the nearest
// The lower words of two registers as pairs.
XLLM_INLINE W joined(W even, W odd) { return _mm256_blend_epi16(even, _mm256_slli_epi32(odd, 16), 0xAA); }
XLLM_INLINE void storeWords(void* at, W x) {  // the lower 16 bits, if they hold all of x
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
  _mm_storeu_si128(static_cast<__m128i*>(at), words);
}
XLLM_INLINE void storeBytes(void* at, W x) {  // the lower 8 bits
  const __m128i from = _mm_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
  const __m128i low = _mm_shuffle_epi8(_mm256_castsi256_si128(x), from);
  const __m128i high = _mm_shuffle_epi8(_mm256_extracti128_si256(x, 1), from);
  _mm_storel_epi64(static_cast<__m128i*>(at), _mm_unpacklo_epi32(low, high));
}
// One number for each lane: float16, whole numbers of 8 bits.
XLLM_INLINE V halves(const void* at) { return _mm256_cvtph_ps(_mm_loadu_si128(static_cast<const __m128i*>(at))); }
XLLM_INLINE W signedBytes(const void* at) {
  return _mm256_cvtepi8_epi32(_mm_loadl_epi64(static_cast<const __m128i*>(at)));
}
XLLM_INLINE W unsignedBytes(const void* at) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64(static_cast<const __m128i*>(at)));
}
