// Text files of rows, read in place from the mapped file: lines, and tables with quoted cells.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/mapped_file.h"
#include "core/base/result.h"

namespace xllm::data {

inline constexpr std::size_t kLongestRow = std::size_t{1} << 20;  // bytes; a longer one is not read

struct TextFile {
  std::shared_ptr<const MappedFile> file;
  std::string_view text;  // of `file`, without a byte order mark
};

// NotFound; BadInput for UTF-16 and for what is no text (a zero byte near its beginning).
Result<TextFile> openText(const std::filesystem::path& path);

// The lines of a text, without their ends (\n, \r\n).
class TextLines {
 public:
  explicit TextLines(std::string_view text) : m_rest(text) {}
  bool next(std::string_view& line);
  std::int64_t number() const { return m_number; }  // of the line last read; the first is 1

 private:
  std::string_view m_rest;
  std::int64_t m_number = 0;
};

enum class Quoting {
  Rfc4180 = 1,  // a cell in "…" may hold separators and line ends; "" is one quote
  OneLine,      // the same, but a quote that is not closed before the next separator or line end is an ordinary sign
  None,
};

// The rows of a table as cells. Empty lines are left out, and counted as rows, as spreadsheets do.
class TableRows {
 public:
  TableRows(std::string_view text, char separator, Quoting quoting)
      : m_text(text), m_separator(separator), m_quoting(quoting) {}

  // False at the end. When problem() is not empty afterwards, `cells` holds nothing of use.
  bool next(std::vector<std::string>& cells);
  std::int64_t row() const { return m_row; }  // last read; the first is 1
  const std::string& problem() const { return m_problem; }

 private:
  bool readCell(std::string& cell);
  bool readQuoted(std::string& cell);
  bool atEnd() const { return m_at >= m_text.size(); }
  bool atRowEnd() const { return atEnd() || m_text[m_at] == '\n' || m_text[m_at] == '\r'; }
  void skipRowEnd();

  std::string_view m_text;
  char m_separator;
  Quoting m_quoting;
  std::size_t m_at = 0, m_rowStart = 0;
  std::int64_t m_row = 0;
  std::string m_problem;
};

}  // namespace xllm::data
