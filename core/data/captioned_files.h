// What captions.h and clips.h share: media files of one kind with texts about them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/data/list_options.h"
#include "core/data/list_rows.h"

namespace xllm::data {

struct CaptionedFile {
  std::filesystem::path file;
  std::vector<std::string> captions;
  std::string where;
};

struct MediaWords {
  FileKind kind;
  std::string_view noun;  // "picture"
  Names keys;             // columns or keys that name the file, best first
  Names endings;          // of file names in a folder
};

// See captions.h.
Result<std::vector<CaptionedFile>> readCaptionedFiles(const std::filesystem::path& source, const MediaWords& words,
                                                      const ListOptions& options, ListNotes* notes);

}  // namespace xllm::data
