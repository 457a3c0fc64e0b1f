// Calls of the system are refused by seccomp (Linux 3.17 and later; Documentation/userspace-api/seccomp_filter.rst):
// a short program for a machine of the kernel looks at each call's number, and for some at their arguments. What is not
// on its list does not exist for the process, calls that were not invented yet included.

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <vector>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "media/isolated/confinement.h"

namespace xllm::media {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kProcessor = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kProcessor = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kProcessor = 0;  // no filter
#endif

constexpr std::uint32_t kRefused = SECCOMP_RET_ERRNO | EPERM;
// From here on numbers are the same for all processors, and newer C libraries try newer calls first: told that there is
// none, they take the older one.
constexpr std::uint32_t kNewer = 424;
constexpr std::uint32_t kUnknown = SECCOMP_RET_ERRNO | ENOSYS;
constexpr std::uint32_t kWriting = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

// clang-format off
// Reading what is open, looking at files, memory, threads, time, and the way out.
constexpr std::uint32_t kAllowed[] = {
    __NR_read, __NR_readv, __NR_pread64, __NR_preadv, __NR_write, __NR_writev, __NR_lseek, __NR_close, __NR_fstat,
    __NR_newfstatat, __NR_statx, __NR_faccessat, __NR_readlinkat, __NR_getdents64, __NR_getcwd, __NR_statfs,
    __NR_fstatfs, __NR_fadvise64, __NR_recvfrom, __NR_recvmsg, __NR_sendto, __NR_sendmsg, __NR_ppoll, __NR_mmap,
    __NR_munmap, __NR_mprotect, __NR_mremap, __NR_madvise, __NR_brk, __NR_futex, __NR_set_robust_list,
    __NR_get_robust_list, __NR_membarrier, __NR_set_tid_address, __NR_rt_sigaction, __NR_rt_sigprocmask,
    __NR_rt_sigreturn, __NR_sigaltstack, __NR_restart_syscall, __NR_getpid, __NR_getppid, __NR_gettid, __NR_getuid,
    __NR_geteuid, __NR_getgid, __NR_getegid, __NR_sched_yield, __NR_sched_getaffinity, __NR_sched_getparam,
    __NR_sched_getscheduler, __NR_sched_get_priority_max, __NR_sched_get_priority_min, __NR_getcpu,
    __NR_clock_gettime, __NR_clock_getres, __NR_clock_nanosleep, __NR_nanosleep, __NR_gettimeofday, __NR_times,
    __NR_getrandom, __NR_uname, __NR_sysinfo, __NR_getrusage, __NR_exit, __NR_exit_group};
constexpr std::uint32_t kAllowedToo[] = {
#ifdef __x86_64__  // newer processors have only the calls above that do the same
    __NR_stat, __NR_lstat, __NR_access, __NR_readlink, __NR_poll, __NR_time, __NR_arch_prctl,
#endif
#ifdef __NR_faccessat2
    __NR_faccessat2,
#endif
#ifdef __NR_rseq
    __NR_rseq,
#endif
};
// clang-format on

// Makes the program: for each call a few instructions that end in an outcome, or are skipped.
class Filter {
 public:
  Filter() {
    load(offsetof(::seccomp_data, arch));
    m_lines.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kProcessor, 1, 0));
    give(kRefused);  // a call in 32 bits, by numbers of its own
    load(offsetof(::seccomp_data, nr));
  }

  void allow(std::uint32_t number) {
    skipUnless(BPF_JEQ, number, 1);
    give(SECCOMP_RET_ALLOW);
  }
  // Where `test` holds of the lower half of argument `index` and any of `values`.
  void allowIf(std::uint32_t number, int index, std::uint16_t test, std::initializer_list<std::uint32_t> values) {
    judge(number, index, test, values, SECCOMP_RET_ALLOW, kRefused);
  }
  // Not where argument `index` has any of kWriting.
  void allowReading(std::uint32_t number, int index) {
    judge(number, index, BPF_JSET, {kWriting}, kRefused, SECCOMP_RET_ALLOW);
  }

  // For all threads that there are: libraries may have started some.
  void install() {
    skipUnless(BPF_JGE, kNewer, 1);
    give(kUnknown);
    give(kRefused);
    const ::sock_fprog program{static_cast<unsigned short>(m_lines.size()), m_lines.data()};
    ::syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
  }

 private:
  void judge(std::uint32_t number, int index, std::uint16_t test, std::initializer_list<std::uint32_t> values,
             std::uint32_t outcome, std::uint32_t otherwise) {
    skipUnless(BPF_JEQ, number, static_cast<std::uint8_t>(2 * values.size() + 2));
    load(offsetof(::seccomp_data, args) + sizeof(std::uint64_t) * static_cast<std::size_t>(index));
    for (const std::uint32_t value : values) {
      skipUnless(test, value, 1);
      give(outcome);
    }
    give(otherwise);
  }
  void load(std::size_t offset) {
    m_lines.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
  }
  void skipUnless(std::uint16_t test, std::uint32_t value, std::uint8_t lines) {
    m_lines.push_back(BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), value, 0, lines));
  }
  void give(std::uint32_t outcome) { m_lines.push_back(BPF_STMT(BPF_RET | BPF_K, outcome)); }

  std::vector<::sock_filter> m_lines;
};

}  // namespace

// A kernel or a container that knows no filters leaves the process as it was: it still is another process.
void giveUpRights() {
  std::ofstream("/proc/self/oom_score_adj") << 1000;
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (kProcessor == 0) return;
  const auto self = static_cast<std::uint32_t>(::getpid());
  Filter filter;
  for (const std::uint32_t number : kAllowed) filter.allow(number);
  for (const std::uint32_t number : kAllowedToo) filter.allow(number);
#ifdef __NR_open
  filter.allowReading(__NR_open, 1);
#endif
  filter.allowReading(__NR_openat, 2);
  filter.allowIf(__NR_clone, 0, BPF_JSET, {CLONE_THREAD});  // another thread, no other process; clone3 is newer
  filter.allowIf(__NR_tgkill, 0, BPF_JEQ, {self});          // abort()
  filter.allowIf(__NR_prlimit64, 0, BPF_JEQ, {0});
  filter.allowIf(__NR_prctl, 0, BPF_JEQ, {PR_SET_NAME});  // threads have names
  filter.allowIf(__NR_fcntl, 1, BPF_JEQ, {F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC});
  filter.install();
}

}  // namespace xllm::media
