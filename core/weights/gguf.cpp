#include "core/weights/gguf.h"

#include <algorithm>
#include <bit>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/weights/block_formats.h"
#include "core/weights/byte_reader.h"
#include "core/weights/mapped_checkpoint.h"
#include "core/weights/utf8.h"

namespace xllm::weights {
namespace {

constexpr std::uint64_t kMostTensors = 1 << 18;
constexpr std::uint64_t kMostKeys = 1 << 16;
constexpr std::uint64_t kMostArrayElements = 1 << 24;  // all arrays of a file together
constexpr int kDeepestArray = 8;
constexpr std::uint32_t kMostDimensions = 4;
constexpr std::uint64_t kDefaultAlignment = 32;
constexpr std::int64_t kLargestAlignment = 1 << 20;

enum class ValueType : std::uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64 };

// The least a value of this type takes in the file.
std::uint64_t smallestBytes(ValueType type) {
  switch (type) {
    case ValueType::U8:
    case ValueType::I8:
    case ValueType::Bool: return 1;
    case ValueType::U16:
    case ValueType::I16: return 2;
    case ValueType::U32:
    case ValueType::I32:
    case ValueType::F32: return 4;
    case ValueType::String:  // its length
    case ValueType::U64:
    case ValueType::I64:
    case ValueType::F64: return 8;
    case ValueType::Array: return 12;  // element type and count
  }
  throw FormatError("a metadata value has an unknown type");
}

class Header {
 public:
  explicit Header(std::span<const std::byte> bytes) : m_reader(bytes) {}

  ByteReader& reader() { return m_reader; }
  Metadata readMetadata(std::uint64_t count);

 private:
  ValueType readType() {
    const auto type = static_cast<ValueType>(m_reader.read<std::uint32_t>());
    smallestBytes(type);
    return type;
  }
  std::string_view readString() { return m_reader.text(m_reader.read<std::uint64_t>()); }
  MetadataValue readScalar(ValueType type);
  std::int64_t readInteger(ValueType type);
  MetadataValue readArray();
  std::pair<ValueType, std::uint64_t> readArrayHead();
  void skipNested(std::uint64_t count, int depth);

