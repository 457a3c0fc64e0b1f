#include "core/llm/packed_weights.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <span>
#include <stop_token>
#include <utility>

#include "core/base/folder_entries.h"
#include "core/base/large_pages.h"
#include "core/base/memory_use.h"
#include "core/base/sha256.h"
#include "core/base/this_process.h"
#include "core/weights/safetensors_writer.h"

namespace xllm::llm {

namespace fs = std::filesystem;

namespace {

constexpr auto kForgotten = std::chrono::hours(24);  // an unfinished file of a program that was killed
constexpr std::string_view kLayout = "2";            // counts up when strips change
constexpr const char* kLayoutKey = "xllm.strips";
constexpr const char* kEnding = ".safetensors";
constexpr int kPausesBefore = 50;  // a second, in which the first answer begins

template <typename Value>
std::span<const std::byte> bytesOf(const Value& value) {
  return std::as_bytes(std::span(&value, 1));
}

// A weight is known by its type, its shape and some of its bytes: reading all of them would cost what is to be saved.
std::string markOf(const weights::StoredTensor& weight) {
  constexpr std::size_t kSamples = 8, kSample = 64;
  Sha256 sum;
  sum.add(bytesOf(weight.type));
  for (const std::int64_t size : weight.shape) sum.add(bytesOf(size));
  const std::span<const std::byte> bytes = weight.bytes;
  for (std::size_t i = 0; i < kSamples; ++i) {
    const std::size_t at = bytes.size() / kSamples * i;
    sum.add(bytes.subspan(at, std::min(kSample, bytes.size() - at)));
  }
  return sum.hex().substr(0, 32);
}

// Files are told apart by their size and their last change, so that a model that moves keeps its packed weights, and
// one that is written anew loses them.
fs::path fileFor(const fs::path& folder, const fs::path& checkpoint) {
  std::error_code unknown;
  const std::uintmax_t size = fs::file_size(checkpoint, unknown);
  const auto changed = fs::last_write_time(checkpoint, unknown).time_since_epoch().count();
  Sha256 sum;
  sum.add(bytesOf(size));
  sum.add(bytesOf(changed));
  return folder / (checkpoint.stem().string() + "-" + sum.hex().substr(0, 16) + kEnding);
}

struct KeptFile {
  fs::path path;
  std::uintmax_t bytes = 0;
  fs::file_time_type used;
};

// All kept files, the longest unused one first; unfinished and forgotten ones go.
std::vector<KeptFile> keptFiles(const fs::path& folder) {
  std::vector<KeptFile> files;
  std::error_code problem;
  for (const fs::directory_entry& entry : entriesIn(folder, problem)) {
    std::error_code gone;  // another program may tidy up at the same time
    const KeptFile file{entry.path(), entry.file_size(gone), entry.last_write_time(gone)};
    if (gone || file.path.filename().string().find(kEnding) == std::string::npos) continue;
    if (file.path.extension() == kEnding) {
      files.push_back(file);
    } else if (fs::file_time_type::clock::now() - file.used > kForgotten) {
      fs::remove(file.path, gone);
    }
  }
  std::sort(files.begin(), files.end(), [](const KeptFile& a, const KeptFile& b) { return a.used < b.used; });
  return files;
}

// Whether `file` of `bytes` may be written; older ones make room for it.
bool makeRoom(const fs::path& file, std::uintmax_t bytes, std::uintmax_t most) {
  const fs::path folder = file.parent_path();
  std::error_code problem;
  const fs::space_info disk = fs::space(folder, problem);
  if (problem || bytes > most || disk.available / 2 < bytes) return false;
  std::vector<KeptFile> files = keptFiles(folder);
  std::uintmax_t all = bytes;
  std::erase_if(files, [&](const KeptFile& kept) { return kept.path == file; });  // it is replaced
  for (const KeptFile& kept : files) all += kept.bytes;
  for (std::size_t i = 0; i < files.size() && all > most; ++i) {
    if (fs::remove(files[i].path, problem)) all -= files[i].bytes;
  }
  return all <= most;
}

// Waits a moment, or until it is asked to stop; tells whether to go on.
bool pausedBriefly(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  return !wake.wait_for(lock, stop, std::chrono::milliseconds(20), [&] { return stop.stop_requested(); });
}

}  // namespace

PackedWeights::PackedWeights(const fs::path& folder, const weights::Checkpoint& checkpoint, std::uintmax_t mostBytes)
    : m_file(fileFor(folder, checkpoint.path())), m_mostBytes(mostBytes) {
  std::error_code problem;
  if (!fs::is_regular_file(m_file, problem)) return;
  auto kept = weights::Checkpoint::open(m_file);
  const auto layout = kept ? (*kept)->metadata().find(kLayoutKey) : weights::Metadata::const_iterator{};
  if (!kept || layout == (*kept)->metadata().end() || layout->second != weights::MetadataValue(std::string(kLayout))) {
    return;
  }
  m_kept = *std::move(kept);
  fs::last_write_time(m_file, fs::file_time_type::clock::now(), problem);  // used
}

PackedWeights::~PackedWeights() = default;

kernels::KeptStrips PackedWeights::find(const std::string& name, const weights::StoredTensor& weight) {
  const std::string mark = markOf(weight);
  if (matrixNamed(name) == m_matrices.end()) m_matrices.push_back({name, mark, {}});
  if (m_kept) {
    const auto kept = m_kept->metadata().find(name);
    const auto strips = m_kept->stored(name);
    const bool isIt = kept != m_kept->metadata().end() && kept->second == weights::MetadataValue(mark);
    if (isIt && strips) return {strips->bytes, m_kept};
  }
  m_isComplete = false;
  return {};
}

void PackedWeights::add(const std::string& name, const kernels::QuantizedLinear& matrix) {
  if (const auto asked = matrixNamed(name); asked != m_matrices.end()) asked->packed = matrix;
}

// From the end, where the one that was asked for last is.
std::vector<PackedWeights::Matrix>::iterator PackedWeights::matrixNamed(const std::string& name) {
  const auto found =
      std::find_if(m_matrices.rbegin(), m_matrices.rend(), [&](const auto& m) { return m.name == name; });
  return found == m_matrices.rend() ? m_matrices.end() : std::prev(found.base());
}

void PackedWeights::keep() {
  if (m_thread.joinable()) return;
  std::erase_if(m_matrices, [](const Matrix& matrix) { return !matrix.packed; });
  if (m_matrices.empty()) return;
  m_thread = std::jthread([this](const std::stop_token& stop) {
    try {
      standBack();
      for (int pauses = 0; pauses < kPausesBefore && !m_isAwaited; ++pauses) {
        if (!pausedBriefly(stop)) break;
      }
      if (m_isComplete) return moveToLargePages(stop);
      (void)write(stop);
    } catch (const std::exception&) {
      // As where it cannot be written: without it the next start packs again.
    }
  });
}

void PackedWeights::finish() {
  m_isAwaited = true;
  if (m_thread.joinable()) m_thread.join();
}

void PackedWeights::moveToLargePages(const std::stop_token& stop) const {
  const std::less<> before;  // that is defined for any two addresses
  const std::byte *begin = nullptr, *end = nullptr;
  for (const Matrix& matrix : m_matrices) {
    const auto kept = m_kept->stored(matrix.name);
    if (!kept || kept->bytes.empty()) continue;
    const std::byte* const last = kept->bytes.data() + kept->bytes.size();
    if (begin == nullptr || before(kept->bytes.data(), begin)) begin = kept->bytes.data();
    if (end == nullptr || before(end, last)) end = last;
  }
  if (end - begin > availableMemoryBytes() / 2) return;
  xllm::moveToLargePages({begin, end}, stop);
}

Result<void> PackedWeights::write(const std::stop_token& stop) const {
  constexpr std::size_t kPiece = std::size_t{8} << 20;
  constexpr std::uintmax_t kSoonDone = std::uintmax_t{512} << 20;  // a second, which whoever leaves may wait for once
  std::vector<weights::TensorInfo> infos;
  std::map<std::string, std::string> metadata{{kLayoutKey, std::string(kLayout)}};
  std::uintmax_t bytes = 0;
  for (const Matrix& matrix : m_matrices) {
    const std::size_t size = matrix.packed->strips().size();
    infos.push_back({matrix.name, {static_cast<std::int64_t>(size)}, weights::StorageType::U8});
    metadata.emplace(matrix.name, matrix.mark);
    bytes += size;
  }
  std::error_code problem;
  fs::create_directories(m_file.parent_path(), problem);
  if (problem || !makeRoom(m_file, bytes, m_mostBytes)) {
    return fail(ErrorCode::DiskFull, "There is no room for packed weights in " + m_file.parent_path().string() + ".");
  }
  weights::SafetensorsWriter writer(m_file, std::move(infos), metadata);
  std::size_t sincePause = 0;
  for (const Matrix& matrix : m_matrices) {
    for (std::span<const std::byte> rest = matrix.packed->strips(); !rest.empty();) {
      const std::size_t piece = std::min(kPiece, rest.size());
      writer.write(rest.first(piece));
      rest = rest.subspan(piece);
      bytes -= piece;
      sincePause += piece;
      if (sincePause < kPiece) continue;
      sincePause = 0;
      if (!m_isAwaited && !pausedBriefly(stop) && bytes > kSoonDone) return {};
    }
  }
  return writer.finish();
}

}  // namespace xllm::llm
