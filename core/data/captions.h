// Pictures with what is said about them, read from whatever form they come in. Only names and texts are read; pixels
// are somebody else's (core/base/clip_decoder.h).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/data/list_options.h"

namespace xllm::data {

struct CaptionedPicture {
  std::filesystem::path picture;      // absolute, or relative to the working folder
  std::vector<std::string> captions;  // at least one; valid UTF-8, no white space around it
  std::string where;                  // "row 7 of x.csv", for the texts of errors
};

// `source`, which is told from its content (docs/training-data.md has an example of each):
//   a folder: pictures, each with a .txt of the same name beside it (every line is a caption); or one that holds a
//     metadata.csv or metadata.jsonl;
//   a table with a header: picture | image | image_path | file | file_name | filename, and caption | text | title,
//     between commas, semicolons or tabs, quoted as RFC 4180 says;
//   JSON lines, or one JSON list, of objects with those keys; LLaVA's conversations, of which the first answer counts;
//   COCO captions: {"images": [{id, file_name}], "annotations": [{image_id, caption}]}; the pictures stand beside the
//     file, in "images" or in the folder that its name ends in (captions_val2014.json: val2014), beside it or one up.
// Rows of one picture are put together, in the order of their first rows. Paths are relative to the list's folder.
// NotFound: no such source. BadInput: what no example can be made of, with every wrong row named (row_report.h).
Result<std::vector<CaptionedPicture>> readCaptionedPictures(const std::filesystem::path& source,
                                                            const ListOptions& options = {},
                                                            ListNotes* notes = nullptr);

}  // namespace xllm::data
