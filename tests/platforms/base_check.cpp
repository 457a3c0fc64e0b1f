// What core/base asks of the system, once over: a program without a test framework, so that a cross compiler can make
// it and Wine run it. Prints what is wrong; 0 when nothing is.
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>

#include "core/base/file_lock.h"
#include "core/base/mapped_file.h"
#include "core/base/memory_use.h"
#include "core/base/other_process.h"
#include "core/base/sha256.h"
#include "core/base/this_process.h"
#include "core/base/whole_file.h"

namespace {

namespace fs = std::filesystem;

int g_wrong = 0;

void expect(bool fine, const char* what) {
  if (fine) return;
  std::printf("wrong: %s\n", what);
  ++g_wrong;
}

std::string textOf(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void checkWholeFiles(const fs::path& folder) {
  const fs::path path = folder / "文件.txt";
  {
    xllm::WholeFile file(path);
    file.write("first");
    expect(!fs::exists(path), "a file has its name before it is complete");
    expect(!file.finish(), "finishing a file fails");
  }
  {
    xllm::WholeFile file(path);
    file.write("second");
    expect(!file.finish() && textOf(path) == "second", "a file cannot be replaced");
  }
  { xllm::WholeFile(path).write("third"); }
  expect(textOf(path) == "second", "a file that was not finished replaced another one");
  expect(std::distance(fs::directory_iterator(folder), {}) == 1, "something is left beside the file");
  xllm::WholeFile nowhere(folder / "no such folder" / "file");
  nowhere.write("x");
  expect(static_cast<bool>(nowhere.finish()), "a file in a folder that is not there is no error");
}

void checkMapping(const fs::path& folder) {
  const fs::path path = folder / "文件.txt";
  const auto mapped = xllm::MappedFile::open(path);
  expect(mapped && (*mapped)->bytes().size() == 6, "a file is not mapped");
  if (mapped) (*mapped)->letGo((*mapped)->bytes());
  expect(!xllm::MappedFile::open(folder), "a folder is mapped");
  expect(!xllm::MappedFile::open(folder / "nothing"), "what is not there is mapped");
  std::ofstream(folder / "empty");
  const auto empty = xllm::MappedFile::open(folder / "empty");
  expect(empty && (*empty)->bytes().empty(), "an empty file is not mapped as one");
}

void checkLocks(const fs::path& folder) {
  const fs::path path = folder / "lock";
  expect(!xllm::isLocked(path), "a lock that is not there is held");
  {
    xllm::FileLock first(path), second(path);
    expect(first.take() == xllm::FileLock::Outcome::Taken, "a free lock is not taken");
    expect(!first.write("12345\n") && textOf(path) == "12345\n", "a held lock cannot be read by others");
    expect(second.take() == xllm::FileLock::Outcome::HeldByAnother, "a lock is taken twice");
    expect(xllm::isLocked(path), "a held lock is not seen");
  }
  expect(!xllm::isLocked(path), "a lock outlives its holder");
  const auto number = xllm::fileNumber(path);
  expect(number != 0 && number == xllm::fileNumber(path), "a file has no number");
  expect(xllm::fileNumber(folder / "nothing") == 0, "what is not there has a number");
}

void checkProcesses() {
  expect(xllm::processId() > 0 && xllm::isProcessAlive(xllm::processId()), "this process is not alive");
  expect(!xllm::isProcessAlive(0) && !xllm::isProcessAlive(-1), "no process is alive");
  expect(!xllm::commandOf(xllm::processId()).empty(), "the command of this process is not told");
  expect(fs::is_regular_file(xllm::programFile()), "the program's file is not told");
  expect(!xllm::dataHome().empty(), "there is no folder for data");
  const double since = xllm::secondsSinceStart();
  expect(since >= 0 && since < 600, "the start of the process is not told");
  expect(xllm::usableCores() >= 1, "there is no core");
  std::thread([] { xllm::standBack(); }).join();
  xllm::isTerminal(xllm::StandardStream::Errors);
  xllm::keepFreedMemory(64 << 20);
  xllm::giveBackFreedMemory();
  expect(xllm::totalMemoryBytes() > 0 && xllm::availableMemoryBytes() > 0, "the machine has no memory");
  expect(xllm::residentMemoryBytes() > 0 && xllm::peakMemoryBytes() > 0, "this process has no memory");
}

}  // namespace

int main() {
  const fs::path folder = fs::temp_directory_path() / ("xllm-base-check-" + std::to_string(xllm::processId()));
  fs::remove_all(folder);
  fs::create_directories(folder / "files");
  checkWholeFiles(folder / "files");
  checkMapping(folder / "files");
  checkLocks(folder);
  checkProcesses();
  fs::remove_all(folder);
  std::printf("core/base: %d things are wrong\n", g_wrong);
  return g_wrong == 0 ? 0 : 1;
}
