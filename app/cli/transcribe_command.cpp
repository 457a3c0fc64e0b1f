#include "app/cli/transcribe_command.h"

#include <cstdio>
#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "app/cli/exit_code.h"
#include "core/generation/model_backend.h"
#include "core/model/pack_locations.h"

namespace xllm::cli {

namespace {

using generation::ChatBackend;

Result<std::string> askLlm(ChatBackend& backend, const generation::Sound& sound, std::stop_token stop) {
  generation::ChatRequest request;
  request.turns = {{Role::User, {sound, std::string("\nRepeat exactly what was said.")}}};
  request.options.sampling.temperature = 0;
  std::string text;
  const auto summary = backend.answer(request, std::move(stop), [&](const std::string& piece) { text += piece; });
  if (!summary) return tl::unexpected(summary.error());
  return text;
}

Result<std::string> transcribe(ChatBackend& backend, const ClipDecoder& decoder, const std::string& file,
                               bool throughLlm, std::stop_token stop) {
  auto decoded = decoder.decodeSound(file);
  if (!decoded) return tl::unexpected(decoded.error());
  const auto sound = std::make_shared<const AudioClip>(std::move(*decoded));
  return throughLlm ? askLlm(backend, sound, std::move(stop)) : backend.transcribe(sound, std::move(stop));
}

}  // namespace

int runTranscribe(const TranscribeArguments& arguments, const ClipDecoder* decoder, Interrupt& interrupt) {
  if (decoder == nullptr) {
    return report({ErrorCode::Unsupported, "This build cannot open sound files: it was made without media decoding."});
  }
  const auto folder = model::findPack(arguments.model, model::programFile());
  if (!folder) return report(folder.error());
  const auto backend = generation::makeModelBackend(generation::Loading::WhenNeeded);
  const auto pack = backend->load(*folder, interrupt.token(), [](double, const std::string&) {});
  if (!pack) return report(pack.error());

  int code = kDone;
  for (const std::string& file : arguments.files) {
    const auto text = transcribe(*backend, *decoder, file, arguments.throughLlm, interrupt.token());
    if (!text) {
      code = report(text.error());
      if (text.error().code == ErrorCode::Cancelled) return code;
      continue;
    }
    if (arguments.json) {
      const nlohmann::json line = {{"file", file}, {"text", *text}};
      std::printf("%s\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    } else {
      std::printf("%s\n", text->c_str());
    }
    if (text->empty()) std::fprintf(stderr, "%s: %s\n", file.c_str(), generation::kNothingHeard);
    std::fflush(stdout);
  }
  return code;
}

}  // namespace xllm::cli
