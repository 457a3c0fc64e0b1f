// What can go wrong for a user: an Error, and Result<T> = a T or an Error. What can go wrong only through our own
// mistake is not here: that throws.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace xllm {

// Few on purpose: one per thing the user can do next. Zero is none of them.
enum class ErrorCode {
  NotFound = 1,  // the file, pack or part is not there
  BadInput,      // what the user gave cannot be used: wrong kind, too large, empty, malformed text
  CorruptFile,   // a model or media file is damaged or hostile
  Unsupported,   // a sound, valid file of a kind this program does not read
  OutOfMemory,
  DiskFull,    // could not write: no space, no permission
  Cancelled,   // an outcome, not a failure
  DeviceLost,  // GPU, camera or microphone went away
  Internal,    // our mistake; the message holds what a developer needs
};

// "corrupt-file", for logs, `--json` lines and tests.
std::string_view toString(ErrorCode code);

// `message` is a whole English sentence: what happened, where (file, tensor, row), what to do.
struct Error {
  ErrorCode code = ErrorCode::Internal;
  std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

// return fail(ErrorCode::NotFound, "…");
inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace xllm
