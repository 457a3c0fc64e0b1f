// LibTorch registers its operators before main(): some 50 MB in pieces of a few hundred bytes, for which the heap grows
// 132 KB at a time, and the system answers 13,000 page faults, a tenth of a start. Here the heap takes its first 64 MB
// at once, in pages of 2 MB where the system gives them (core/base/large_pages.h is the same for weights); what is not
// touched takes no memory.

#include <cstdint>
#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

constexpr std::uintptr_t kHeap = 64 << 20, kLargePage = 2 << 20;

void growHeap() {
  ::mallopt(M_TOP_PAD, static_cast<int>(kHeap));
  void* volatile first = std::malloc(64);  // volatile: the compiler would leave it out
  std::free(first);
  const auto end = reinterpret_cast<std::uintptr_t>(::sbrk(0));
  const std::uintptr_t from = (end - kHeap + kLargePage - 1) / kLargePage * kLargePage;
  ::madvise(reinterpret_cast<void*>(from), end - from, MADV_HUGEPAGE);
}

// Of a program, not of a library: called before anything that its libraries do at their start.
[[gnu::section(".preinit_array"), gnu::used]] void (*const g_growHeap)() = growHeap;

}  // namespace
#endif
