#include "core/base/other_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace xllm {
namespace {

TEST(OtherProcess, LivesUntilItEndsWhetherOrNotSomebodyAskedHow) {
  const ::pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  EXPECT_TRUE(isProcessAlive(child));
  ::kill(child, SIGKILL);
  ::siginfo_t ended{};
  ::waitid(P_PID, static_cast<::id_t>(child), &ended, WEXITED | WNOWAIT);
  EXPECT_FALSE(isProcessAlive(child));
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(isProcessAlive(child));
  EXPECT_FALSE(isProcessAlive(0));
}

// It may not be sent signals, which is no sign of its death.
TEST(OtherProcess, OfAnotherUserLives) {
  if (::getuid() != 0) {
    EXPECT_TRUE(isProcessAlive(1));
    return;
  }
  constexpr ::uid_t kNobody = 65534;
  const ::pid_t child = ::fork();
  if (child == 0) ::_exit(::setuid(kNobody) == 0 && isProcessAlive(::getppid()) ? 0 : 1);
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace xllm
