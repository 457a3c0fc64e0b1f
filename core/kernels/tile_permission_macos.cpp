#include "core/kernels/tile_permission.h"

namespace xllm::kernels {

bool mayUseTiles() { return false; }  // no Mac has them

}  // namespace xllm::kernels
