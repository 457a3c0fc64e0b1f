// What a process that reads files of unknown origin gives up before it reads the first. On Linux a decoder that such a
// file has taken over can read this person's files, and the memory of programs where the system lets one program look
// into another (kernel.yama.ptrace_scope is 0), and lie about what it read: it can tell nobody else, and change
// nothing.
#pragma once

namespace xllm::media {

// For the beginning of the process. Linux: no file is opened for writing, made, renamed or removed, no process started,
// signalled or stopped, no socket opened, nothing typed into a terminal, and this process is the first one to go when
// the machine is out of memory. macOS: nothing. Windows: nothing here; child_process_windows.cpp forbids other
// programs.
void giveUpRights();

}  // namespace xllm::media
