#include "app/cli/chat_command.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "app/cli/exit_code.h"
#include "app/cli/one_line.h"
#include "app/cli/process_info.h"
#include "core/base/memory_use.h"
#include "core/base/this_process.h"
#include "core/generation/model_backend.h"
#include "core/model/pack_locations.h"

namespace xllm::cli {

namespace {

using generation::ChatBackend;
using generation::Part;
using generation::Summary;
using generation::Turn;

constexpr double kLongSeconds = 20 * 60;  // sound may be too long to be read, which must be said

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

// The media of one conversation, as parts for its next question.
class Media {
 public:
  // `hears`: the pack does. `decoder` may be nullptr.
  Media(const ClipDecoder* decoder, bool withClipSound, bool hears)
      : m_decoder(decoder), m_withClipSound(withClipSound && hears) {}

  Result<void> add(const ChatItem& item, std::vector<Part>& to) const {
    if (m_decoder == nullptr) {
      return fail(ErrorCode::Unsupported,
                  "This build cannot open " + item.value + ": it was made without media decoding.");
    }
    switch (item.kind) {
      case ChatItem::Kind::Picture:
        return m_decoder->decodePicture(item.value).map([&](RgbImage picture) {
          to.emplace_back(std::make_shared<const RgbImage>(std::move(picture)));
        });
      case ChatItem::Kind::Clip: return addClip(item.value, to);
      case ChatItem::Kind::Sound:
      case ChatItem::Kind::Prompt: break;
    }
    return m_decoder->decodeSound(item.value).map([&](AudioClip sound) {
      to.emplace_back(std::make_shared<const AudioClip>(std::move(sound)));
    });
  }

 private:
  Result<void> addClip(const std::string& file, std::vector<Part>& to) const {
    auto clip = m_decoder->decodeClip(file, {});
    if (!clip) return tl::unexpected(std::move(clip.error()));
    if (clip->missingSeconds > 0) {
      std::fprintf(stderr, "xllm: the last %.1f s of %s cannot be read; the answer is about what comes before.\n",
                   clip->missingSeconds, file.c_str());
    }
    const double seconds = clip->seconds;
    to.emplace_back(std::make_shared<const VideoClip>(std::move(*clip)));
    if (!m_withClipSound) return {};
    auto sound = m_decoder->decodeSound(file);
    if (sound) {
      to.emplace_back(std::make_shared<const AudioClip>(std::move(*sound)));
    } else if (sound.error().code != ErrorCode::BadInput || seconds > kLongSeconds) {  // else it simply has none
      std::fprintf(stderr, "xllm: the sound of %s is left out: %s\n", file.c_str(), sound.error().message.c_str());
    }
    return {};
  }

  const ClipDecoder* m_decoder;
  bool m_withClipSound;
};

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
        {"cacheBytes", summary.cacheBytes},
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

// One question alone in front of its media means them, too: it goes behind them.
std::vector<ChatItem> inOrder(std::vector<ChatItem> items) {
  const auto isPrompt = [](const ChatItem& item) { return item.kind == ChatItem::Kind::Prompt; };
  if (!items.empty() && isPrompt(items.front()) && std::ranges::count_if(items, isPrompt) == 1) {
    std::ranges::rotate(items, items.begin() + 1);
  }
  return items;
}

int answerItems(const ChatArguments& arguments, const Media& media, Conversation& conversation) {
  std::vector<Part> parts;
  const auto ask = [&]() -> std::optional<int> {
    const auto summary = conversation.ask(std::exchange(parts, {}));
    return summary ? std::nullopt : std::optional(report(summary.error()));
  };
  for (const ChatItem& item : inOrder(arguments.items)) {
    if (item.kind == ChatItem::Kind::Prompt) {
      parts.emplace_back(item.value);
      if (const auto failed = ask()) return *failed;
      continue;
    }
    if (const auto added = media.add(item, parts); !added) return report(added.error());
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

int talk(const Media& media, Conversation& conversation, Interrupt& interrupt) {
  const bool terminal = isTerminal(StandardStream::Input);
  if (terminal)
    std::fprintf(stderr,
                 "Ask something. /image FILE, /video FILE and /audio FILE add media; /quit or Ctrl+D ends; Ctrl+C "
                 "stops an answer.\n");
  std::vector<Part> parts;
  std::string line;
  int last = kDone;
  while (true) {
    if (terminal) std::fprintf(stderr, "> ");
    if (!std::getline(std::cin, line)) return last;
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (line == "/quit") return last;
    if (const auto item = mediaLine(line)) {
      if (const auto added = media.add(*item, parts); !added) last = report(added.error());
      continue;
    }
    if (line.find_first_not_of(" \t") == std::string::npos && parts.empty()) continue;
    parts.emplace_back(line);
    interrupt.reset();
    const auto summary = conversation.ask(std::exchange(parts, {}));
    last = summary ? kDone : report(summary.error());
  }
}

}  // namespace

int runChat(const ChatArguments& arguments, const ClipDecoder* decoder, Interrupt& interrupt) {
  const auto folder = model::findPack(arguments.model, programFile());
  if (!folder) return report(folder.error());
  const auto backend = generation::makeModelBackend(generation::Loading::WhenNeeded, model::packedWeightsFolder());
  const auto pack = backend->load(*folder, interrupt.token(), [](double, const std::string&) {});
  if (!pack) return report(pack.error());

  Conversation conversation(arguments, *backend, interrupt);
  const Media media(decoder, arguments.clipSound, pack->hearsSpeech);
  return arguments.items.empty() ? talk(media, conversation, interrupt) : answerItems(arguments, media, conversation);
}

}  // namespace xllm::cli
