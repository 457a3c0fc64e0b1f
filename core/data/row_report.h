// Gathers what is wrong with the rows of a list of examples, so that one reading tells all of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/data/list_options.h"

namespace xllm::data {

// What is wrong with a row: the rest of a sentence that begins with where it stands.
struct RowProblem {
  std::string what;
  Fault fault = Fault::MalformedRow;
  std::filesystem::path file = {};  // that it is about; may be empty
};

// One thread; memory is bounded whatever the list holds.
class RowReport {
 public:
  // `notes` may be nullptr; it is filled by finish().
  RowReport(std::filesystem::path source, const ListOptions& options, ListNotes* notes)
      : m_source(std::move(source)), m_options(options), m_notes(notes) {}

  void setForm(std::string_view form) { m_form = form; }  // of the list: "table"; for ListNotes

  // `where` and `what` make a sentence: "row 7 of x.csv" "has no caption".
  void wrong(std::string_view where, const RowProblem& problem);
  void wrong(std::string_view where, std::string_view what) { wrong(where, RowProblem{std::string(what)}); }
  void duplicate(std::string_view where, std::string_view what);
  // Something worth telling that costs no row.
  void warn(std::string_view where, const RowProblem& problem);

  // After all rows. BadInput, with the first 20 wrong rows and the number of the others, unless wrong rows are to be
  // skipped; also when no row is left.
  Result<void> finish(std::size_t taken) const;

 private:
  std::string list(std::int64_t count) const;
  void tell(std::string_view where, const RowProblem& problem, bool wrong) const;

  std::filesystem::path m_source;
  ListOptions m_options;
  ListNotes* m_notes;
  std::string m_form;
  std::int64_t m_wrong = 0, m_duplicates = 0;
  std::vector<std::string> m_complaints, m_warnings;
};

// What is wrong with a file that a row names, as the end of a sentence ("names a.jpg, which is not there"); nothing if
// it is a file with something in it, and for a picture one that begins like a picture. Sounds and clips have too many
// forms to be told from their first bytes: decoding them says what is wrong.
enum class FileKind { Picture = 1, Sound, Clip };
std::optional<RowProblem> problemWith(const std::filesystem::path& file, FileKind kind);
// What is wrong with a text that must hold words: "has an empty caption" when `noun` is "caption".
std::optional<RowProblem> problemWith(std::string_view text, std::string_view noun);

// Without the white space around it.
std::string_view trimmed(std::string_view text);

}  // namespace xllm::data
