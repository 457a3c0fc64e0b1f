// A decoder that does what a file's name says: what hostile files have made of real ones, and what one that was taken
// over might try.
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#endif

#include "core/base/this_process.h"
#include "media/isolated/byte_channel.h"
#include "media/isolated/decoder_server.h"
#include "media/isolated/messages.h"
#include "media/isolated/resource_limits.h"

namespace xllm::media {
namespace {

RgbImage onePixel() { return {.width = 1, .height = 1, .pixels = {1, 2, 3}}; }

#ifdef __linux__
// Which of the things that were given up can be done all the same, in `folder`.
std::string possible(const std::filesystem::path& folder) {
  std::string list;
  const auto note = [&](bool isDone, const char* what) {
    if (isDone) list += std::string(list.empty() ? "" : ", ") + what;
  };
  const std::string old = folder / "old", fresh = folder / "new";
  const ::pid_t starter = ::getppid();
  note(::open(fresh.c_str(), O_WRONLY | O_CREAT, 0600) >= 0, "make");
  note(::open(old.c_str(), O_RDWR) >= 0, "open for writing");
  note(::open(old.c_str(), O_RDONLY | O_TRUNC) >= 0, "cut off");
  note(::truncate(old.c_str(), 0) == 0, "truncate");
  note(::chmod(old.c_str(), 0777) == 0, "change rights");
  note(::syscall(452, AT_FDCWD, old.c_str(), 0777, 0) == 0, "change rights by the newer call");
  note(::utimensat(AT_FDCWD, old.c_str(), nullptr, 0) == 0, "change times");
  note(::rename(old.c_str(), fresh.c_str()) == 0, "rename");
  note(::unlink(old.c_str()) == 0, "remove");
  note(::mkdir(fresh.c_str(), 0700) == 0, "make a folder");
  note(::memfd_create("x", 0) >= 0, "make a file in memory");
  note(::socket(AF_INET, SOCK_STREAM, 0) >= 0, "talk to the network");
  note(::socket(AF_UNIX, SOCK_STREAM, 0) >= 0, "talk to programs");
  note(::kill(starter, 0) == 0, "send signals");
  note(::syscall(SYS_tgkill, starter, starter, 0) == 0, "send signals to a thread");
  note(::syscall(SYS_pidfd_open, starter, 0) >= 0, "take hold of a program");
  note(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0, "look into programs");
  ::rlimit limit{};
  note(::prlimit(starter, RLIMIT_CPU, nullptr, &limit) == 0, "limit programs");
  note(::setpriority(PRIO_PROCESS, 0, 19) == 0, "change priorities");
  note(::ioctl(STDIN_FILENO, TIOCSTI, "x") == 0 || errno != EPERM, "ask devices for something");
  note(::msgget(IPC_PRIVATE, IPC_CREAT | 0600) >= 0, "make a queue");
  note(::unshare(CLONE_NEWUSER) == 0, "make a namespace");
  const ::pid_t copy = ::fork();
  if (copy == 0) std::_Exit(0);
  note(copy > 0, "copy itself");
  ::execl("/nowhere/program", "program", nullptr);
  note(errno != EPERM, "start a program");
  note(::open(old.c_str(), O_RDONLY) < 0, "NOT read");
  return list;
}

// Threads that libraries may have started before main() are confined, too.
std::string threadsWithoutFilter() {
  std::string list;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("Seccomp:") && !line.ends_with('2')) list += task.path().filename().string() + " ";
    }
  }
  return list;
}

#endif

// Files that the process has open beside its standard streams.
int openFiles() {
  int count = 0;
  for (int file = STDERR_FILENO + 1; file < 1024; ++file) count += ::fcntl(file, F_GETFD) >= 0;
  return count;
}

class Broken final : public MediaDecoder {
 public:
  explicit Broken(ByteChannel& channel) : m_channel(channel) {}

