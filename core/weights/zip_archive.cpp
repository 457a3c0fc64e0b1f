#include "core/weights/zip_archive.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/weights/byte_reader.h"

namespace xllm::weights {
namespace {

constexpr std::uint32_t kEndSignature = 0x06054b50;
constexpr std::uint32_t kEnd64Signature = 0x06064b50;
constexpr std::uint32_t kEnd64LocatorSignature = 0x07064b50;
constexpr std::uint32_t kDirectorySignature = 0x02014b50;
constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kLocatorBytes = 20;
constexpr std::uint64_t kLeastEntryBytes = 46;
constexpr std::uint64_t kMostMembers = 1 << 18;

struct Directory {
  std::uint64_t entries;
  std::uint64_t bytes;
  std::uint64_t offset;
};

struct Extent {  // of a member with its local header
  std::uint64_t begin;
  std::uint64_t end;
};

// The end record is the last thing in the file but for a comment of at most 65535 bytes.
std::size_t findEnd(std::span<const std::byte> file) {
  if (file.size() < kEndBytes) throw FormatError("it is too short for a zip file");
  const std::size_t last = file.size() - kEndBytes;
  const std::size_t first = last > 65535 ? last - 65535 : 0;
  for (std::size_t at = last + 1; at-- > first;) {
    ByteReader reader(file, at);
    if (reader.read<std::uint32_t>() != kEndSignature) continue;
    reader.take(16);
    if (reader.read<std::uint16_t>() == reader.remaining()) return at;
  }
  throw FormatError("its zip directory is missing; the download may be incomplete");
}

Directory readEnd64(std::span<const std::byte> file, std::size_t end) {
  if (end < kLocatorBytes) throw FormatError("its zip64 directory is missing");
  ByteReader locator(file, end - kLocatorBytes);
  if (locator.read<std::uint32_t>() != kEnd64LocatorSignature) throw FormatError("its zip64 directory is missing");
  locator.take(4);
  const auto at = locator.read<std::uint64_t>();
  if (at > end) throw FormatError("its zip64 directory lies past the end");
  ByteReader reader(file, static_cast<std::size_t>(at));
  if (reader.read<std::uint32_t>() != kEnd64Signature) throw FormatError("its zip64 directory is malformed");
  reader.take(8 + 2 + 2 + 4 + 4 + 8);  // record size, versions, disk numbers, entries on this disk
  const auto entries = reader.read<std::uint64_t>();
  const auto bytes = reader.read<std::uint64_t>();
  const auto offset = reader.read<std::uint64_t>();
  return {entries, bytes, offset};
}

Directory readDirectory(std::span<const std::byte> file) {
  const std::size_t end = findEnd(file);
  ByteReader reader(file, end + 4);
  const auto disk = reader.read<std::uint16_t>();
  const auto directoryDisk = reader.read<std::uint16_t>();
  reader.take(2);
  const auto entries = reader.read<std::uint16_t>();
  const auto bytes = reader.read<std::uint32_t>();
  const auto offset = reader.read<std::uint32_t>();
  const bool large = entries == UINT16_MAX || bytes == UINT32_MAX || offset == UINT32_MAX;
  const Directory directory = large ? readEnd64(file, end) : Directory{entries, bytes, offset};
  if (!large && (disk != 0 || directoryDisk != 0)) throw FormatError("it is one of several zip disks");
  if (directory.offset > end || directory.bytes > end - directory.offset) {
    throw FormatError("its zip directory lies past the end");
  }
  if (directory.entries > kMostMembers || directory.entries > directory.bytes / kLeastEntryBytes) {
    throw FormatError("its zip directory announces more members than it can hold");
  }
  return directory;
}

// Sizes and offset that did not fit 32 bits stand in the zip64 extra field, in this order, each only if needed.
void readZip64(std::span<const std::byte> extra, std::uint64_t& size, std::uint64_t& packed, std::uint64_t& offset) {
  ByteReader fields(extra);
  while (fields.remaining() >= 4) {
    const auto id = fields.read<std::uint16_t>();
    ByteReader field(fields.take(fields.read<std::uint16_t>()));
    if (id != 1) continue;
    for (std::uint64_t* value : {&size, &packed, &offset}) {
      if (*value == UINT32_MAX) *value = field.read<std::uint64_t>();
    }
    return;
  }
}

// One directory entry, and the bytes it leads to. The sizes of the directory count; those of the local header may be
// zero.
std::pair<ZipMember, Extent> readMember(std::span<const std::byte> file, ByteReader& entry, std::uint64_t dataEnd) {
  if (entry.read<std::uint32_t>() != kDirectorySignature) throw FormatError("its zip directory is malformed");
  entry.take(4);
  const auto flags = entry.read<std::uint16_t>();
  const auto method = entry.read<std::uint16_t>();
  entry.take(4 + 4);  // time, CRC
  std::uint64_t packed = entry.read<std::uint32_t>();
  std::uint64_t size = entry.read<std::uint32_t>();
  const auto nameBytes = entry.read<std::uint16_t>();
  const auto extraBytes = entry.read<std::uint16_t>();
  const auto commentBytes = entry.read<std::uint16_t>();
  entry.take(2 + 2 + 4);  // disk, attributes
  std::uint64_t offset = entry.read<std::uint32_t>();
  const std::string_view name = entry.text(nameBytes);
  readZip64(entry.take(extraBytes), size, packed, offset);
  entry.take(commentBytes);

  if ((flags & 1) != 0) throw FormatError("its zip members are encrypted", ErrorCode::Unsupported);
  if (method == 0 && size != packed) throw FormatError("a stored zip member has two different sizes");
  if (offset > dataEnd) throw FormatError("a zip member lies past the end");
  ByteReader local(file.first(static_cast<std::size_t>(dataEnd)), static_cast<std::size_t>(offset));
  if (local.read<std::uint32_t>() != kLocalSignature) throw FormatError("a zip member has no local header");
  local.take(22);
  const auto localNameBytes = local.read<std::uint16_t>();
  const auto localExtraBytes = local.read<std::uint16_t>();
  if (local.text(localNameBytes) != name) throw FormatError("a zip member has two different names");
  local.take(localExtraBytes);
  const auto bytes = local.take(packed);
  return {{name, method, bytes}, {offset, local.position()}};
}

}  // namespace

ZipArchive::ZipArchive(std::span<const std::byte> bytes) {
  const Directory directory = readDirectory(bytes);
  ByteReader entries(
      bytes.subspan(static_cast<std::size_t>(directory.offset), static_cast<std::size_t>(directory.bytes)));
  std::vector<Extent> extents;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    auto [member, extent] = readMember(bytes, entries, directory.offset);
    m_members.push_back(member);
    extents.push_back(extent);
  }
  if (entries.remaining() > 0) throw FormatError("its zip directory holds more than it announces");

  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < extents.size(); ++i) {
    if (extents[i].begin < extents[i - 1].end) throw FormatError("two zip members overlap");
  }
  std::sort(m_members.begin(), m_members.end(), [](const ZipMember& a, const ZipMember& b) { return a.name < b.name; });
  const auto twice = std::adjacent_find(m_members.begin(), m_members.end(),
                                        [](const ZipMember& a, const ZipMember& b) { return a.name == b.name; });
  if (twice != m_members.end()) throw FormatError("it has two zip members of the same name");
}

const ZipMember* ZipArchive::find(std::string_view name) const {
  const auto found =
      std::lower_bound(m_members.begin(), m_members.end(), name,
                       [](const ZipMember& member, std::string_view wanted) { return member.name < wanted; });
  return found != m_members.end() && found->name == name ? &*found : nullptr;
}

}  // namespace xllm::weights
