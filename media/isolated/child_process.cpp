#include "media/isolated/child_process.h"

namespace xllm::media {

tl::unexpected<Error> ChildProcess::notStarted(const std::filesystem::path& program, ErrorCode code,
                                               const std::string& reason) {
  const std::string name = program.empty() ? "xllm-decoder" : program.string();
  const std::string why = code == ErrorCode::NotFound ? "is missing. Put it back, or install X-LLM Desktop again."
                                                      : "cannot be started: " + reason + ".";
  return fail(code, name + ", which reads pictures, sound and clips, " + why);
}

}  // namespace xllm::media
