#include "core/data/captions.h"

#include "core/data/captioned_files.h"

namespace xllm::data {

Result<std::vector<CaptionedPicture>> readCaptionedPictures(const std::filesystem::path& source,
                                                            const ListOptions& options, ListNotes* notes) {
  auto files =
      readCaptionedFiles(source, {FileKind::Picture, "picture", kPictureKeys, kPictureEndings}, options, notes);
  if (!files) return tl::unexpected(files.error());
  std::vector<CaptionedPicture> pictures;
  pictures.reserve(files->size());
  for (CaptionedFile& file : *files) {
    pictures.push_back({std::move(file.file), std::move(file.captions), std::move(file.where)});
  }
  return pictures;
}

}  // namespace xllm::data
