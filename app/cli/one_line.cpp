#include "app/cli/one_line.h"

#include <nlohmann/json.hpp>

namespace xllm::cli {

std::string oneLine(const nlohmann::json& object) {
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace xllm::cli
