// Where the big frozen parts of the starter pack lie on this machine. They are not in the repository: a test that needs
// one skips itself, saying so, when the file is not there.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace xllm::tests {

// The path, whether or not the file is there: $XLLM_CACHE/parts, else $XDG_CACHE_HOME/xllm/parts, else
// ~/.cache/xllm/parts.
inline std::filesystem::path part(const std::string& name) {
  const auto variable = [](const char* key) {
    const char* value = std::getenv(key);
    return std::string(value == nullptr ? "" : value);
  };
  std::filesystem::path cache = variable("XLLM_CACHE");
  if (cache.empty() && !variable("XDG_CACHE_HOME").empty()) cache = variable("XDG_CACHE_HOME") + "/xllm";
  if (cache.empty()) cache = variable("HOME") + "/.cache/xllm";
  return cache / "parts" / name;
}

}  // namespace xllm::tests

// First line of such a test.
#define XLLM_SKIP_WITHOUT_PART(name)                                                                      \
  do {                                                                                                    \
    if (!std::filesystem::exists(::xllm::tests::part(name))) {                                            \
      GTEST_SKIP() << ::xllm::tests::part(name).string() << " is not here; packaging/setup/ fetches it."; \
    }                                                                                                     \
  } while (false)
