#include "core/weights/whisper_cpp.h"

#include <array>
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

constexpr std::uint32_t kMagic = 0x67676d6c;  // "lmgg" in the file
constexpr std::int32_t kMostTokens = 1 << 20;
constexpr std::size_t kMostTensors = 1 << 16;
constexpr std::int32_t kMostDimensions = 4;
constexpr std::uint32_t kLongestName = 256;  // bytes
constexpr std::array kSizes = {"n_vocab",       "n_audio_ctx", "n_audio_state", "n_audio_head",
                               "n_audio_layer", "n_text_ctx",  "n_text_state",  "n_text_head",
                               "n_text_layer",  "n_mels",      "ftype"};

Metadata readSizes(ByteReader& reader) {
  Metadata metadata;
  for (const char* name : kSizes) {
    const auto value = reader.read<std::int32_t>();
    if (value < 0) throw FormatError(std::string("its ") + name + " is negative");
    metadata.emplace(std::string("dims/") + name, static_cast<std::int64_t>(value));
  }
  return metadata;
}

void readMelFilters(ByteReader& reader, const std::shared_ptr<const MappedFile>& file, MappedCheckpoint& checkpoint) {
  const auto bins = reader.read<std::int32_t>(), frequencies = reader.read<std::int32_t>();
  if (bins <= 0 || frequencies <= 0) throw FormatError("its mel matrix is empty");
  std::vector<std::int64_t> shape{bins, frequencies};
  const auto bytes = reader.take(storedBytes(StorageType::F32, shape));
  checkpoint.add({"mel_filters", std::move(shape), StorageType::F32}, {file, bytes, {}});
}

std::vector<std::string_view> readTokens(ByteReader& reader) {
  const auto count = reader.read<std::int32_t>();
  if (count < 0 || count > kMostTokens) throw FormatError("its number of tokens is not believable");
  std::vector<std::string_view> tokens;
  for (std::int32_t i = 0; i < count; ++i) tokens.push_back(reader.text(reader.read<std::uint32_t>()));
  return tokens;
}

// The biases of the convolutions are stored as columns, [n, 1].
void dropColumn(std::vector<std::int64_t>& shape, std::string_view name) {
  if (shape.size() == 2 && shape[1] == 1 && name.ends_with(".bias")) shape.pop_back();
}

void readTensor(ByteReader& reader, const std::shared_ptr<const MappedFile>& file, MappedCheckpoint& checkpoint) {
  const auto dimensions = reader.read<std::int32_t>();
  const auto nameBytes = reader.read<std::uint32_t>();
  const auto type = reader.read<std::uint32_t>();
  if (dimensions < 1 || dimensions > kMostDimensions || nameBytes == 0 || nameBytes > kLongestName) {
    throw FormatError("the tensor at byte " + std::to_string(reader.position()) + " has a malformed head");
  }
  std::vector<std::int64_t> shape(static_cast<std::size_t>(dimensions));
  for (auto size = shape.rbegin(); size != shape.rend(); ++size) *size = reader.read<std::int32_t>();  // fastest first
  std::string name(reader.text(nameBytes));
  if (!isUtf8(name)) throw FormatError("a tensor name is not UTF-8");
  for (const std::int64_t size : shape) {
    if (size <= 0) throw FormatError("tensor \"" + name + "\" has an empty dimension");
  }
  const StorageType storage = ggmlType(type, name);
  const auto bytes = reader.take(storedBytes(storage, shape));
  dropColumn(shape, name);
  checkpoint.add({std::move(name), std::move(shape), storage}, {file, bytes, {}});
}

}  // namespace

std::shared_ptr<const Checkpoint> readWhisperCpp(std::shared_ptr<const MappedFile> file) {
  ByteReader reader(file->bytes());
  if (reader.read<std::uint32_t>() != kMagic) throw FormatError("it does not begin like a file of whisper.cpp");
  Metadata metadata = readSizes(reader);
  auto checkpoint = std::make_shared<MappedCheckpoint>(file->path(), "whisper.cpp");
  readMelFilters(reader, file, *checkpoint);
  metadata.emplace("tokens", readTokens(reader));
  checkpoint->keep(file);
  while (reader.remaining() > 0) {
    if (checkpoint->tensors().size() > kMostTensors) throw FormatError("its number of tensors is not believable");
    readTensor(reader, file, *checkpoint);
  }
  if (checkpoint->tensors().size() == 1)
    throw FormatError("it ends before its first tensor; the download may be incomplete");
  checkpoint->setMetadata(std::move(metadata));
  return checkpoint;
}

}  // namespace xllm::weights
