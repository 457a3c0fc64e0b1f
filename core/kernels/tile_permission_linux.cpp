#include <sys/syscall.h>
#include <unistd.h>

#include "core/kernels/tile_permission.h"

namespace xllm::kernels {

// Documentation/arch/x86/xstate.rst of Linux; kernels before 5.16 know no such question.
bool mayUseTiles() {
#if defined(__x86_64__)
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

}  // namespace xllm::kernels
