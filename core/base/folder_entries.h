// What lies in a folder. A loop over std::filesystem::directory_iterator throws when a step fails; this does not.
#pragma once

#include <filesystem>
#include <system_error>
#include <vector>

namespace xllm {

// In the system's order. Where the folder cannot be read, or not to its end: what was read, and `problem` says why.
std::vector<std::filesystem::directory_entry> entriesIn(const std::filesystem::path& folder, std::error_code& problem);

}  // namespace xllm
