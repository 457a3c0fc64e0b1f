// X-LLM's relative score: a judge gives two answers to one question 1 to 10 points each; what counts is the sum of ours
// over the sum of the reference's. Strict: a reply that does not hold the two numbers is counted and listed, never
// guessed (the paper's published 84.5 % counted seven such replies as -1 : -1).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xllm::evaluation {

struct JudgedQuestion {
  std::string id, category;  // a category may be empty
  std::string context;       // what the judge may know of the picture: captions, boxes; may be empty
  std::string question, reference, answer;
};

// What the judge is asked: the reference's answer first, ours second.
std::string judgePrompt(const JudgedQuestion& question);

struct JudgedScores {
  double reference = 0, answer = 0;  // 1 … 10
};
// The first line of `reply` holds exactly two numbers from 1 to 10, between white space or one comma, and nothing else.
std::optional<JudgedScores> parseScores(std::string_view reply);

struct ScoreSums {
  double reference = 0, answer = 0;
  std::int64_t judged = 0, unparsed = 0;

  // ×100 is the paper's percentage; nothing before anything was judged.
  std::optional<double> ratio() const { return reference > 0 ? std::optional(answer / reference) : std::nullopt; }
  // Each unparsed reply as 1 for ours and 9 for the reference, the paper's own stricter rule.
  std::optional<double> ratioIfUnparsedLost() const {
    const double lost = static_cast<double>(unparsed), sum = reference + 9 * lost;
    return sum > 0 ? std::optional((answer + lost) / sum) : std::nullopt;
  }
  void add(const std::optional<JudgedScores>& scores);
};

}  // namespace xllm::evaluation
