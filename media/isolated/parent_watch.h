// Work that nobody waits for any more ends at once, not when it is done.
#pragma once

namespace xllm::media {

// From now on the process ends with the one that started it, whatever it is at (macOS: within a second). A thread does
// it. Windows: nothing here, what child_process_windows.cpp starts ends with its starter.
void endWithParent();

}  // namespace xllm::media
