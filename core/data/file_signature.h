// What a media file is by its first bytes, and whether its last ones are there. Cheap: a few small reads. Leaves what
// is between to decoders.
#pragma once

#include <filesystem>
#include <string_view>

namespace xllm::data {

struct FileSignature {
  std::string_view format;  // "JPEG"; empty: not known
  bool cutOff = false;      // the format's own end mark or length says that its end is missing
  bool endingFits = true;   // the file's name ends as such files do; also where that cannot be told
};

FileSignature signatureOf(const std::filesystem::path& file);

}  // namespace xllm::data
