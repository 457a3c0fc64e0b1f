// What the AVX-512 sides of the kernels are compiled for, function by function. Tests put another file before this one
// and run the same code on any processor (tests/core/kernels/emulated).
#pragma once

#include <immintrin.h>

#define XLLM_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")))
#define XLLM_INLINE XLLM_TARGET __attribute__((always_inline)) static inline
// To g++ 12 whole numbers of 32 and of 64 bits are two values, and it keeps both, one of them in memory, unless
// something needs them in one register.
#define XLLM_IN_ONE_REGISTER(sum) __asm__("" : "+v"(sum))
