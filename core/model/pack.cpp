#include "core/model/pack.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace xllm::model {

namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestManifest = 4 << 20;  // bytes; a real one has a few thousand

// What is wrong with pack.json, thrown inside this file only and turned into a Result in readPack().
struct Problem {
  Error error;
};

[[noreturn]] void refuse(const std::string& what) { throw Problem{{ErrorCode::CorruptFile, what}}; }

std::string required(const json& object, const char* key, const std::string& where) {
  const auto field = object.find(key);
  if (field == object.end() || !field->is_string() || field->get_ref<const std::string&>().empty()) {
    refuse(where + " needs a text field \"" + key + "\"");
  }
  return field->get<std::string>();
}

std::string optional(const json& object, const char* key, const std::string& where) {
  const auto field = object.find(key);
  if (field == object.end()) return {};
  if (!field->is_string()) refuse("\"" + std::string(key) + "\" in " + where + " must be text");
  return field->get<std::string>();
}

double optionalNumber(const json& object, const char* key, double least, double most, const std::string& where) {
  const auto field = object.find(key);
  if (field == object.end()) return 0;
  if (!field->is_number() || field->get<double>() < least || field->get<double>() > most) {
    refuse("\"" + std::string(key) + "\" in " + where + " must be a number from " + std::to_string(least) + " to " +
           std::to_string(most));
  }
  return field->get<double>();
}

bool optionalTruth(const json& object, const char* key, const std::string& where) {
  const auto field = object.find(key);
  if (field == object.end()) return false;
  if (!field->is_boolean()) refuse("\"" + std::string(key) + "\" in " + where + " must be true or false");
  return field->get<bool>();
}

const json* section(const json& object, const char* key) {
  const auto field = object.find(key);
  if (field == object.end()) return nullptr;
  if (!field->is_object()) refuse("\"" + std::string(key) + "\" must be an object");
  return &*field;
}

std::optional<EncoderPart> encoderPart(const json& root, const char* key) {
  const json* part = section(root, key);
  if (part == nullptr) return std::nullopt;
  EncoderPart result{required(*part, "type", key), required(*part, "file", key)};
  result.statistics = optional(*part, "statistics", key);
  result.positions = optional(*part, "positions", key);
  if (const json* config = section(*part, "config")) result.config = *config;
  return result;
}

std::optional<InterfacePart> interfacePart(const json* interfaces, const char* key) {
  const json* part = interfaces != nullptr ? section(*interfaces, key) : nullptr;
  if (part == nullptr) return std::nullopt;
  const json* config = section(*part, "config");
  if (config == nullptr) refuse("interface \"" + std::string(key) + "\" needs a \"config\"");
  InterfacePart result{required(*part, "file", key), *config, {}, optional(*part, "defaultQuestion", key)};
  if (const json* wrap = section(*part, "wrap"))
    result.wrap = {optional(*wrap, "before", key), optional(*wrap, "after", key)};
  result.languageWeight = optionalNumber(*part, "languageWeight", 0, 10, key);
  result.lettersWeight = optionalNumber(*part, "lettersWeight", 0, 10, key);
  result.asWords = optionalTruth(*part, "asWords", key);
  return result;
}

std::optional<DetectorPart> detectorPart(const json& root, const char* key) {
  const json* part = section(root, key);
  if (part == nullptr) return std::nullopt;
  return DetectorPart{required(*part, "type", key), required(*part, "file", key)};
}

// A pack may come from anywhere: its file names must not lead out of it.
void checkName(const std::string& name) {
  const fs::path path(name);
  const bool inside = path.is_relative() && !path.empty() && !path.has_root_name() &&
                      std::none_of(path.begin(), path.end(), [](const fs::path& step) { return step == ".."; });
  if (!inside) refuse("the file name \"" + name + "\" leads out of the pack");
}

std::vector<PackFile> fileList(const json& root) {
  const auto field = root.find("files");
  if (field == root.end() || !field->is_array()) refuse("the list \"files\" is missing");
  std::vector<PackFile> files;
  for (const json& entry : *field) {
    if (!entry.is_object()) refuse("\"files\" must hold objects");
    const auto bytes = entry.find("bytes");
    if (bytes == entry.end() || !bytes->is_number_unsigned()) refuse("a file in \"files\" has no size \"bytes\"");
    files.push_back({required(entry, "path", "files"), bytes->get<std::uint64_t>(), optional(entry, "sha256", "files"),
                     optional(entry, "licence", "files"), optional(entry, "origin", "files")});
    checkName(files.back().path);
  }
  return files;
}

