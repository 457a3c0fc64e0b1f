// A JSON file that a person writes. Wrong JSON is told with its line, so that it can be found.
#pragma once

#include <filesystem>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "core/base/result.h"

namespace xllm::data {

// `what` opens each sentence: "The training config". NotFound; BadInput: no JSON, or no object.
Result<nlohmann::json> readConfigFile(const std::filesystem::path& file, std::string_view what);

}  // namespace xllm::data
