// The real ChatBackend: one loaded pack and the state of one conversation.
#pragma once

#include <filesystem>
#include <memory>

#include "core/generation/chat_backend.h"

namespace xllm::generation {

enum class Loading {
  WhenNeeded = 1,  // the language model at load(), encoders with the first picture or recording: the command line
  Everything,      // all of it at load(): the window, where the person is still typing
};

// `packedFolder`: as for model::Model::load().
std::unique_ptr<ChatBackend> makeModelBackend(Loading loading, std::filesystem::path packedFolder = {});

}  // namespace xllm::generation
