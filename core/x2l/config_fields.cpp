#include "core/x2l/config_fields.h"

#include <algorithm>

#include <c10/util/StringUtil.h>
#include <nlohmann/json.hpp>

#include "core/base/nearest.h"

namespace xllm::x2l {
namespace {

// `has "heads": 0, which `
std::string found(std::string_view key, const nlohmann::json& field) {
  return c10::str("has \"", key, "\": ", field.dump(), ", which ");
}

}  // namespace

ConfigFields::ConfigFields(const nlohmann::json& json, std::string where) : m_json(json), m_where(std::move(where)) {
  if (!m_json.is_object()) complain(c10::str("must be a JSON object, not ", m_json.type_name()));
}

const nlohmann::json* ConfigFields::find(std::string_view key) {
  m_known.emplace_back(key);
  if (!m_json.is_object()) return nullptr;
  const auto it = m_json.find(key);
  return it == m_json.end() ? nullptr : &*it;
}

void ConfigFields::complain(std::string sentence) {
  if (m_complaint.empty()) m_complaint = std::move(sentence);
}

void ConfigFields::read(std::string_view key, std::int64_t& value, std::int64_t least) {
  const auto* field = find(key);
  if (field == nullptr) return;
  if (!field->is_number_integer() || field->get<std::int64_t>() < least || field->get<std::int64_t>() > (1LL << 40)) {
    return complain(c10::str(found(key, *field), "must be a whole number of at least ", least));
  }
  value = field->get<std::int64_t>();
}

void ConfigFields::read(std::string_view key, double& value, double least, double most) {
  const auto* field = find(key);
  if (field == nullptr) return;
  if (!field->is_number() || !(field->get<double>() >= least && field->get<double>() <= most)) {
    return complain(c10::str(found(key, *field), "must be a number from ", least, " to ", most));
  }
  value = field->get<double>();
}

void ConfigFields::read(std::string_view key, bool& value) {
  const auto* field = find(key);
  if (field == nullptr) return;
  if (!field->is_boolean()) return complain(found(key, *field) + "must be true or false");
  value = field->get<bool>();
}

void ConfigFields::read(std::string_view key, std::string& value) {
  const auto* field = find(key);
  if (field == nullptr) return;
  if (!field->is_string()) return complain(found(key, *field) + "must be a text");
  value = field->get<std::string>();
}

bool ConfigFields::readChoice(std::string_view key, std::string& value, const std::vector<std::string>& known) {
  const auto* field = find(key);
  if (field == nullptr) return false;
  if (!field->is_string()) {
    complain(found(key, *field) + "must be one of " + c10::Join(", ", known));
    return false;
  }
  value = field->get<std::string>();
  if (std::ranges::find(known, value) != known.end()) return true;
  complain(c10::str(found(key, *field), "is none of ", c10::Join(", ", known), "; did you mean \"",
                    nearest(value, known), "\"?"));
  return false;
}

void ConfigFields::require(bool holds, std::string sentence) {
  if (!holds) complain(std::move(sentence));
}

Result<void> ConfigFields::finish() const {
  if (m_json.is_object()) {
    for (const auto& [key, value] : m_json.items()) {
      if (std::ranges::find(m_known, key) != m_known.end()) continue;
      return fail(ErrorCode::BadInput,
                  c10::str(m_where, " has no \"", key, "\"; did you mean \"", nearest(key, m_known), "\"?"));
    }
  }
  if (!m_complaint.empty())
    return fail(ErrorCode::BadInput, c10::str(m_where, " ", m_complaint, m_complaint.ends_with('?') ? "" : "."));
  return {};
}

}  // namespace xllm::x2l
