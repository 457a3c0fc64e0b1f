#include "core/data/json_elements.h"

#include <string>

#include "core/data/format_text.h"

namespace xllm::data {

namespace {

constexpr int kDeepest = 64;

std::optional<std::size_t> endOfString(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return std::nullopt;
}

char signAt(std::string_view text, std::size_t at) { return at < text.size() ? text[at] : '\0'; }

}  // namespace

std::size_t skipWhite(std::string_view text, std::size_t at) {
  const auto found = text.find_first_not_of(" \t\r\n", at);
  return found == std::string_view::npos ? text.size() : found;
}

std::optional<std::size_t> endOfValue(std::string_view text, std::size_t at) {
  const char first = signAt(text, at);
  if (first == '"') return endOfString(text, at);
  if (first != '{' && first != '[') {
    const std::size_t end = std::min(text.find_first_of(",]} \t\r\n", at), text.size());
    return end == at ? std::nullopt : std::optional(end);
  }
  int depth = 0;
  while (at < text.size()) {
    const char sign = text[at];
    if (sign == '"') {
      const auto end = endOfString(text, at);
      if (!end) return std::nullopt;
      at = *end;
      continue;
    }
    ++at;
    if (sign == '{' || sign == '[') {
      if (++depth > kDeepest) return std::nullopt;
    } else if (sign == '}' || sign == ']') {
      if (--depth == 0) return at;
    }
  }
  return std::nullopt;
}

Result<void> forEachElement(std::string_view text, std::string_view name, const TakeElement& take) {
  const auto malformed = [&](std::size_t at) {
    return fail(ErrorCode::BadInput, formatText("{} is not valid JSON at byte {}.", name, at));
  };
  // One list whose "[" stands at `at`; moves `at` behind its "]".
  const auto readList = [&](std::string_view key, std::size_t& at) {
    at = skipWhite(text, at + 1);
    if (signAt(text, at) == ']') return ++at, true;
    for (std::int64_t number = 1;; ++number) {
      const auto end = endOfValue(text, at);
      if (!end) return false;
      take(key, number, text.substr(at, *end - at));
      at = skipWhite(text, *end);
      const char sign = signAt(text, at);
      if (sign == ']') return ++at, true;
      if (sign != ',') return false;
      at = skipWhite(text, at + 1);
    }
  };

  std::size_t at = skipWhite(text, 0);
  if (signAt(text, at) == '[') {
    if (!readList({}, at)) return malformed(at);
  } else {
    if (signAt(text, at) != '{') return malformed(at);
    at = skipWhite(text, at + 1);
    while (signAt(text, at) == '"') {
      const auto keyEnd = endOfString(text, at);
      if (!keyEnd) return malformed(at);
      const std::string_view key = text.substr(at + 1, *keyEnd - at - 2);
      at = skipWhite(text, *keyEnd);
      if (signAt(text, at) != ':') return malformed(at);
      at = skipWhite(text, at + 1);
      if (signAt(text, at) == '[') {
        if (!readList(key, at)) return malformed(at);
      } else {
        const auto end = endOfValue(text, at);
        if (!end) return malformed(at);
        at = *end;
      }
      at = skipWhite(text, at);
      if (signAt(text, at) != ',') break;
      at = skipWhite(text, at + 1);
    }
    if (signAt(text, at) != '}') return malformed(at);
    ++at;
  }
  at = skipWhite(text, at);
  if (at != text.size()) return malformed(at);
  return {};
}

}  // namespace xllm::data
