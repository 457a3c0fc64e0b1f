// How much a process that reads files of unknown origin may take of the machine.
#pragma once

#include <cstdint>

namespace xllm::media {

// Of address space; the largest picture that is read takes a fifth of it.
inline constexpr std::int64_t kMostMemory = std::int64_t{8} << 30;
// Of one file, in seconds of all its threads together; the longest clip that is read takes a fifth of it.
inline constexpr int kMostProcessorSeconds = 30 * 60;

// For the beginning of the process: memory as above (macOS: not kept to), no core file, not one byte written to a
// file, and whatever the program that started it has open is closed here. Windows: nothing here,
// child_process_windows.cpp has it.
void limitResources();

// From now on, this process may use kMostProcessorSeconds. Windows: no limit.
void beginProcessorTime();

}  // namespace xllm::media
