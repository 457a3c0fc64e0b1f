// A model pack on disk: a folder with pack.json and the files it names. Values only; nothing of the model is loaded
// here. The format is docs/pack-format.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/result.h"

namespace xllm::model {

struct PackFile {
  std::string path;  // inside the pack, with forward slashes
  std::uint64_t bytes = 0;
  std::string sha256, licence, origin;
};

// What stands around soft tokens in the prompt, as ordinary text; may be empty.
struct MediaWrap {
  std::string before, after;
};

struct LanguageModelPart {
  std::string file;
  std::string tokenizer;     // empty: inside `file`
  std::string chatTemplate;  // "chatml"
  std::string systemPrompt;  // empty: no system turn unless the person writes one
};

struct EncoderPart {
  std::string type;  // "efficientnet-lite", "eva-vit", "clip", "siglip"; "whisper", "wenet-conformer", …
  std::string file;
  nlohmann::json config = nlohmann::json::object();  // of a vision transformer (image_parts.h); empty: nothing to say
  // Of some speech encoders (core/encoders/speech_encoder_kind.h); else empty.
  std::string statistics = {}, positions = {};
};

struct InterfacePart {
  std::string file;
  nlohmann::json config;  // of core/x2l
  MediaWrap wrap;
  std::string defaultQuestion;  // asked when a turn holds such media and no words; empty: nothing is added
  double languageWeight = 0;    // speech: how much the language model helps to read what was said (fused_reading.h) …
  double lettersWeight = 0;     // … and how much the letters that the CTC head heard count beside that
  bool asWords = false;         // speech: the language model gets the words that were read, not the soft tokens
};

struct DetectorPart {
  std::string type;  // "silero": core/listening/silero_vad.h
  std::string file;
};

struct Pack {
  std::filesystem::path folder;
  std::string name, version;
  LanguageModelPart languageModel;
  std::optional<EncoderPart> imageEncoder, speechEncoder;
  std::optional<InterfacePart> image, speech;
  std::optional<InterfacePart> video;         // of clips, whose frames go through imageEncoder
  std::optional<DetectorPart> voiceActivity;  // tells when somebody speaks
  std::vector<PackFile> files;

  std::filesystem::path locate(const std::string& file) const { return folder / file; }
};

// Reads and checks <folder>/pack.json: format, required fields, that every file listed under "files" lies inside the
// folder, and that every used one is listed, exists and has the listed size (hashes are not computed). Unknown fields
// are ignored, so that newer packs of format 1 still open. NotFound, CorruptFile or Unsupported (newer format) name the
// file and the field.
Result<Pack> readPack(const std::filesystem::path& folder);

// Only the list of its files, which need not be there; none leads out of the folder. The same errors.
Result<std::vector<PackFile>> readPackFiles(const std::filesystem::path& folder);

std::uint64_t storedBytes(const Pack& pack);  // on disk

}  // namespace xllm::model
