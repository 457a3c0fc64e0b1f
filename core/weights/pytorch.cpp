#include "core/weights/pytorch.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/weights/block_formats.h"
#include "core/weights/byte_reader.h"
#include "core/weights/mapped_checkpoint.h"
#include "core/weights/pickle.h"
#include "core/weights/zip_archive.h"

namespace xllm::weights {
namespace {

using Kind = PickleValue::Kind;

constexpr int kDeepestNesting = 64;
constexpr std::size_t kMostVisits = 1 << 20;
constexpr std::size_t kMostTensors = 1 << 18;
constexpr std::size_t kLongestName = 4096;
constexpr std::size_t kMostKept = 64 << 20;            // bytes of names, texts, numbers and shapes together …
constexpr std::size_t kPerValue = 128;                 // … and what each value takes beside them
constexpr std::uint64_t kLargestExpansion = 16 << 20;  // bytes a view with stride 0 may always take

// The bytes of a storage, at least as many as its elements need. Throws when they are not there.
using FindStorage = std::function<std::span<const std::byte>(const PickleStorage&)>;

std::uint64_t elementBytes(StorageType type) { return static_cast<std::uint64_t>(blockLayout(type).bytes); }

// Turns the pickled tree into tensors and metadata.
class Harvest {
 public:
  Harvest(const Pickle& pickle, std::shared_ptr<const MappedFile> file, FindStorage findStorage)
      : m_pickle(pickle),
        m_file(std::move(file)),
        m_findStorage(std::move(findStorage)),
        m_checkpoint(std::make_shared<MappedCheckpoint>(m_file->path(), "pytorch")) {}

  std::shared_ptr<const Checkpoint> run() {
    const PickleValue& root = m_pickle[m_pickle.root];
    if (root.kind == Kind::Opaque || root.kind == Kind::Global) {
      std::string name(root.text);
      std::replace(name.begin(), name.end(), '\n', '.');
      throw FormatError(
          "it holds a Python object (" + name + "), which this program does not build; save its state_dict",
          ErrorCode::Unsupported);
    }
    const bool container = root.kind == Kind::Dict || root.kind == Kind::List || root.kind == Kind::Tuple;
    if (!container && root.kind != Kind::Tensor) throw FormatError("it holds no tensors");
    visit(m_pickle.root, root.kind == Kind::Tensor ? "tensor" : "", 0);
    m_checkpoint->setMetadata(std::move(m_metadata));
    return m_checkpoint;
  }

 private:
  void visit(PickleId id, const std::string& name, int depth);
  void visitDict(const PickleValue& value, const std::string& name, int depth);
  void visitList(const PickleValue& value, const std::string& name, int depth);
  void addTensor(const PickleTensor& tensor, const std::string& name);
  void keep(const std::string& name, MetadataValue value) { m_metadata.emplace(name, std::move(value)); }
  // A pickle can mention one long text a million times; what is made of it is counted.
  void count(std::size_t bytes) {
    m_kept += bytes;
    if (m_kept > kMostKept) throw FormatError("its dictionaries and lists hold too much");
  }
  bool keepNumbers(const PickleValue& list, const std::string& name);

