// Opens every container file, and thousands of damaged copies of the good ones, in a program whose readers are compiled
// with the address and undefined-behaviour sanitizers. Each file has a process of its own, 10 s of processor time and
// 512 MB of memory. The processes are forked after LibTorch is loaded, because loading it 169 times would take minutes.
//
// hostile_files CONTAINERS_FOLDER: one line per file on stdout; exit code 1 when any of them misbehaved.
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "core/weights/checkpoint.h"
#include "tests/core/weights/ctranslate2_bytes.h"
#include "tests/core/weights/whisper_cpp_bytes.h"

namespace {

using xllm::weights::Checkpoint;

constexpr long kMemoryLimitKiB = 512 * 1024;
constexpr int kProcessorSeconds = 10;
constexpr auto kWallLimit = std::chrono::seconds(60);  // the machine may be busy with other tests
constexpr int kDamagedCopies = 400;

// Reads every byte of every tensor, so that the sanitizers see them. False when one that is listed does not load.
bool readEverything(const Checkpoint& checkpoint) {
  unsigned checksum = 0;
  for (const auto& info : checkpoint.tensors()) {
    const auto tensor = checkpoint.load(info.name);
    if (!tensor) {
      std::printf("  %s\n", tensor.error().message.c_str());
      return false;
    }
    const auto* bytes = static_cast<const unsigned char*>(tensor->const_data_ptr());
    for (std::size_t i = 0; i < tensor->nbytes(); ++i) checksum += bytes[i];
  }
  for (const auto& [key, value] : checkpoint.metadata()) {
    checksum += static_cast<unsigned>(key.size());
    if (const auto* texts = std::get_if<std::vector<std::string_view>>(&value)) {
      for (const auto text : *texts) checksum += text.empty() ? 0U : static_cast<unsigned char>(text.back());
    }
  }
  volatile unsigned kept = checksum;
  return kept == checksum;
}

bool behaves(const std::string& path, const std::string& must) {
  const auto opened = Checkpoint::open(path);
  if (!opened) {
    std::printf("  refused: %s\n", opened.error().message.c_str());
    return must != "load";
  }
  std::printf("  accepted, %zu tensors\n", (*opened)->tensors().size());
  return must != "fail" && readEverything(**opened);
}

// A file in memory that can be opened by name.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : m_fd(::memfd_create("damaged", MFD_CLOEXEC)) {
    if (m_fd < 0 || ::write(m_fd, bytes.data(), bytes.size()) != static_cast<::ssize_t>(bytes.size())) std::abort();
  }
  ~MemoryFile() { ::close(m_fd); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(m_fd); }

 private:
  int m_fd;
};

// Cut short, with a few bytes overwritten by values that matter, or with a piece repeated.
std::string damaged(std::string bytes, std::mt19937& random) {
  constexpr unsigned char kTelling[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0x20, '(', '.', '}', 'R', 0xfe};
  const auto below = [&](std::size_t limit) {
    return static_cast<std::size_t>(random() % std::max<std::size_t>(limit, 1));
  };
  const auto kind = random() % 8;
  if (kind == 0) return bytes.substr(0, below(bytes.size()));
  if (kind == 1) return bytes.insert(below(bytes.size()), bytes.substr(below(bytes.size()), below(64)));
  // Headers are where the damage counts: most of it goes into the first or the last few hundred bytes.
  const std::size_t reach = std::min<std::size_t>(bytes.size(), kind < 6 ? 512 : bytes.size());
  for (auto left = 1 + random() % 6; left > 0; --left) {
    const std::size_t at = below(reach);
    const std::size_t position = kind == 5 ? bytes.size() - 1 - at : at;
    bytes[position] = static_cast<char>(random() % 2 == 0 ? kTelling[below(std::size(kTelling))] : random());
  }
  return bytes;
}

bool survivesDamage(const std::string& bytes) {
  std::mt19937 random(20230504);  // the same copies every time
  int accepted = 0;
  for (int copy = 0; copy < kDamagedCopies; ++copy) {
    const MemoryFile file(damaged(bytes, random));
    const auto opened = Checkpoint::open(file.path());
    if (!opened) continue;
    ++accepted;
    if (!readEverything(**opened)) return false;
  }
  std::printf("  %d of %d damaged copies still opened\n", accepted, kDamagedCopies);
  return true;
}

long residentKiB(::pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/statm");
  long pages = 0;
  file >> pages >> pages;
  return pages * (::sysconf(_SC_PAGESIZE) / 1024);
}

// True when `work` returned true in a process of its own, within the limits.
bool runAlone(const std::string& name, const std::function<bool()>& work) {
  std::fflush(stdout);
  const auto start = std::chrono::steady_clock::now();
  const ::pid_t child = ::fork();
  if (child == 0) {
    const ::rlimit processor{kProcessorSeconds, kProcessorSeconds + 1};
    ::setrlimit(RLIMIT_CPU, &processor);
    const bool good = work();
    std::fflush(stdout);
    ::_exit(good ? 0 : 1);
  }
  int status = 0;
  const char* verdict = nullptr;
  ::rusage usage{};
  while (child > 0 && ::wait4(child, &status, WNOHANG, &usage) == 0) {
    if (residentKiB(child) > kMemoryLimitKiB) verdict = "took more than 512 MB";
    if (std::chrono::steady_clock::now() - start > kWallLimit) verdict = "did not end";
    if (verdict != nullptr) ::kill(child, SIGKILL);
    ::usleep(1000);
  }
  if (child < 0) verdict = "could not be started";
  if (verdict == nullptr && usage.ru_maxrss > kMemoryLimitKiB) verdict = "took more than 512 MB";
  if (verdict == nullptr && WIFSIGNALED(status)) {
    verdict = WTERMSIG(status) == SIGXCPU ? "took more than 10 s" : "crashed";
  }
  if (verdict == nullptr && WEXITSTATUS(status) != 0) {
    verdict = WEXITSTATUS(status) == 1 ? "behaved otherwise than its manifest says" : "upset a sanitizer";
  }
  std::printf("%s %s: %s (%ld MB)\n", verdict == nullptr ? "ok  " : "FAIL", name.c_str(),
              verdict == nullptr ? "as it must" : verdict, usage.ru_maxrss / 1024);
  return verdict == nullptr;
}

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argumentCount, char** arguments) {
  if (argumentCount != 2) return 2;
  const std::string folder = std::string(arguments[1]) + "/";
  const auto manifest = nlohmann::json::parse(contents(folder + "manifest.json"));
  int bad = 0;
  std::size_t files = 0;
  for (const auto& entry : manifest.at("files")) {
    const std::string file = entry.at("file");
    const std::string must = entry.at("must");
    ++files;
    bad += runAlone(file, [&] { return behaves(folder + file, must); }) ? 0 : 1;
    if (must != "load") continue;
    const std::string bytes = contents(folder + file);
    bad += runAlone("damaged copies of " + file, [&] { return survivesDamage(bytes); }) ? 0 : 1;
  }
  bad += runAlone("damaged copies of a CTranslate2 model",
                  [] { return survivesDamage(xllm::tests::smallCtranslate2Model()); })
             ? 0
             : 1;
  bad += runAlone("damaged copies of a whisper.cpp model",
                  [] { return survivesDamage(xllm::tests::smallWhisperCppModel()); })
             ? 0
             : 1;
  std::printf("%zu files, %d misbehaved\n", files, bad);
  return bad == 0 && files > 0 ? 0 : 1;
}
