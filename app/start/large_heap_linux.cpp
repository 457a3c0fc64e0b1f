// LibTorch registers its operators before main(): some 50 MB in pieces of a few hundred bytes, for which the heap grows
// 132 KB at a time, and the system answers 13,000 page faults, a tenth of a start. Here the heap takes its first 64 MB
// at once, in pages of 2 MB where the system gives them; what is not touched takes no memory.

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#include <unistd.h>

#include "core/base/large_pages.h"

namespace {

constexpr int kHeap = 64 << 20;

void growHeap() {
  ::mallopt(M_TOP_PAD, kHeap);
  void* volatile first = std::malloc(64);  // volatile: the compiler would leave it out
  std::free(first);
  xllm::wantLargePages(static_cast<char*>(::sbrk(0)) - kHeap, kHeap);
}

// Of a program, not of a library: called before anything that its libraries do at their start.
[[gnu::section(".preinit_array"), gnu::used]] void (*const g_growHeap)() = growHeap;

}  // namespace
#endif
