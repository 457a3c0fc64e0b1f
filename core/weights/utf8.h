// Tells well-formed UTF-8 from other bytes (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above
// U+10FFFF).
#pragma once

#include <string_view>

namespace xllm::weights {

bool isUtf8(std::string_view text);

}  // namespace xllm::weights
