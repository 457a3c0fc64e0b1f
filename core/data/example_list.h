// Pictures without captions, and the names of classes. Recordings: core/data/recordings.h; captions: captions.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/data/list_options.h"
#include "core/data/recordings.h"

namespace xllm::data {

struct PictureExample {
  std::filesystem::path picture;
  std::string where;  // "line 7 of x.jsonl", for the texts of errors
};

// A folder of pictures, or JSON lines {"picture": "a.jpg"} with paths relative to the list's folder; other keys are
// ignored. Errors as in captions.h.
Result<std::vector<PictureExample>> readPictureList(const std::filesystem::path& source,
                                                    const ListOptions& options = {}, ListNotes* notes = nullptr);
// One name a line, in class order; empty lines at the end are ignored.
Result<std::vector<std::string>> readNames(const std::filesystem::path& file);
// The same, BadInput unless there is one for each of an encoder's `classes`.
Result<std::vector<std::string>> readNames(const std::filesystem::path& file, std::int64_t classes);

}  // namespace xllm::data
