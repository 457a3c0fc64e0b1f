// Rows through a strip of Int8Linear by tiles of registers. The including file has, inside its anonymous namespace,
// int8_kernels.inl, and defines kRows (of a tile) and tile<R>(task, row, products): Σ q w of R rows for each output of the
// strip.

XLLM_TARGET void multiply(const Int8Task& task) {
  std::int32_t products[kRows][kInt8Strip];
  std::int64_t row = 0;
  for (; row + kRows <= task.rows; row += kRows) {
    tile<kRows>(task, row, products);
    for (int r = 0; r < kRows; ++r) finish(task, row + r, products[r]);
  }
  for (; row < task.rows; ++row) {
    tile<1>(task, row, products);
    finish(task, row, products[0]);
  }
}
