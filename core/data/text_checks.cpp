#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>

#include "core/data/data_checks.h"
#include "core/data/format_text.h"
#include "core/data/text_language.h"

namespace xllm::data {

namespace {

constexpr double kForeignShare = 0.1;   // a language of fewer texts does not belong to the rest
constexpr std::size_t kLeastTexts = 8;  // fewer have no usual length
constexpr double kMostWordsPerSecond = 6.5, kLeastWordsPerSecond = 0.3;
constexpr double kMostLettersPerSecond = 30, kMostSignsPerSecond = 12;  // of Chinese, Japanese and Korean the latter
constexpr double kSlowSeconds = 6;                                      // a shorter recording may hold a single word

// Calls `take` with every text that is used and not empty.
template <typename Take>
void forEachText(const CheckedData& data, Take take) {
  for (const DataExample& example : data.examples) {
    if (!example.usable) continue;
    for (const std::string& text : example.texts) {
      if (!text.empty()) take(example, text);
    }
  }
}

std::string short30(std::string_view text) {
  std::size_t end = 0;
  for (int signs = 0; end < text.size() && signs < 30; ++signs) {
    ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  }
  return formatText("\"{}{}\"", text.substr(0, end), end < text.size() ? " …" : "");
}

// What is known as a language, beside scripts and texts too short to tell.
bool isTold(const std::string& language) { return !language.empty() && language != "Latin"; }
bool isLatin(const std::string& language) {
  constexpr std::array<std::string_view, 8> kLatin{"Latin", "en", "de", "fr", "es", "it", "pt", "nl"};
  return std::ranges::find(kLatin, language) != kLatin.end();
}

void checkLanguage(const CheckedData& data, DataFindings& findings) {
  const auto languages = languagesOf(data);
  std::int64_t told = 0;
  std::string main;
  std::map<std::string, std::int64_t> counts;
  for (const LanguageShare& share : languages) {
    if (share.language.empty()) continue;
    counts[share.language] = share.texts;
    told += share.texts;
    if (main.empty() && isTold(share.language)) main = share.language;
  }
  if (main.empty() && !languages.empty()) main = languages.front().language;
  const auto isForeign = [&](const std::string& language) {
    if (language.empty() || language == main) return false;
    if (language == "Latin" && isLatin(main)) return false;  // too short to tell
    return static_cast<double>(counts[language]) < kForeignShare * static_cast<double>(told);
  };
  std::string found;
  for (const LanguageShare& share : languages) {
    if (share.language.empty()) continue;
    found += formatText("{}{}: {}", found.empty() ? "" : ", ", share.language, share.texts);
  }
  forEachText(data, [&](const DataExample& example, const std::string& text) {
    const std::string language = languageOf(text);
    if (!isForeign(language)) return;
    findings.add(Fault::OtherLanguage, Severity::Warning,
                 rowText(example, formatText("{}, {}", language, short30(text))));
  });
  findings.setFigures(Fault::OtherLanguage, Severity::Warning, {found});
}

// Lengths are judged by their logarithm, against the middle half: a few long ones do not move the border.
void checkLengths(const CheckedData& data, DataFindings& findings) {
  std::vector<double> logarithms;
  forEachText(data, [&](const DataExample&, const std::string& text) {
    logarithms.push_back(std::log(std::max<double>(1, static_cast<double>(wordsIn(text)))));
  });
  if (logarithms.size() < kLeastTexts) return;
  std::ranges::sort(logarithms);
  const double low = logarithms[logarithms.size() / 4], high = logarithms[logarithms.size() * 3 / 4];
  const double width = std::max(high - low, std::log(1.6));
  const double least = low - 2.2 * width, most = high + 2.2 * width;
  forEachText(data, [&](const DataExample& example, const std::string& text) {
    const auto words = wordsIn(text);
    const double logarithm = std::log(std::max<double>(1, static_cast<double>(words)));
    if (logarithm >= least && logarithm <= most) return;
    findings.add(Fault::TextLength, Severity::Note, rowText(example, std::to_string(words)));
  });
  const auto words = [](double logarithm) { return std::to_string(std::lround(std::exp(logarithm))); };
  findings.setFigures(Fault::TextLength, Severity::Note, {words(low), words(high)});
}

std::string bare(const std::string& text) {
  std::string small;
  for (const char sign : text) {
    const auto byte = static_cast<unsigned char>(sign);
    if (byte >= 0x80 || std::isalnum(byte) != 0) small += static_cast<char>(byte < 0x80 ? std::tolower(byte) : byte);
  }
  return small;
}

// Questions are asked again and again; answers and captions are not.
void checkSameTexts(const CheckedData& data, DataFindings& findings) {
  std::map<std::string, const DataExample*> known;
  for (const DataExample& example : data.examples) {
    if (!example.usable) continue;
    const bool talk = data.kind == DataKind::Conversations;
    std::string all;
    for (std::size_t i = talk ? 1 : 0; i < example.texts.size(); i += talk ? 2 : 1) {
      if (data.kind == DataKind::Recordings && i > 0) break;
      if (talk) {
        all += bare(example.texts[i]);
        continue;
      }
      if (example.texts[i].empty()) continue;
      const auto [first, isNew] = known.emplace(bare(example.texts[i]), &example);
      if (isNew || first->second == &example) continue;
      findings.add(Fault::SameText, Severity::Note, formatText("{} = {}", rowText(example), rowText(*first->second)));
    }
    if (!talk || all.empty()) continue;
    const auto [first, isNew] = known.emplace(std::move(all), &example);
    if (!isNew) {
      findings.add(Fault::SameText, Severity::Note, formatText("{} = {}", rowText(example), rowText(*first->second)));
    }
  }
}

void checkLetters(const CheckedData& data, DataFindings& findings) {
  const bool talk = data.kind == DataKind::Conversations;
  forEachText(data, [&](const DataExample& example, const std::string& text) {
    if (hasBrokenLetters(text)) {
      findings.add(Fault::BrokenLetters, Severity::Warning, rowText(example, short30(text)));
    }
    if (talk || text.find('<') == std::string::npos) return;  // conversations: told when they were read
    for (const char* mark : {"<image>", "<video>", "<audio>"}) {
      if (text.find(mark) == std::string::npos) continue;
      findings.add(Fault::PlaceholderMismatch, Severity::Warning, rowText(example, mark));
    }
  });
}

void checkSpeechRate(const CheckedData& data, DataFindings& findings) {
  if (data.kind != DataKind::Recordings) return;
  for (std::size_t i = 0; i < data.files.size(); ++i) {
    const double seconds = data.files[i].seconds;
    if (seconds <= 0 || data.files[i].problem) continue;
    for (const std::size_t user : data.users[i]) {
      const DataExample& example = data.examples[user];
      if (!example.usable || example.texts.front().empty()) continue;
      const std::string& text = example.texts.front();
      const std::string language = languageOf(text);
      const bool signs = language == "zh" || language == "ja" || language == "ko" || language == "th";
      const double words = static_cast<double>(wordsIn(text)) / seconds;
      const double letters = static_cast<double>(lettersIn(text)) / seconds;
      const bool fast =
          signs ? letters > kMostSignsPerSecond : words > kMostWordsPerSecond || letters > kMostLettersPerSecond;
      const bool slow = seconds > kSlowSeconds && words < kLeastWordsPerSecond;
      if (!fast && !slow) continue;
      findings.add(Fault::SpeechRate, Severity::Warning,
                   rowText(example, formatText("{} / {} s", wordsIn(text), fixed(seconds, 1))));
    }
  }
}

Measure measureOf(std::string of, std::vector<double> values) {
  constexpr std::size_t kBars = 20;
  Measure measure{.of = std::move(of), .count = std::ssize(values), .bars = std::vector<std::int64_t>(kBars)};
  std::ranges::sort(values);
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
  };
  measure.least = values.front();
  measure.low = at(0.05);
  measure.median = at(0.5);
  measure.high = at(0.95);
  measure.most = values.back();
  const double width = std::max(measure.high - measure.low, 1e-9);
  for (const double value : values) {
    if (value < measure.low || value > measure.high) continue;
    const auto bar = static_cast<std::size_t>((value - measure.low) / width * kBars);
    ++measure.bars[std::min(bar, kBars - 1)];
  }
  return measure;
}

}  // namespace

