#include "core/data/text_rows.h"

#include "core/data/format_text.h"

namespace xllm::data {

Result<TextFile> openText(const std::filesystem::path& path) {
  auto file = MappedFile::open(path);
  if (!file) return tl::unexpected(file.error());
  const auto bytes = (*file)->bytes();
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return fail(ErrorCode::BadInput, formatText("{} is UTF-16 text. Save it as UTF-8.", path.string()));
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.substr(0, 4096).find('\0') != std::string_view::npos) {
    return fail(ErrorCode::BadInput,
                formatText("{} is not a text file. docs/training-data.md shows what is read.", path.string()));
  }
  return TextFile{std::move(*file), text};
}

bool TextLines::next(std::string_view& line) {
  if (m_rest.empty()) return false;
  const auto end = m_rest.find('\n');
  line = m_rest.substr(0, end);
  m_rest = end == std::string_view::npos ? std::string_view() : m_rest.substr(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  ++m_number;
  return true;
}

void TableRows::skipRowEnd() {
  if (!atEnd() && m_text[m_at] == '\r') ++m_at;
  if (!atEnd() && m_text[m_at] == '\n') ++m_at;
}

bool TableRows::next(std::vector<std::string>& cells) {
  while (!atEnd() && atRowEnd()) {
    skipRowEnd();
    ++m_row;
  }
  if (atEnd()) return false;
  ++m_row;
  m_rowStart = m_at;
  m_problem.clear();
  cells.clear();
  std::string cell;
  while (readCell(cell)) {
    cells.push_back(std::move(cell));
    if (atRowEnd()) {
      skipRowEnd();
      return true;
    }
    ++m_at;  // the separator
  }
  return true;
}

// False: the row cannot be read; m_problem says why, and m_at stands behind it.
bool TableRows::readCell(std::string& cell) {
  cell.clear();
  if (!atEnd() && m_text[m_at] == '"' && m_quoting != Quoting::None) {
    const std::size_t quote = m_at;
    if (readQuoted(cell)) return true;
    if (m_quoting == Quoting::Rfc4180) return false;
    m_at = quote;
  }
  const std::size_t start = m_at;
  while (!atRowEnd() && m_text[m_at] != m_separator) ++m_at;
  cell.assign(m_text.substr(start, m_at - start));
  if (m_at - m_rowStart <= kLongestRow) return true;
  m_problem = formatText("is longer than {} bytes", kLongestRow);
  while (!atRowEnd()) ++m_at;
  skipRowEnd();
  return false;
}

bool TableRows::readQuoted(std::string& cell) {
  cell.clear();
  for (++m_at; !atEnd() && m_at - m_rowStart <= kLongestRow; ++m_at) {
    const char sign = m_text[m_at];
    if (m_quoting == Quoting::OneLine && (sign == '\n' || sign == '\r')) return false;
    if (sign != '"') {
      cell.push_back(sign);
      continue;
    }
    if (m_at + 1 < m_text.size() && m_text[m_at + 1] == '"') {
      cell.push_back('"');
      ++m_at;
      continue;
    }
    ++m_at;
    if (atRowEnd() || m_text[m_at] == m_separator) return true;
    if (m_quoting == Quoting::OneLine) return false;
    m_problem = "goes on behind a closing quote; double a quote (\"\") that belongs to the text";
    while (!atRowEnd()) ++m_at;
    skipRowEnd();
    return false;
  }
  if (m_quoting == Quoting::OneLine) return false;
  // What follows may be text of this cell or rows: nobody can tell.
  m_problem = "opens a quote that is never closed; the rows behind it were not read";
  m_at = m_text.size();
  return false;
}

}  // namespace xllm::data
