// What the AVX2 sides of the kernels are compiled for, function by function.
#pragma once

#include <immintrin.h>

#define XLLM_TARGET __attribute__((target("avx2,fma,f16c")))
#define XLLM_INLINE XLLM_TARGET __attribute__((always_inline)) static inline
