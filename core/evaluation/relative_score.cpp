#include "core/evaluation/relative_score.h"

#include <charconv>

#include "core/data/format_text.h"

namespace xllm::evaluation {

std::string judgePrompt(const JudgedQuestion& question) {
  std::string text;
  if (!question.context.empty()) text += data::formatText("[Context]\n{}\n\n", question.context);
  text +=
      data::formatText("[Question]\n{}\n\n[Answer 1]\n{}\n[End of answer 1]\n\n[Answer 2]\n{}\n[End of answer 2]\n\n",
                       question.question, question.reference, question.answer);
  return text +
         "Rate how helpful, relevant, accurate and detailed each of the two answers is. Give each a score from 1 to "
         "10; "
         "a higher score is better. The first line of your reply must hold just the two scores, of answer 1 and of "
         "answer 2, with a space between them. Explain your rating in the lines after it. Do not let the order of the "
         "answers influence you.";
}

std::optional<JudgedScores> parseScores(std::string_view reply) {
  constexpr std::string_view kWhite = " \t\r";
  const auto start = reply.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return std::nullopt;
  std::string_view line = reply.substr(start);
  line = line.substr(0, line.find('\n'));
  const auto skip = [&] {
    const auto next = line.find_first_not_of(kWhite);
    const std::size_t skipped = next == std::string_view::npos ? line.size() : next;
    line.remove_prefix(skipped);
    return skipped > 0;
  };
  const auto number = [&]() -> std::optional<double> {
    if (line.empty() || line.front() < '0' || line.front() > '9') return std::nullopt;
    double value = 0;
    const auto read = std::from_chars(line.data(), line.data() + line.size(), value, std::chars_format::fixed);
    if (read.ec != std::errc() || !(value >= 1 && value <= 10) || read.ptr[-1] == '.') return std::nullopt;
    line.remove_prefix(static_cast<std::size_t>(read.ptr - line.data()));
    return value;
  };
  const auto first = number();
  bool apart = skip();
  if (line.starts_with(',')) {
    line.remove_prefix(1);
    skip();
    apart = true;
  }
  const auto second = number();
  skip();
  if (!first || !apart || !second || !line.empty()) return std::nullopt;
  return JudgedScores{*first, *second};
}

void ScoreSums::add(const std::optional<JudgedScores>& scores) {
  ++judged;
  if (!scores) {
    ++unparsed;
    return;
  }
  reference += scores->reference;
  answer += scores->answer;
}

}  // namespace xllm::evaluation
