// Names for what files and texts hold: the same for every compiler and machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/base/result.h"

namespace xllm::data {

// 64-bit FNV-1a: the same for every compiler and machine, so that it may seed what must come out alike.
std::uint64_t textHash(const std::string& text);

// A name for a file's content (64-bit FNV-1a over its bytes, and its size): the key that finds its features again.
Result<std::string> contentKey(const std::filesystem::path& file);

}  // namespace xllm::data
