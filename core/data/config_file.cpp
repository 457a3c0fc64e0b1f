#include "core/data/config_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include <nlohmann/json.hpp>

#include "core/data/format_text.h"

namespace xllm::data {

using nlohmann::json;

Result<json> readConfigFile(const std::filesystem::path& file, std::string_view what) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    return fail(ErrorCode::BadInput, formatText("{} {} is a folder, where a file is wanted.", what, file.string()));
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(ErrorCode::NotFound, formatText("{} {} cannot be opened.", what, file.string()));
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  try {
    json config = json::parse(text);
    if (!config.is_object())
      return fail(ErrorCode::BadInput, formatText("{} {} is not a JSON object.", what, file.string()));
    return config;
  } catch (const json::parse_error& problem) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(problem.byte, text.size()));
    const auto line = 1 + std::count(text.begin(), end, '\n');
    return fail(
        ErrorCode::BadInput,
        formatText("{} {} is not valid JSON in line {}, or at the end of the one before: often a comma, a quote "
                   "or a bracket is missing.",
                   what, file.string(), line));
  }
}

}  // namespace xllm::data
