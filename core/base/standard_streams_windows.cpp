#include <io.h>

#include "core/base/this_process.h"

namespace xllm {

bool isTerminal(StandardStream stream) { return ::_isatty(static_cast<int>(stream) - 1) != 0; }

void openStandardStreams() {}

}  // namespace xllm
