// Work that nobody waits for any more ends at once, not when it is done.
#pragma once

namespace xllm::media {

// From now on the process ends when the other end of its standard input is closed, whatever it is at. Behind
// giveUpRights(): a thread does it. Windows: nothing here, what child_process_windows.cpp starts ends with its starter.
void endWithParent();

}  // namespace xllm::media
