// What a process that reads files of unknown origin gives up before it reads the first: a decoder that such a file has
// taken over can read files and lie about what it read, and no more.
#pragma once

namespace xllm::media {

// For the beginning of the process, while it has one thread. Linux: no file is opened for writing, made, renamed or
// removed, no other program started or looked into, no socket opened, and this process is the first one to go when the
// machine is out of memory. macOS: nothing. Windows: nothing here; child_process_windows.cpp forbids other programs.
void giveUpRights();

}  // namespace xllm::media
