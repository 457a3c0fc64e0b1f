#include "core/data/data_findings.h"

#include <algorithm>
#include <array>

#include "core/data/format_text.h"

namespace xllm::data {

namespace {

// The first {} is the number of rows, the others are figures. `one` is said of a single row.
struct Words {
  Fault fault;
  std::string_view one, several, proposal;
};
constexpr std::array<Words, 35> kWords{{
    {Fault::MalformedRow, "{} row cannot be read.", "{} rows cannot be read.",
     "Write them as docs/training-data.md shows, or leave them out."},
    {Fault::RepeatedRow, "{} row says what an earlier one says.", "{} rows say what earlier ones say.",
     "Nothing has to be done: each is used once."},
    {Fault::ConflictingRow, "{} row says something else of a recording that was named before.",
     "{} rows say something else of recordings that were named before.", "Keep the right row of each recording."},
    {Fault::MissingFile, "{} row names a file that is not there or cannot be opened.",
     "{} rows name files that are not there or cannot be opened.",
     "Put the files there, correct the names, or leave these rows out."},
    {Fault::EmptyFile, "The file of {} row is empty.", "The files of {} rows are empty.",
     "Copy them again, or leave these rows out."},
    {Fault::WrongKind, "The file of {} row is of another kind than it should be.",
     "The files of {} rows are of other kinds than they should be.", "Name the right files, or leave these rows out."},
    {Fault::UnreadFormat, "The file of {} row has a format that is not read.",
     "The files of {} rows have formats that are not read.",
     "Save pictures as JPEG or PNG, recordings as FLAC or WAV, clips as MP4."},
    {Fault::BrokenFile, "The file of {} row is damaged and cannot be decoded.",
     "The files of {} rows are damaged and cannot be decoded.",
     "Get them again from where they came from, or leave these rows out."},
    {Fault::CutOffFile, "The file of {} row is cut off and cannot be decoded.",
     "The files of {} rows are cut off and cannot be decoded.",
     "Copy or download them again, or leave these rows out."},
    {Fault::CutShort, "The file of {} row lacks its end; what is there can be used.",
     "The files of {} rows lack their ends; what is there can be used.",
     "Copy them again: their texts tell of what is missing, too."},
    {Fault::WrongEnding, "The file of {} row is of another format than its name says.",
     "The files of {} rows are of other formats than their names say.",
     "Nothing has to be done: files are told by their content. Other programs may stumble."},
    {Fault::MissingText, "{} file has no text.", "{} files have no text.",
     "Write a text of the same name beside each, or leave the files out."},
    {Fault::EmptyText, "{} row has an empty text.", "{} rows have empty texts.", "Write the texts, or leave them out."},
    {Fault::NotUtf8, "{} row has a text that is not UTF-8.", "{} rows have texts that are not UTF-8.",
     "Save the list as UTF-8."},
    {Fault::BrokenLetters, "{} text has letters that a wrong conversion left behind.",
     "{} texts have letters that a wrong conversion left behind.",
     "Make the list again from its origin and save it as UTF-8: the model would learn to write such letters."},
    {Fault::PlaceholderMismatch, "{} row has marks such as <image> that do not come out even with its files.",
     "{} rows have marks such as <image> that do not come out even with their files.",
     "Give each mark one file and each file one mark."},
    {Fault::TextWithoutFile, "{} text has no file that it belongs to.", "{} texts have no files that they belong to.",
     "Look for a mistyped name, or take the texts away."},
    {Fault::FileWithoutText, "{} file of the list has no text in it.", "{} files of the list have no texts in it.",
     "Nothing has to be done: they are left out."},
    {Fault::UnusedFile, "{} file in the folder is of no kind that is read here.",
     "{} files in the folder are of no kind that is read here.",
     "Nothing has to be done, unless they are meant to be used: then convert them."},
    {Fault::DuplicateFile, "{} file has the same content as an earlier one.",
     "{} files have the same content as earlier ones.",
     "Keep one of each: the others count as if they were seen so much more often."},
    {Fault::SimilarPicture, "{} picture looks nearly like an earlier one.",
     "{} pictures look nearly like earlier ones.", "Look at them; keep one of each where they are the same picture."},
    {Fault::SameText, "{} text says the same as an earlier one, about another file.",
     "{} texts say the same as earlier ones, about other files.",
     "Nothing has to be done where the files are alike or several people say one sentence; else write what sets them "
     "apart."},
    {Fault::OtherLanguage, "{} text is in another language or script than the rest ({}).",
     "{} texts are in other languages or scripts than the rest ({}).",
     "Translate them or leave them out, unless the model is to learn both."},
    {Fault::TextLength, "{} text is much shorter or longer than the others: half of them have {} to {} words.",
     "{} texts are much shorter or longer than the others: half of those have {} to {} words.",
     "Look whether these texts are whole, and whether several got into one."},
    {Fault::BlankPicture, "{} picture or clip shows nothing but one colour.",
     "{} pictures or clips show nothing but one colour.", "Leave them out."},
    {Fault::SmallPicture, "{} picture is smaller than {} pixels.", "{} pictures are smaller than {} pixels.",
     "Use larger ones: the model sees them magnified and blurred."},
    {Fault::NarrowPicture, "{} picture is more than {} times as long as it is wide.",
     "{} pictures are more than {} times as long as they are wide.",
     "Cut them: the model sees a square, so that most of them is lost or squeezed."},
    {Fault::Silence, "{} recording is silent, but has words.", "{} recordings are silent, but have words.",
     "Record them again, leave them out, or give them an empty text."},
    {Fault::Faint, "{} recording is very quiet (below {} dB).", "{} recordings are very quiet (below {} dB).",
     "Make them louder, or record closer to the microphone."},
    {Fault::Clipping, "{} recording is too loud: its peaks are cut off.",
     "{} recordings are too loud: their peaks are cut off.", "Record them again with a lower level."},
    {Fault::TooShort, "{} recording or clip is shorter than {} s.", "{} recordings or clips are shorter than {} s.",
     "Look whether they are whole; leave them out if not."},
    {Fault::TooLong, "{} recording or clip is very long (recordings over {} s, clips over {} s).",
     "{} recordings or clips are very long (recordings over {} s, clips over {} s).",
     "Cut them into pieces with a text each: they take much memory and teach little."},
    {Fault::SpeechRate, "{} recording has more or fewer words than anybody speaks in its time.",
     "{} recordings have more or fewer words than anybody speaks in their time.",
     "Look whether the texts belong to these recordings and are whole."},
    {Fault::SampleRate, "{} file is not 16 kHz with one channel, and is converted when it is read ({}).",
     "{} files are not 16 kHz with one channel, and are converted when they are read ({}).",
     "Nothing has to be done. What was recorded at less than 16 kHz lacks its high tones."},
    {Fault::Leak, "{} example for training is the same as one for validation.",
     "{} examples for training are the same as ones for validation.",
     "Take them out of one side: figures of the validation would be better than the model is."},
}};

const Words& wordsOf(Fault fault) {
  return *std::ranges::find_if(kWords, [&](const Words& words) { return words.fault == fault; });
}

std::string filled(std::string_view pattern, std::vector<std::string> parts) {
  std::string text;
  for (const std::string& part : parts) {
    const auto place = pattern.find("{}");
    if (place == std::string_view::npos) break;
    text.append(pattern.substr(0, place)).append(part);
    pattern.remove_prefix(place + 2);
  }
  return text.append(pattern);
}

}  // namespace

std::string rowText(const std::string& where, const std::filesystem::path& file, const std::string& details) {
  const std::string name = file.filename().string();
  const bool isNamed = name.empty() || where.ends_with(name);  // "cat3.jpg", of a folder
  return formatText("{}{}{}", where, isNamed ? "" : formatText(" ({})", name),
                    details.empty() ? "" : formatText(": {}", details));
}

std::string rowText(const DataExample& example, const std::string& details) {
  return rowText(example.where, example.files.empty() ? std::filesystem::path() : example.files.front().file, details);
}

void DataFindings::add(Fault fault, Severity severity, std::string row) {
  m_entries[{severity, fault}].rows.push_back(std::move(row));
}

void DataFindings::setFigures(Fault fault, Severity severity, std::vector<std::string> figures) {
  m_entries[{severity, fault}].figures = std::move(figures);
}

std::vector<Finding> DataFindings::take() {
  std::vector<Finding> findings;
  for (auto& [key, entry] : m_entries) {
    const auto [severity, fault] = key;
    if (entry.rows.empty()) continue;
    const Words& words = wordsOf(fault);
    std::vector<std::string> parts{std::to_string(entry.rows.size())};
    parts.insert(parts.end(), entry.figures.begin(), entry.figures.end());
    findings.push_back({std::string(toString(fault)), severity,
                        filled(entry.rows.size() == 1 ? words.one : words.several, std::move(parts)),
                        std::string(words.proposal), std::move(entry.rows), std::move(entry.figures)});
  }
  m_entries.clear();
  std::ranges::stable_sort(findings, [](const Finding& a, const Finding& b) {
    return a.severity != b.severity ? a.severity > b.severity : a.rows.size() > b.rows.size();
  });
  return findings;
}

}  // namespace xllm::data