  ByteReader m_reader;
  std::uint64_t m_arrayElements = 0;
};

std::int64_t Header::readInteger(ValueType type) {
  switch (type) {
    case ValueType::U8:
    case ValueType::Bool: return m_reader.read<std::uint8_t>();
    case ValueType::I8: return m_reader.read<std::int8_t>();
    case ValueType::U16: return m_reader.read<std::uint16_t>();
    case ValueType::I16: return m_reader.read<std::int16_t>();
    case ValueType::U32: return m_reader.read<std::uint32_t>();
    case ValueType::I32: return m_reader.read<std::int32_t>();
    default: return m_reader.read<std::int64_t>();
  }
}

MetadataValue Header::readScalar(ValueType type) {
  switch (type) {
    case ValueType::Bool: return m_reader.read<std::uint8_t>() != 0;
    case ValueType::F32: return static_cast<double>(m_reader.read<float>());
    case ValueType::F64: return m_reader.read<double>();
    case ValueType::String: return std::string(readString());
    case ValueType::U64: {
      const auto value = m_reader.read<std::uint64_t>();
      if (value > static_cast<std::uint64_t>(INT64_MAX)) return static_cast<double>(value);
      return static_cast<std::int64_t>(value);
    }
    default: return readInteger(type);
  }
}

std::pair<ValueType, std::uint64_t> Header::readArrayHead() {
  const ValueType type = readType();
  const auto count = m_reader.read<std::uint64_t>();
  if (count > m_reader.remaining() / smallestBytes(type)) throw FormatError("an array is longer than the file");
  m_arrayElements += count;  // both are far below 2^63
  if (m_arrayElements > kMostArrayElements) throw FormatError("its metadata arrays have too many elements");
  return {type, count};
}

// Arrays of arrays mean nothing to any model here: they are checked and left out.
void Header::skipNested(std::uint64_t count, int depth) {
  if (depth > kDeepestArray) throw FormatError("its metadata arrays are nested too deeply");
  for (; count > 0; --count) {
    const auto [type, inner] = readArrayHead();
    if (type == ValueType::Array) {
      skipNested(inner, depth + 1);
    } else if (type == ValueType::String) {
      for (std::uint64_t i = 0; i < inner; ++i) readString();
    } else {
      m_reader.take(inner * smallestBytes(type));
    }
  }
}

MetadataValue Header::readArray() {
  const auto [type, count] = readArrayHead();
  const auto size = static_cast<std::size_t>(count);
  if (type == ValueType::Array) {
    skipNested(count, 2);
    return std::vector<std::int64_t>();
  }
  if (type == ValueType::String) {
    std::vector<std::string_view> texts(size);
    for (auto& text : texts) text = readString();
    return texts;
  }
  if (type == ValueType::F32 || type == ValueType::F64) {
    std::vector<double> numbers(size);
    for (auto& number : numbers) number = type == ValueType::F32 ? m_reader.read<float>() : m_reader.read<double>();
    return numbers;
  }
  std::vector<std::int64_t> integers(size);
  for (auto& integer : integers) integer = readInteger(type);
  return integers;
}

Metadata Header::readMetadata(std::uint64_t count) {
  Metadata metadata;
  for (; count > 0; --count) {
    const std::string key(readString());
    if (!isUtf8(key)) throw FormatError("a metadata key is not UTF-8");
    const ValueType type = readType();
    auto value = type == ValueType::Array ? readArray() : readScalar(type);
    if (!metadata.emplace(key, std::move(value)).second)
      throw FormatError("the metadata key \"" + key + "\" is there twice");
  }
  return metadata;
}

struct Entry {
  TensorInfo info;
  std::uint64_t offset;
};

Entry readEntry(ByteReader& reader) {
  std::string name(reader.text(reader.read<std::uint64_t>()));
  if (!isUtf8(name)) throw FormatError("a tensor name is not UTF-8");
  const auto dimensions = reader.read<std::uint32_t>();
  if (dimensions > kMostDimensions) {
    throw FormatError("tensor \"" + name + "\" has " + std::to_string(dimensions) + " dimensions");
  }
  std::vector<std::int64_t> shape(dimensions);
  for (auto size = shape.rbegin(); size != shape.rend(); ++size) {  // fastest first in the file
    *size = reader.read<std::int64_t>();
    if (*size <= 0) throw FormatError("tensor \"" + name + "\" has a size that is zero or beyond 63 bits");
  }
  const StorageType type = ggmlType(reader.read<std::uint32_t>(), name);
  const auto offset = reader.read<std::uint64_t>();
  return {{std::move(name), std::move(shape), type}, offset};
}

std::uint64_t alignmentOf(const Metadata& metadata) {
  const auto found = metadata.find("general.alignment");
  if (found == metadata.end()) return kDefaultAlignment;
  const auto* value = std::get_if<std::int64_t>(&found->second);
  if (value == nullptr || *value < 8 || *value > kLargestAlignment ||
      !std::has_single_bit(static_cast<std::uint64_t>(*value))) {
    throw FormatError("its general.alignment is no power of two between 8 and 1048576");
  }
  return static_cast<std::uint64_t>(*value);
}

// Tensors in file order, each aligned, inside the file and apart from the others.
void addTensors(MappedCheckpoint& checkpoint, const std::shared_ptr<const MappedFile>& file, std::vector<Entry> entries,
                std::uint64_t dataStart, std::uint64_t alignment) {
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.offset < b.offset; });
  const std::uint64_t fileBytes = file->bytes().size();
  const std::uint64_t dataBytes = fileBytes > dataStart ? fileBytes - dataStart : 0;
  std::uint64_t end = 0;
  for (Entry& entry : entries) {
    const auto& name = entry.info.name;
    const std::uint64_t bytes = storedBytes(entry.info.type, entry.info.shape);
    if (entry.offset % alignment != 0) throw FormatError("tensor \"" + name + "\" is not aligned");
    if (entry.offset > dataBytes || bytes > dataBytes - entry.offset) {
      throw FormatError("tensor \"" + name + "\" reaches past the end of the file; the download may be incomplete");
    }
    if (entry.offset < end) throw FormatError("tensor \"" + name + "\" overlaps the one before it");
    end = entry.offset + bytes;
    const auto place =
        file->bytes().subspan(static_cast<std::size_t>(dataStart + entry.offset), static_cast<std::size_t>(bytes));
    checkpoint.add(std::move(entry.info), {file, place, {}});
  }
}

void refuseSplitFiles(const Metadata& metadata) {
  const auto found = metadata.find("split.count");
  if (found == metadata.end()) return;
  const auto* count = std::get_if<std::int64_t>(&found->second);
  if (count != nullptr && *count > 1) {
    throw FormatError("it is one of " + std::to_string(*count) + " parts of a split GGUF file; merge them first",
                      ErrorCode::Unsupported);
  }
}

}  // namespace

std::shared_ptr<const Checkpoint> readGguf(std::shared_ptr<const MappedFile> file) {
  Header header(file->bytes());
  ByteReader& reader = header.reader();
  if (reader.text(4) != "GGUF") throw FormatError("it does not start with GGUF");
  const auto version = reader.read<std::uint32_t>();
  if (version != 2 && version != 3) {
    throw FormatError("its GGUF version is " + std::to_string(version) + "; this program reads 2 and 3, little-endian",
                      ErrorCode::Unsupported);
  }
  const auto tensorCount = reader.read<std::uint64_t>();
  const auto keyCount = reader.read<std::uint64_t>();
  if (tensorCount > kMostTensors || keyCount > kMostKeys)
    throw FormatError("its counts of tensors or keys are not believable");

  Metadata metadata = header.readMetadata(keyCount);
  refuseSplitFiles(metadata);
  const std::uint64_t alignment = alignmentOf(metadata);
  std::vector<Entry> entries;
  for (std::uint64_t i = 0; i < tensorCount; ++i) entries.push_back(readEntry(reader));
  const std::uint64_t dataStart = (reader.position() + alignment - 1) / alignment * alignment;

  auto checkpoint = std::make_shared<MappedCheckpoint>(file->path(), "gguf");
  addTensors(*checkpoint, file, std::move(entries), dataStart, alignment);
  checkpoint->setMetadata(std::move(metadata));
  checkpoint->keep(std::move(file));
  return checkpoint;
}

}  // namespace xllm::weights
