#include <algorithm>
#include <map>
#include <set>

#include "core/data/data_checks.h"
#include "core/data/format_text.h"

namespace xllm::data {

namespace {

constexpr double kSilentDb = -55, kFaintDb = -40;
constexpr double kLeastClipped = 0.0005;  // of the samples
constexpr double kShortestRecording = 0.3, kLongestRecording = 30, kShortestClip = 0.3, kLongestClip = 600;  // seconds
constexpr double kHeard = 0.1;     // seconds: no encoder hears less (core/encoders/sound_windows.h)
constexpr int kSmallestSide = 64;  // pixels
constexpr int kNarrowest = 4;      // the longer side to the shorter one
constexpr int kRateHz = 16000;     // that models hear

std::string seconds(double value) { return formatText("{} s", fixed(value, value < 10 ? 2 : 1)); }

class FileCheck {
 public:
  FileCheck(CheckedData& data, DataFindings& findings) : m_data(data), m_findings(findings) {}

  void check(std::size_t index) {
    m_file = &m_data.files[index];
    m_users = &m_data.users[index];
    if (!m_file->signature.endingFits) tell(Fault::WrongEnding, Severity::Note, std::string(m_file->signature.format));
    if (m_file->problem) {
      return refuse(*m_file->problem, m_file->details);
    }
    if (m_file->missingSeconds > 0) {
      tell(Fault::CutShort, Severity::Warning, "-" + seconds(m_file->missingSeconds));
    } else if (m_file->signature.cutOff) {
      tell(Fault::CutShort, Severity::Warning);
    }
    if (m_file->blank) tell(Fault::BlankPicture, Severity::Warning);
    switch (m_file->file.kind) {
      case MediumKind::Picture: return checkPicture();
      case MediumKind::Clip: return checkLength(kShortestClip, kLongestClip);
      case MediumKind::Recording: return checkRecording();
    }
  }

  void finish() {
    const auto figures = [&](Fault fault, Severity severity, std::vector<std::string> texts) {
      m_findings.setFigures(fault, severity, std::move(texts));
    };
    figures(Fault::Faint, Severity::Warning, {fixed(kFaintDb, 0)});
    figures(Fault::TooShort, Severity::Warning, {fixed(kShortestRecording, 1)});
    figures(Fault::TooShort, Severity::Error, {fixed(kHeard, 1)});
    figures(Fault::TooLong, Severity::Warning, {fixed(kLongestRecording, 0), fixed(kLongestClip, 0)});
    figures(Fault::SmallPicture, Severity::Warning, {std::to_string(kSmallestSide)});
    figures(Fault::NarrowPicture, Severity::Note, {std::to_string(kNarrowest)});
    std::string rates;
    for (const auto& [rate, files] : m_rates)
      rates += formatText("{}{} Hz: {}", rates.empty() ? "" : ", ", rate, files);
    figures(Fault::SampleRate, Severity::Note, {rates});
  }

 private:
  void tell(Fault fault, Severity severity, const std::string& details = {}) {
    for (const std::size_t user : *m_users) {
      m_findings.add(fault, severity, rowText(m_data.examples[user].where, m_file->file.file, details));
    }
  }

  void refuse(Fault fault, const std::string& details) {
    tell(fault, Severity::Error, details);
    for (const std::size_t user : *m_users) m_data.examples[user].usable = false;
  }

  void checkPicture() {
    const int least = std::min(m_file->width, m_file->height), most = std::max(m_file->width, m_file->height);
    if (least < 1) return;  // not decoded
    const std::string size = formatText("{} × {}", m_file->width, m_file->height);
    if (least < kSmallestSide) tell(Fault::SmallPicture, Severity::Warning, size);
    if (most > kNarrowest * least) tell(Fault::NarrowPicture, Severity::Note, size);
  }

  void checkLength(double shortest, double longest) {
    if (m_file->seconds <= 0) return;  // not decoded
    if (m_file->seconds < shortest) tell(Fault::TooShort, Severity::Warning, seconds(m_file->seconds));
    if (m_file->seconds > longest) tell(Fault::TooLong, Severity::Warning, seconds(m_file->seconds));
  }

  // Nobody has to speak where the text is empty.
  bool hasWords() const {
    return std::ranges::any_of(*m_users, [&](std::size_t user) {
      const auto& texts = m_data.examples[user].texts;
      return m_data.kind != DataKind::Recordings || (!texts.empty() && !texts.front().empty());
    });
  }

