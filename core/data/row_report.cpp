#include "core/data/row_report.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <span>
#include <system_error>

#include "core/base/picture_format.h"
#include "core/data/format_text.h"
#include "core/weights/utf8.h"

namespace xllm::data {

namespace {

constexpr std::size_t kMostKept = 20;
constexpr std::size_t kLongestSentence = 1000;  // bytes; a path may be long, a hostile cell longer

void keep(std::vector<std::string>& sentences, std::string_view where, std::string_view what) {
  if (sentences.size() >= kMostKept) return;
  std::string sentence = formatText("{} {}", where, what);
  if (sentence.size() > kLongestSentence) {
    std::size_t end = kLongestSentence;
    while (end > 0 && (static_cast<unsigned char>(sentence[end]) & 0xC0) == 0x80) --end;  // not inside a character
    sentence.resize(end);
    sentence.append(" …");
  }
  sentences.push_back(std::move(sentence));
}

}  // namespace

void RowReport::tell(std::string_view where, const RowProblem& problem, bool wrong) const {
  if (m_options.onRow) m_options.onRow({problem.fault, wrong, std::string(where), problem.what, problem.file});
}

void RowReport::wrong(std::string_view where, const RowProblem& problem) {
  ++m_wrong;
  keep(m_complaints, where, problem.what);
  tell(where, problem, true);
}

void RowReport::duplicate(std::string_view where, std::string_view what) {
  ++m_duplicates;
  keep(m_warnings, where, what);
  tell(where, {std::string(what), Fault::RepeatedRow}, false);
}

void RowReport::warn(std::string_view where, const RowProblem& problem) {
  keep(m_warnings, where, problem.what);
  tell(where, problem, false);
}

std::string RowReport::list(std::int64_t count) const {
  std::string text;
  for (const std::string& complaint : m_complaints) text += formatText("  {}\n", complaint);
  const auto left = count - static_cast<std::int64_t>(m_complaints.size());
  return left > 0 ? text + formatText("  and {} more\n", left) : text;
}

Result<void> RowReport::finish(std::size_t taken) const {
  if (m_notes != nullptr) {
    m_notes->duplicates = m_duplicates;
    m_notes->warnings = m_warnings;
    m_notes->form = m_form;
    m_notes->skipped = m_options.skipWrongRows ? m_wrong : 0;
    if (m_options.skipWrongRows) {
      m_notes->warnings.insert(m_notes->warnings.begin(), m_complaints.begin(), m_complaints.end());
      if (m_notes->warnings.size() > kMostKept) m_notes->warnings.resize(kMostKept);
    }
  }
  if (m_wrong > 0 && (taken == 0 || !m_options.skipWrongRows)) {
    return fail(ErrorCode::BadInput,
                formatText("{} row{} of {} cannot be used:\n{}Correct {}{}.", m_wrong, m_wrong == 1 ? "" : "s",
                           m_source.string(), list(m_wrong), m_wrong == 1 ? "it" : "them",
                           taken == 0 ? "" : ", or leave wrong rows out with \"skipWrongRows\": true"));
  }
  if (taken == 0) {
    return fail(ErrorCode::BadInput,
                formatText("{} holds no examples. docs/training-data.md shows what is read.", m_source.string()));
  }
  return {};
}

std::optional<RowProblem> problemWith(const std::filesystem::path& file, FileKind kind) {
  const auto problem = [&](Fault fault, std::string_view what, std::string_view details = {}) {
    return RowProblem{formatText("names {}{}{}", file.string(), what, details), fault, file};
  };
  std::error_code failed;
  const auto status = std::filesystem::status(file, failed);
  if (!std::filesystem::exists(status)) return problem(Fault::MissingFile, ", which is not there");
  if (!std::filesystem::is_regular_file(status)) return problem(Fault::MissingFile, ", which is not a file");
  const auto size = std::filesystem::file_size(file, failed);
  if (failed) return problem(Fault::MissingFile, ", which cannot be read: ", failed.message());
  if (size == 0) return problem(Fault::EmptyFile, ", which is empty");
  if (kind != FileKind::Picture) return std::nullopt;
  std::array<char, 16> start{};
  std::ifstream stream(file, std::ios::binary);
  stream.read(start.data(), start.size());
  const auto count = static_cast<std::size_t>(stream.gcount());
  if (count == 0) return problem(Fault::MissingFile, ", which cannot be read");
  std::array<std::uint8_t, 16> bytes{};
  std::ranges::copy(start, bytes.begin());
  const std::span<const std::uint8_t> view(bytes.data(), count);
  if (isHeifPicture(view)) return problem(Fault::UnreadFormat, ", a HEIC or AVIF picture; convert it to JPEG");
  const bool portable = start[0] == 'P' && start[1] == '6';  // core/data/plain_media.h
  if (!portable && !pictureFormatOf(view)) return problem(Fault::WrongKind, ", which is no picture");
  return std::nullopt;
}

std::optional<RowProblem> problemWith(std::string_view text, std::string_view noun) {
  if (trimmed(text).empty()) return RowProblem{formatText("has an empty {}", noun), Fault::EmptyText};
  if (!weights::isUtf8(text)) {
    return RowProblem{formatText("has a {} that is not valid UTF-8", noun), Fault::NotUtf8};
  }
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kWhite = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(kWhite);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhite) - first + 1);
}

}  // namespace xllm::data
