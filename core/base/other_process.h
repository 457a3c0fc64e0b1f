// Looking at another process, and asking it to stop. Only what training needs that was started from a window
// (docs/training.md). Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace xllm {

// False also of one that ended and that nobody has asked how.
bool isProcessAlive(std::int64_t process);

// How it was started, program first; Windows and macOS tell the program alone. Empty: not known.
std::vector<std::string> commandOf(std::int64_t process);

// What Ctrl+C does in its terminal. Windows: what listens to interruptName() hears of it.
void interruptProcess(std::int64_t process);

#ifdef _WIN32
// The event by which a process without a console is interrupted.
std::wstring interruptName(std::int64_t process);
#endif

}  // namespace xllm
