// JSON as the command line prints it: one object on one line.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace xllm::cli {

// Names of files and packs need not be UTF-8; what is not becomes U+FFFD.
std::string oneLine(const nlohmann::json& object);

}  // namespace xllm::cli
