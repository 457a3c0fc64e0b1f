// What the system knows of this process, and what it does for it. One source for each system, and one for its standard
// streams; what one of them cannot tell is said at each function. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>

namespace xllm {

std::int64_t processId();
std::filesystem::path programFile();  // the running program's; empty: not known
std::filesystem::path dataHome();     // where programs keep what is this person's; empty: nothing tells
std::filesystem::path cacheHome();    // where they keep what can be made again; empty: nothing tells
double secondsSinceStart();           // of the process; in steps of 10 ms on Linux, where starts are counted in ticks

enum class StandardStream { Input = 1, Output, Errors };
bool isTerminal(StandardStream stream);  // somebody types there, or reads it
// Those that are closed become the null device, lest the first files that are opened take their place. For the
// beginning of a program; Windows has no need of it.
void openStandardStreams();

// Cores that this process may use, siblings counted once; at least 1. macOS: all cores of the machine.
int usableCores();

// The calling thread alone makes way for others from now on.
void standBack();

// glibc only, nothing elsewhere. Of memory that was freed, so many bytes are kept for the next time instead of going
// back to the system: a network asks for the same megabytes again in its next layer, and fresh pages are slow (zeroed
// one by one; measured: a fifth of the time that reading a prompt takes). For the beginning of a program or a long
// work.
void keepFreedMemory(std::int64_t bytes);
// Memory that was freed goes back to the system now.
void giveBackFreedMemory();

}  // namespace xllm
