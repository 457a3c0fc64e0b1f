#include "ui/training/finding_words.h"

#include <QRegularExpression>
#include <algorithm>
#include <array>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

struct Words {
  const char *what, *title, *figures, *proposal;  // `figures` may be nullptr
};

}  // namespace

FindingWords FindingWords::of(const data::Finding& finding) {
  static constexpr std::array<Words, 35> kWords{{
      {"malformed-row", QT_TR_NOOP("Rows that cannot be read"), nullptr,
       QT_TR_NOOP("Correct them, or leave them out.")},
      {"repeated-row", QT_TR_NOOP("Rows that say what earlier ones say"), nullptr,
       QT_TR_NOOP("Nothing has to be done: each is used once.")},
      {"conflicting-row", QT_TR_NOOP("Rows that say something else of a recording that was named before"), nullptr,
       QT_TR_NOOP("Keep the right row of each recording.")},
      {"missing-file", QT_TR_NOOP("Files that are not there or cannot be opened"), nullptr,
       QT_TR_NOOP("Put the files there, correct the names, or leave these rows out.")},
      {"empty-file", QT_TR_NOOP("Files that are empty"), nullptr,
       QT_TR_NOOP("Copy them again, or leave these rows out.")},
      {"wrong-kind", QT_TR_NOOP("Files of another kind than they should be"), nullptr,
       QT_TR_NOOP("Name the right files, or leave these rows out.")},
      {"unread-format", QT_TR_NOOP("Files of a format that is not read"), nullptr,
       QT_TR_NOOP("Save pictures as JPEG or PNG, recordings as FLAC or WAV, clips as MP4.")},
      {"broken-file", QT_TR_NOOP("Files that are damaged"), nullptr,
       QT_TR_NOOP("Get them again from where they came from, or leave these rows out.")},
      {"cut-off", QT_TR_NOOP("Files that are cut off"), nullptr,
       QT_TR_NOOP("Copy or download them again, or leave these rows out.")},
      {"cut-short", QT_TR_NOOP("Files that lack their end; what is there can be used"), nullptr,
       QT_TR_NOOP("Copy them again: their texts tell of what is missing, too.")},
      {"wrong-ending", QT_TR_NOOP("Files of another format than their names say"), nullptr,
       QT_TR_NOOP("Nothing has to be done: files are told by their content. Other programs may stumble.")},
      {"missing-text", QT_TR_NOOP("Files without a text"), nullptr,
       QT_TR_NOOP("Write a text of the same name beside each, or leave the files out.")},
      {"empty-text", QT_TR_NOOP("Texts that are empty"), nullptr, QT_TR_NOOP("Write the texts, or leave them out.")},
      {"not-utf8", QT_TR_NOOP("Texts that are not UTF-8"), nullptr, QT_TR_NOOP("Save the list as UTF-8.")},
      {"broken-letters", QT_TR_NOOP("Texts with letters that a wrong conversion left behind"), nullptr,
       QT_TR_NOOP(
           "Make the list again from its origin and save it as UTF-8: the model would learn to write such letters.")},
      {"placeholder-mismatch", QT_TR_NOOP("Marks such as <image> that do not come out even with the files"), nullptr,
       QT_TR_NOOP("Give each mark one file and each file one mark.")},
      {"text-without-file", QT_TR_NOOP("Texts without a file"), nullptr,
       QT_TR_NOOP("Look for a mistyped name, or take the texts away.")},
      {"file-without-text", QT_TR_NOOP("Files of the list without a text in it"), nullptr,
       QT_TR_NOOP("Nothing has to be done: they are left out.")},
      {"unused-file", QT_TR_NOOP("Files in the folder that are of no kind that is read here"), nullptr,
       QT_TR_NOOP("Nothing has to be done, unless they are meant to be used: then convert them.")},
      {"duplicate-file", QT_TR_NOOP("Files with the same content as earlier ones"), nullptr,
       QT_TR_NOOP("Keep one of each: the others count as if they were seen so much more often.")},
      {"similar-pictures", QT_TR_NOOP("Pictures that look nearly like earlier ones"), nullptr,
       QT_TR_NOOP("Look at them; keep one of each where they are the same picture.")},
      {"same-text", QT_TR_NOOP("Texts that say the same about another file"), nullptr,
       QT_TR_NOOP(
           "Nothing has to be done where the files are alike or several people say one sentence; else write what sets "
           "them apart.")},
      {"other-language", QT_TR_NOOP("Texts in another language or script than the rest"),
       QT_TR_NOOP("Languages found: %1."),
       QT_TR_NOOP("Translate them or leave them out, unless the model is to learn both.")},
      {"text-length", QT_TR_NOOP("Texts that are much shorter or longer than the others"),
       QT_TR_NOOP("Half of the texts have %1 to %2 words."),
       QT_TR_NOOP("Look whether these texts are whole, and whether several got into one.")},
      {"blank-picture", QT_TR_NOOP("Pictures or clips that show nothing but one colour"), nullptr,
       QT_TR_NOOP("Leave them out.")},
      {"small-picture", QT_TR_NOOP("Pictures that are very small"), QT_TR_NOOP("Smaller than %1 pixels."),
       QT_TR_NOOP("Use larger ones: the model sees them magnified and blurred.")},
      {"narrow-picture", QT_TR_NOOP("Pictures that are very narrow"), QT_TR_NOOP("More than %1 times as long as wide."),
       QT_TR_NOOP("Cut them: the model sees a square, so that most of them is lost or squeezed.")},
      {"silence", QT_TR_NOOP("Recordings that are silent, but have words"), nullptr,
       QT_TR_NOOP("Record them again, leave them out, or give them an empty text.")},
      {"faint", QT_TR_NOOP("Recordings that are very quiet"), QT_TR_NOOP("Below %1 dB."),
       QT_TR_NOOP("Make them louder, or record closer to the microphone.")},
      {"clipping", QT_TR_NOOP("Recordings that are too loud: their peaks are cut off"), nullptr,
       QT_TR_NOOP("Record them again with a lower level.")},
      {"too-short", QT_TR_NOOP("Recordings or clips that are very short"), QT_TR_NOOP("Shorter than %1 s."),
       QT_TR_NOOP("Look whether they are whole; leave them out if not.")},
      {"too-long", QT_TR_NOOP("Recordings or clips that are very long"),
       QT_TR_NOOP("Recordings over %1 s, clips over %2 s."),
       QT_TR_NOOP("Cut them into pieces with a text each: they take much memory and teach little.")},
      {"speech-rate", QT_TR_NOOP("Recordings with more or fewer words than anybody speaks in their time"), nullptr,
       QT_TR_NOOP("Look whether the texts belong to these recordings and are whole.")},
      {"sample-rate", QT_TR_NOOP("Recordings that are converted to 16 kHz and one channel"),
       QT_TR_NOOP("As they are: %1."),
       QT_TR_NOOP("Nothing has to be done. What was recorded at less than 16 kHz lacks its high tones.")},
      {"leak", QT_TR_NOOP("Examples for training that are the same as ones for validation"), nullptr,
       QT_TR_NOOP("Take them out of one side: figures of the validation would be better than the model is.")},
  }};

  const auto found = std::find_if(kWords.begin(), kWords.end(), [&](const Words& w) { return finding.what == w.what; });
  FindingWords words;
  if (found == kWords.end()) {
    words.title = QString::fromStdString(finding.sentence);
    words.proposal = QString::fromStdString(finding.proposal);
    return words;
  }
  words.title = tr(found->title);
  words.proposal = tr(found->proposal);
  if (found->figures == nullptr) return words;
  words.figures = tr(found->figures);
  for (const std::string& figure : finding.figures) words.figures = words.figures.arg(QString::fromStdString(figure));
  return words;
}

