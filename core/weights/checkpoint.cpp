#include "core/weights/checkpoint.h"

#include <algorithm>
#include <new>
#include <span>
#include <string>

#include "core/base/mapped_file.h"
#include "core/weights/byte_reader.h"
#include "core/weights/ctranslate2.h"
#include "core/weights/format_error.h"
#include "core/weights/gguf.h"
#include "core/weights/pytorch.h"
#include "core/weights/safetensors.h"
#include "core/weights/shard_index.h"
#include "core/weights/whisper_cpp.h"

namespace xllm::weights {
namespace {

using Reader = std::shared_ptr<const Checkpoint> (*)(std::shared_ptr<const MappedFile>);

std::shared_ptr<const Checkpoint> readIndex(std::shared_ptr<const MappedFile> file);

// By the first bytes alone; a name proves nothing. nullptr: none of ours.
Reader readerFor(std::span<const std::byte> bytes) {
  const std::string_view text = asText(bytes.first(std::min<std::size_t>(bytes.size(), 16)));
  // First, for the length of its header may begin with the bytes of any other: eight bytes, the upper half zero, then
  // `{`.
  if (text.size() > 8 && text[8] == '{' && text.substr(4, 4) == std::string_view("\0\0\0\0", 4)) return readSafetensors;
  if (text.starts_with("GGUF")) return readGguf;
  if (text.starts_with('{')) return readIndex;
  if (text.starts_with("lmgg")) return readWhisperCpp;
  if (text.starts_with("PK\x03\x04") || text.starts_with("PK\x05\x06")) return readPytorchZip;
  if (text.starts_with('\x80')) return readPytorchLegacy;
  if (text.size() < 8) return nullptr;
  // CTranslate2 begins with a small version and the length of a name, which in safetensors are followed by zeros.
  ByteReader reader(bytes);
  const auto version = reader.read<std::uint32_t>();
  const auto nameBytes = reader.read<std::uint16_t>();
  if (version > 0 && version < 100 && nameBytes > 1 && nameBytes < 100) return readCtranslate2;
  const auto headerBytes = ByteReader(bytes).read<std::uint64_t>();
  // A safetensors header is at most 100,000,000 bytes, so the upper half of its length is zero. A file that has `{` in
  // the right place is told what is wrong with its length.
  if (headerBytes <= UINT32_MAX || (text.size() > 8 && text[8] == '{')) return readSafetensors;
  return nullptr;
}

std::shared_ptr<const Checkpoint> readShard(std::shared_ptr<const MappedFile> file) {
  const Reader reader = file->bytes().empty() ? nullptr : readerFor(file->bytes());
  if (reader == nullptr || reader == readIndex) throw FormatError("it is no checkpoint of a kind this program reads");
  return reader(std::move(file));
}

std::shared_ptr<const Checkpoint> readIndex(std::shared_ptr<const MappedFile> file) {
  return readShardIndex(file, readShard);
}

tl::unexpected<Error> refused(const std::filesystem::path& path, const FormatError& error) {
  const char* advice = error.code() == ErrorCode::CorruptFile ? " Get a fresh copy of the file." : "";
  const char* verdict = error.code() == ErrorCode::CorruptFile ? " is damaged: " : " cannot be used: ";
  return fail(error.code(), path.string() + verdict + error.what() + "." + advice);
}

template <typename Wanted>
Result<const Wanted*> typed(const Checkpoint& checkpoint, std::string_view key, const char* kind) {
  const auto found = checkpoint.metadata().find(key);
  if (found == checkpoint.metadata().end()) {
    return fail(ErrorCode::NotFound, checkpoint.path().string() + " does not say \"" + std::string(key) + "\".");
  }
  const auto* value = std::get_if<Wanted>(&found->second);
  if (value == nullptr) {
    return fail(ErrorCode::CorruptFile,
                checkpoint.path().string() + ": \"" + std::string(key) + "\" is not " + kind + ".");
  }
  return value;
}

}  // namespace

std::string_view toString(StorageType type) {
  switch (type) {
    case StorageType::Bool: return "BOOL";
    case StorageType::U8: return "U8";
    case StorageType::I8: return "I8";
    case StorageType::U16: return "U16";
    case StorageType::I16: return "I16";
    case StorageType::U32: return "U32";
    case StorageType::I32: return "I32";
    case StorageType::U64: return "U64";
    case StorageType::I64: return "I64";
    case StorageType::F16: return "F16";
    case StorageType::BF16: return "BF16";
    case StorageType::F32: return "F32";
    case StorageType::F64: return "F64";
    case StorageType::F8E4M3: return "F8_E4M3";
    case StorageType::F8E5M2: return "F8_E5M2";
    case StorageType::C64: return "C64";
    case StorageType::Q4_0: return "Q4_0";
    case StorageType::Q4_1: return "Q4_1";
    case StorageType::Q5_0: return "Q5_0";
    case StorageType::Q8_0: return "Q8_0";
    case StorageType::Q4_K: return "Q4_K";
    case StorageType::Q6_K: return "Q6_K";
    case StorageType::Q5_1: return "Q5_1";
    case StorageType::Q2_K: return "Q2_K";
    case StorageType::Q3_K: return "Q3_K";
    case StorageType::Q5_K: return "Q5_K";
  }
  return "?";
}

Result<std::shared_ptr<const Checkpoint>> Checkpoint::open(const std::filesystem::path& path) {
  auto file = MappedFile::open(path);
  if (!file) return tl::unexpected(file.error());
  if ((*file)->bytes().empty()) {
    return fail(ErrorCode::CorruptFile, path.string() + " is empty. Get a fresh copy of the file.");
  }
  const Reader reader = readerFor((*file)->bytes());
  if (reader == nullptr) {
    return fail(
        ErrorCode::Unsupported,
        path.string() +
            " is no checkpoint of a kind this program reads (safetensors, GGUF, PyTorch, CTranslate2, whisper.cpp).");
  }
  try {
    return reader(*file);
  } catch (const FormatError& error) {
    return refused(path, error);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::OutOfMemory, "There is not enough memory to open " + path.string() + ".");
  }
}

void Checkpoint::letGo(std::string_view) const {}

Result<std::int64_t> Checkpoint::integer(std::string_view key) const {
  return typed<std::int64_t>(*this, key, "a whole number").map([](const std::int64_t* value) { return *value; });
}

Result<double> Checkpoint::number(std::string_view key) const {
  const auto found = metadata().find(key);
  if (found != metadata().end()) {
    if (const auto* whole = std::get_if<std::int64_t>(&found->second)) return static_cast<double>(*whole);
  }
  return typed<double>(*this, key, "a number").map([](const double* value) { return *value; });
}

Result<std::string> Checkpoint::text(std::string_view key) const {
  return typed<std::string>(*this, key, "a text").map([](const std::string* value) { return *value; });
}

}  // namespace xllm::weights
