// What `xllm inspect` finds in a file or a folder beside language models, as tables: an image encoder and a Q-Former,
// or a speech encoder.
#pragma once

#include <optional>

#include <nlohmann/json_fwd.hpp>

#include "core/importing/found_image.h"
#include "core/importing/found_speech_encoder.h"

namespace xllm::cli {

// An object a part: what it is, its sizes, what it takes in the file and in memory. Empty without parts.
nlohmann::json imagePartsJson(const std::optional<importing::FoundImageEncoder>& encoder,
                              const std::optional<importing::FoundImageInterface>& interface);
void printImageParts(const nlohmann::json& parts);

// A speech encoder as it was published: what it is, and what a pack has to say of it.
nlohmann::json speechEncoderJson(const importing::FoundSpeechEncoder& found);
void printSpeechEncoder(const importing::FoundSpeechEncoder& found);

// "12.3 MB"
std::string megabytes(std::uint64_t bytes);
// Whether so many bytes are free on this machine, as the end of a line.
const char* fitText(std::uint64_t bytes);

}  // namespace xllm::cli
