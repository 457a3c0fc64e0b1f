// Folders with one of each fault: the report names them all, with their rows, and nothing else.
#include "core/data/data_check.h"

#include <map>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/data/captions.h"
#include "core/data/conversations.h"
#include "core/data/recordings.h"
#include "media/decode/file_decoder.h"
#include "tests/core/data/planted.h"

namespace xllm::data {
namespace {

using Path = std::filesystem::path;
using Rows = std::vector<std::string>;
using tests::given;
using tests::Scratch;
using tests::slurp;
using tests::wav;

const media::FileDecoder kDecoder;

DataReport check(const Path& source, DataKind kind, CheckOptions options = {}) {
  options.probe = &kDecoder;
  auto report = checkData(source, kind, options, {}, {});
  if (!report) throw std::runtime_error(report.error().message);
  return *report;
}

Rows rowsOf(const DataReport& report, const std::string& what, Severity severity = Severity::Error) {
  for (const Finding& finding : report.findings) {
    if (finding.what == what && finding.severity == severity) return finding.rows;
  }
  return {};
}

// "missing-file error", …
std::set<std::string> namesOf(const DataReport& report) {
  std::set<std::string> names;
  for (const Finding& finding : report.findings) {
    names.insert(finding.what + " " + std::string(toString(finding.severity)));
    EXPECT_FALSE(finding.sentence.empty()) << finding.what;
    EXPECT_EQ(finding.sentence.find("{}"), std::string::npos) << finding.sentence;
    EXPECT_FALSE(finding.proposal.empty()) << finding.what;
    EXPECT_FALSE(finding.rows.empty()) << finding.what;
  }
  return names;
}

class DataCheck : public ::testing::Test {
 protected:
  void copy(const std::string& from, const std::string& to) const { m_folder.write(to, slurp(given(from))); }

  // Pictures without fault, each with two captions, as rows of a table.
  std::string soundPictures() const {
    const std::map<std::string, std::pair<std::string, std::string>> captions{
        {"cat.jpg", {"the face of a cat in the sun", "a cat that is looking at you"}},
        {"koala.jpg", {"a koala is sitting in the tree", "the grey koala is on a branch"}},
        {"panda.jpg", {"a panda is eating in the grass", "the panda is at a meal of leaves"}},
        {"polar-bear.jpg", {"the white bear is on the ice", "a bear is walking in the snow"}},
        {"rocket.jpg", {"a rocket is on the way to the sky", "the rocket is above the fire"}},
        {"espresso.jpg", {"a cup of coffee is on the table", "the coffee is in a white cup"}}};
    std::string rows = "image,caption\n";
    for (const auto& [name, both] : captions) {
      copy(name, name);
      rows += name + "," + both.first + "\n" + name + "," + both.second + "\n";
    }
    return rows;
  }