  void checkRecording() {
    if (m_file->seconds <= 0) return;
    if (m_file->seconds < kHeard) return refuse(Fault::TooShort, seconds(m_file->seconds));
    checkLength(kShortestRecording, kLongestRecording);
    const SoundLevels& levels = m_file->levels;
    const std::string level = levels.loudestDb > -190 ? formatText("{} dB", fixed(levels.loudestDb, 0)) : "";
    if (levels.loudestDb < kSilentDb) {
      if (hasWords()) tell(Fault::Silence, Severity::Warning, level);
    } else if (levels.loudestDb < kFaintDb && hasWords()) {
      tell(Fault::Faint, Severity::Warning, level);
    }
    if (levels.clipped > kLeastClipped) {
      tell(Fault::Clipping, Severity::Warning, formatText("{} %", fixed(100 * levels.clipped, 1)));
    }
    if (m_file->sampleRateHz != kRateHz || m_file->channels != 1) {
      ++m_rates[m_file->sampleRateHz];
      tell(Fault::SampleRate, Severity::Note, formatText("{} Hz × {}", m_file->sampleRateHz, m_file->channels));
    }
  }

  CheckedData& m_data;
  DataFindings& m_findings;
  const FileFacts* m_file = nullptr;
  const std::vector<std::size_t>* m_users = nullptr;
  std::map<int, int> m_rates;  // files of each
};

using Group = std::vector<std::size_t>;  // files

// Files of one content. One alone is a group, too.
std::vector<Group> contentGroups(const CheckedData& data) {
  std::map<std::string, Group> known;
  std::vector<Group> groups;
  for (std::size_t i = 0; i < data.files.size(); ++i) {
    if (data.files[i].content.empty()) {
      groups.push_back({i});
    } else {
      known[data.files[i].content].push_back(i);
    }
  }
  for (auto& [key, group] : known) groups.push_back(std::move(group));
  std::ranges::sort(groups);
  return groups;
}

// Groups of files that look alike; each content once.
std::vector<Group> alikeGroups(const CheckedData& data, const std::vector<Group>& contents) {
  std::vector<PictureMark> marks;
  std::vector<std::size_t> files;
  for (const Group& group : contents) {
    const FileFacts& first = data.files[group.front()];
    if (first.file.kind != MediumKind::Picture || first.problem || first.width == 0) continue;
    marks.push_back(first.mark);
    files.push_back(group.front());
  }
  std::vector<Group> groups = alikeAmong(marks);
  for (Group& group : groups) {
    for (std::size_t& i : group) i = files[i];
  }
  return groups;
}

struct Row {
  std::size_t example = 0, file = 0;
};

class LikenessCheck {
 public:
  LikenessCheck(const CheckedData& data, DataFindings& findings) : m_data(data), m_findings(findings) {}

  void tell(const Group& group, Fault fault, std::string_view sign) {
    std::vector<Row> rows;
    for (const std::size_t file : group) {
      for (const std::size_t user : m_data.users[file]) {
        if (m_data.examples[user].usable) rows.push_back({user, file});
      }
    }
    if (rows.size() < 2) return;
    const auto heldOut =
        std::ranges::find_if(rows, [&](const Row& row) { return m_data.examples[row.example].validation; });
    for (const Row& row : rows) {
      if (row.file != rows.front().file) m_findings.add(fault, Severity::Warning, pair(row, sign, rows.front()));
      const bool leaks = heldOut != rows.end() && !m_data.examples[row.example].validation;
      if (leaks && m_leaking.insert(row.example).second) {
        m_findings.add(Fault::Leak, Severity::Warning, pair(row, sign, *heldOut));
      }
    }
  }

  // The same words in a list of its own; a share never parts them.
  void tellWords() {
    std::map<std::string, std::size_t> heldOut;
    for (std::size_t i = 0; i < m_data.examples.size(); ++i) {
      const DataExample& example = m_data.examples[i];
      if (example.validation && example.usable && !example.texts.front().empty()) heldOut.emplace(example.key, i);
    }
    for (std::size_t i = 0; i < m_data.examples.size(); ++i) {
      const DataExample& example = m_data.examples[i];
      const auto same = heldOut.find(example.key);
      if (example.validation || !example.usable || same == heldOut.end() || !m_leaking.insert(i).second) continue;
      m_findings.add(Fault::Leak, Severity::Warning,
                     formatText("{} = {}", rowText(example), rowText(m_data.examples[same->second])));
    }
  }

 private:
  std::string pair(const Row& row, std::string_view sign, const Row& other) const {
    const auto text = [&](const Row& r) {
      return rowText(m_data.examples[r.example].where, m_data.files[r.file].file.file);
    };
    return formatText("{} {} {}", text(row), sign, text(other));
  }

  const CheckedData& m_data;
  DataFindings& m_findings;
  std::set<std::size_t> m_leaking;  // examples that were told of
};

}  // namespace

void checkFiles(CheckedData& data, DataFindings& findings) {
  FileCheck check(data, findings);
  for (std::size_t i = 0; i < data.files.size(); ++i) check.check(i);
  check.finish();
}

void checkLikeness(const CheckedData& data, DataFindings& findings) {
  LikenessCheck check(data, findings);
  const std::vector<Group> contents = contentGroups(data);
  for (const Group& group : contents) check.tell(group, Fault::DuplicateFile, "=");
  for (const Group& group : alikeGroups(data, contents)) check.tell(group, Fault::SimilarPicture, "≈");
  if (data.kind == DataKind::Recordings && data.ownValidation) check.tellWords();
}

}  // namespace xllm::data
