// What the AVX-VNNI sides of the kernels are compiled for, function by function. Tests put another file before this one
// and run the same code on any processor with AVX2 (tests/core/kernels/emulated).
#pragma once

#include <immintrin.h>

#define XLLM_TARGET __attribute__((target("avxvnni,avx2,fma,f16c")))
#define XLLM_INLINE XLLM_TARGET __attribute__((always_inline)) static inline
