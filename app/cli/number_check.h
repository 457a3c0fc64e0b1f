// Whether an option's value is a number within bounds; NaN is within none.
#pragma once

#include <cstdio>
#include <limits>
#include <string>

#include <CLI/CLI.hpp>

namespace xllm::cli {

// "from 0 to 10"; without a `most` "at least 1".
inline CLI::Validator within(double least, double most = std::numeric_limits<double>::infinity()) {
  const auto told = [](double bound) {
    char text[32];
    std::snprintf(text, sizeof(text), "%.15g", bound);
    return std::string(text);
  };
  const std::string bounds = most == std::numeric_limits<double>::infinity()
                                 ? "at least " + told(least)
                                 : "from " + told(least) + " to " + told(most);
  const auto check = [=](const std::string& text) {
    double value = 0;
    const bool isNumber = CLI::detail::lexical_cast(text, value);
    return isNumber && value >= least && value <= most ? std::string() : "needs a number, " + bounds + ", not " + text;
  };
  return CLI::Validator(check, bounds);
}

}  // namespace xllm::cli
