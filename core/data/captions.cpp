#include "core/data/captions.h"

#include <array>
#include <string_view>

#include "core/data/captioned_files.h"

namespace xllm::data {

namespace {

constexpr std::array<std::string_view, 6> kKeys{"picture", "image", "image_path", "file_name", "filename", "file"};
constexpr std::array<std::string_view, 9> kEndings{".jpg", ".jpeg", ".png",  ".webp", ".bmp",
                                                   ".gif", ".tif",  ".tiff", ".ppm"};

}  // namespace

Result<std::vector<CaptionedPicture>> readCaptionedPictures(const std::filesystem::path& source,
                                                            const ListOptions& options, ListNotes* notes) {
  auto files = readCaptionedFiles(source, {"picture", kKeys, kEndings}, options, notes);
  if (!files) return tl::unexpected(files.error());
  std::vector<CaptionedPicture> pictures;
  pictures.reserve(files->size());
  for (CaptionedFile& file : *files) {
    pictures.push_back({std::move(file.file), std::move(file.captions), std::move(file.where)});
  }
  return pictures;
}

}  // namespace xllm::data
