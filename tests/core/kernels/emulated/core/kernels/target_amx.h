// Stands before core/kernels/target_amx.h: AMX's tiles one number after the other, and what the processor refuses ends
// the program. Intel, Software Developer's Manual, volume 1, chapter 18, and volume 2 for each instruction.
#pragma once

#include <cstdint>

#include "core/kernels/target_avx512.h"
#include "core/kernels/tile_shapes.h"

namespace xllm::kernels {
namespace emulated {

void shapeTiles(const TileShapes& shapes);
void releaseTiles();
void loadTile(int tile, const void* from, std::int64_t stride);
void storeTile(int tile, void* to, std::int64_t stride);
void clearTile(int tile);
void addProducts(int sum, int a, int b, bool isSigned);

}  // namespace emulated

using emulated::releaseTiles;
using emulated::shapeTiles;

template <int T>
void loadTile(const void* from, std::int64_t stride) {
  emulated::loadTile(T, from, stride);
}
template <int T>
void storeTile(void* to, std::int64_t stride) {
  emulated::storeTile(T, to, stride);
}
template <int T>
void clearTile() {
  emulated::clearTile(T);
}
template <int SUM, int A, int B>
void addSignedBySigned() {
  emulated::addProducts(SUM, A, B, true);
}
template <int SUM, int A, int B>
void addUnsignedBySigned() {
  emulated::addProducts(SUM, A, B, false);
}

}  // namespace xllm::kernels
