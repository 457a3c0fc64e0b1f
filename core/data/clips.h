// Clips with what is said about them, in the same forms as pictures (captions.h); frames are not decoded here.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/data/list_options.h"

namespace xllm::data {

struct CaptionedClip {
  std::filesystem::path clip;         // absolute, or relative to the working folder
  std::vector<std::string> captions;  // at least one; valid UTF-8, no white space around it
  std::string where;                  // "row 7 of x.csv", for the texts of errors
};

// As readCaptionedPictures(), with video | clip | video_path | file | file_name | filename as the name of the file.
// MSR-VTT's form too: {"videos": [{"video_id": "video7"}], "sentences": [{"video_id": "video7", "caption": "…"}]}; the
// clips, named after their ids, stand beside the file, or in "videos", "TrainValVideo" or "TestVideo" there.
Result<std::vector<CaptionedClip>> readCaptionedClips(const std::filesystem::path& source,
                                                      const ListOptions& options = {}, ListNotes* notes = nullptr);

}  // namespace xllm::data
