// Lists of training examples on disk: one JSON object a line. Recordings with what is said in them, and pictures.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace xllm::data {

struct SpeechExample {
  std::filesystem::path audio;  // absolute, or relative to the working folder
  std::string text;
  std::string voice;   // who speaks; may be empty
  double seconds = 0;  // 0: not given
};

struct PictureExample {
  std::filesystem::path picture;
};

// Lines {"audio": "a.wav", "text": "…", "voice": "…", "seconds": 1.5}, paths relative to the list's folder; other keys
// are ignored. Every file must exist. BadInput and NotFound name the list, the line and what is wrong with it.
Result<std::vector<SpeechExample>> readSpeechList(const std::filesystem::path& list);
// Lines {"picture": "a.ppm"}.
Result<std::vector<PictureExample>> readPictureList(const std::filesystem::path& list);
// One name a line, in class order; empty lines at the end are ignored.
Result<std::vector<std::string>> readNames(const std::filesystem::path& file);

}  // namespace xllm::data
