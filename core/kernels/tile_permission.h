// Whether the operating system lets this program use AMX's tiles. Internal to core/kernels.
#pragma once

namespace xllm::kernels {

// Asks for them, where they must be asked for; the answer holds for all threads. Only for processors that have them.
bool mayUseTiles();

}  // namespace xllm::kernels