  const Pickle& m_pickle;
  std::shared_ptr<const MappedFile> m_file;
  FindStorage m_findStorage;
  std::shared_ptr<MappedCheckpoint> m_checkpoint;
  Metadata m_metadata;
  std::size_t m_visits = 0;
  std::size_t m_kept = 0;
};

// Cycles end at the depth limit, graphs that share their parts a million times at the limit of visits.
void Harvest::visit(PickleId id, const std::string& name, int depth) {
  if (depth > kDeepestNesting) throw FormatError("its dictionaries and lists are nested too deeply, or in a circle");
  if (++m_visits > kMostVisits) throw FormatError("its dictionaries and lists hold too many values");
  if (name.size() > kLongestName) throw FormatError("a name in it is longer than 4096 bytes");
  const PickleValue& value = m_pickle[id];
  count(kPerValue + name.size() + value.text.size());
  switch (value.kind) {
    case Kind::Tensor: addTensor(m_pickle.tensors[static_cast<std::size_t>(value.integer)], name); return;
    case Kind::Dict: visitDict(value, name, depth); return;
    case Kind::List:
    case Kind::Tuple: visitList(value, name, depth); return;
    case Kind::Bool: keep(name, value.integer != 0); return;
    case Kind::Int: keep(name, value.integer); return;
    case Kind::Float: keep(name, value.real); return;
    case Kind::Text: keep(name, std::string(value.text)); return;
    case Kind::None:
    case Kind::Long:
    case Kind::Global:
    case Kind::Opaque:
    case Kind::Storage: return;
  }
}

// A TorchScript module's parts are named as in its state dict.
void Harvest::visitDict(const PickleValue& value, const std::string& name, int depth) {
  const std::string prefix = name.empty() ? name : name + (value.text.empty() ? "/" : ".");
  for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
    const PickleValue& key = m_pickle[value.items[i]];
    if (key.kind == Kind::Text) visit(value.items[i + 1], prefix + std::string(key.text), depth + 1);
    if (key.kind == Kind::Int) visit(value.items[i + 1], prefix + std::to_string(key.integer), depth + 1);
  }
}

// Numbers stay together as one value; anything else goes by its place in the list.
void Harvest::visitList(const PickleValue& value, const std::string& name, int depth) {
  if (keepNumbers(value, name)) return;
  const std::string prefix = name.empty() ? name : name + "/";
  for (std::size_t i = 0; i < value.items.size(); ++i) visit(value.items[i], prefix + std::to_string(i), depth + 1);
}

bool Harvest::keepNumbers(const PickleValue& list, const std::string& name) {
  std::vector<std::int64_t> whole;
  std::vector<double> real;
  for (const PickleId id : list.items) {
    if (++m_visits > kMostVisits) throw FormatError("its dictionaries and lists hold too many values");
    const PickleValue& item = m_pickle[id];
    if (item.kind != Kind::Int && item.kind != Kind::Float) return false;
    if (item.kind == Kind::Int) whole.push_back(item.integer);
    real.push_back(item.kind == Kind::Int ? static_cast<double>(item.integer) : item.real);
    count(sizeof(double));
  }
  if (whole.size() == real.size()) {
    keep(name, std::move(whole));
  } else {
    keep(name, std::move(real));
  }
  return true;
}

// Row-major without gaps, as far as the elements that exist can tell.
bool isContiguous(const PickleTensor& tensor) {
  std::int64_t expected = 1;
  for (std::size_t d = tensor.shape.size(); d-- > 0;) {
    if (tensor.shape[d] != 1 && tensor.strides[d] != expected) return false;
    expected *= tensor.shape[d];
  }
  return true;
}

// How many elements lie from the first to the last one of a view that is not empty.
std::int64_t reach(const PickleTensor& tensor, const std::string& name) {
  std::int64_t last = 0;
  for (std::size_t d = 0; d < tensor.shape.size(); ++d) {
    std::int64_t step = 0;
    if (tensor.strides[d] < 0 || __builtin_mul_overflow(tensor.shape[d] - 1, tensor.strides[d], &step) ||
        __builtin_add_overflow(last, step, &last)) {
      throw FormatError("tensor \"" + name + "\" has strides that lead nowhere");
    }
  }
  if (last == INT64_MAX) throw FormatError("tensor \"" + name + "\" has strides that lead nowhere");
  return last + 1;
}

void Harvest::addTensor(const PickleTensor& tensor, const std::string& name) {
  const PickleStorage& storage = m_pickle.storages[tensor.storage];
  const auto size = elementBytes(storage.type);
  count((tensor.shape.size() + tensor.strides.size()) * sizeof(std::int64_t));
  if (m_checkpoint->tensors().size() >= kMostTensors) throw FormatError("it holds too many tensors");
  if (tensor.shape.size() != tensor.strides.size()) {
    throw FormatError("tensor \"" + name + "\" has more sizes than strides or fewer");
  }
  const std::uint64_t bytes = storedBytes(storage.type, tensor.shape);
  const auto held = m_findStorage(storage);
  // The storage lies in the file, its view in the storage, the tensor in the view; all counted in elements.
  const std::int64_t reached = bytes == 0 ? 0 : reach(tensor, name);
  const bool viewInside = storage.viewOffset >= 0 && storage.viewOffset <= storage.elements &&
                          storage.viewElements >= 0 && storage.viewElements <= storage.elements - storage.viewOffset;
  const bool inside = viewInside && tensor.offset >= 0 && tensor.offset <= storage.viewElements &&
                      reached <= storage.viewElements - tensor.offset;
  if (!inside) throw FormatError("tensor \"" + name + "\" reaches past its storage");
  if (bytes > std::max<std::uint64_t>(m_file->bytes().size(), kLargestExpansion)) {
    throw FormatError("tensor \"" + name + "\" expands to more bytes than the whole file has");
  }
  const bool contiguous = bytes == 0 || isContiguous(tensor);
  const auto begin = static_cast<std::size_t>(storage.viewOffset + tensor.offset);
  const auto place = held.subspan(begin * size, static_cast<std::size_t>(reached) * size);
  m_checkpoint->add({name, tensor.shape, storage.type},
                    {m_file, place, contiguous ? std::vector<std::int64_t>() : tensor.strides});
}

// Elements times size, or FormatError.
std::uint64_t storageBytes(const PickleStorage& storage) {
  std::uint64_t bytes = 0;
  if (storage.elements < 0 ||
      __builtin_mul_overflow(static_cast<std::uint64_t>(storage.elements), elementBytes(storage.type), &bytes)) {
    throw FormatError("a storage has an impossible size");
  }
  return bytes;
}

const ZipMember& onlyPickle(const ZipArchive& archive) {
  const ZipMember* pickle = nullptr;
  for (const ZipMember& member : archive.members()) {
    if (!member.name.ends_with("/data.pkl")) continue;
    if (pickle != nullptr) throw FormatError("it has two members called data.pkl");
    pickle = &member;
  }
  if (pickle == nullptr) throw FormatError("it is a zip file without a data.pkl, so not one that PyTorch wrote");
  return *pickle;
}

std::span<const std::byte> storedBytesOf(const ZipMember& member) {
  if (member.method != 0) {
    throw FormatError("its members are compressed, which PyTorch never does; pack them again without compression",
                      ErrorCode::Unsupported);
  }
  return member.bytes;
}

// A key is part of a member name and nothing else.
bool isPlainKey(std::string_view key) {
  return !key.empty() && key.size() <= 64 && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  });
}

