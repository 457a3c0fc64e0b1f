// What the packed lines and scales of block_kernels.h hold, for the lanes of one of lanes_*.inl. The including file has
// them and XLLM_INLINE inside its anonymous namespace.

XLLM_INLINE W lowNibbles(W line) { return bitAnd(line, allBytes(15)); }
XLLM_INLINE W highNibbles(W line) { return lowNibbles(wordsRight<4>(line)); }

// The low four bits of some numbers and, of `upper` shifted to the left (to the right if negative), their bits above.
template <int SHIFT, int MASK>
XLLM_INLINE W withUpper(W low, W upper) {
  if constexpr (SHIFT >= 0)
    return orMasked(low, wordsLeft<SHIFT>(upper), allBytes(MASK));
  else
    return orMasked(low, wordsRight<-SHIFT>(upper), allBytes(MASK));
}

// Where a side's scales of a group lie.
struct Scales {
  const std::uint8_t *own, *super;  // of the group, and of its super-block
};

// d of a side's rows (Q6_K: of the first or second half of their columns), and m. Products of a float16 and a scale are
// exact.
template <BlockFormat F>
XLLM_INLINE V scalesOf(const Scales& at, int half) {
  if constexpr (!isSuper(F)) return halves(at.own);
  return mul(halves(at.super),
             toFloats(F == BlockFormat::Q6_K ? signedBytes(at.own + kStrip * half) : unsignedBytes(at.own)));
}
template <BlockFormat F>
XLLM_INLINE V minimaOf(const Scales& at) {
  if constexpr (!isSuper(F)) return halves(at.own + 2 * kStrip);
  return mul(mul(halves(at.super + 2 * kStrip), toFloats(unsignedBytes(at.own + kStrip))), all(-1.0F));
}