QString FindingWords::ofRow(const std::string& row) {
  static const QRegularExpression place(u"\\b(row|line|entry) (\\d+) of (?:\"([^\"]*)\" in )?(\\S+)"_s);
  const QString text = QString::fromStdString(row);
  QString words;
  qsizetype from = 0;
  for (auto each = place.globalMatch(text); each.hasNext();) {
    const QRegularExpressionMatch match = each.next();
    words += text.mid(from, match.capturedStart() - from);
    const QString what = match.captured(1), number = match.captured(2), list = match.captured(4);
    if (!match.captured(3).isEmpty()) {
      words += tr("entry %1 of “%2” in %3").arg(number, match.captured(3), list);
    } else if (what == "row"_L1) {
      words += tr("row %1 of %2").arg(number, list);
    } else {
      words += what == "line"_L1 ? tr("line %1 of %2").arg(number, list) : tr("entry %1 of %2").arg(number, list);
    }
    from = match.capturedEnd();
  }
  return words + text.mid(from);
}

QString FindingWords::of(data::Severity severity) {
  switch (severity) {
    case data::Severity::Error: return tr("Error");
    case data::Severity::Warning: return tr("Warning");
    case data::Severity::Note: break;
  }
  return tr("Note");
}

}  // namespace xllm::ui
