#include <windows.h>

#include <string>
#include <system_error>
#include <vector>

#include "media/isolated/child_process.h"
#include "media/isolated/resource_limits.h"

namespace xllm::media {

namespace {

::HANDLE handleOf(std::intptr_t handle) { return reinterpret_cast<::HANDLE>(handle); }
std::intptr_t numberOf(::HANDLE handle) { return reinterpret_cast<std::intptr_t>(handle); }

struct CloseHandle {
  void operator()(void* handle) const { ::CloseHandle(handle); }
};
using Handle = std::unique_ptr<void, CloseHandle>;

struct Pipe {
  Handle read, write;
};

// Empty: none can be made.
Pipe openPipe() {
  ::HANDLE read = nullptr, write = nullptr;
  return ::CreatePipe(&read, &write, nullptr, 1 << 20) ? Pipe{Handle(read), Handle(write)} : Pipe{};
}

// Only what the child gets: what another thread starts meanwhile would keep our own ends open.
bool makeInheritable(const Handle& handle) {
  return ::SetHandleInformation(handle.get(), HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT) != 0;
}

// Whoever is in it ends with the last handle to it, has a share of the memory, and starts no other program. Null: none
// can be made.
Handle openJob() {
  Handle job(::CreateJobObjectW(nullptr, nullptr));
  if (!job) return job;
  ::JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_PROCESS_MEMORY |
                                            JOB_OBJECT_LIMIT_ACTIVE_PROCESS |
                                            JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
  limits.BasicLimitInformation.ActiveProcessLimit = 1;
  limits.ProcessMemoryLimit = static_cast<::SIZE_T>(kMostMemory);
  if (!::SetInformationJobObject(job.get(), JobObjectExtendedLimitInformation, &limits, sizeof(limits))) job.reset();
  return job;
}

// What the started program inherits, and the job that it is in from its first instruction.
class StartList {
 public:
  StartList(::HANDLE in, ::HANDLE out, ::HANDLE job) : m_inherited{in, out}, m_job(job) {
    ::SIZE_T size = 0;
    ::InitializeProcThreadAttributeList(nullptr, 2, 0, &size);
    m_bytes.resize(size);
    m_isMade = ::InitializeProcThreadAttributeList(list(), 2, 0, &size) != 0;
    m_isComplete = m_isMade && add(PROC_THREAD_ATTRIBUTE_HANDLE_LIST, m_inherited, sizeof(m_inherited)) &&
                   add(PROC_THREAD_ATTRIBUTE_JOB_LIST, &m_job, sizeof(m_job));
  }
  ~StartList() {
    if (m_isMade) ::DeleteProcThreadAttributeList(list());
  }
  StartList(const StartList&) = delete;
  StartList& operator=(const StartList&) = delete;

  bool isComplete() const { return m_isComplete; }
  ::LPPROC_THREAD_ATTRIBUTE_LIST list() { return reinterpret_cast<::LPPROC_THREAD_ATTRIBUTE_LIST>(m_bytes.data()); }

 private:
  bool add(::DWORD_PTR what, void* value, std::size_t bytes) {
    return ::UpdateProcThreadAttribute(list(), 0, what, value, bytes, nullptr, nullptr) != 0;
  }

  ::HANDLE m_inherited[2];
  ::HANDLE m_job;
  std::vector<std::byte> m_bytes;
  bool m_isMade = false, m_isComplete = false;
};

ErrorCode codeOf(::DWORD problem) {
  switch (problem) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND: return ErrorCode::NotFound;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_COMMITMENT_LIMIT: return ErrorCode::OutOfMemory;
    default: return ErrorCode::Internal;
  }
}

}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const std::filesystem::path& named) {
  auto program = named;
  program += ".exe";
  const auto failed = [&] {
    const ::DWORD problem = ::GetLastError();
    return notStarted(program, codeOf(problem), std::system_category().message(static_cast<int>(problem)));
  };
  Pipe requests = openPipe();
  if (!requests.read) return failed();
  Pipe answers = openPipe();
  if (!answers.read) return failed();
  Handle job = openJob();
  if (!job || !makeInheritable(requests.read) || !makeInheritable(answers.write)) {
    return failed();
  }

  StartList inherited(requests.read.get(), answers.write.get(), job.get());
  if (!inherited.isComplete()) return failed();
  ::STARTUPINFOEXW start{};
  start.StartupInfo.cb = sizeof(start);
  start.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
  start.StartupInfo.hStdInput = requests.read.get();
  start.StartupInfo.hStdOutput = answers.write.get();
  start.lpAttributeList = inherited.list();
  ::PROCESS_INFORMATION process{};
  std::wstring command = L"\"" + program.wstring() + L"\"";
  if (!::CreateProcessW(program.c_str(), command.data(), nullptr, nullptr, TRUE,
                        EXTENDED_STARTUPINFO_PRESENT | DETACHED_PROCESS, nullptr, nullptr, &start.StartupInfo,
                        &process)) {
    return failed();
  }
  ::CloseHandle(process.hThread);
  ByteChannel channel(numberOf(answers.read.release()), numberOf(requests.write.release()));
  return std::unique_ptr<ChildProcess>(
      new ChildProcess(std::move(channel), numberOf(process.hProcess), numberOf(job.release())));
}

ChildProcess::~ChildProcess() {
  end();
  ::CloseHandle(handleOf(m_process));
  ::CloseHandle(handleOf(m_job));
}

bool ChildProcess::isAlive() { return ::WaitForSingleObject(handleOf(m_process), 0) == WAIT_TIMEOUT; }

void ChildProcess::kill() { ::TerminateJobObject(handleOf(m_job), 1); }

ChildProcess::End ChildProcess::end() {
  m_channel.close();
  if (m_hasEnded) return m_end;
  // What broke off has closed its pipes and may still be on its way out: how it ended is known a little later.
  if (::WaitForSingleObject(handleOf(m_process), 100) == WAIT_TIMEOUT) kill();
  ::WaitForSingleObject(handleOf(m_process), INFINITE);
  ::DWORD code = 0;
  ::GetExitCodeProcess(handleOf(m_process), &code);
  m_hasEnded = true;
  // Exceptions of the system are errors of severity 3 and thus have both high bits; anything small came from exit().
  return m_end = code >= 0xC0000000 ? End::Crashed : End::ByItself;
}

}  // namespace xllm::media
