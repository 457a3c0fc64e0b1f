#include "core/weights/shard_index.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <c10/util/Exception.h>

#include "core/weights/byte_reader.h"
#include "core/weights/json_events.h"
#include "core/weights/mapped_checkpoint.h"

namespace xllm::weights {
namespace {

constexpr std::size_t kMostTensors = 1 << 18;
constexpr std::size_t kLongestIndex = 64 << 20;

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

// A shard lies beside its index: a bare file name, nothing that leads elsewhere.
std::shared_ptr<const MappedCheckpoint> openShard(const std::filesystem::path& folder, const std::string& name,
                                                  const ShardReader& read) {
  const bool bare = !name.empty() && name != "." && name != ".." &&
                    name.find_first_of(std::string_view("/\\:\0", 4)) == std::string::npos;
  if (!bare) throw FormatError("its shard name \"" + name + "\" is not a bare file name");
  auto file = MappedFile::open(folder / name);
  if (!file) {
    std::string why = file.error().message;
    if (why.ends_with('.')) why.pop_back();
    throw FormatError("it needs its shard " + name + ". " + why, file.error().code);
  }
  try {
    auto shard = std::dynamic_pointer_cast<const MappedCheckpoint>(read(*file));
    TORCH_CHECK(shard != nullptr, "a reader made a checkpoint that is not mapped");
    return shard;
  } catch (const FormatError& error) {
    throw FormatError("in its shard " + name + ", " + error.what(), error.code());
  }
}

}  // namespace

std::shared_ptr<const Checkpoint> readShardIndex(const std::shared_ptr<const MappedFile>& file,
                                                 const ShardReader& read) {
  if (file->bytes().size() > kLongestIndex) throw FormatError("an index of more than 64 MiB is not believable");
  IndexEvents index;
  readJson(asText(file->bytes()), index);
  if (index.shardOf.empty()) throw FormatError("it is JSON, but has no \"weight_map\" that names shards");

  std::map<std::string, std::shared_ptr<const MappedCheckpoint>> shards;
  const auto shardNamed = [&](const std::string& name) {
    auto& shard = shards[name];
    if (!shard) shard = openShard(file->path().parent_path(), name, read);
    return shard;
  };
  const auto first = shardNamed(index.shardOf.front().second);
  auto checkpoint = std::make_shared<MappedCheckpoint>(file->path(), first->format());
  for (auto& [tensor, shardName] : index.shardOf) {
    const auto shard = shardNamed(shardName);
    const TensorInfo* info = shard->find(tensor);
    if (info == nullptr) throw FormatError("tensor \"" + tensor + "\" is not in its shard " + shardName);
    checkpoint->add(*info, shard->place(*info));
  }
  checkpoint->setMetadata(first->metadata());
  return checkpoint;
}

}  // namespace xllm::weights
