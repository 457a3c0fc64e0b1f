#include "core/model/pack_library.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <memory>
#include <set>
#include <span>
#include <system_error>
#include <utility>

#include "core/base/folder_entries.h"
#include "core/base/mapped_file.h"
#include "core/base/sha256.h"
#include "core/base/whole_file.h"
#include "core/weights/checkpoint.h"
#include "core/weights/format_error.h"
#include "core/weights/zip_archive.h"

namespace xllm::model {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = 1 << 20;
constexpr const char* kManifest = "pack.json";
constexpr const char* kUnfinished = ".installing-";  // folders of this kind are no packs

tl::unexpected<Error> cancelled() { return fail(ErrorCode::Cancelled, "Stopped."); }

std::string megabytes(std::uintmax_t bytes) { return std::to_string((bytes + 999'999) / 1'000'000) + " MB"; }

// Fills a piece with what comes next; 0: the end.
using Reader = std::function<Result<std::size_t>(std::span<std::byte> piece)>;

Result<Reader> readerOf(const fs::path& file) {
  const auto stream = std::make_shared<std::ifstream>(file, std::ios::binary);
  if (!*stream) return fail(ErrorCode::NotFound, "The file " + file.string() + " is missing, or may not be read.");
  return [stream, file](std::span<std::byte> piece) -> Result<std::size_t> {
    stream->read(reinterpret_cast<char*>(piece.data()), static_cast<std::streamsize>(piece.size()));
    if (stream->bad())
      return fail(ErrorCode::CorruptFile, "The file " + file.string() + " cannot be read. Check the drive it is on.");
    return static_cast<std::size_t>(stream->gcount());
  };
}

// Where a pack comes from: a folder, or an archive.
class Origin {
 public:
  static Result<Origin> open(const fs::path& from) {
    std::error_code ignored;
    if (fs::is_directory(from, ignored)) return Origin(from);
    auto file = MappedFile::open(from);
    if (!file) return tl::unexpected(file.error());
    try {
      Origin origin(from);
      origin.m_file = *file;
      origin.m_archive = std::make_shared<const weights::ZipArchive>((*file)->bytes());
      origin.findTop();
      return origin;
    } catch (const weights::FormatError& problem) {
      return fail(ErrorCode::CorruptFile, from.string() + " is not a pack: it is damaged, or no archive (" +
                                              problem.what() + "). Choose an .xpack file, or a folder with pack.json.");
    }
  }

  Result<Reader> reader(const std::string& name) const {
    if (!m_archive) return readerOf(m_from / name);
    const weights::ZipMember* member = m_archive->find(m_top + name);
    if (member == nullptr)
      return fail(ErrorCode::CorruptFile, m_from.string() + " does not hold the file " + name + ".");
    if (member->method != 0) {
      return fail(ErrorCode::Unsupported,
                  m_from.string() + " was compressed. Packs are archived without compression (zip -0).");
    }
    return [bytes = member->bytes](std::span<std::byte> piece) mutable {
      const std::size_t taken = std::min(piece.size(), bytes.size());
      std::copy_n(bytes.begin(), taken, piece.begin());
      bytes = bytes.subspan(taken);
      return taken;
    };
  }

 private:
  explicit Origin(fs::path from) : m_from(std::move(from)) {}
  // The archive may hold the folder instead of what is in it.
  void findTop() {
    if (m_archive->find(kManifest) != nullptr) return;
    for (const weights::ZipMember& member : m_archive->members()) {
      const auto slash = member.name.find('/');
      if (slash != std::string_view::npos && member.name.substr(slash + 1) == kManifest)
        m_top = member.name.substr(0, slash + 1);
    }
  }

  fs::path m_from;
  std::shared_ptr<const MappedFile> m_file;
  std::shared_ptr<const weights::ZipArchive> m_archive;  // of m_file
  std::string m_top;
};

// Gives up what was begun unless it was finished.
class Unfinished {
 public:
  explicit Unfinished(fs::path folder) : m_folder(std::move(folder)) {}
  ~Unfinished() {
    std::error_code ignored;
    fs::remove_all(m_folder, ignored);
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  const fs::path& folder() const { return m_folder; }

 private:
  fs::path m_folder;
};

// Tells how far a whole pack is.
struct Meter {
  const PackProgress& progress;
  std::uint64_t all = 0, done = 0;
  void add(std::size_t bytes, const std::string& file) {
    done += bytes;
    if (progress) progress(all > 0 ? std::min(1.0, static_cast<double>(done) / static_cast<double>(all)) : 0, file);
  }
};

struct Contents {
  std::uint64_t bytes = 0;
  std::string sha256;
};

// Reads all of it, into `to` if there is one.
Result<Contents> readThrough(const Reader& reader, WholeFile* to, const std::string& name, Meter& meter,
                             const std::stop_token& stop) {
  std::vector<std::byte> piece(kPiece);
  Sha256 hash;
  Contents contents;
  for (;;) {
    const auto read = reader(piece);
    if (!read) return tl::unexpected(read.error());
    if (*read == 0) break;
    if (stop.stop_requested()) return cancelled();
    const auto bytes = std::span<const std::byte>(piece).first(*read);
    hash.add(bytes);
    if (to != nullptr) to->write(bytes.data(), bytes.size());
    contents.bytes += *read;
    meter.add(*read, name);
  }
  contents.sha256 = hash.hex();
  return contents;
}

std::string otherSize(std::uint64_t is, std::uint64_t listed) {
  return std::to_string(is) + " bytes instead of " + std::to_string(listed);
}

Result<void> copyFile(const Origin& origin, const PackFile& file, const fs::path& into, Meter& meter,
                      const std::stop_token& stop) {
  const auto reader = origin.reader(file.path);
  if (!reader) return tl::unexpected(reader.error());
  const fs::path target = into / file.path;
  std::error_code problem;
  fs::create_directories(target.parent_path(), problem);
  WholeFile to(target);
  const auto read = readThrough(*reader, &to, file.path, meter, stop);
  if (!read) return tl::unexpected(read.error());
  if (problem = to.finish(); problem) {
    return fail(ErrorCode::DiskFull, target.string() + " could not be written (" + problem.message() +
                                         "). Check the free space and the permissions.");
  }
  if (read->bytes != file.bytes && file.path != kManifest) {  // whose size stands nowhere
    return fail(ErrorCode::CorruptFile, "The file " + file.path + " of the pack is damaged: it has " +
                                            otherSize(read->bytes, file.bytes) + ". Get it again.");
  }
  if (!file.sha256.empty() && read->sha256 != file.sha256) {
    return fail(
        ErrorCode::CorruptFile,
        "The file " + file.path + " of the pack is damaged: its SHA-256 is not what pack.json says. Get it again.");
  }
  return {};
}

// "X-LLM starter", "0.6.0" -> "x-llm-starter-0.6.0"
std::string folderName(const Pack& pack) {
  std::string name;
  for (const char letter : pack.name + "-" + pack.version) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool plain = std::isalnum(byte) != 0 || letter == '.';
    if (plain) {
      name += static_cast<char>(std::tolower(byte));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  name.erase(0, name.find_first_not_of(".-"));
  return name.empty() ? "pack" : name.substr(0, 100);
}

std::uint64_t bytesOf(const std::vector<PackFile>& files) {
  std::uint64_t bytes = 0;
  for (const PackFile& file : files) bytes += std::min(file.bytes, std::uint64_t{1} << 50);
  return bytes;
}

// What was being installed when the program or the machine died.
void removeLeftovers(const fs::path& into) {
  std::error_code problem;
  const auto yesterday = fs::file_time_type::clock::now() - std::chrono::hours(24);
  std::vector<fs::path> old;
  for (const fs::directory_entry& entry : entriesIn(into, problem)) {
    if (entry.path().filename().string().starts_with(kUnfinished) && entry.last_write_time(problem) < yesterday)
      old.push_back(entry.path());
  }
  for (const fs::path& folder : old) fs::remove_all(folder, problem);
}

// Without a slash behind it, as shells complete it, and without steps back.
fs::path plainName(const fs::path& folder) { return (folder / "").lexically_normal().parent_path(); }

bool liesBelow(const fs::path& folder, const fs::path& parent) {
  std::error_code ignored;
  return fs::equivalent(plainName(folder).parent_path(), parent, ignored);
}

// Of a file that runs in float32; as stored where it tells nothing.
std::uint64_t openedBytes(const Pack& pack, const PackFile& file) {
  const auto checkpoint = weights::Checkpoint::open(pack.locate(file.path));
  if (!checkpoint) return file.bytes;
  std::uint64_t bytes = 0;
  for (const weights::TensorInfo& tensor : (*checkpoint)->tensors()) {
    std::uint64_t numbers = 4;
    for (const std::int64_t side : tensor.shape) numbers *= static_cast<std::uint64_t>(side);
    bytes += numbers;
  }
  return bytes;
}

}  // namespace

std::uint64_t memoryBytes(const Pack& pack) {
  std::set<std::string> opened;
  for (const auto* encoder : {&pack.imageEncoder, &pack.speechEncoder}) {
    if (*encoder) opened.insert((*encoder)->file);
  }
  for (const auto* part : {&pack.image, &pack.speech, &pack.video}) {
    if (*part) opened.insert((*part)->file);
  }
  opened.erase(pack.languageModel.file);
  std::uint64_t bytes = 0;
  for (const PackFile& file : pack.files) bytes += opened.contains(file.path) ? openedBytes(pack, file) : file.bytes;
  return bytes;
}

std::optional<fs::path> findVoiceActivity(const fs::path& loaded, const std::vector<fs::path>& folders) {
  const auto detector = [](const Pack& pack) -> std::optional<fs::path> {
    if (!pack.voiceActivity || pack.voiceActivity->type != "silero") return std::nullopt;
    return pack.locate(pack.voiceActivity->file);
  };
  if (!loaded.empty()) {
    const auto pack = readPack(loaded);
    if (auto own = pack ? detector(*pack) : std::nullopt) return own;
  }
  for (const fs::path& folder : folders) {
    for (const FoundPack& found : findPacks({folder})) {
      if (auto other = found.pack ? detector(*found.pack) : std::nullopt) return other;
    }
  }
  return std::nullopt;
}

std::vector<FoundPack> findPacks(const std::vector<fs::path>& folders) {
  // $XLLM_PACKS may name the folder that came with the program.
  const bool hasOwn = std::none_of(folders.begin() + 1, folders.end(), [&](const fs::path& other) {
    std::error_code ignored;
    return fs::equivalent(folders.front(), other, ignored);
  });
  std::vector<FoundPack> found;
  std::set<fs::path> seen;
  for (std::size_t place = 0; place < folders.size(); ++place) {
    std::error_code problem;
    for (const fs::directory_entry& entry : entriesIn(folders[place], problem)) {
      if (!fs::is_regular_file(entry.path() / kManifest, problem)) continue;
      if (entry.path().filename().string().starts_with('.')) continue;  // unfinished, of ours or of xllm import
      if (!seen.insert(fs::weakly_canonical(entry.path(), problem)).second) continue;
      found.push_back({entry.path(), readPack(entry.path()), place == 0 && hasOwn});
    }
  }
  std::ranges::stable_sort(
      found, {}, [](const FoundPack& each) { return each.pack ? each.pack->name : each.folder.filename().string(); });
  return found;
}

Result<void> verifyPack(const fs::path& folder, std::stop_token stop, const PackProgress& progress) {
  const auto files = readPackFiles(folder);
  if (!files) return tl::unexpected(files.error());
  Meter meter{progress, bytesOf(*files)};
  std::string wrong;
  for (const PackFile& file : *files) {
    const auto tell = [&](const std::string& what) { wrong += (wrong.empty() ? "" : ", ") + file.path + what; };
    std::error_code missing;
    const std::uintmax_t size = fs::file_size(folder / file.path, missing);
    if (missing) {
      tell(" (missing)");
    } else if (size != file.bytes) {
      tell(" (" + otherSize(size, file.bytes) + ")");
    } else if (!file.sha256.empty()) {
      const auto reader = readerOf(folder / file.path);
      const auto read = reader ? readThrough(*reader, nullptr, file.path, meter, stop) : tl::unexpected(reader.error());
      if (!read && read.error().code == ErrorCode::Cancelled) return tl::unexpected(read.error());
      if (!read) tell(" (cannot be read)");
      if (read && read->sha256 != file.sha256) tell("");
    }
  }
  if (wrong.empty()) return {};
  return fail(ErrorCode::CorruptFile, "Not what pack.json says: " + wrong + ". Install the pack again.");
}

Result<fs::path> installPack(const fs::path& from, const fs::path& into, std::stop_token stop,
                             const PackProgress& progress) {
  const auto origin = Origin::open(from);
  if (!origin) return tl::unexpected(origin.error());
  std::error_code problem;
  fs::create_directories(into, problem);
  if (problem)
    return fail(ErrorCode::DiskFull, into.string() + " cannot be made (" + problem.message() + "). Packs go there.");
  if (fs::is_directory(from, problem) && liesBelow(fs::absolute(from), into))
    return fail(ErrorCode::BadInput, from.string() + " is installed already.");

  removeLeftovers(into);

  static std::atomic<int> count = 0;
  const auto number = static_cast<unsigned long long>(fs::file_time_type::clock::now().time_since_epoch().count());
  const Unfinished unfinished(into / (kUnfinished + std::to_string(number) + "-" + std::to_string(++count)));
  fs::create_directories(unfinished.folder(), problem);
  const PackProgress quiet;
  Meter nothing{quiet};
  PackFile manifest;
  manifest.path = kManifest;
  if (auto done = copyFile(*origin, manifest, unfinished.folder(), nothing, stop); !done) {
    if (done.error().code != ErrorCode::NotFound && done.error().code != ErrorCode::CorruptFile)
      return tl::unexpected(done.error());
    return fail(ErrorCode::BadInput, "There is no pack.json in " + from.string() + ". Choose the folder of a pack.");
  }
  const auto files = readPackFiles(unfinished.folder());
  if (!files) return tl::unexpected(files.error());
  Meter meter{progress, bytesOf(*files)};
  const auto space = fs::space(into, problem);
  if (!problem && space.available < meter.all) {
    return fail(ErrorCode::DiskFull, "The pack needs " + megabytes(meter.all) + ", and there are " +
                                         megabytes(space.available) + " free at " + into.string() + ".");
  }
  for (const PackFile& file : *files) {
    if (file.path == kManifest) continue;
    if (auto done = copyFile(*origin, file, unfinished.folder(), meter, stop); !done)
      return tl::unexpected(done.error());
  }
  const auto pack = readPack(unfinished.folder());
  if (!pack) return tl::unexpected(pack.error());
  const fs::path target = into / folderName(*pack);
  if (fs::exists(target, problem)) {
    return fail(ErrorCode::BadInput, pack->name + " " + pack->version + " is installed already, in " + target.string() +
                                         ". Remove it first.");
  }
  fs::rename(unfinished.folder(), target, problem);
  if (problem) return fail(ErrorCode::DiskFull, target.string() + " could not be made (" + problem.message() + ").");
  return target;
}

Result<void> removePack(const fs::path& folder, const fs::path& own) {
  std::error_code problem;
  if (!liesBelow(folder, own) || !fs::exists(folder / kManifest, problem)) {
    return fail(ErrorCode::BadInput, folder.string() + " is not a pack that was installed by you; it was left alone.");
  }
  // Out of sight in one step: half a pack is never found.
  const fs::path away = own / (std::string(kUnfinished) + "removed-" + plainName(folder).filename().string());
  fs::remove_all(away, problem);
  fs::rename(plainName(folder), away, problem);
  if (problem) return fail(ErrorCode::DiskFull, folder.string() + " could not be removed (" + problem.message() + ").");
  fs::remove_all(away, problem);
  return {};
}

}  // namespace xllm::model
