// What captions.h and clips.h share: media files of one kind with texts about them.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/base/result.h"
#include "core/data/list_options.h"

namespace xllm::data {

struct CaptionedFile {
  std::filesystem::path file;
  std::vector<std::string> captions;
  std::string where;
};

struct MediaWords {
  std::string_view noun;                      // "picture"
  std::span<const std::string_view> keys;     // columns or keys that name the file, best first
  std::span<const std::string_view> endings;  // of file names in a folder: ".jpg"
};

// See captions.h.
Result<std::vector<CaptionedFile>> readCaptionedFiles(const std::filesystem::path& source, const MediaWords& words,
                                                      const ListOptions& options, ListNotes* notes);

// Every file under `folder` whose name ends in one of `endings` (upper or lower case), sorted; hidden ones left out.
Result<std::vector<std::filesystem::path>> filesUnder(const std::filesystem::path& folder,
                                                      std::span<const std::string_view> endings);

// The first of `keys` that `row` has; nullptr without one.
const nlohmann::json* firstOf(const nlohmann::json& row, std::span<const std::string_view> keys);
// One JSON object parsed; discarded when it is no object, not valid, too long or too deep.
nlohmann::json parseObject(std::string_view text);

enum class JsonShape {
  None = 1,  // no JSON
  Lines,     // an object a line
  Whole,     // one list, or one object with lists in it
};
// By its beginning alone.
JsonShape jsonShapeOf(std::string_view text);

}  // namespace xllm::data
