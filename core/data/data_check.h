// Looks at training data before it is trained on: every row read, every file opened and decoded, and told what is
// wrong, with all its rows and what to do. Changes nothing on the disk. Leaves decoding to the probe
// (core/base/media_probe.h) and training to core/training.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/media_probe.h"
#include "core/base/result.h"

namespace xllm::data {

enum class DataKind { Pictures = 1, Clips, Recordings, Conversations };
std::string_view toString(DataKind kind);  // "pictures"

enum class Severity {
  Note = 1,  // good to know
  Warning,   // it can be trained on, and is likely to teach something wrong
  Error,     // the example cannot be used
};
std::string_view toString(Severity severity);  // "error"

struct Finding {
  std::string what;  // a stable name, one of core/data/fault.h: "missing-file"
  Severity severity = Severity::Note;
  std::string sentence;              // what was found, with figures
  std::string proposal;              // what to do about it
  std::vector<std::string> rows;     // all of them: "row 7 of x.csv (cat3.jpg)"; a pair is "row 9 … = row 7 …"
  std::vector<std::string> figures;  // those of the sentence behind the number of rows, in its order
};

// How something is spread over the examples.
struct Measure {
  std::string of;  // "words" (of a text), "seconds" (of a recording or clip), "pixels" (of a picture's longer side)
  std::int64_t count = 0;
  double least = 0, low = 0, median = 0, high = 0, most = 0;  // low, high: 5 and 95 of 100 lie below
  std::vector<std::int64_t> bars;                             // so many in equal parts from `low` to `high`
};

struct LanguageShare {
  std::string language;  // "en"; of a script that says no more "Latin", …; empty: too short to tell
  std::int64_t texts = 0;
};

enum class MediumKind { Picture = 1, Clip, Recording };

struct DataFile {
  MediumKind kind = MediumKind::Picture;
  std::filesystem::path file;
};

// One example as plain values.
struct DataExample {
  std::vector<DataFile> files;
  std::vector<std::string>
      texts;                // captions; words, and the answer to them; question, answer, question, … (some empty)
  std::string where;        // "row 7 of x.csv"
  std::string line;         // the same in the project's own form, one JSON object with absolute paths
  std::string key;          // examples of one key stay on one side of the split
  bool usable = true;       // after a check: no error
  bool validation = false;  // after a check: kept for validation
};

struct SplitFigures {
  std::int64_t training = 0, validation = 0;  // usable examples
  double share = 0;                           // asked for; 0: validation has a list of its own
  std::uint64_t seed = 0;
};

struct DataReport {
  DataKind kind = DataKind::Pictures;
  std::filesystem::path source;
  std::string form;                   // "table", "COCO", "folder", "Kaldi", …
  bool decoded = false;               // the files were decoded, not only opened
  std::int64_t wrongRows = 0;         // that are no example
  std::int64_t examples = 0;          // made of the others
  std::int64_t usable = 0;            // without an error
  std::int64_t files = 0, texts = 0;  // different files; texts
  double seconds = 0;                 // of recordings and clips
  double tookSeconds = 0;             // the check itself
  std::vector<Measure> measures;
  std::vector<LanguageShare> languages;  // most texts first
  SplitFigures split;
  std::vector<Finding> findings;  // the worst first
  std::vector<DataExample> all;   // every example, in the order of the rows; those of a validation list last
};

struct CheckProgress {
  std::int64_t done = 0, all = 0;  // files
};

struct CheckOptions {
  const MediaProbe* probe = nullptr;      // outlives the check; nullptr: files are only opened
  std::filesystem::path validation = {};  // a list of its own; empty: a share of the rows
  double validationShare = 0.1;
  std::uint64_t splitSeed = 0;  // that of the training stages
  int threads = 0;              // 0: one a core; all of low priority
};

// `source` in any form of docs/training-data.md. Wrong rows are findings, never an error; an error is NotFound,
// BadInput (no list of this kind at all) and Cancelled. `progress`, which may be empty, is called on the calling
// thread, at most 20 times a second. Any thread. Languages are told by script, and in Latin letters by small words and
// letters of a few languages: enough to see what does not belong to the rest, no more.
Result<DataReport> checkData(const std::filesystem::path& source, DataKind kind, const CheckOptions& options,
                             std::stop_token stop, const std::function<void(CheckProgress)>& progress);

// The first `most` examples as they stand, read only; wrong rows are left out. Errors as above.
Result<std::vector<DataExample>> previewData(const std::filesystem::path& source, DataKind kind, std::size_t most);

// For a person, at most `mostRows` of each finding; and as one JSON object on one line.
std::string reportText(const DataReport& report, std::size_t mostRows = std::numeric_limits<std::size_t>::max());
std::string reportJson(const DataReport& report);
// All of it as JSON where the name ends in ".json", else as text. Written whole or not at all: DiskFull.
Result<void> saveReport(const DataReport& report, const std::filesystem::path& file);

struct SplitLists {
  std::filesystem::path training, validation;
};
// The usable examples as two lists, folder/training.jsonl and folder/validation.jsonl, for stages whose config needs
// both. Written whole or not at all: DiskFull. BadInput when one would be empty.
Result<SplitLists> writeLists(const DataReport& report, const std::filesystem::path& folder);

}  // namespace xllm::data