  Scratch m_folder;
};

TEST_F(DataCheck, FindsNothingInPicturesWithoutFault) {
  const auto report = check(m_folder.write("x.csv", soundPictures()), DataKind::Pictures);
  EXPECT_TRUE(namesOf(report).empty()) << reportText(report);
  EXPECT_EQ(report.form, "table");
  EXPECT_EQ(report.examples, 6);
  EXPECT_EQ(report.usable, 6);
  EXPECT_EQ(report.texts, 12);
  EXPECT_EQ(report.split.training + report.split.validation, 6);
  EXPECT_GE(report.split.validation, 1);
  ASSERT_EQ(report.languages.size(), 1U);
  EXPECT_EQ(report.languages.front().language, "en");
}

TEST_F(DataCheck, TellsEveryFaultOfPictures) {
  std::string rows = soundPictures();  // to row 13
  auto add = [&, row = 13](const std::string& name, const std::string& caption) mutable {
    rows += name + "," + caption + "\n";
    return "row " + std::to_string(++row) + " of x.csv";
  };
  const std::string koala = slurp(given("koala.jpg")), panda = slurp(given("panda.jpg"));
  m_folder.write("empty.jpg", "");
  m_folder.write("scratched.jpg", tests::scratched(koala));
  m_folder.write("cut.jpg", panda.substr(0, panda.size() / 2));
  m_folder.write("letter.jpg", "Dear friend, this is no picture at all.\n");
  m_folder.write("phone.jpg", std::string("\0\0\0\x18"
                                          "ftypheic",
                                          12) +
                                  "\0\0\0\0mif1heic");
  m_folder.write("copy.jpg", slurp(given("cat.jpg")));
  m_folder.write("again.bmp", tests::halvedBmp(*kDecoder.decodePicture(given("rocket.jpg"))));
  m_folder.write("png.jpg", slurp(given("formats/quadrants.png")));
  m_folder.write("blank.ppm", tests::ppm(tests::oneColour(120, 100)));
  m_folder.write("tiny.ppm", tests::ppm(tests::waves(40, 30, 1)));
  m_folder.write("narrow.ppm", tests::ppm(tests::waves(700, 100, 2)));
  m_folder.write("a.ppm", tests::ppm(tests::waves(200, 150, 3)));
  m_folder.write("b.ppm", tests::ppm(tests::waves(200, 150, 9)));
  m_folder.write("c.ppm", tests::ppm(tests::waves(200, 150, 17)));
  m_folder.write("d.ppm", tests::ppm(tests::waves(200, 150, 25)));
  m_folder.write("e.ppm", tests::ppm(tests::waves(200, 150, 33)));
  m_folder.write("f.ppm", tests::ppm(tests::waves(200, 150, 40)));
  const std::string gone = add("gone.jpg", "a picture that is not in the folder");
  const std::string empty = add("empty.jpg", "an empty file is in the folder");
  const std::string broken = add("scratched.jpg", "the middle of it is in pieces");
  const std::string cut = add("cut.jpg", "the end of it is not in the file");
  const std::string letter = add("letter.jpg", "this is a letter to the friend");
  const std::string phone = add("phone.jpg", "a picture that is of a phone");
  const std::string same = add("copy.jpg", "this is the very same cat");
  const std::string alike = add("again.bmp", "the rocket is in the air again");
  const std::string ending = add("png.jpg", "the four colours are in a square");
  const std::string blank = add("blank.ppm", "there is nothing in the picture");
  const std::string tiny = add("tiny.ppm", "it is a very small picture");
  const std::string narrow = add("narrow.ppm", "it is a long and narrow wave");
  const std::string silent = add("a.ppm", "");
  const std::string latin = add("a.ppm", "a caf\xE9 in the morning");
  const std::string mojibake = add("a.ppm", "the cafÃ© is on the corner");
  const std::string chinese = add("b.ppm", "一只灰色的猫坐在沙发上");
  const std::string german = add("c.ppm", "die graue Katze ist auf dem Sofa und nicht im Garten");
  std::string endless = "the waves are";
  for (int i = 0; i < 60; ++i) endless += " on and on and";
  const std::string tooMuch = add("d.ppm", endless);
  const std::string sameText = add("e.ppm", "The face of a cat in the sun.");
  const std::string mark = add("f.ppm", "<image> these are the waves of the sea");
  const std::string repeated = add("f.ppm", "<image> these are the waves of the sea");
  const std::string cells = add("a.ppm", "one, two");

  const auto report = check(m_folder.write("x.csv", rows), DataKind::Pictures);
  const auto row = [](const std::string& where, const std::string& name, const std::string& more = {}) {
    return Rows{where + " (" + name + ")" + more};
  };
  const Severity warning = Severity::Warning, note = Severity::Note;
  EXPECT_EQ(rowsOf(report, "missing-file"), row(gone, "gone.jpg"));
  EXPECT_EQ(rowsOf(report, "empty-file"), row(empty, "empty.jpg"));
  EXPECT_EQ(rowsOf(report, "broken-file"), row(broken, "scratched.jpg"));
  EXPECT_EQ(rowsOf(report, "cut-off"), row(cut, "cut.jpg"));
  EXPECT_EQ(rowsOf(report, "wrong-kind"), row(letter, "letter.jpg"));
  EXPECT_EQ(rowsOf(report, "unread-format").size(), 1U);
  EXPECT_EQ(rowsOf(report, "unread-format").at(0).find(phone), 0U);
  EXPECT_EQ(rowsOf(report, "duplicate-file", warning), row(same, "copy.jpg", " = row 2 of x.csv (cat.jpg)"));
  EXPECT_EQ(rowsOf(report, "similar-pictures", warning), row(alike, "again.bmp", " ≈ row 12 of x.csv (rocket.jpg)"));
  EXPECT_EQ(rowsOf(report, "wrong-ending", note), row(ending, "png.jpg", ": PNG"));
  EXPECT_EQ(rowsOf(report, "blank-picture", warning), row(blank, "blank.ppm"));
  EXPECT_EQ(rowsOf(report, "small-picture", warning).back(), row(tiny, "tiny.ppm", ": 40 × 30").front());
  EXPECT_EQ(rowsOf(report, "narrow-picture", note), row(narrow, "narrow.ppm", ": 700 × 100"));
  EXPECT_EQ(rowsOf(report, "empty-text"), row(silent, "a.ppm"));
  EXPECT_EQ(rowsOf(report, "not-utf8"), row(latin, "a.ppm"));
  EXPECT_EQ(rowsOf(report, "broken-letters", warning).at(0).find(mojibake), 0U);
  EXPECT_EQ(rowsOf(report, "other-language", warning).size(), 2U) << reportText(report);
  EXPECT_EQ(rowsOf(report, "other-language", warning).at(0).find(chinese + " (b.ppm): zh"), 0U);
  EXPECT_EQ(rowsOf(report, "other-language", warning).at(1).find(german + " (c.ppm): de"), 0U);
  EXPECT_EQ(rowsOf(report, "text-length", note), row(tooMuch, "d.ppm", ": 243"));
  EXPECT_EQ(rowsOf(report, "same-text", note), row(sameText, "e.ppm", " = row 2 of x.csv (cat.jpg)"));
  EXPECT_EQ(rowsOf(report, "placeholder-mismatch", warning), row(mark, "f.ppm", ": <image>"));
  EXPECT_EQ(rowsOf(report, "repeated-row", note).size(), 1U);
  EXPECT_EQ(rowsOf(report, "repeated-row", note).at(0).find(repeated), 0U);
  EXPECT_EQ(rowsOf(report, "malformed-row"), Rows{cells + ": has 3 cells where the header has 2"});
  const std::set<std::string> wanted{
      "missing-file error", "empty-file error",      "broken-file error",      "cut-off error",
      "wrong-kind error",   "unread-format error",   "duplicate-file warning", "similar-pictures warning",
      "wrong-ending note",  "blank-picture warning", "small-picture warning",  "narrow-picture note",
      "empty-text error",   "not-utf8 error",        "broken-letters warning", "other-language warning",
      "text-length note",   "same-text note",        "repeated-row note",      "placeholder-mismatch warning",
      "malformed-row error"};
  auto names = namesOf(report);
  names.erase("leak warning");  // whether the two cats or rockets fall on two sides is up to their content
  EXPECT_EQ(names, wanted) << reportText(report);
  EXPECT_EQ(report.findings.front().severity, Severity::Error) << "the worst first";
  EXPECT_EQ(report.usable, 6 + 12) << reportText(report);
  const std::string text = reportText(report);
  EXPECT_NE(text.find("ERROR missing-file: 1 row names a file"), std::string::npos) << text;
  const auto json = nlohmann::json::parse(reportJson(report));
  EXPECT_EQ(json["usable"], 18);
  EXPECT_EQ(json["findings"].size(), report.findings.size());
}

TEST_F(DataCheck, ReadsFoldersOfPicturesWithTheirTexts) {
  const Path pets = m_folder.path() / "pets";
  for (const char* name : {"cat", "koala"}) {
    copy(std::string(name) + ".jpg", std::string("pets/") + name + ".jpg");
    m_folder.write(std::string("pets/") + name + ".txt", "the " + std::string(name) + " is in the picture\n");
  }
  copy("panda.jpg", "pets/deep/panda.jpg");
  m_folder.write("pets/pandda.txt", "the panda is in the grass\n");
  m_folder.write("pets/notes.docx", "x");
  const auto report = check(pets, DataKind::Pictures);
  EXPECT_EQ(report.form, "folder");
  EXPECT_EQ(rowsOf(report, "missing-text"), Rows{"deep/panda.jpg"});
  EXPECT_EQ(rowsOf(report, "text-without-file", Severity::Note), Rows{"pandda.txt"});
  EXPECT_EQ(rowsOf(report, "unused-file", Severity::Note), Rows{"notes.docx"});
  EXPECT_EQ(namesOf(report).size(), 3U) << reportText(report);
}

TEST_F(DataCheck, ReadsCocoLlavaAndJsonLinesOfPictures) {
  for (const char* name : {"cat.jpg", "koala.jpg", "panda.jpg"}) copy(name, name);
  const auto coco = check(
      m_folder.write("captions_val.json",
                     R"({"images": [{"id": 1, "file_name": "cat.jpg"}, {"id": 2, "file_name": "koala.jpg"}, )"
                     R"({"id": 3, "file_name": "gone.jpg"}], "annotations": [{"image_id": 1, "caption": "the cat"}, )"
                     R"({"image_id": 3, "caption": "it is gone"}, {"image_id": 9, "caption": "whose is it"}]})"),
      DataKind::Pictures);
  EXPECT_EQ(coco.form, "COCO");
  EXPECT_EQ(rowsOf(coco, "missing-file"), Rows{"entry 2 of \"annotations\" in captions_val.json (gone.jpg)"});
  EXPECT_EQ(rowsOf(coco, "malformed-row").size(), 1U);
  EXPECT_EQ(rowsOf(coco, "file-without-text", Severity::Note).size(), 1U) << reportText(coco);

  const auto llava = check(
      m_folder.write(
          "llava.json",
          R"([{"image": "cat.jpg", "conversations": [{"from": "human", "value": "<image>\nWhat is it?"}, )"
          R"({"from": "gpt", "value": "It is a cat."}]}, {"image": "panda.jpg", "conversations": [)"
          R"({"from": "human", "value": "<image><image>Both?"}, {"from": "gpt", "value": "One of them is a panda."}]}])"),
      DataKind::Pictures);
  EXPECT_EQ(llava.form, "LLaVA");
  EXPECT_EQ(rowsOf(llava, "placeholder-mismatch", Severity::Warning),
            Rows{"entry 2 of llava.json (panda.jpg): has 2 marks for one picture"});

  const auto lines = check(m_folder.write("x.jsonl",
                                          "{\"image\": \"cat.jpg\", \"caption\": \"a cat\"}\n{\"image\": 7}\n"
                                          "{\"image\": \"koala.jpg\", \"caption\": \"caf\xE9\"}\n"),
                           DataKind::Pictures);
  EXPECT_EQ(lines.form, "JSON lines");
  EXPECT_EQ(rowsOf(lines, "malformed-row").size(), 1U);
  EXPECT_EQ(rowsOf(lines, "not-utf8"), Rows{"line 3 of x.jsonl: is not valid UTF-8"});
}

TEST_F(DataCheck, FindsWhatIsInTrainingAndInValidation) {
  const Path train = m_folder.write("x.csv", soundPictures());
  copy("cat.jpg", "held/other-name.jpg");
  m_folder.write("held/small.bmp", tests::halvedBmp(*kDecoder.decodePicture(given("koala.jpg"))));
  m_folder.write("held/new.ppm", tests::ppm(tests::waves(200, 150, 3)));
  const Path held = m_folder.write("held/held.csv",
                                   "image,caption\nother-name.jpg,it is a cat\nsmall.bmp,a small koala\n"
                                   "new.ppm,the waves of the sea\ngone.jpg,it is gone\n");
  const auto report = check(train, DataKind::Pictures, {.validation = held});
  EXPECT_EQ(rowsOf(report, "leak", Severity::Warning),
            (Rows{"row 2 of x.csv (cat.jpg) = row 2 of held.csv (other-name.jpg)",
                  "row 6 of x.csv (koala.jpg) ≈ row 3 of held.csv (small.bmp)"}))
      << reportText(report);
  EXPECT_EQ(rowsOf(report, "missing-file"), Rows{"row 5 of held.csv (gone.jpg)"});
  EXPECT_EQ(report.split.training, 6);
  EXPECT_EQ(report.split.validation, 3);
  EXPECT_EQ(report.split.share, 0);
}

TEST_F(DataCheck, TellsEveryFaultOfClips) {
  const auto clip = [&](const std::string& name, double seconds, int seed, bool blank = false) {
    std::filesystem::create_directories(m_folder.path());
    tests::writeClip(m_folder.path() / name, seconds, seed, blank);
  };
  std::string rows = "video,caption\n";
  auto add = [&, row = 1](const std::string& name, const std::string& caption) mutable {
    rows += name + "," + caption + "\n";
    return "row " + std::to_string(++row) + " of x.csv (" + name + ")";
  };
  clip("a.mp4", 2, 1);
  clip("b.mp4", 2, 9);
  clip("blank.mp4", 1, 1, true);
  clip("short.mp4", 0.1, 5);
  m_folder.write("copy.mp4", slurp(m_folder.path() / "a.mp4"));
  const std::string whole = slurp(m_folder.path() / "b.mp4"), webm = slurp(given("formats/clip.webm"));
  m_folder.write("cut.mp4", whole.substr(0, whole.size() / 2));
  const std::size_t index = whole.find("moov");
  m_folder.write("torn.mp4", whole.substr(0, 60) + std::string(index - 64, 'x') + whole.substr(index - 4));
  m_folder.write("broken.webm", webm.substr(0, 60) + std::string(webm.size() - 60, 'x'));
  m_folder.write("half.webm", webm.substr(0, webm.size() * 9 / 10));
  m_folder.write("empty.mp4", "");
  copy("cat.jpg", "picture.mp4");
  m_folder.write("ending.avi", slurp(given("formats/clip.mp4")));
  add("a.mp4", "the waves are in the sea");
  add("b.mp4", "a wave is on the water");
  const std::string blank = add("blank.mp4", "there is nothing in it"), brief = add("short.mp4", "it is over at once");
  const std::string same = add("copy.mp4", "the same waves in the sea"),
                    cut = add("cut.mp4", "it is cut in the middle");
  const std::string half = add("half.webm", "the end of it is not there"), empty = add("empty.mp4", "it is empty");
  const std::string picture = add("picture.mp4", "this is a cat"), gone = add("gone.mp4", "it is not there");
  const std::string broken = add("broken.webm", "it is all in pieces"), torn = add("torn.mp4", "it is torn in two");
  const std::string ending = add("ending.avi", "it is in another format");
  const auto report = check(m_folder.write("x.csv", rows), DataKind::Clips);
  EXPECT_EQ(rowsOf(report, "blank-picture", Severity::Warning), Rows{blank});
  EXPECT_EQ(rowsOf(report, "too-short", Severity::Warning).at(0).find(brief), 0U);
  EXPECT_EQ(rowsOf(report, "duplicate-file", Severity::Warning), Rows{same + " = row 2 of x.csv (a.mp4)"});
  EXPECT_EQ(rowsOf(report, "cut-off"), Rows{cut});
  EXPECT_EQ(rowsOf(report, "broken-file"), Rows{broken});
  ASSERT_EQ(rowsOf(report, "cut-short", Severity::Warning).size(), 2U) << reportText(report);
  EXPECT_EQ(rowsOf(report, "cut-short", Severity::Warning).at(0).find(half), 0U);
  EXPECT_EQ(rowsOf(report, "cut-short", Severity::Warning).at(1).find(torn), 0U);
  EXPECT_EQ(rowsOf(report, "empty-file"), Rows{empty});
  EXPECT_EQ(rowsOf(report, "missing-file"), Rows{gone});
  ASSERT_EQ(rowsOf(report, "wrong-kind").size(), 1U);
  EXPECT_EQ(rowsOf(report, "wrong-kind").at(0).find(picture), 0U);
  EXPECT_EQ(rowsOf(report, "wrong-ending", Severity::Note), (Rows{picture + ": JPEG", ending + ": MP4"}));
  auto names = namesOf(report);
  names.erase("leak warning");
  names.erase("text-length note");
  EXPECT_EQ(names, (std::set<std::string>{"blank-picture warning", "too-short warning", "duplicate-file warning",
                                          "broken-file error", "cut-off error", "cut-short warning", "empty-file error",
                                          "missing-file error", "wrong-kind error", "wrong-ending note"}))
      << reportText(report);
  EXPECT_GT(report.seconds, 2 + 2 + 1 + 2);
}

TEST_F(DataCheck, ReadsTheListOfMsrVtt) {
  tests::writeClip(m_folder.path() / "video7.mp4", 1, 2);
  const auto report =
      check(m_folder.write("x.json", R"({"videos": [{"video_id": "video7"}, {"video_id": "video8"}], )"
                                     R"("sentences": [{"video_id": "video7", "caption": "a man sings"}, )"
                                     R"({"video_id": "video8", "caption": "a man is gone"}]})"),
            DataKind::Clips);
  EXPECT_EQ(report.form, "MSR-VTT");
  EXPECT_EQ(rowsOf(report, "missing-file"), Rows{"entry 2 of \"sentences\" in x.json (video8.mp4)"});
  EXPECT_EQ(report.usable, 1);
}

TEST_F(DataCheck, TellsEveryFaultOfRecordings) {
  std::string rows;
  auto add = [&, line = 0](const std::string& name, const std::string& text, const std::string& bytes = {}) mutable {
    if (!bytes.empty()) m_folder.write(name, bytes);
    rows += nlohmann::json{{"audio", name}, {"text", text}}.dump() + "\n";
    return "line " + std::to_string(++line) + " of x.jsonl (" + name + ")";
  };
  for (int i = 0; i < 9; ++i) {
    const std::string number = std::to_string(i);
    add("good" + number + ".wav", "this is what is said in number " + number, wav(2, 0.4, 16000, 1, 100 + 7 * i));
  }
  std::string flac = slurp(given("conf-now-recording.flac"));
  for (std::size_t i = 100; i < flac.size(); ++i) flac[i] = 'x';
  const std::string pause = add("pause.wav", "", wav(2, 0.0));
  const std::string silent = add("silent.wav", "there is a word in the dark", wav(2, 0.00005));
  const std::string faint = add("faint.wav", "it is a very quiet voice", wav(2, 0.004));
  const std::string loud = add("loud.wav", "it is a very loud voice", wav(2, 3.0));
  const std::string brief = add("brief.wav", "it", wav(0.2)), click = add("click.wav", "it", wav(0.05));
  const std::string endless = add("long.wav", "this is a recording that is very long and that nobody cut in pieces",
                                  wav(34, 0.4, 16000, 1, 211));
  const std::string fast =
      add("fast.wav", "this is what is said in one second and it is so much that nobody can say it",
          wav(1, 0.4, 16000, 1, 223));
  const std::string cut = add("cut.wav", "the end of it is not in the file", wav(3).substr(0, 80000));
  const std::string rate = add("rate.wav", "it is an old recording", wav(2, 0.4, 8000, 2));
  const std::string broken = add("broken.flac", "this is in pieces", flac);
  const std::string same = add("copy.wav", "this is what is said in number 0", wav(2, 0.4, 16000, 1, 100));
  const std::string foreign = add("german.wav", "das ist die Stimme und ein Haus", wav(3, 0.4, 16000, 1, 227));
  const std::string gone = add("gone.wav", "it is not there");
  const std::string other = add("good1.wav", "another text");
  const std::string picture = add("picture.wav", "this is a picture", slurp(given("cat.jpg")));
  m_folder.write("empty.wav", "");
  const std::string empty = add("empty.wav", "it is empty");
  rows += "{\"audio\": \"good2.wav\"}\n";

  const auto report = check(m_folder.write("x.jsonl", rows), DataKind::Recordings);
  const auto first = [&](const char* what, Severity severity = Severity::Warning) {
    const Rows found = rowsOf(report, what, severity);
    EXPECT_EQ(found.size(), 1U) << what << "\n" << reportText(report);
    return found.empty() ? std::string() : found.front().substr(0, found.front().find(')') + 1);
  };
  EXPECT_EQ(first("silence"), silent);
  EXPECT_EQ(first("faint"), faint);
  EXPECT_EQ(first("clipping"), loud);
  EXPECT_EQ(first("too-short"), brief);
  EXPECT_EQ(first("too-short", Severity::Error), click);
  EXPECT_EQ(first("too-long"), endless);
  EXPECT_EQ(first("cut-short"), cut);
  EXPECT_EQ(first("sample-rate", Severity::Note), rate);
  EXPECT_EQ(rowsOf(report, "broken-file"), Rows{broken});
  EXPECT_EQ(rowsOf(report, "duplicate-file", Severity::Warning), Rows{same + " = line 1 of x.jsonl (good0.wav)"});
  EXPECT_EQ(rowsOf(report, "same-text", Severity::Note), Rows{same + " = line 1 of x.jsonl (good0.wav)"});
  EXPECT_EQ(first("other-language"), foreign);
  EXPECT_EQ(rowsOf(report, "missing-file"), Rows{gone});
  EXPECT_EQ(first("conflicting-row", Severity::Error), other);
  EXPECT_EQ(first("wrong-kind", Severity::Error), picture);
  EXPECT_EQ(first("wrong-ending", Severity::Note), picture);
  EXPECT_EQ(rowsOf(report, "empty-file"), Rows{empty});
  EXPECT_EQ(rowsOf(report, "malformed-row").size(), 1U);
  const Rows rates = rowsOf(report, "speech-rate", Severity::Warning);
  ASSERT_FALSE(rates.empty());
  EXPECT_EQ(rates.back().find(fast), 0U) << rates.back();
  auto names = namesOf(report);
  for (const char* likely : {"text-length note", "speech-rate warning"}) names.erase(likely);
  EXPECT_EQ(names,
            (std::set<std::string>{"silence warning", "faint warning", "clipping warning", "too-short warning",
                                   "too-short error", "too-long warning", "cut-short warning", "sample-rate note",
                                   "broken-file error", "duplicate-file warning", "same-text note",
                                   "other-language warning", "missing-file error", "conflicting-row error",
                                   "wrong-kind error", "wrong-ending note", "empty-file error", "malformed-row error"}))
      << reportText(report);
}

TEST_F(DataCheck, ReadsEveryFormOfRecordings) {
  const std::string sound = wav(2), other = wav(2, 0.4, 16000, 1, 200);
  m_folder.write("kaldi/a.wav", sound);
  m_folder.write("kaldi/wav.scp", "utt1 a.wav\nutt2 gone.wav\nutt3 a.wav |\n");
  m_folder.write("kaldi/text", "utt1 hello there\nutt2 it is gone\nutt3 x\nutt4 nobody\n");
  const auto kaldi = check(m_folder.path() / "kaldi", DataKind::Recordings);
  EXPECT_EQ(kaldi.form, "Kaldi");
  EXPECT_EQ(rowsOf(kaldi, "missing-file"), Rows{"line 2 of wav.scp (gone.wav)"});
  EXPECT_EQ(rowsOf(kaldi, "malformed-row").size(), 1U) << "commands are not run";
  EXPECT_EQ(rowsOf(kaldi, "text-without-file").size(), 1U);

  m_folder.write("lj/wavs/LJ1.wav", sound);
  m_folder.write("lj/metadata.csv", "LJ1|Hello|hello there\nLJ2|gone|gone\n");
  const auto lj = check(m_folder.path() / "lj", DataKind::Recordings);
  EXPECT_EQ(lj.form, "LJSpeech");
  EXPECT_EQ(rowsOf(lj, "missing-file"), Rows{"row 2 of metadata.csv (LJ2.wav)"});

  m_folder.write("cv/clips/c.wav", sound);
  m_folder.write("cv/validated.tsv", "client_id\tpath\tsentence\nf\tc.wav\thello there\nf\tgone.wav\tgone\n");
  const auto common = check(m_folder.path() / "cv", DataKind::Recordings);
  EXPECT_EQ(common.form, "Common Voice");
  EXPECT_EQ(rowsOf(common, "missing-file"), Rows{"row 3 of validated.tsv (gone.wav)"});

  m_folder.write("own/a.wav", sound);
  m_folder.write("own/a.txt", "hello there");
  m_folder.write("own/b.wav", other);
  m_folder.write("own/c.wav", wav(2, 0.4, 16000, 1, 300));
  m_folder.write("own/c.txt", "caf\xE9");
  const auto own = check(m_folder.path() / "own", DataKind::Recordings);
  EXPECT_EQ(own.form, "folder");
  EXPECT_EQ(rowsOf(own, "missing-text"), Rows{"b.wav"});
  EXPECT_EQ(rowsOf(own, "not-utf8"), Rows{"c.wav"});
}

TEST_F(DataCheck, TellsEveryFaultOfConversations) {
  for (const char* name : {"cat.jpg", "koala.jpg"}) copy(name, name);
  m_folder.write("a.wav", wav(2));
  m_folder.write("broken.jpg", tests::scratched(slurp(given("panda.jpg"))));
  const std::string ask = R"({"from": "human", "value": ")", say = R"("}, {"from": "gpt", "value": "It is a cat."}]})";
  const auto llava = check(
      m_folder.write("llava.jsonl", R"({"image": "cat.jpg", "conversations": [)" + ask + "<image>What?" + say + "\n" +
                                        R"({"image": "cat.jpg", "conversations": [)" + ask + "<image><image>Both?" +
                                        say + "\n" + R"({"image": ["cat.jpg", "koala.jpg"], "conversations": [)" + ask +
                                        "<image>Two?" + say + "\n"),
      DataKind::Conversations);
  EXPECT_EQ(llava.form, "LLaVA");
  EXPECT_EQ(rowsOf(llava, "placeholder-mismatch"),
            Rows{"line 2 of llava.jsonl: has more <image> in its texts than files"});
  EXPECT_EQ(rowsOf(llava, "placeholder-mismatch", Severity::Warning),
            Rows{"line 3 of llava.jsonl (koala.jpg): names 1 file more than its texts have marks for"});

  const auto own =
      check(m_folder.write(
                "own.jsonl",
                R"({"turns": [{"user": [{"image": "cat.jpg"}, {"audio": "a.wav"}]}, {"assistant": "It is."}]})"
                "\n"
                R"({"turns": [{"user": [{"image": "broken.jpg"}, "What?"]}, {"assistant": "It is broken."}]})"
                "\n"
                R"({"turns": [{"user": [{"audio": "gone.wav"}, "What?"]}, {"assistant": "It is gone."}]})"
                "\n"
                R"({"turns": [{"user": "What?"}]})"
                "\n"
                R"({"turns": [{"user": ["<image> What is it?", {"image": "koala.jpg"}]}, {"assistant": "A koala."}]})"
                "\n"),
            DataKind::Conversations);
  EXPECT_EQ(rowsOf(own, "broken-file"), Rows{"line 2 of own.jsonl (broken.jpg)"});
  EXPECT_EQ(rowsOf(own, "missing-file"), Rows{"line 3 of own.jsonl (gone.wav)"});
  EXPECT_EQ(rowsOf(own, "malformed-row"), Rows{"line 4 of own.jsonl: has no answer at its end"});
  EXPECT_EQ(rowsOf(own, "placeholder-mismatch", Severity::Warning).size(), 1U);
  EXPECT_EQ(own.usable, 2);
  ASSERT_EQ(own.all.size(), 3U);
  EXPECT_EQ(own.all[0].texts, (Rows{"", "It is."}));
  EXPECT_EQ(own.all[0].files.size(), 2U);
}

TEST_F(DataCheck, WritesListsThatReadersOfTheStagesRead) {
  std::string rows = soundPictures() + "gone.jpg,it is gone\n";
  const auto pictures = check(m_folder.write("x.csv", rows), DataKind::Pictures, {.validationShare = 0.4});
  const auto lists = writeLists(pictures, m_folder.path() / "lists");
  ASSERT_TRUE(lists) << lists.error().message;
  const auto training = readCaptionedPictures(lists->training), held = readCaptionedPictures(lists->validation);
  ASSERT_TRUE(training && held);
  EXPECT_EQ(std::ssize(*training), pictures.split.training);
  EXPECT_EQ(std::ssize(*held), pictures.split.validation);
  EXPECT_EQ(training->size() + held->size(), 6U);
  EXPECT_EQ(training->front().captions.size(), 2U);

  m_folder.write("a.wav", wav(2));
  m_folder.write("b.wav", wav(2, 0.4, 16000, 1, 200));
  const auto said = check(m_folder.write("x.jsonl",
                                         "{\"audio\": \"a.wav\", \"text\": \"hello \\\"you\\\"\", \"voice\": "
                                         "\"anna\"}\n{\"audio\": \"b.wav\", \"text\": \"who is it\"}\n"),
                          DataKind::Recordings);
  const auto recordings = writeLists(said, m_folder.path() / "lists");
  ASSERT_TRUE(recordings) << recordings.error().message;
  auto both = *readSpeechList(recordings->training);
  const auto heldOut = *readSpeechList(recordings->validation);
  both.insert(both.end(), heldOut.begin(), heldOut.end());
  ASSERT_EQ(both.size(), 2U);
  const SpeechExample& hello = both[both[0].text == "who is it" ? 1 : 0];
  EXPECT_EQ(hello.text, "hello \"you\"");
  EXPECT_EQ(hello.voice, "anna");

  copy("cat.jpg", "cat.jpg");
  const std::string turn =
      R"({"turns": [{"system": "Be kind."}, {"user": [{"image": "cat.jpg"}, "Who?"]}, {"assistant": "A cat."}], "task": "t"})";
  const auto talk = check(m_folder.write("t.jsonl", turn + "\n"), DataKind::Conversations);
  EXPECT_EQ(writeLists(talk, m_folder.path() / "few").error().code, ErrorCode::BadInput) << "nothing for validation";
  const auto again = readConversations(m_folder.write("again.jsonl", talk.all.at(0).line + "\n"));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->at(0).turns.size(), 3U);
  EXPECT_EQ(again->at(0).task, "t");
}

TEST_F(DataCheck, CanBeStoppedAndTellsHowFarItIs) {
  const Path list = m_folder.write("x.csv", soundPictures());
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = checkData(list, DataKind::Pictures, {.probe = &kDecoder}, stop.get_token(), {});
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::Cancelled);
  CheckProgress last;
  const auto done = checkData(list, DataKind::Pictures, {.probe = &kDecoder}, {}, [&](CheckProgress p) { last = p; });
  ASSERT_TRUE(done);
  EXPECT_EQ(last.done, 6);
  EXPECT_EQ(last.all, 6);
}

TEST_F(DataCheck, SaysWhatIsNoListAtAllAndReportsListsOfWrongRowsAlone) {
  EXPECT_EQ(checkData(m_folder.path() / "none.csv", DataKind::Pictures, {}, {}, {}).error().code, ErrorCode::NotFound);
  EXPECT_EQ(checkData(m_folder.write("x.csv", "a,b\n1,2\n"), DataKind::Pictures, {}, {}, {}).error().code,
            ErrorCode::BadInput);
  const auto report = check(m_folder.write("x.csv", "image,caption\ngone.jpg,it is gone\n"), DataKind::Pictures);
  EXPECT_EQ(rowsOf(report, "missing-file").size(), 1U);
  EXPECT_EQ(report.usable, 0);
  const auto preview = previewData(m_folder.write("y.csv", soundPictures()), DataKind::Pictures, 4);
  ASSERT_TRUE(preview);
  EXPECT_EQ(preview->size(), 4U);
}

}  // namespace
}  // namespace xllm::data
