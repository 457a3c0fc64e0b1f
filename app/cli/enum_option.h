// An option whose value is one of some names.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "core/x2l/config_fields.h"

namespace xllm::cli {

// `to` stays as it is without the option.
template <typename To, typename Enum, std::size_t N>
CLI::Option* addEnumOption(CLI::App& command, const char* option, To& to, const x2l::EnumNames<Enum, N>& names,
                           const char* help) {
  std::vector<std::string> known;
  for (const auto& [name, value] : names) known.emplace_back(name);
  const auto set = [&to, &names](const std::string& given) {
    const auto isGiven = [&](const auto& entry) { return entry.first == given; };
    to = std::find_if(names.begin(), names.end(), isGiven)->second;
  };
  return command.add_option_function<std::string>(option, set, help)->check(CLI::IsMember(known));
}

}  // namespace xllm::cli
