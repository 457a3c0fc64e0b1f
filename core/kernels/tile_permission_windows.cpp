#include "core/kernels/tile_permission.h"

namespace xllm::kernels {

bool mayUseTiles() { return false; }  // untried on Windows, where they have to be asked for in another way

}  // namespace xllm::kernels
