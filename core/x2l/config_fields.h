// Reads a JSON object into a typed config, strictly: unknown keys, wrong types and values out of range are refused with
// a sentence that names the key, and for unknown keys the nearest right one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/base/result.h"

namespace xllm::x2l {

// An enum's values with their names in JSON.
template <typename Enum, std::size_t N>
using EnumNames = std::array<std::pair<std::string_view, Enum>, N>;

template <typename Enum, std::size_t N>
std::string_view nameOf(Enum value, const EnumNames<Enum, N>& names) {
  for (const auto& [name, choice] : names) {
    if (choice == value) return name;
  }
  return {};
}

// Each read() takes one key if it is there and leaves `value` as it is otherwise. finish() tells the first thing that
// was wrong.
class ConfigFields {
 public:
  // `json` outlives this object; `where` opens each sentence: "The image interface's config".
  ConfigFields(const nlohmann::json& json, std::string where);

  void read(std::string_view key, std::int64_t& value, std::int64_t least);
  void read(std::string_view key, double& value, double least, double most);
  void read(std::string_view key, bool& value);
  void read(std::string_view key, std::string& value);
  // An enum by name; the names are what the sentence offers.
  template <typename Enum, std::size_t N>
  void read(std::string_view key, Enum& value, const EnumNames<Enum, N>& names) {
    std::string text;
    std::vector<std::string> known;
    for (const auto& [name, choice] : names) known.emplace_back(name);
    if (!readChoice(key, text, known)) return;
    for (const auto& [name, choice] : names) {
      if (name == text) value = choice;
    }
  }
  // Our own rule about values that fit each other.
  void require(bool holds, std::string sentence);

  Result<void> finish() const;

 private:
  const nlohmann::json* find(std::string_view key);
  bool readChoice(std::string_view key, std::string& value, const std::vector<std::string>& known);
  void complain(std::string sentence);

  const nlohmann::json& m_json;
  std::string m_where;
  std::vector<std::string> m_known;
  std::string m_complaint;  // the first one
};

}  // namespace xllm::x2l
