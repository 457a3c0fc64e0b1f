#include "core/weights/safetensors.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/weights/block_formats.h"
#include "core/weights/byte_reader.h"
#include "core/weights/json_events.h"
#include "core/weights/mapped_checkpoint.h"

namespace xllm::weights {
namespace {

constexpr std::uint64_t kLongestHeader = 100'000'000;  // the reference implementation's limit
constexpr std::size_t kMostTensors = 1 << 18;
constexpr std::size_t kMostMetadata = 1 << 16;
constexpr std::size_t kMostDimensions = 64;
constexpr std::size_t kLongestBlockList = 1 << 20;  // bytes

std::optional<StorageType> typeNamed(std::string_view name) {
  static const std::map<std::string_view, StorageType> kTypes = {
      {"BOOL", StorageType::Bool}, {"U8", StorageType::U8},          {"I8", StorageType::I8},
      {"U16", StorageType::U16},   {"I16", StorageType::I16},        {"U32", StorageType::U32},
      {"I32", StorageType::I32},   {"U64", StorageType::U64},        {"I64", StorageType::I64},
      {"F16", StorageType::F16},   {"BF16", StorageType::BF16},      {"F32", StorageType::F32},
      {"F64", StorageType::F64},   {"F8_E4M3", StorageType::F8E4M3}, {"F8_E5M2", StorageType::F8E5M2},
      {"C64", StorageType::C64}};
  const auto found = kTypes.find(name);
  return found == kTypes.end() ? std::nullopt : std::optional(found->second);
}

struct Entry {
  std::string name;
  std::optional<StorageType> type;
  std::optional<std::vector<std::int64_t>> shape;
  std::array<std::uint64_t, 2> offsets{};  // begin and end in the data
  int offsetCount = -1;                    // -1: the list was not there yet
};

// {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {"key": "value"}}
class HeaderEvents final : public JsonEvents {
 public:
  std::vector<Entry> entries;
  Metadata metadata;

  bool start_object(std::size_t) override {
    if (m_level == Level::Outside) {
      m_level = Level::Header;
    } else if (m_level == Level::Header) {
      m_level = m_key == "__metadata__" ? Level::Metadata : Level::Entry;
      if (m_level == Level::Entry) entries.emplace_back().name = m_key;
      if (entries.size() > kMostTensors) throw FormatError("its header lists too many tensors");
    } else {
      refuse("an object");
    }
    return true;
  }

  bool end_object() override {
    if (m_level == Level::Header) {
      m_level = Level::Outside;
      return true;
    }
    if (m_level == Level::Entry) {
      const Entry& entry = entries.back();
      if (!entry.type || !entry.shape || entry.offsetCount != 2) {
        throw FormatError("the header entry of tensor \"" + entry.name + "\" is incomplete");
      }
    }
    m_level = Level::Header;
    return true;
  }

  bool key(std::string& name) override {
    if (m_level == Level::Header && !m_names.insert(name).second) {
      throw FormatError("its header has the key \"" + name + "\" twice");
    }
    if (m_level == Level::Metadata && metadata.contains(name)) {
      throw FormatError("its metadata have the key \"" + name + "\" twice");
    }
    (m_level == Level::Header ? m_key : m_field) = name;
    return true;
  }

  bool string(std::string& value) override {
    if (m_level == Level::Metadata) {
      metadata.emplace(m_field, std::move(value));
      if (metadata.size() > kMostMetadata) throw FormatError("its header has too many metadata");
    } else if (m_level == Level::Entry && m_field == "dtype" && !entries.back().type) {
      entries.back().type = typeNamed(value);
      if (!entries.back().type) {
        throw FormatError(
            "tensor \"" + m_key + "\" has the element type \"" + value + "\", which this program does not read",
            ErrorCode::Unsupported);
      }
    } else {
      refuse("a string");
    }
    return true;
  }

  bool start_array(std::size_t) override {
    if (m_level != Level::Entry) refuse("an array");
    if (m_field == "shape" && !entries.back().shape) {
      entries.back().shape.emplace();
      m_level = Level::Shape;
    } else if (m_field == "data_offsets" && entries.back().offsetCount < 0) {
      entries.back().offsetCount = 0;
      m_level = Level::Offsets;
    } else {
      refuse("an array");
    }
    return true;
  }

  bool end_array() override {
    m_level = Level::Entry;
    return true;
  }

