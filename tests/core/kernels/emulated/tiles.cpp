#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/kernels/target_amx.h"

namespace xllm::kernels::emulated {
namespace {

constexpr int kTiles = 8, kRows = 16, kRowBytes = 64;

struct Tile {
  std::uint8_t bytes[kRows][kRowBytes];
};

// Tiles belong to a thread, and hold anything until they are loaded or cleared.
thread_local TileShapes shapes;
thread_local bool isShaped = false;
thread_local Tile tiles[kTiles];

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "AMX: %s\n", what);
  std::abort();
}

void requireUse(int tile) {
  require(isShaped, "a tile is used before ldtilecfg, or after tilerelease");
  require(shapes.rows[tile] > 0 && shapes.rowBytes[tile] > 0, "a tile is used that has no rows");
}

int rowsOf(int tile) { return shapes.rows[tile]; }
int bytesOf(int tile) { return shapes.rowBytes[tile]; }

std::int32_t numberAt(const std::uint8_t* at, bool isSigned) {
  return isSigned ? static_cast<std::int32_t>(static_cast<std::int8_t>(*at)) : static_cast<std::int32_t>(*at);
}

}  // namespace

void shapeTiles(const TileShapes& wanted) {
  require(wanted.palette == 1 && wanted.startRow == 0, "an unknown palette");
  for (const std::uint8_t byte : wanted.reserved) require(byte == 0, "reserved bytes of a shape are not 0");
  for (int t = 0; t < 16; ++t) {
    const bool isNone = wanted.rows[t] == 0 && wanted.rowBytes[t] == 0;
    require(isNone || (t < kTiles && wanted.rows[t] <= kRows && wanted.rows[t] > 0 && wanted.rowBytes[t] > 0 &&
                       wanted.rowBytes[t] <= kRowBytes),
            "a tile of a shape that there is not");
  }
  shapes = wanted;
  isShaped = true;
  std::memset(tiles, 0, sizeof tiles);
}

void releaseTiles() { isShaped = false; }

void loadTile(int tile, const void* from, std::int64_t stride) {
  requireUse(tile);
  clearTile(tile);
  for (int r = 0; r < rowsOf(tile); ++r) {
    const auto* const row = static_cast<const std::uint8_t*>(from) + r * stride;
    std::memcpy(tiles[tile].bytes[r], row, static_cast<std::size_t>(bytesOf(tile)));
  }
}

void storeTile(int tile, void* to, std::int64_t stride) {
  requireUse(tile);
  for (int r = 0; r < rowsOf(tile); ++r) {
    auto* const row = static_cast<std::uint8_t*>(to) + r * stride;
    std::memcpy(row, tiles[tile].bytes[r], static_cast<std::size_t>(bytesOf(tile)));
  }
}

void clearTile(int tile) {
  requireUse(tile);
  std::memset(tiles[tile].bytes, 0, sizeof tiles[tile].bytes);
}

void addProducts(int sum, int a, int b, bool isSigned) {
  requireUse(sum);
  requireUse(a);
  requireUse(b);
  require(sum != a && sum != b && a != b, "one tile stands twice in a product");
  require(rowsOf(sum) == rowsOf(a) && bytesOf(sum) == bytesOf(b) && bytesOf(a) == 4 * rowsOf(b) && bytesOf(b) % 4 == 0,
          "tiles of a product do not fit");
  for (int m = 0; m < rowsOf(a); ++m) {
    for (int n = 0; n < bytesOf(b) / 4; ++n) {
      std::int32_t total = 0;
      std::memcpy(&total, &tiles[sum].bytes[m][4 * n], sizeof total);
      for (int k = 0; k < bytesOf(a); ++k) {
        const std::uint8_t* const weight = &tiles[b].bytes[k / 4][4 * n + k % 4];
        total += numberAt(&tiles[a].bytes[m][k], isSigned) * numberAt(weight, true);
      }
      std::memcpy(&tiles[sum].bytes[m][4 * n], &total, sizeof total);
    }
  }
}

}  // namespace xllm::kernels::emulated
