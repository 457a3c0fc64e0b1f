#include "app/cli/chat_command.h"

#include <chrono>
#include <cstdio>
#include <iostream>
#include <optional>
#include <utility>

#include <unistd.h>
#include <nlohmann/json.hpp>

#include "app/cli/exit_code.h"
#include "app/cli/process_info.h"
#include "core/base/memory_use.h"
#include "core/generation/model_backend.h"
#include "core/model/pack_locations.h"

namespace xllm::cli {

namespace {

using generation::ChatBackend;
using generation::Part;
using generation::Summary;
using generation::Turn;

// Invalid UTF-8 in file names must not throw.
std::string oneLine(const nlohmann::json& object) {
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

Result<Part> decode(const ChatItem& item, const ClipDecoder* decoder) {
  if (decoder == nullptr) {
    return fail(ErrorCode::Unsupported,
                "This build cannot open " + item.value + ": it was made without media decoding.");
  }
  if (item.kind == ChatItem::Kind::Picture) {
    return decoder->decodePicture(item.value).map([](RgbImage picture) {
      return Part(std::make_shared<const RgbImage>(std::move(picture)));
    });
  }
  if (item.kind == ChatItem::Kind::Clip) {
    return decoder->decodeClip(item.value, {}).map([&](VideoClip clip) {
      if (clip.missingSeconds > 0) {
        std::fprintf(stderr, "xllm: the last %.1f s of %s cannot be read; the answer is about what comes before.\n",
                     clip.missingSeconds, item.value.c_str());
      }
      return Part(std::make_shared<const VideoClip>(std::move(clip)));
    });
  }
  return decoder->decodeSound(item.value).map([](AudioClip sound) {
    return Part(std::make_shared<const AudioClip>(std::move(sound)));
  });
}

// The conversation so far, and how one more question is answered.
class Conversation {
 public:
  Conversation(const ChatArguments& arguments, ChatBackend& backend, Interrupt& interrupt)
      : m_arguments(arguments), m_backend(backend), m_interrupt(interrupt) {
    m_request.options = arguments.options;
    if (!arguments.system.empty()) m_request.turns.push_back({Role::System, {arguments.system}});
  }

  // The turn is kept only if it was answered, so a question that failed can be asked again.
  Result<Summary> ask(std::vector<Part> parts) {
    m_request.turns.push_back({Role::User, std::move(parts)});
    std::string answer;
    std::optional<double> firstTokenMs;
    const auto onText = [&](const std::string& text) {
      if (!firstTokenMs) firstTokenMs = millisecondsSinceProcessStart();
      answer += text;
      print(m_arguments.json ? oneLine({{"text", text}}) + "\n" : text);
    };
    Result<Summary> summary = m_backend.answer(m_request, m_interrupt.token(), onText);
    if (!m_arguments.json) print("\n");
    if (!summary) {
      m_request.turns.pop_back();
      return summary;
    }
    m_request.turns.push_back({Role::Assistant, {answer}});
    finish(*summary, firstTokenMs);
    return summary;
  }

 private:
  void finish(const Summary& summary, std::optional<double> firstTokenMs) const {
    const nlohmann::json stats = {
        {"promptTokens", summary.promptTokens},
        {"reusedPromptTokens", summary.reusedPromptTokens},
        {"newTokens", summary.newTokens},
        {"turnsLeftOut", summary.turnsLeftOut},
        {"firstTokenMs", firstTokenMs ? nlohmann::json(*firstTokenMs) : nlohmann::json(nullptr)},
        {"prefillTokensPerSecond", summary.prefillTokensPerSecond},
        {"decodeTokensPerSecond", summary.decodeTokensPerSecond},
        {"encoderMs", summary.encoderMs},
        {"isa", kernelIsa()},
        {"threads", kernelThreads()},
        {"peakMemoryBytes", peakMemoryBytes()},
    };
    if (m_arguments.json) print(oneLine({{"finished", stats}}) + "\n");
    if (!m_arguments.json && summary.turnsLeftOut > 0) {
      std::fprintf(stderr, "(The %lld oldest messages did not fit any more and were left out.)\n",
                   static_cast<long long>(summary.turnsLeftOut));
    }
    if (m_arguments.stats) std::fprintf(stderr, "%s\n", oneLine(stats).c_str());
  }

  const ChatArguments& m_arguments;
  ChatBackend& m_backend;
  Interrupt& m_interrupt;
  generation::ChatRequest m_request;
};

int answerItems(const ChatArguments& arguments, const ClipDecoder* decoder, Conversation& conversation) {
  std::vector<Part> parts;
  const auto ask = [&]() -> std::optional<int> {
    const auto summary = conversation.ask(std::exchange(parts, {}));
    return summary ? std::nullopt : std::optional(report(summary.error()));
  };
  for (const ChatItem& item : arguments.items) {
    if (item.kind == ChatItem::Kind::Prompt) {
      parts.emplace_back(item.value);
      if (const auto failed = ask()) return *failed;
      continue;
    }
    auto part = decode(item, decoder);
    if (!part) return report(part.error());
    parts.push_back(std::move(*part));
  }
  // A picture, a clip or a recording without words behind it asks for itself.
  if (!parts.empty()) return ask().value_or(kDone);
  return kDone;
}

// "/image FILE", "/video FILE" and "/audio FILE" gather media for the next line of words.
std::optional<ChatItem> mediaLine(const std::string& line) {
  if (line.rfind("/image ", 0) == 0) return ChatItem{ChatItem::Kind::Picture, line.substr(7)};
  if (line.rfind("/video ", 0) == 0) return ChatItem{ChatItem::Kind::Clip, line.substr(7)};
  if (line.rfind("/audio ", 0) == 0) return ChatItem{ChatItem::Kind::Sound, line.substr(7)};
  return std::nullopt;
}

int talk(const ClipDecoder* decoder, Conversation& conversation, Interrupt& interrupt) {
  const bool terminal = ::isatty(STDIN_FILENO) != 0;
  if (terminal)
    std::fprintf(stderr,
                 "Ask something. /image FILE, /video FILE and /audio FILE add media; /quit or Ctrl+D ends; Ctrl+C "
                 "stops an answer.\n");
  std::vector<Part> parts;
  std::string line;
  int last = kDone;
  while (true) {
    if (terminal) std::fprintf(stderr, "> ");
    if (!std::getline(std::cin, line) || line == "/quit") return last;
    if (const auto item = mediaLine(line)) {
      auto part = decode(*item, decoder);
      if (part) {
        parts.push_back(std::move(*part));
      } else {
        last = report(part.error());
      }
      continue;
    }
    if (line.find_first_not_of(" \t\r") == std::string::npos && parts.empty()) continue;
    parts.emplace_back(line);
    interrupt.reset();
    const auto summary = conversation.ask(std::exchange(parts, {}));
    last = summary ? kDone : report(summary.error());
  }
}

}  // namespace

int runChat(const ChatArguments& arguments, const ClipDecoder* decoder, Interrupt& interrupt) {
  const auto folder = model::findPack(arguments.model, model::programFile());
  if (!folder) return report(folder.error());
  const auto backend = generation::makeModelBackend(generation::Loading::WhenNeeded);
  const auto pack = backend->load(*folder, interrupt.token(), [](double, const std::string&) {});
  if (!pack) return report(pack.error());

  Conversation conversation(arguments, *backend, interrupt);
  return arguments.items.empty() ? talk(decoder, conversation, interrupt)
                                 : answerItems(arguments, decoder, conversation);
}

}  // namespace xllm::cli
