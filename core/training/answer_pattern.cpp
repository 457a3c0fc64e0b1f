#include "core/training/answer_pattern.h"

namespace xllm::training {

namespace {

void replaceAll(std::string& text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

std::string fillPattern(std::string pattern, const std::string& place, const std::string& text) {
  const bool vowel = !text.empty() && std::string("aeiouAEIOU").find(text.front()) != std::string::npos;
  const std::string article = vowel ? "n " : " ";
  replaceAll(pattern, "{a " + place + "}", "a" + article + text);
  replaceAll(pattern, "{A " + place + "}", "A" + article + text);
  replaceAll(pattern, "{" + place + "}", text);
  return pattern;
}

}  // namespace xllm::training
