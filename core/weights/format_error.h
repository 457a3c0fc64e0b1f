// How the readers inside core/weights say that a file is wrong. Never leaves the module: Checkpoint::open turns it into
// an Error. An exception and not a Result, because every one of the hundred reads of a header can fail and all of them
// mean the same.
#pragma once

#include <stdexcept>
#include <string>

#include "core/base/result.h"

namespace xllm::weights {

// `what()` is the end of the sentence "FILE cannot be used: …", without a full stop.
class FormatError : public std::runtime_error {
 public:
  explicit FormatError(const std::string& what, ErrorCode code = ErrorCode::CorruptFile)
      : std::runtime_error(what), m_code(code) {}
  ErrorCode code() const { return m_code; }

 private:
  ErrorCode m_code;
};

}  // namespace xllm::weights
