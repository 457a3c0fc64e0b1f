// A program that is started for this one alone, talks with it through a socket that is its standard input (Windows:
// through pipes, its standard input and output), has neither a terminal nor anything else to write to, and ends when
// this one does.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "media/isolated/byte_channel.h"

namespace xllm::media {

class ChildProcess {
 public:
  // How it ended. Windows: ByItself or Crashed.
  enum class End { ByItself, OutOfTime, KilledBySystem, Crashed };

  // `program`: without Windows' .exe. NotFound: there is no such program; OutOfMemory, Internal: the system starts
  // none. Windows: it gets no more memory than kMostMemory, and starts no other program.
  static Result<std::unique_ptr<ChildProcess>> start(const std::filesystem::path& program);
  ~ChildProcess();  // kills it where it runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  ByteChannel& channel() { return m_channel; }
  bool isAlive();
  // Any thread, also while another one waits for its answer: that one's reading ends. Not beside end().
  void kill();
  // Kills it where it runs, and waits.
  End end();

 private:
  ChildProcess(ByteChannel channel, std::intptr_t process, std::intptr_t job)
      : m_channel(std::move(channel)), m_process(process), m_job(job) {}
  // Why there is none. `reason`: the system's.
  static tl::unexpected<Error> notStarted(const std::filesystem::path& program, ErrorCode code,
                                          const std::string& reason);

  ByteChannel m_channel;
  std::intptr_t m_process;  // POSIX: its number; Windows: a handle
  std::intptr_t m_job;      // Windows: what holds its limits
  bool m_hasEnded = false;
  End m_end = End::ByItself;
};

}  // namespace xllm::media
