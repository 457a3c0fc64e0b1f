#include "core/base/result.h"

namespace xllm {

std::string_view toString(ErrorCode code) {
  switch (code) {
    case ErrorCode::NotFound: return "not-found";
    case ErrorCode::BadInput: return "bad-input";
    case ErrorCode::CorruptFile: return "corrupt-file";
    case ErrorCode::Unsupported: return "unsupported";
    case ErrorCode::OutOfMemory: return "out-of-memory";
    case ErrorCode::DiskFull: return "disk-full";
    case ErrorCode::Cancelled: return "cancelled";
    case ErrorCode::DeviceLost: return "device-lost";
    case ErrorCode::Internal: return "internal";
  }
  return "internal";
}

}  // namespace xllm
