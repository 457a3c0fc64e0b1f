#include <cerrno>
#include <fstream>
#include <iterator>

#include <sys/types.h>
#include <csignal>

#include "core/base/other_process.h"

namespace xllm {

namespace {

std::string whatIsIn(std::int64_t process, const char* file) {
  std::ifstream stream("/proc/" + std::to_string(process) + "/" + file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

bool isProcessAlive(std::int64_t process) {
  if (process <= 0) return false;
  if (::kill(static_cast<::pid_t>(process), 0) != 0 && errno == ESRCH) return false;  // another user's may not be asked
  const std::string about = whatIsIn(process, "stat");  // one that ended, and that nobody asked how, is still listed
  const auto afterName = about.rfind(')');
  return afterName == std::string::npos || about.compare(afterName, 3, ") Z") != 0;
}

std::vector<std::string> commandOf(std::int64_t process) {
  std::vector<std::string> words;
  const std::string text = whatIsIn(process, "cmdline");
  for (std::size_t at = 0; at < text.size();) {
    words.emplace_back(text.c_str() + at);
    at += words.back().size() + 1;
  }
  return words;
}

void interruptProcess(std::int64_t process) {
  if (process > 0) ::kill(static_cast<::pid_t>(process), SIGINT);
}

}  // namespace xllm