  bool number_unsigned(std::uint64_t value) override {
    if (m_level == Level::Shape && value <= INT64_MAX && entries.back().shape->size() < kMostDimensions) {
      entries.back().shape->push_back(static_cast<std::int64_t>(value));
    } else if (m_level == Level::Offsets && entries.back().offsetCount < 2) {
      Entry& entry = entries.back();
      entry.offsets[static_cast<std::size_t>(entry.offsetCount++)] = value;
    } else {
      refuse("a number");
    }
    return true;
  }

 private:
  enum class Level { Outside, Header, Metadata, Entry, Shape, Offsets };
  Level m_level = Level::Outside;
  std::set<std::string> m_names;
  std::string m_key;
  std::string m_field;
};

// Sorted by where they begin, the tensors must cover the data from its first byte to its last, without a hole.
void checkCover(std::vector<Entry>& entries, std::uint64_t dataBytes) {
  const auto earlier = [](const Entry& a, const Entry& b) { return a.offsets < b.offsets; };
  std::stable_sort(entries.begin(), entries.end(), earlier);
  std::uint64_t end = 0;
  for (const Entry& entry : entries) {
    const std::uint64_t begin = entry.offsets[0];
    if (begin != end || entry.offsets[1] < begin) {
      throw FormatError("tensor \"" + entry.name + "\" does not begin where the one before it ends");
    }
    end = entry.offsets[1];
    if (end > dataBytes) throw FormatError("tensor \"" + entry.name + "\" reaches past the end of the file");
  }
  if (end != dataBytes) throw FormatError("there are bytes after the last tensor");
}

std::optional<StorageType> blocksNamed(std::string_view name) {
  for (const StorageType type : {StorageType::Q4_0, StorageType::Q4_1, StorageType::Q8_0}) {
    if (toString(type) == name) return type;
  }
  return std::nullopt;
}

// Our own files hold tensors of blocks as rows of bytes, and say so in their metadata.
void nameBlocks(HeaderEvents& events) {
  const auto found = events.metadata.find(kBlocksKey);
  if (found == events.metadata.end()) return;
  const auto& list = std::get<std::string>(found->second);
  const auto blocks = list.size() > kLongestBlockList ? nlohmann::json() : nlohmann::json::parse(list, nullptr, false);
  if (!blocks.is_object()) throw FormatError("its list of block tensors is no JSON object");
  for (Entry& entry : events.entries) {
    const auto named = blocks.find(entry.name);
    if (named == blocks.end()) continue;
    const auto type = named->is_string() ? blocksNamed(named->get_ref<const std::string&>()) : std::nullopt;
    const BlockLayout layout = blockLayout(type.value_or(StorageType::Q8_0));
    const bool whole =
        entry.type == StorageType::U8 && !entry.shape->empty() && entry.shape->back() % layout.bytes == 0;
    if (!type || !whole)
      throw FormatError("tensor \"" + entry.name + "\" does not hold the blocks that are said to be there");
    std::int64_t& width = entry.shape->back();
    if (__builtin_mul_overflow(width / layout.bytes, layout.elements, &width))
      throw FormatError("tensor \"" + entry.name + "\" has more elements than 63 bits can count");
    entry.type = type;
  }
}

}  // namespace

std::shared_ptr<const Checkpoint> readSafetensors(std::shared_ptr<const MappedFile> file) {
  ByteReader reader(file->bytes());
  const auto headerBytes = reader.read<std::uint64_t>();
  if (headerBytes > kLongestHeader) throw FormatError("its header length is over 100,000,000 bytes");
  const std::string_view header = reader.text(headerBytes);
  if (!header.starts_with('{')) throw FormatError("its header does not start with {");
  HeaderEvents events;
  readJson(header, events);
  checkCover(events.entries, reader.remaining());

  const auto data = file->bytes().subspan(reader.position());
  auto checkpoint = std::make_shared<MappedCheckpoint>(file->path(), "safetensors");
  nameBlocks(events);
  for (Entry& entry : events.entries) {
    const auto begin = static_cast<std::size_t>(entry.offsets[0]);
    const auto end = static_cast<std::size_t>(entry.offsets[1]);
    checkpoint->add({std::move(entry.name), std::move(*entry.shape), *entry.type},
                    {file, data.subspan(begin, end - begin), {}});
  }
  checkpoint->setMetadata(std::move(events.metadata));
  return checkpoint;
}

}  // namespace xllm::weights
