#include "core/tokenizer/pre_tokenizer.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/tokenizer/unicode_classes.h"
#include "core/tokenizer/utf8.h"

namespace xllm::tokenizer {
namespace {

using enum CharClass;

// Reads one segment of the text, character by character. Past its end every question is answered with no.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : m_text(text) {}

  struct Char {
    std::size_t end;  // where the next one begins
    char32_t codePoint;
    CharClass kind;

    bool isNewline() const { return codePoint == '\r' || codePoint == '\n'; }
  };

  std::size_t size() const { return m_text.size(); }

  // `at` < size()
  Char read(std::size_t at) const {
    const auto lead = static_cast<unsigned char>(m_text[at]);
    if (lead < 0x80) return {at + 1, lead, classOf(lead)};
    const Utf8Step step = readUtf8(m_text.substr(at));
    const bool whole = step.kind == Utf8Step::Kind::Whole;
    return {at + step.length, step.codePoint, whole ? classOf(step.codePoint) : Other};
  }
  bool isA(std::size_t at, CharClass kind) const { return at < size() && read(at).kind == kind; }

  // The end of the run of `kind` that begins at `at`, at most `most` characters long.
  std::size_t runEnd(std::size_t at, CharClass kind, std::size_t most = SIZE_MAX) const {
    while (most-- > 0 && at < size()) {
      const Char c = read(at);
      if (c.kind != kind) break;
      at = c.end;
    }
    return at;
  }

 private:
  std::string_view m_text;
};

constexpr std::string_view kContractions[] = {"s", "t", "re", "ve", "m", "ll", "d"};

// 's|'t|'re|…: the end of the contraction whose apostrophe stands at `at`, or `at`. Without regard to case, U+017F is
// an s.
std::size_t contractionEnd(const Scanner& scanner, std::size_t at, bool anyCase) {
  if (scanner.read(at).codePoint != '\'') return at;
  for (const std::string_view wanted : kContractions) {
    std::size_t end = at + 1;
    const bool matches = std::ranges::all_of(wanted, [&](char letter) {
      if (end >= scanner.size()) return false;
      const Scanner::Char c = scanner.read(end);
      end = c.end;
      char32_t codePoint = c.codePoint;
      if (anyCase && codePoint >= 'A' && codePoint <= 'Z') codePoint += 'a' - 'A';
      if (anyCase && codePoint == 0x17F) codePoint = 's';
      return codePoint == static_cast<char32_t>(letter);
    });
    if (matches) return end;
  }
  return at;
}

// \s+(?!\S)|\s+ : the whole run at the end of the text, else all but its last character, which goes to the next piece.
std::size_t spaceEnd(const Scanner& scanner, std::size_t at) {
  std::size_t end = at, last = at;
  while (scanner.isA(end, Space)) {
    last = end;
    end = scanner.read(end).end;
  }
  return end == scanner.size() || last == at ? end : last;
}

std::size_t gpt2End(const Scanner& scanner, std::size_t at) {
  if (const std::size_t end = contractionEnd(scanner, at, false); end != at) return end;
  Scanner::Char c = scanner.read(at);
  if (c.codePoint == ' ' && c.end < scanner.size() && !scanner.isA(c.end, Space)) c = scanner.read(c.end);
  return c.kind == Space ? spaceEnd(scanner, at) : scanner.runEnd(c.end, c.kind);
}

// \s*[\r\n]+ : through the last line break of the run of spaces at `at`, or `at`.
std::size_t lineBreaksEnd(const Scanner& scanner, std::size_t at) {
  std::size_t end = at;
  while (scanner.isA(at, Space)) {
    const Scanner::Char c = scanner.read(at);
    if (c.isNewline()) end = c.end;
    at = c.end;
  }
  return end;
}

std::size_t qwen2End(const Scanner& scanner, std::size_t at, std::size_t digits) {
  if (const std::size_t end = contractionEnd(scanner, at, true); end != at) return end;
  const Scanner::Char first = scanner.read(at);
  if (first.kind == Letter) return scanner.runEnd(first.end, Letter);
  if (first.kind == Number) return scanner.runEnd(at, Number, digits);
  if (!first.isNewline() && scanner.isA(first.end, Letter)) return scanner.runEnd(first.end, Letter);
  if (first.kind == Other || (first.codePoint == ' ' && scanner.isA(first.end, Other))) {
    std::size_t end = scanner.runEnd(first.end, Other);
    while (end < scanner.size() && scanner.read(end).isNewline()) ++end;
    return end;
  }
  const std::size_t end = lineBreaksEnd(scanner, at);
  return end != at ? end : spaceEnd(scanner, at);
}

template <typename End>
void cut(std::string_view text, std::vector<std::string_view>& out, End end) {
  const Scanner scanner(text);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = end(scanner, at);
    out.push_back(text.substr(at, next - at));
    at = next;
  }
}

