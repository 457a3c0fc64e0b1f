#include "app/cli/exit_code.h"

#include <cstdio>

namespace xllm::cli {

int exitCodeFor(ErrorCode code) {
  switch (code) {
    case ErrorCode::OutOfMemory:
    case ErrorCode::DiskFull: return kNoMemoryOrDisk;
    case ErrorCode::Cancelled: return kInterrupted;
    case ErrorCode::NotFound:
    case ErrorCode::BadInput:
    case ErrorCode::CorruptFile:
    case ErrorCode::Unsupported:
    case ErrorCode::DeviceLost:
    case ErrorCode::Internal: return kBadInput;
  }
  return kBadInput;
}

int report(const Error& error) {
  if (error.code != ErrorCode::Cancelled) std::fprintf(stderr, "xllm: %s\n", error.message.c_str());
  return exitCodeFor(error.code);
}

int reportLostOutput() {
  return report(
      {ErrorCode::DiskFull, "Standard output could not be written to its end: the disk is full, or it is closed."});
}

}  // namespace xllm::cli
