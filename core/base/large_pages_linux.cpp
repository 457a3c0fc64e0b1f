#include "core/base/large_pages.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include <sys/mman.h>

namespace xllm {
namespace {

constexpr std::size_t kPiece = 16 * kLargePage;  // copied before it is put in place

bool isAllowed() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  const std::string choices{std::istreambuf_iterator<char>(file), {}};
  return choices.find("[always]") != std::string::npos || choices.find("[madvise]") != std::string::npos;
}

std::uintptr_t roundedUp(std::uintptr_t address) { return (address + kLargePage - 1) / kLargePage * kLargePage; }

// Fresh memory on a boundary of large pages; null when there is none.
void* freshPages(std::size_t bytes) {
  const std::size_t room = bytes + kLargePage;
  void* const all = ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) return nullptr;
  const auto from = reinterpret_cast<std::uintptr_t>(all), begin = roundedUp(from), end = begin + bytes;
  if (begin > from) ::munmap(all, begin - from);
  if (end < from + room) ::munmap(reinterpret_cast<void*>(end), from + room - end);
  ::madvise(reinterpret_cast<void*>(begin), bytes, MADV_HUGEPAGE);
  return reinterpret_cast<void*>(begin);
}

}  // namespace

void wantLargePages(void* memory, std::size_t bytes) {
  const auto from = reinterpret_cast<std::uintptr_t>(memory), begin = roundedUp(from);
  const auto end = (from + bytes) / kLargePage * kLargePage;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

// Moving a mapping onto another one is a single step for everybody else: who reads in between waits for it.
std::size_t moveToLargePages(std::span<const std::byte> bytes, const std::stop_token& stop) {
  const auto from = reinterpret_cast<std::uintptr_t>(bytes.data()),
             end = (from + bytes.size()) / kLargePage * kLargePage;
  std::uintptr_t place = roundedUp(from);
  std::size_t moved = 0;
  if (!isAllowed()) return moved;
  while (place < end && !stop.stop_requested()) {
    const std::size_t piece = std::min<std::size_t>(kPiece, end - place);
    void* const copy = freshPages(piece);
    if (copy == nullptr) break;
    std::memcpy(copy, reinterpret_cast<const void*>(place), piece);
    ::mprotect(copy, piece, PROT_READ);
    if (::mremap(copy, piece, piece, MREMAP_MAYMOVE | MREMAP_FIXED, reinterpret_cast<void*>(place)) == MAP_FAILED) {
      ::munmap(copy, piece);
      break;
    }
    place += piece;
    moved += piece;
  }
  return moved;
}

}  // namespace xllm
