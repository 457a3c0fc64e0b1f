// The base of our JSON readers: every event is refused unless a reader wants it. Events instead of a tree, so that a
// hostile header can neither nest deeply nor fill the memory before somebody looks at it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "core/weights/format_error.h"

namespace xllm::weights {

class JsonEvents : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { refuse("null"); }
  bool boolean(bool) override { refuse("true or false"); }
  bool number_integer(std::int64_t) override { refuse("a negative number"); }
  bool number_unsigned(std::uint64_t) override { refuse("a number"); }
  bool number_float(double, const std::string&) override { refuse("a fraction or a number beyond 64 bits"); }
  bool string(std::string&) override { refuse("a string"); }
  bool binary(nlohmann::json::binary_t&) override { refuse("binary data"); }
  bool start_object(std::size_t) override { refuse("an object"); }
  bool end_object() override { refuse("the end of an object"); }
  bool start_array(std::size_t) override { refuse("an array"); }
  bool end_array() override { refuse("the end of an array"); }
  bool key(std::string&) override { refuse("a key"); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    throw FormatError("its JSON is malformed at byte " + std::to_string(position));
  }

 protected:
  [[noreturn]] static void refuse(const char* what) {
    throw FormatError(std::string("its JSON has ") + what + " where none belongs");
  }
};

// Throws FormatError, also for text after the JSON.
inline void readJson(std::string_view text, JsonEvents& events) {
  nlohmann::json::sax_parse(text.begin(), text.end(), &events);
}

}  // namespace xllm::weights