// What stands behind the object in a legacy file: the list of storage keys, then each storage as its count and its
// elements.
using LegacyStorages = std::map<std::string_view, std::span<const std::byte>, std::less<>>;
LegacyStorages readLegacyStorages(ByteReader& reader, const Pickle& object) {
  std::map<std::string_view, const PickleStorage*> wanted;
  for (const PickleStorage& storage : object.storages) {
    const auto [known, added] = wanted.emplace(storage.key, &storage);
    if (!added && (known->second->type != storage.type || known->second->elements != storage.elements)) {
      throw FormatError("storage \"" + std::string(storage.key) + "\" is described in two ways");
    }
  }
  const Pickle keys = readPickle(reader);
  if (keys[keys.root].kind != Kind::List) throw FormatError("its list of storages is malformed");
  LegacyStorages storages;
  for (const PickleId id : keys[keys.root].items) {
    const auto found = keys[id].kind == Kind::Text ? wanted.find(keys[id].text) : wanted.end();
    if (found == wanted.end()) throw FormatError("it lists a storage that no tensor uses, so its size is unknown");
    const auto count = reader.read<std::int64_t>();
    if (count != found->second->elements) {
      throw FormatError("storage \"" + std::string(found->first) + "\" has two different sizes");
    }
    if (!storages.emplace(found->first, reader.take(storageBytes(*found->second))).second) {
      throw FormatError("it lists storage \"" + std::string(found->first) + "\" twice");
    }
  }
  if (reader.remaining() > 0) throw FormatError("there are bytes after its last storage");
  return storages;
}

void checkLegacyHead(ByteReader& reader) {
  constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);
  constexpr std::int64_t kProtocol = 1001;
  const Pickle magic = readPickle(reader);
  if (magic[magic.root].kind != Kind::Long || magic[magic.root].text != kMagic) {
    throw FormatError("it starts like a pickle, but has not the number PyTorch writes first", ErrorCode::Unsupported);
  }
  const Pickle protocol = readPickle(reader);
  if (protocol[protocol.root].kind != Kind::Int || protocol[protocol.root].integer != kProtocol) {
    throw FormatError("its legacy PyTorch protocol is not 1001", ErrorCode::Unsupported);
  }
  const Pickle system = readPickle(reader);
  const PickleValue& facts = system[system.root];
  if (facts.kind != Kind::Dict) throw FormatError("its system facts are malformed");
  for (std::size_t i = 0; i + 1 < facts.items.size(); i += 2) {
    if (system[facts.items[i]].text == "little_endian" && system[facts.items[i + 1]].integer != 1) {
      throw FormatError("it was written on a big-endian machine", ErrorCode::Unsupported);
    }
  }
}

}  // namespace

std::shared_ptr<const Checkpoint> readPytorchZip(std::shared_ptr<const MappedFile> file) {
  const ZipArchive archive(file->bytes());
  const ZipMember& pickleMember = onlyPickle(archive);
  const std::string folder(pickleMember.name.substr(0, pickleMember.name.size() - std::string_view("data.pkl").size()));
  if (const ZipMember* order = archive.find(folder + "byteorder");
      order != nullptr && asText(storedBytesOf(*order)) != "little") {
    throw FormatError("it was written on a big-endian machine", ErrorCode::Unsupported);
  }
  ByteReader reader(storedBytesOf(pickleMember));
  const Pickle pickle = readPickle(reader);
  const FindStorage findStorage = [&](const PickleStorage& storage) {
    if (!isPlainKey(storage.key)) throw FormatError("a storage has a key that is no plain name");
    const ZipMember* member = archive.find(folder + "data/" + std::string(storage.key));
    if (member == nullptr) throw FormatError("the bytes of storage \"" + std::string(storage.key) + "\" are missing");
    const auto bytes = storedBytesOf(*member);
    if (storageBytes(storage) > bytes.size()) {
      throw FormatError("storage \"" + std::string(storage.key) + "\" is shorter than it says");
    }
    return bytes;
  };
  return Harvest(pickle, std::move(file), findStorage).run();
}

std::shared_ptr<const Checkpoint> readPytorchLegacy(std::shared_ptr<const MappedFile> file) {
  ByteReader reader(file->bytes());
  checkLegacyHead(reader);
  const Pickle object = readPickle(reader);
  const LegacyStorages storages = readLegacyStorages(reader, object);
  const FindStorage findStorage = [&](const PickleStorage& storage) {
    const auto found = storages.find(storage.key);
    if (found == storages.end()) {
      throw FormatError("the bytes of storage \"" + std::string(storage.key) + "\" are missing");
    }
    return found->second;
  };
  return Harvest(object, std::move(file), findStorage).run();
}

}  // namespace xllm::weights
