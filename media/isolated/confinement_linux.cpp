// Calls of the system are refused by seccomp (Linux 3.17 and later; Documentation/userspace-api/seccomp_filter.rst):
// a short program for a machine of the kernel looks at each call's number, and for some at their arguments.

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <vector>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "media/isolated/confinement.h"

namespace xllm::media {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kProcessor = AUDIT_ARCH_X86_64;
constexpr std::uint32_t kOtherNumbers = 0x40000000;  // from here on: calls of the x32 interface, by other numbers
#elif defined(__aarch64__)
constexpr std::uint32_t kProcessor = AUDIT_ARCH_AARCH64;
constexpr std::uint32_t kOtherNumbers = 0xFFFFFFFF;
#else
constexpr std::uint32_t kProcessor = 0;  // no filter
constexpr std::uint32_t kOtherNumbers = 0;
#endif

constexpr std::uint32_t kRefused = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t kWriting = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

// What makes, changes or removes files; what starts, reads or ends other processes; what talks to anybody; and what
// does any of it in another's name. Newer processors have only the calls that end in "at".
constexpr std::uint32_t kForbidden[] = {
#ifdef __NR_creat
    __NR_creat,
    __NR_unlink,
    __NR_rename,
    __NR_renameat,
    __NR_mkdir,
    __NR_rmdir,
    __NR_link,
    __NR_symlink,
    __NR_mknod,
    __NR_chmod,
    __NR_chown,
    __NR_lchown,
    __NR_utime,
    __NR_utimes,
#endif
    __NR_unlinkat,
    __NR_renameat2,
    __NR_mkdirat,
    __NR_linkat,
    __NR_symlinkat,
    __NR_mknodat,
    __NR_fchmod,
    __NR_fchmodat,
    __NR_fchown,
    __NR_fchownat,
    __NR_utimensat,
    __NR_truncate,
    __NR_ftruncate,
    __NR_fallocate,
    __NR_setxattr,
    __NR_lsetxattr,
    __NR_fsetxattr,
    __NR_removexattr,
    __NR_lremovexattr,
    __NR_fremovexattr,
    __NR_mount,
    __NR_umount2,
    __NR_chroot,
    __NR_execve,
    __NR_execveat,
    __NR_ptrace,
    __NR_process_vm_readv,
    __NR_process_vm_writev,
    __NR_kill,
    __NR_tkill,
    __NR_socket,
    __NR_socketpair,
    __NR_connect,
    __NR_bind,
    __NR_listen,
    __NR_accept4,
    __NR_bpf,
    __NR_perf_event_open,
    __NR_keyctl,
    __NR_add_key,
    __NR_request_key,
    __NR_userfaultfd,
#ifdef __NR_io_uring_setup
    __NR_io_uring_setup,
#endif
#ifdef __NR_openat2
    __NR_openat2,  // its flags lie in memory, where they cannot be looked at
#endif
};

using Filter = std::vector<::sock_filter>;

void load(Filter& filter, std::size_t offset) {
  filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
}

// Skips what follows, `length` instructions, unless `test` holds of what was loaded and `value`.
void unless(Filter& filter, std::uint16_t test, std::uint32_t value, std::uint8_t length) {
  filter.push_back(BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), value, 0, length));
}

void give(Filter& filter, std::uint32_t outcome) { filter.push_back(BPF_STMT(BPF_RET | BPF_K, outcome)); }

// Refuses call `number` when its argument `index` has any of kWriting.
void refuseWriting(Filter& filter, std::uint32_t number, int index) {
  unless(filter, BPF_JEQ, number, 4);
  load(filter, offsetof(::seccomp_data, args) + sizeof(std::uint64_t) * static_cast<std::size_t>(index));
  unless(filter, BPF_JSET, kWriting, 1);
  give(filter, kRefused);
  give(filter, SECCOMP_RET_ALLOW);
}

Filter madeFilter() {
  Filter filter;
  load(filter, offsetof(::seccomp_data, arch));
  filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kProcessor, 1, 0));
  give(filter, kRefused);  // a call in 32 bits, by numbers of its own
  load(filter, offsetof(::seccomp_data, nr));
  unless(filter, BPF_JGE, kOtherNumbers, 1);
  give(filter, kRefused);
  for (const std::uint32_t number : kForbidden) {
    unless(filter, BPF_JEQ, number, 1);
    give(filter, kRefused);
  }
#ifdef __NR_open
  refuseWriting(filter, __NR_open, 1);
#endif
  refuseWriting(filter, __NR_openat, 2);
  give(filter, SECCOMP_RET_ALLOW);
  return filter;
}

}  // namespace

// A kernel or a container that knows no filters leaves the process as it was: it still is another process.
void giveUpRights() {
  std::ofstream("/proc/self/oom_score_adj") << 1000;
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (kProcessor == 0) return;
  Filter filter = madeFilter();
  const ::sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

}  // namespace xllm::media
