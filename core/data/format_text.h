// Sentences from parts: each "{}" of the pattern is replaced by the next argument. (LibTorch's own headers bring a fmt
// without its library, so fmt itself cannot be used beside them.)
#pragma once

#include <iomanip>
#include <sstream>
#include <string>
#include <string_view>

namespace xllm::data {

// A number with `digits` behind the point.
inline std::string fixed(double value, int digits) {
  std::ostringstream stream;
  stream << std::fixed << std::setprecision(digits) << value;
  return stream.str();
}

// A whole number with zeros in front, at least `width` digits.
inline std::string padded(long long value, int width) {
  std::ostringstream stream;
  stream << std::setw(width) << std::setfill('0') << value;
  return stream.str();
}

template <typename... Parts>
std::string formatText(std::string_view pattern, const Parts&... parts) {
  std::ostringstream stream;
  [[maybe_unused]] const auto upToNext = [&](const auto& part) {
    const auto place = pattern.find("{}");
    stream << pattern.substr(0, place) << part;
    pattern = place == std::string_view::npos ? std::string_view() : pattern.substr(place + 2);
  };
  (upToNext(parts), ...);
  stream << pattern;
  return stream.str();
}

}  // namespace xllm::data
