#include "core/weights/ctranslate2.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>

#include "core/weights/byte_reader.h"
#include "core/weights/mapped_checkpoint.h"
#include "core/weights/utf8.h"

namespace xllm::weights {
namespace {

constexpr std::uint32_t kVersion = 6;
constexpr std::uint32_t kMostVariables = 1 << 18;
constexpr std::uint8_t kMostDimensions = 8;

// A length that counts the closing zero byte, then the text with it.
std::string readName(ByteReader& reader) {
  const auto bytes = reader.text(reader.read<std::uint16_t>());
  const bool closed = bytes.size() > 1 && bytes.back() == '\0';
  const auto name = bytes.substr(0, closed ? bytes.size() - 1 : 0);
  if (!closed || name.find('\0') != std::string_view::npos || !isUtf8(name)) {
    throw FormatError("a name at byte " + std::to_string(reader.position()) + " is malformed");
  }
  return std::string(name);
}

StorageType storageType(std::uint8_t id, const std::string& name) {
  switch (id) {
    case 0: return StorageType::F32;
    case 1: return StorageType::I8;
    case 2: return StorageType::I16;
    case 3: return StorageType::I32;
    case 4: return StorageType::F16;
    case 5: return StorageType::BF16;
    default: throw FormatError("variable \"" + name + "\" has the unknown element type " + std::to_string(id));
  }
}

MetadataValue scalar(StorageType type, std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  switch (type) {
    case StorageType::I8: return static_cast<std::int64_t>(reader.read<std::int8_t>());
    case StorageType::I16: return static_cast<std::int64_t>(reader.read<std::int16_t>());
    case StorageType::I32: return static_cast<std::int64_t>(reader.read<std::int32_t>());
    case StorageType::F16:
      return static_cast<double>(static_cast<float>(c10::Half(reader.read<std::uint16_t>(), c10::Half::from_bits())));
    case StorageType::BF16:
      return static_cast<double>(
          static_cast<float>(c10::BFloat16(reader.read<std::uint16_t>(), c10::BFloat16::from_bits())));
    default: return static_cast<double>(reader.read<float>());
  }
}

void keepMetadata(Metadata& metadata, const std::string& name, MetadataValue value) {
  if (!metadata.emplace(name, std::move(value)).second) throw FormatError("\"" + name + "\" is there twice");
}

void readVariable(ByteReader& reader, const std::shared_ptr<const MappedFile>& file, MappedCheckpoint& checkpoint,
                  Metadata& metadata) {
  std::string name = readName(reader);
  const auto rank = reader.read<std::uint8_t>();
  if (rank > kMostDimensions)
    throw FormatError("variable \"" + name + "\" has " + std::to_string(rank) + " dimensions");
  std::vector<std::int64_t> shape(rank);
  for (auto& size : shape) size = reader.read<std::uint32_t>();
  const StorageType type = storageType(reader.read<std::uint8_t>(), name);
  const auto bytes = reader.take(reader.read<std::uint32_t>());
  if (rank > 0) {
    checkpoint.add({std::move(name), std::move(shape), type}, {file, bytes, {}});
    return;
  }
  keepMetadata(metadata, name, scalar(type, bytes));
}

void readAlias(ByteReader& reader, MappedCheckpoint& checkpoint, Metadata& metadata) {
  std::string alias = readName(reader);
  const std::string name = readName(reader);
  if (const TensorInfo* info = checkpoint.find(name)) {
    const TensorPlace place = checkpoint.place(*info);
    TensorInfo copy = *info;
    copy.name = std::move(alias);
    checkpoint.add(std::move(copy), place);
  } else if (const auto found = metadata.find(name); found != metadata.end()) {
    keepMetadata(metadata, alias, MetadataValue(found->second));
  } else {
    throw FormatError("\"" + alias + "\" is an alias of \"" + name + "\", which is not there");
  }
}

}  // namespace

std::shared_ptr<const Checkpoint> readCtranslate2(std::shared_ptr<const MappedFile> file) {
  ByteReader reader(file->bytes());
  const auto version = reader.read<std::uint32_t>();
  if (version != kVersion) {
    throw FormatError("its CTranslate2 binary version is " + std::to_string(version) +
                          "; this program reads version 6. Convert the model again with a current ct2 converter",
                      ErrorCode::Unsupported);
  }
  Metadata metadata;
  metadata.emplace("spec", readName(reader));
  metadata.emplace("spec_revision", static_cast<std::int64_t>(reader.read<std::uint32_t>()));

  auto checkpoint = std::make_shared<MappedCheckpoint>(file->path(), "ctranslate2");
  const auto variables = reader.read<std::uint32_t>();
  if (variables > kMostVariables) throw FormatError("its number of variables is not believable");
  for (std::uint32_t i = 0; i < variables; ++i) readVariable(reader, file, *checkpoint, metadata);
  const auto aliases = reader.read<std::uint32_t>();
  if (aliases > kMostVariables) throw FormatError("its number of aliases is not believable");
  for (std::uint32_t i = 0; i < aliases; ++i) readAlias(reader, *checkpoint, metadata);
  if (reader.remaining() > 0) throw FormatError("there are bytes after its last alias");

  checkpoint->setMetadata(std::move(metadata));
  return checkpoint;
}

}  // namespace xllm::weights
