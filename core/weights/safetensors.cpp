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

#include "core/weights/byte_reader.h"
#include "core/weights/json_events.h"
#include "core/weights/mapped_checkpoint.h"

namespace xllm::weights {
namespace {

constexpr std::uint64_t kLongestHeader = 100'000'000;  // the reference implementation's limit
constexpr std::size_t kMostTensors = 1 << 18;
constexpr std::size_t kMostMetadata = 1 << 16;
constexpr std::size_t kMostDimensions = 64;
constexpr std::size_t kLongestIndex = 64 << 20;

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

// {"metadata": {"total_size": 1}, "weight_map": {"name": "shard file"}}. The metadata are a hint and not used.
class IndexEvents final : public JsonEvents {
 public:
  std::vector<std::pair<std::string, std::string>> shardOf;  // tensor -> file, in the order of the index

  bool start_object(std::size_t) override {
    if (++m_depth > kDeepest) refuse("an object inside too many others");
    if (m_depth == 2) m_inMap = m_section == "weight_map";
    if (m_depth > 2 && m_inMap) refuse("an object");
    return true;
  }
  bool end_object() override {
    if (--m_depth < 2) m_inMap = false;
    return true;
  }
  bool start_array(std::size_t size) override { return start_object(size); }
  bool end_array() override { return end_object(); }
  bool key(std::string& name) override {
    if (m_depth == 1) m_section = name;
    if (m_inMap) {
      m_tensor = name;
      if (!m_names.insert(name).second) throw FormatError("it lists the tensor \"" + name + "\" twice");
    } else if (m_depth == 1) {
      if (!m_sections.insert(name).second) throw FormatError("it has the key \"" + name + "\" twice");
      if (m_sections.size() > kMostSections) throw FormatError("it is JSON, but no index of shards");
    }
    return true;
  }
  bool string(std::string& value) override {
    if (m_inMap) shardOf.emplace_back(m_tensor, std::move(value));
    if (shardOf.size() > kMostTensors) throw FormatError("it lists too many tensors");
    return true;
  }
  bool null() override { return scalar(); }
  bool boolean(bool) override { return scalar(); }
  bool number_integer(std::int64_t) override { return scalar(); }
  bool number_unsigned(std::uint64_t) override { return scalar(); }
  bool number_float(double, const std::string&) override { return scalar(); }

 private:
  static constexpr int kDeepest = 16;
  static constexpr std::size_t kMostSections = 64;
  bool scalar() const {
    if (m_inMap) refuse("a number");
    return true;
  }

  int m_depth = 0;
  bool m_inMap = false;
  std::string m_section;
  std::string m_tensor;
  std::set<std::string> m_names;
  std::set<std::string> m_sections;
};

std::shared_ptr<const MappedCheckpoint> readOne(std::shared_ptr<const MappedFile> file) {
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
  for (Entry& entry : events.entries) {
    const auto begin = static_cast<std::size_t>(entry.offsets[0]);
    const auto end = static_cast<std::size_t>(entry.offsets[1]);
    checkpoint->add({std::move(entry.name), std::move(*entry.shape), *entry.type},
                    {file, data.subspan(begin, end - begin), {}});
  }
  checkpoint->setMetadata(std::move(events.metadata));
  return checkpoint;
}

// A shard lies beside its index: a bare file name, nothing that leads elsewhere.
std::shared_ptr<const MappedCheckpoint> openShard(const std::filesystem::path& folder, const std::string& name) {
  const bool bare = !name.empty() && name != "." && name != ".." &&
                    name.find_first_of(std::string_view("/\\:\0", 4)) == std::string::npos;
  if (!bare) throw FormatError("its shard name \"" + name + "\" is not a bare file name");
  auto file = MappedFile::open(folder / name);
  if (!file) throw FormatError("its shard is missing. " + file.error().message, file.error().code);
  try {
    return readOne(*file);
  } catch (const FormatError& error) {
    throw FormatError("in its shard " + name + ", " + error.what(), error.code());
  }
}

}  // namespace

std::shared_ptr<const Checkpoint> readSafetensors(std::shared_ptr<const MappedFile> file) {
  return readOne(std::move(file));
}

std::shared_ptr<const Checkpoint> readSafetensorsIndex(std::shared_ptr<const MappedFile> file) {
  if (file->bytes().size() > kLongestIndex) throw FormatError("an index of more than 64 MiB is not believable");
  IndexEvents index;
  readJson(asText(file->bytes()), index);
  if (index.shardOf.empty()) throw FormatError("it is JSON, but has no \"weight_map\" that names shards");

  std::map<std::string, std::shared_ptr<const MappedCheckpoint>> shards;
  auto checkpoint = std::make_shared<MappedCheckpoint>(file->path(), "safetensors");
  for (auto& [tensor, shardName] : index.shardOf) {
    auto& shard = shards[shardName];
    if (!shard) shard = openShard(file->path().parent_path(), shardName);
    const TensorInfo* info = shard->find(tensor);
    if (info == nullptr) throw FormatError("tensor \"" + tensor + "\" is not in its shard " + shardName);
    checkpoint->add(*info, shard->place(*info));
  }
  checkpoint->setMetadata(shards.at(index.shardOf.front().second)->metadata());
  return checkpoint;
}

}  // namespace xllm::weights
