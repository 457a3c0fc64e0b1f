// What the process answers to the shell (docs/command-line.md), and how an Error is told to a person.
#pragma once

#include "core/base/result.h"

namespace xllm::cli {

enum ExitCode : int { kDone = 0, kBadInput = 1, kWrongUsage = 2, kNoMemoryOrDisk = 3, kInterrupted = 130 };

int exitCodeFor(ErrorCode code);

// "xllm: <message>" on standard error; answers the exit code. Cancelled is silent.
int report(const Error& error);

// Standard output could not be written to its end.
int reportLostOutput();

}  // namespace xllm::cli
