// What AVX512 kernels of encoders share. The including file defines XLLM_INLINE, inside its anonymous namespace.

constexpr std::int64_t kLanes = 16;  // float32 numbers of a register

XLLM_INLINE __mmask16 firstLanes(std::int64_t n) {
  return static_cast<__mmask16>(n >= kLanes ? 0xFFFF : n <= 0 ? 0 : (1 << n) - 1);
}

// e^x for x ≤ 0, to 3e-6 of itself: a thousandth of what bfloat16 keeps. Below −87 it is that of −87.
XLLM_INLINE __m512 expOfNegative(__m512 x) {
  x = _mm512_max_ps(_mm512_set1_ps(-87.0F), x);  // in this order NaN stays NaN
  const __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504F)),
                                        _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m512 r = _mm512_fmadd_ps(n, _mm512_set1_ps(-0.693147181F), x);
  __m512 p = _mm512_set1_ps(1.0F / 120.0F);
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0F / 24.0F));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0F / 6.0F));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.5F));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0F));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0F));
  return _mm512_scalef_ps(p, n);
}
