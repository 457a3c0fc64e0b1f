#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "media/isolated/child_process.h"

extern char** environ;

namespace xllm::media {

namespace {

// Both ends, closed in whatever program is started next. Without them: an error number.
int openSocketPair(int (&ends)[2]) {
#ifdef SOCK_CLOEXEC
  return ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0 ? 0 : errno;
#else  // a program that another thread starts right now inherits them
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return errno;
  for (const int end : ends) {
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
#ifdef SO_NOSIGPIPE
    const int on = 1;
    ::setsockopt(end, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on));
#endif
  }
  return 0;
#endif
}

// `end` becomes its standard input. In a session of its own: it has no terminal to type into, and Ctrl+C is for whoever
// started us.
int spawn(const char* program, int end, ::pid_t& process) {
  ::posix_spawn_file_actions_t actions;
  ::posix_spawnattr_t how;
  if (const int problem = ::posix_spawn_file_actions_init(&actions); problem != 0) return problem;
  ::posix_spawn_file_actions_adddup2(&actions, end, STDIN_FILENO);
  for (const int output : {STDOUT_FILENO, STDERR_FILENO}) {
    ::posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0);
  }
  int problem = ::posix_spawnattr_init(&how);
  if (problem == 0) {
    ::sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&how, &none);
    ::posix_spawnattr_setsigdefault(&how, &all);
    ::posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    std::string name = program;
    char* arguments[] = {name.data(), nullptr};
    problem = ::posix_spawn(&process, program, &actions, &how, arguments, environ);
    ::posix_spawnattr_destroy(&how);
  }
  ::posix_spawn_file_actions_destroy(&actions);
  return problem;
}

ChildProcess::End endOf(int status) {
  if (!WIFSIGNALED(status)) return ChildProcess::End::ByItself;
  switch (WTERMSIG(status)) {
    case SIGXCPU: return ChildProcess::End::OutOfTime;
    case SIGKILL:
    case SIGTERM: return ChildProcess::End::KilledBySystem;
    default: return ChildProcess::End::Crashed;
  }
}

}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const std::filesystem::path& program) {
  int ends[2];
  ::pid_t process = 0;
  int problem = openSocketPair(ends);
  if (problem == 0) {
    problem = spawn(program.c_str(), ends[1], process);
    ::close(ends[1]);
    if (problem != 0) ::close(ends[0]);
  }
  if (problem == 0) {
    return std::unique_ptr<ChildProcess>(new ChildProcess(ByteChannel(ends[0], ends[0]), process, ByteChannel::kNone));
  }
  const bool noMemory = problem == ENOMEM || problem == EAGAIN;
  return notStarted(program,
                    problem == ENOENT ? ErrorCode::NotFound
                    : noMemory        ? ErrorCode::OutOfMemory
                                      : ErrorCode::Internal,
                    std::strerror(problem));
}

ChildProcess::~ChildProcess() { end(); }

bool ChildProcess::isAlive() {
  if (m_hasEnded) return false;
  int status = 0;
  if (::waitpid(static_cast<::pid_t>(m_process), &status, WNOHANG) == 0) return true;
  m_hasEnded = true;
  m_end = endOf(status);
  return false;
}

void ChildProcess::kill() {
  if (!m_hasEnded) ::kill(static_cast<::pid_t>(m_process), SIGKILL);
  m_channel.cutOff();
}

ChildProcess::End ChildProcess::end() {
  if (!isAlive()) return m_end;
  kill();
  int status = 0;
  while (::waitpid(static_cast<::pid_t>(m_process), &status, 0) < 0 && errno == EINTR) {
  }
  m_hasEnded = true;
  return m_end = endOf(status);
}

}  // namespace xllm::media