std::vector<LanguageShare> languagesOf(const CheckedData& data) {
  std::map<std::string, std::int64_t> counts;
  forEachText(data, [&](const DataExample&, const std::string& text) { ++counts[languageOf(text)]; });
  std::vector<LanguageShare> shares;
  for (const auto& [language, texts] : counts) shares.push_back({language, texts});
  std::ranges::stable_sort(shares, std::greater(), &LanguageShare::texts);
  return shares;
}

void checkTexts(const CheckedData& data, DataFindings& findings) {
  checkLetters(data, findings);
  checkLanguage(data, findings);
  checkLengths(data, findings);
  checkSameTexts(data, findings);
  checkSpeechRate(data, findings);
}

std::vector<Measure> measuresOf(const CheckedData& data) {
  std::vector<double> words, seconds, pixels;
  forEachText(
      data, [&](const DataExample&, const std::string& text) { words.push_back(static_cast<double>(wordsIn(text))); });
  for (const FileFacts& file : data.files) {
    if (file.problem) continue;
    if (file.seconds > 0) seconds.push_back(file.seconds);
    if (file.file.kind == MediumKind::Picture && file.width > 0) pixels.push_back(std::max(file.width, file.height));
  }
  std::vector<Measure> measures;
  if (!words.empty()) measures.push_back(measureOf("words", std::move(words)));
  if (!seconds.empty()) measures.push_back(measureOf("seconds", std::move(seconds)));
  if (!pixels.empty()) measures.push_back(measureOf("pixels", std::move(pixels)));
  return measures;
}

}  // namespace xllm::data
