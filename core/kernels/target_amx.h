// AMX's tiles for the kernels, beside AVX-512's registers: eight of up to 16 rows of 64 bytes. Intel, Intrinsics Guide
// and Software Developer's Manual, volume 1, chapter 18. In assembler, since g++ 12's intrinsics do not say that they
// read and write memory. Tests put another file before this one (tests/core/kernels/emulated).
#pragma once

#include <cstdint>

#include "core/kernels/target_avx512.h"
#include "core/kernels/tile_shapes.h"

namespace xllm::kernels {
namespace {

// Of the calling thread, until it lets go of them.
XLLM_INLINE void shapeTiles(const TileShapes& shapes) { __asm__ volatile("ldtilecfg %0" : : "m"(shapes)); }
XLLM_INLINE void releaseTiles() { __asm__ volatile("tilerelease"); }

// Row r lies at from + r · stride.
template <int T>
XLLM_INLINE void loadTile(const void* from, std::int64_t stride) {
  __asm__ volatile("tileloadd (%1,%2,1), %%tmm%c0" : : "i"(T), "r"(from), "r"(stride) : "memory");
}
template <int T>
XLLM_INLINE void storeTile(void* to, std::int64_t stride) {
  __asm__ volatile("tilestored %%tmm%c0, (%1,%2,1)" : : "i"(T), "r"(to), "r"(stride) : "memory");
}
template <int T>
XLLM_INLINE void clearTile() {
  __asm__ volatile("tilezero %%tmm%c0" : : "i"(T));
}

// Number n of row m of SUM (32 bits) gets all products of row m of A with the n-th four bytes of B's rows.
template <int SUM, int A, int B>
XLLM_INLINE void addSignedBySigned() {
  __asm__ volatile("tdpbssd %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(SUM), "i"(A), "i"(B));
}
template <int SUM, int A, int B>
XLLM_INLINE void addUnsignedBySigned() {
  __asm__ volatile("tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(SUM), "i"(A), "i"(B));
}

}  // namespace
}  // namespace xllm::kernels
