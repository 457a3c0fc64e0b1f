// Bodies of Int8Linear's kernels, compiled once per instruction set. The including file defines, inside its anonymous
// namespace, XLLM_TARGET, XLLM_INLINE, the lanes of one of lanes_*.inl, rough_exp.inl, and:
//   Input (a rounded input), storeInputs (of all lanes; 0 … 255).

XLLM_TARGET RowScale roundRow(const float* x, std::int64_t count, void* q) {
  V minusLow = zero(), high = zero();
  for (std::int64_t i = 0; i < count; i += kLanes) {
    const V some = loadSome(firstLanes(count - i), x + i);
    minusLow = max(minusLow, mul(some, all(-1.0F)));
    high = max(high, some);
  }
  const RowScale row = rowScale(-maxOf(minusLow), maxOf(high));
  const V inverse = all(row.scale > 0.0F ? 1.0F / row.scale : 0.0F), zeroPoint = all(static_cast<float>(row.zero));
  const std::int64_t whole = (count + kInt8Group - 1) / kInt8Group * kInt8Group;
  Input* to = static_cast<Input*>(q);
  for (std::int64_t i = 0; i < whole; i += kLanes, to += kLanes) {
    const M some = firstLanes(count - i);
    const V rounded = add(roundToInteger(mul(loadSome(some, x + i), inverse)), zeroPoint);
    const W held = toWhole(select(some, min(max(rounded, zero()), all(255.0F)), zero()));
    if (i + kLanes <= whole) {
      storeInputs(to, held);
    } else {
      Input last[kLanes];
      storeInputs(last, held);
      __builtin_memcpy(to, last, static_cast<std::uint64_t>(whole - i) * sizeof(Input));
    }
  }
  return row;
}

// x · (1 + erf(x / √2)) / 2, erf by Abramowitz and Stegun 7.1.26: to 1.5e-7 of 1.
XLLM_INLINE V gelu(V x) {
  const V z = mul(absOf(x), all(0.707106781F));
  const V below = fma(z, all(0.3275911F), all(1.0F));
  const V guess = nearlyInverse(below);  // and one step of Newton's, in half the time of a division
  const V t = mul(guess, fma(mul(guess, below), all(-1.0F), all(2.0F)));
  V p = all(1.061405429F);
  p = fma(p, t, all(-1.453152027F));
  p = fma(p, t, all(1.421413741F));
  p = fma(p, t, all(-0.284496736F));
  p = fma(p, t, all(0.254829592F));
  const V held = max(all(-80.0F), mul(mul(z, z), all(-1.0F)));  // numbers below the normal ones are slow
  const V tail = mul(mul(p, t), roughExp(held));
  const V half = mul(mul(x, all(0.5F)), tail);  // x · (1 − erf |x / √2|) / 2
  return select(isBelow(x, zero()), half, fma(half, all(-1.0F), x));
}

// Σ q w of a row -> y.
XLLM_TARGET void finish(const Int8Task& task, std::int64_t row, const std::int32_t* products) {
  const RowScale& scale = task.rowScales[row];
  for (std::int64_t at = 0; at < task.outputs; at += kLanes) {
    const M kept = firstLanes(task.outputs - at);
    const W whole = minusProduct(loadWhole(products + at), loadWhole(task.strip.sums + at), allWhole(scale.zero));
    const V factor = mul(load(task.strip.scales + at), all(scale.scale));
    V y = fma(toFloats(whole), factor, load(task.strip.bias + at));
    if (task.gelu) y = gelu(y);
    float* const to = task.y + row * task.stride + at;
    storeSome(kept, to, task.add ? add(y, loadSome(kept, to)) : y);
  }
}
