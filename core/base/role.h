// Who says a turn of a conversation.
#pragma once

namespace xllm {

enum class Role { System = 1, User, Assistant };

}  // namespace xllm
