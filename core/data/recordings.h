// Recordings with what is said in them, read from whatever form they come in. Only names and texts are read; samples
// are somebody else's (core/base/clip_decoder.h).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/data/list_options.h"

namespace xllm::data {

struct SpeechExample {
  std::filesystem::path audio;  // absolute, or relative to the working folder
  std::string text;             // valid UTF-8, no white space around it; empty: nobody speaks
  std::string voice;            // who speaks; may be empty
  double seconds = 0;           // 0: not given
  std::string where;            // "line 7 of x.jsonl", for the texts of errors
  std::string answer = {};      // what is right to answer to it; may be empty
};

// `source`, which is told from its content (docs/training-data.md has an example of each):
//   JSON lines or one JSON list: {"audio": "a.wav", "text": "…", "voice": "…", "seconds": 1.5, "answer": "…"};
//   a table with a header: audio | path | file | file_name | filename, and text | sentence | transcript |
//     transcription; client_id | voice | speaker if there is one. Files are looked for beside the list and in "clips"
//     there, as Common Voice keeps them;
//   a folder of Kaldi (wav.scp, text, utt2spk if there is one; commands and segments are refused), of LJSpeech
//     (metadata.csv and wavs/) or of Common Voice (validated.tsv or else train.tsv, and clips/);
//   any other folder: recordings, each with a .txt of the same name beside it.
// A recording may be there once, and one in which nobody speaks has no answer. NotFound: no such source. BadInput: what
// no example can be made of, with every wrong row named (row_report.h).
Result<std::vector<SpeechExample>> readSpeechList(const std::filesystem::path& source, const ListOptions& options = {},
                                                  ListNotes* notes = nullptr);

}  // namespace xllm::data