  Result<RgbImage> decodePicture(const std::filesystem::path& file) const override {
    const std::string name = file.filename();
    if (name == "segfault") std::raise(SIGSEGV);
    if (name == "abort") std::abort();
    if (name == "leave") std::_Exit(0);
    if (name == "oom-killer") std::raise(SIGKILL);
    if (name == "out-of-time") std::raise(SIGXCPU);
    if (name == "half") {
      promise(600);
      m_channel.write(std::vector<std::byte>(1000));
      std::raise(SIGSEGV);
    }
    if (name == "wrong-size") return RgbImage{.width = 1000, .height = 1000, .pixels = {1, 2, 3}};
    if (name == "negative") return RgbImage{.width = -1, .height = -1, .pixels = {1, 2, 3}};
    if (name == "endless") {
      promise(30'000);
      std::this_thread::sleep_for(std::chrono::hours(1));
    }
    if (name == "wrong-code") return fail(static_cast<ErrorCode>(77), "No such code.");
    if (name == "id") return fail(ErrorCode::BadInput, std::to_string(processId()));
    if (name == "files") return fail(ErrorCode::BadInput, std::to_string(openFiles()));
#ifdef __linux__
    if (name == "rights") return fail(ErrorCode::BadInput, possible(file.parent_path()));
    if (name == "threads") return fail(ErrorCode::BadInput, threadsWithoutFilter());
#endif
    if (name == "controls") return fail(ErrorCode::BadInput, "\x1B[2J\nGone.");
    if (name == "much-memory") {
      std::vector<std::uint8_t> much;
      try {
        much.resize(static_cast<std::size_t>(kMostMemory));
      } catch (const std::bad_alloc&) {
        return fail(ErrorCode::OutOfMemory, "There is none.");
      }
      return onePixel();
    }
    return onePixel();
  }
  Result<AudioClip> decodeSound(const std::filesystem::path&) const override {
    return AudioClip{.sampleRateHz = 0, .samples = {}};
  }
  Result<VideoClip> decodeClip(const std::filesystem::path& file, const ClipSampling&) const override {
    if (file.filename() == "sleep") std::this_thread::sleep_for(std::chrono::hours(1));
    return VideoClip{};
  }
  Result<MediaKind> identify(const std::filesystem::path&) const override { return static_cast<MediaKind>(9); }
  Result<AudioClip> decodeSound(const std::filesystem::path& file, const SoundSpan&, std::stop_token) const override {
    return decodeSound(file);
  }
  Result<VideoClip> decodeClip(const std::filesystem::path& file, const ClipSampling& sampling,
                               std::stop_token) const override {
    return decodeClip(file, sampling);
  }
  Result<ClipFacts> describeClip(const std::filesystem::path&, std::stop_token) const override {
    rlimit limit{};
    ::getrlimit(RLIMIT_CPU, &limit);
    return ClipFacts{.seconds = static_cast<double>(limit.rlim_cur), .width = 1, .height = 1, .hasSound = false};
  }
  Result<void> glanceAtClip(const std::filesystem::path& file, int count, const GlanceSink& sink,
                            std::stop_token) const override {
    if (file.filename() == "many") {
      for (int i = 0; i < 100; ++i) sink(0, onePixel());
    }
    sink(file.filename() == "beyond" ? count : 0, onePixel());
    return {};
  }
  Result<PictureLook> lookAtPicture(const std::filesystem::path&) const override { return PictureLook{}; }
  Result<SoundLook> listenTo(const std::filesystem::path&) const override { return SoundLook{}; }
  Result<ClipLook> lookAtClip(const std::filesystem::path&, std::stop_token) const override { return ClipLook{}; }

 private:
  // All of a picture but its pixels.
  void promise(int edge) const {
    bool isThere = true;
    auto bytes = static_cast<std::uint64_t>(edge) * static_cast<std::uint64_t>(edge) * 3;
    Sender sender(m_channel);
    carryFlag(sender, isThere) && sender(edge) && sender(edge) && sender(bytes) && sender.flush();
  }

  ByteChannel& m_channel;
};

}  // namespace
}  // namespace xllm::media

int main() {
  std::thread([] { std::this_thread::sleep_for(std::chrono::hours(1)); }).detach();  // as some libraries have one
  auto channel = xllm::media::beginConfined();
  xllm::media::serve(channel, xllm::media::Broken(channel));
}
