// For encoders' kernels, on the lanes of one of lanes_*.inl.

// e^x for x ≤ 0, to 3e-6 of itself, with two thirds of the work of the language model's expOf. Below −87 it is that of
// −87.
XLLM_INLINE V roughExp(V x) {
  x = max(all(-87.0F), x);  // in this order NaN stays NaN
  const V n = roundToInteger(mul(x, all(1.44269504F)));
  const V r = fma(n, all(-0.693147181F), x);
  V p = all(1.0F / 120.0F);
  p = fma(p, r, all(1.0F / 24.0F));
  p = fma(p, r, all(1.0F / 6.0F));
  p = fma(p, r, all(0.5F));
  p = fma(p, r, all(1.0F));
  p = fma(p, r, all(1.0F));
  return timesPowerOfTwo(p, n);
}