void cutSmolLm(std::string_view text, std::vector<std::string_view>& out) {
  const Scanner scanner(text);
  std::size_t segment = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Scanner::Char c = scanner.read(at);
    if (c.kind == Number) {
      cut(text.substr(segment, at - segment), out, gpt2End);
      out.push_back(text.substr(at, c.end - at));
      segment = c.end;
    }
    at = c.end;
  }
  cut(text.substr(segment), out, gpt2End);
}

}  // namespace

std::optional<PreTokenizer> preTokenizerNamed(std::string_view ggmlName) {
  // The groups of llama.cpp's vocabularies that share one of our expressions.
  static constexpr std::pair<std::string_view, PreTokenizer> kNames[] = {
      {"gpt-2", PreTokenizer::Gpt2},        {"phi-2", PreTokenizer::Gpt2},
      {"smollm", PreTokenizer::SmolLm},     {"starcoder", PreTokenizer::SmolLm},
      {"refact", PreTokenizer::SmolLm},     {"command-r", PreTokenizer::SmolLm},
      {"codeshell", PreTokenizer::SmolLm},  {"qwen2", PreTokenizer::Qwen2},
      {"stablelm2", PreTokenizer::Qwen2},   {"deepseek-r1-qwen", PreTokenizer::Qwen2},
      {"llama3", PreTokenizer::Llama3},     {"llama-v3", PreTokenizer::Llama3},
      {"llama-bpe", PreTokenizer::Llama3},  {"glm4", PreTokenizer::Llama3},
      {"chatglm-bpe", PreTokenizer::Llama3}};
  const auto* const found = std::ranges::find(kNames, ggmlName, &std::pair<std::string_view, PreTokenizer>::first);
  if (found == std::end(kNames)) return std::nullopt;
  return found->second;
}

std::optional<PreTokenizer> preTokenizerOfExpression(std::string_view expression) {
  constexpr std::string_view kGpt2 = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
  constexpr std::string_view kQwen2 =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  constexpr std::string_view kLlama3 =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+)"
      R"(|\s+(?!\S)|\s+)";
  if (expression == kGpt2) return PreTokenizer::Gpt2;
  if (expression == kQwen2) return PreTokenizer::Qwen2;
  if (expression == kLlama3) return PreTokenizer::Llama3;
  return std::nullopt;
}

std::vector<std::string_view> preTokenize(PreTokenizer how, std::string_view text) {
  std::vector<std::string_view> out;
  out.reserve(text.size() / 4 + 1);
  switch (how) {
    case PreTokenizer::Gpt2: cut(text, out, gpt2End); break;
    case PreTokenizer::SmolLm: cutSmolLm(text, out); break;
    case PreTokenizer::Qwen2:
      cut(text, out, [](const Scanner& s, std::size_t at) { return qwen2End(s, at, 1); });
      break;
    case PreTokenizer::Llama3:
      cut(text, out, [](const Scanner& s, std::size_t at) { return qwen2End(s, at, 3); });
      break;
  }
  return out;
}

}  // namespace xllm::tokenizer