void checkFile(const Pack& pack, const std::string& name) {
  const auto entry =
      std::find_if(pack.files.begin(), pack.files.end(), [&](const PackFile& file) { return file.path == name; });
  if (entry == pack.files.end()) refuse("the file " + name + " is used but not listed under \"files\"");

  std::error_code problem;
  const auto size = fs::file_size(pack.locate(name), problem);
  if (problem) throw Problem{{ErrorCode::NotFound, "the file " + name + " is missing; install the pack again"}};
  if (size != entry->bytes) {
    refuse("the file " + name + " has " + std::to_string(size) + " bytes instead of " + std::to_string(entry->bytes) +
           "; install the pack again");
  }
}

void checkFiles(const Pack& pack) {
  checkFile(pack, pack.languageModel.file);
  if (!pack.languageModel.tokenizer.empty()) checkFile(pack, pack.languageModel.tokenizer);
  for (const auto* encoder : {&pack.imageEncoder, &pack.speechEncoder}) {
    if (!*encoder) continue;
    checkFile(pack, (*encoder)->file);
    if (!(*encoder)->statistics.empty()) checkFile(pack, (*encoder)->statistics);
  }
  for (const auto* part : {&pack.image, &pack.speech, &pack.video}) {
    if (*part) checkFile(pack, (*part)->file);
  }
  if (pack.voiceActivity) checkFile(pack, pack.voiceActivity->file);
  if (pack.image && !pack.imageEncoder) refuse("there is an image interface but no \"imageEncoder\"");
  if (pack.video && !pack.imageEncoder) refuse("there is a video interface but no \"imageEncoder\"");
  if (pack.speech && !pack.speechEncoder) refuse("there is a speech interface but no \"speechEncoder\"");
}

void checkFormat(const json& root) {
  if (!root.is_object()) refuse("it is not a JSON object");
  const auto format = root.find("format");
  if (format == root.end() || !format->is_number_integer()) refuse("the number \"format\" is missing");
  if (*format != 1) {
    throw Problem{{ErrorCode::Unsupported,
                   "it has format " + format->dump() + " and this program reads format 1; update the program"}};
  }
}

Pack parse(const fs::path& folder, const json& root) {
  checkFormat(root);
  const json* languageModel = section(root, "languageModel");
  if (languageModel == nullptr) refuse("the section \"languageModel\" is missing");

  Pack pack;
  pack.folder = folder;
  pack.name = required(root, "name", "pack.json");
  pack.version = required(root, "version", "pack.json");
  pack.languageModel = {required(*languageModel, "file", "languageModel"),
                        optional(*languageModel, "tokenizer", "languageModel"),
                        required(*languageModel, "chatTemplate", "languageModel"),
                        optional(*languageModel, "systemPrompt", "languageModel")};
  pack.imageEncoder = encoderPart(root, "imageEncoder");
  pack.speechEncoder = encoderPart(root, "speechEncoder");
  pack.voiceActivity = detectorPart(root, "voiceActivity");
  const json* interfaces = section(root, "interfaces");
  pack.image = interfacePart(interfaces, "image");
  pack.speech = interfacePart(interfaces, "speech");
  pack.video = interfacePart(interfaces, "video");
  pack.files = fileList(root);
  checkFiles(pack);
  return pack;
}

Result<std::string> readText(const fs::path& file) {
  std::error_code problem;
  const auto size = fs::file_size(file, problem);
  if (problem) {
    return fail(ErrorCode::NotFound, "There is no model pack at " + file.parent_path().string() +
                                         " (no readable pack.json in it). Choose a folder that holds pack.json.");
  }
  if (size > kLargestManifest)
    return fail(ErrorCode::CorruptFile, file.string() + " is too large to be a pack's description.");
  std::ifstream stream(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

// What `read` makes of pack.json; whatever is wrong with it becomes a sentence that names the file.
template <typename Value>
Result<Value> readManifest(const fs::path& folder, Value (*read)(const fs::path&, const json&)) try {
  const fs::path file = folder / "pack.json";
  const Result<std::string> text = readText(file);
  if (!text) return tl::unexpected(text.error());
  try {
    return read(folder, json::parse(*text));
  } catch (const json::exception& problem) {
    return fail(ErrorCode::CorruptFile,
                "The pack " + file.string() + " cannot be used: it is not valid JSON (" + problem.what() + ").");
  }
} catch (const Problem& problem) {
  return fail(problem.error.code,
              "The pack " + (folder / "pack.json").string() + " cannot be used: " + problem.error.message + ".");
}

std::vector<PackFile> parseFiles(const fs::path&, const json& root) {
  checkFormat(root);
  return fileList(root);
}

}  // namespace

Result<Pack> readPack(const fs::path& folder) { return readManifest<Pack>(folder, parse); }

Result<std::vector<PackFile>> readPackFiles(const fs::path& folder) {
  return readManifest<std::vector<PackFile>>(folder, parseFiles);
}

std::uint64_t storedBytes(const Pack& pack) {
  std::uint64_t bytes = 0;
  for (const PackFile& file : pack.files) bytes += file.bytes;
  return bytes;
}

}  // namespace xllm::model
