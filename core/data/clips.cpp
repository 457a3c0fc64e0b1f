#include "core/data/clips.h"

#include <array>
#include <string_view>

#include "core/data/captioned_files.h"

namespace xllm::data {

namespace {
constexpr std::array<std::string_view, 6> kKeys{"video", "clip", "video_path", "file_name", "filename", "file"};
}

Result<std::vector<CaptionedClip>> readCaptionedClips(const std::filesystem::path& source, const ListOptions& options,
                                                      ListNotes* notes) {
  auto files = readCaptionedFiles(source, {FileKind::Clip, "clip", kKeys, kClipEndings}, options, notes);
  if (!files) return tl::unexpected(files.error());
  std::vector<CaptionedClip> clips;
  clips.reserve(files->size());
  for (CaptionedFile& file : *files) {
    clips.push_back({std::move(file.file), std::move(file.captions), std::move(file.where)});
  }
  return clips;
}

}  // namespace xllm::data
