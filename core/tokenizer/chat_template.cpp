#include "core/tokenizer/chat_template.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <stdexcept>

namespace xllm::tokenizer {
namespace {

// Patterns of words and control tokens; the control tokens are those listed. `stops`: the first ends every answer, the
// others are optional in a tokenizer (base models' ends of text, the next speaker's header).
struct Family {
  std::string_view name;
  std::vector<std::string_view> control;
  std::string_view start, system, user, assistant, turnEnd, open;
  std::vector<std::string_view> stops;
  AnswerRules answerRules = {};
  // Of families that write rounds as plain words: see ChatTemplate::Rounds.
  std::string_view ask = {};
  std::size_t firstRound = 0;
  std::string_view gap = {};
  bool bareAlone = false;
  bool picturesLead = false;
  // Of families whose turns do not all end alike, or whose first question begins in another way.
  std::optional<std::string_view> systemEnd = {}, firstUser = {}, userEnd = {};
  bool wordsFlow = false;  // the words of its marks are tokenised together with those of the turns
};

const std::vector<Family>& families() {
  static const std::vector<Family> kFamilies{
      {.name = "chatml",
       .control = {"<|im_start|>", "<|im_end|>"},
       .start = "",
       .system = "<|im_start|>system\n",
       .user = "<|im_start|>user\n",
       .assistant = "<|im_start|>assistant\n",
       .turnEnd = "<|im_end|>\n",
       .open = "<|im_start|>assistant\n",
       .stops = {"<|im_end|>", "<|endoftext|>"}},
      // The same, with the empty thought that keeps the model from thinking aloud.
      {.name = "qwen3",
       .control = {"<|im_start|>", "<|im_end|>", "<think>", "</think>"},
       .start = "",
       .system = "<|im_start|>system\n",
       .user = "<|im_start|>user\n",
       .assistant = "<|im_start|>assistant\n",
       .turnEnd = "<|im_end|>\n",
       .open = "<|im_start|>assistant\n<think>\n\n</think>\n\n",
       .stops = {"<|im_end|>", "<|endoftext|>"}},
      // What the system says stands inside the first question. llama/generation.py of facebookresearch/llama.
      {.name = "llama2",
       .control = {"<s>", "</s>"},
       .start = "<s>[INST] ",
       .system = "<<SYS>>\n",
       .user = "<s>[INST] ",
       .assistant = " ",
       .turnEnd = " </s>",
       .open = "",
       .stops = {"</s>"},
       .answerRules = {.trimmed = true},
       .systemEnd = "\n<</SYS>>\n\n",
       .firstUser = "",
       .userEnd = " [/INST]",
       .wordsFlow = true},
      {.name = "llama3",
       .control = {"<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"},
       .start = "<|begin_of_text|>",
       .system = "<|start_header_id|>system<|end_header_id|>\n\n",
       .user = "<|start_header_id|>user<|end_header_id|>\n\n",
       .assistant = "<|start_header_id|>assistant<|end_header_id|>\n\n",
       .turnEnd = "<|eot_id|>",
       .open = "<|start_header_id|>assistant<|end_header_id|>\n\n",
       .stops = {"<|eot_id|>", "<|end_of_text|>"}},
      {.name = "gemma",
       .control = {"<bos>", "<start_of_turn>", "<end_of_turn>"},
       .start = "<bos>",
       .system = "",
       .user = "<start_of_turn>user\n",
       .assistant = "<start_of_turn>model\n",
       .turnEnd = "<end_of_turn>\n",
       .open = "<start_of_turn>model\n",
       .stops = {"<end_of_turn>", "<eos>"}},
      {.name = "chatglm",
       .control = {"[gMASK]", "<sop>"},
       .start = "",
       .system = "",
       .user = "",
       .assistant = "",
       .turnEnd = "",
       .open = "[gMASK]<sop>",
       .stops = {"<eop>"},
       .answerRules = {.trimmed = true, .chinesePunctuation = true},
       .ask = "[Round #]\n问：",
       .gap = "\n",
       .bareAlone = true},
      // ChatGLM-6B that was taught to see: every picture in front of the question.
      {.name = "visualglm",
       .control = {"[gMASK]", "<sop>"},
       .start = "",
       .system = "",
       .user = "",
       .assistant = "",
       .turnEnd = "",
       .open = "[gMASK]<sop>",
       .stops = {"<eop>"},
       .answerRules = {.trimmed = true, .chinesePunctuation = true},
       .ask = "问：",
       .gap = "\n",
       .picturesLead = true},
      {.name = "chatglm2",
       .control = {"[gMASK]", "sop"},
       .start = "[gMASK]sop",
       .system = "",
       .user = "",
       .assistant = "",
       .turnEnd = "",
       .open = "",
       .stops = {"</s>"},
       .answerRules = {.trimmed = true, .chinesePunctuation = true},
       .ask = "[Round #]\n\n问：",
       .firstRound = 1,
       .gap = "\n\n"},
      {.name = "chatglm3",
       .control = {"[gMASK]", "sop", "<|system|>", "<|user|>", "<|assistant|>"},
       .start = "[gMASK]sop",
       .system = "<|system|>\n",
       .user = "<|user|>\n",
       .assistant = "<|assistant|>\n",
       .turnEnd = "",
       .open = "<|assistant|>",
       .stops = {"</s>", "<|user|>", "<|observation|>"},
       .answerRules = {.trimmed = true}},
      {.name = "glm4",
       .control = {"[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>"},
       .start = "[gMASK]<sop>",
       .system = "<|system|>\n",
       .user = "<|user|>\n",
       .assistant = "<|assistant|>\n",
       .turnEnd = "",
       .open = "<|assistant|>",
       .stops = {"<|user|>", "<|endoftext|>", "<|observation|>"},
       .answerRules = {.trimmed = true}},
  };
  return kFamilies;
}

const Family* familyNamed(std::string_view name) {
  const auto found = std::ranges::find(families(), name, &Family::name);
  return found == families().end() ? nullptr : &*found;
}

// Tokens behind those that a mark already ends with.
void append(ChatMark& mark, std::span<const TokenId> ids) {
  if (mark.empty() || std::holds_alternative<std::string>(mark.back())) mark.emplace_back(std::vector<TokenId>());
  auto& last = std::get<std::vector<TokenId>>(mark.back());
  last.insert(last.end(), ids.begin(), ids.end());
}

// A pattern as a mark, without those of its control tokens that the tokenizer lacks; `missing` then names the last.
ChatMark markOf(std::string_view pattern, const Family& family, const Tokenizer& tokenizer, std::string& missing) {
  ChatMark mark;
  const auto words = [&](std::string_view text) {
    if (text.empty()) return;
    if (family.wordsFlow) {
      mark.emplace_back(std::string(text));
    } else {
      append(mark, tokenizer.encode(text));
    }
  };
  while (!pattern.empty()) {
    std::size_t first = std::string_view::npos;
    std::string_view next;
    for (const std::string_view control : family.control) {
      if (const auto at = pattern.find(control); at < first) first = at, next = control;
    }
    words(pattern.substr(0, first));
    if (next.empty()) break;
    if (const auto id = tokenizer.controlToken(next)) {
      append(mark, {&*id, 1});
    } else {
      missing = next;
    }
    pattern.remove_prefix(first + next.size());
  }
  return mark;
}

std::string listed(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) {
    text += text.empty() ? "" : ", ";
    text += "\"" + std::string(name) + "\"";
  }
  return text;
}

ChatMark wordsMark(std::string words) { return words.empty() ? ChatMark() : ChatMark{std::move(words)}; }

constexpr std::string_view kAnswer = "答：";

}  // namespace

std::vector<std::string_view> ChatTemplate::names() {
  std::vector<std::string_view> all;
  for (const Family& family : families()) all.push_back(family.name);
  return all;
}

Result<ChatTemplate> ChatTemplate::create(std::string_view name, const Tokenizer& tokenizer) {
  const Family* const family = familyNamed(name);
  if (family == nullptr) {
    return fail(ErrorCode::Unsupported,
                "The chat template \"" + std::string(name) + "\" is not known; these are: " + listed(names()) + ".");
  }
  std::string missing;
  const auto mark = [&](std::string_view pattern) { return markOf(pattern, *family, tokenizer, missing); };
  ChatTemplate made;
  made.m_start = mark(family->start);
  made.m_system = mark(family->system);
  made.m_firstUser = mark(family->firstUser.value_or(family->user));
  made.m_user = mark(family->user);
  made.m_assistant = mark(family->assistant);
  made.m_open = mark(family->open);
  made.m_systemEnd = mark(family->systemEnd.value_or(family->turnEnd));
  made.m_userEnd = mark(family->userEnd.value_or(family->turnEnd));
  made.m_turnEnd = mark(family->turnEnd);
  for (const std::string_view stop : family->stops) {
    if (const auto id = tokenizer.controlToken(stop)) {
      made.m_stopTokens.push_back(*id);
    } else if (made.m_stopTokens.empty()) {
      missing = stop;
    }
  }
  if (!missing.empty()) {
    return fail(ErrorCode::BadInput, "The tokenizer has no control token " + missing + ", which the chat template \"" +
                                         std::string(name) + "\" needs.");
  }
  made.m_answerRules = family->answerRules;
  made.m_rounds = {std::string(family->ask), family->firstRound, std::string(family->gap), family->bareAlone};
  made.m_picturesLead = family->picturesLead;
  return made;
}

ChatMark ChatTemplate::conversationStart() const { return m_start; }

ChatMark ChatTemplate::turnStart(const TurnPlace& place) const {
  if (m_rounds.used()) {
    if (place.role == Role::Assistant) return wordsMark(std::string(kAnswer));
    if (place.alone && m_rounds.bareAlone) return {};
    std::string ask = m_rounds.ask;
    if (const auto at = ask.find('#'); at != std::string::npos)
      ask.replace(at, 1, std::to_string(m_rounds.first + place.round));
    return wordsMark(std::move(ask));
  }
  switch (place.role) {
    case Role::System: return m_system;
    case Role::User: return place.round == 0 ? m_firstUser : m_user;
    case Role::Assistant: return m_assistant;
  }
  throw std::logic_error("turnStart of role " + std::to_string(static_cast<int>(place.role)));
}

ChatMark ChatTemplate::turnEnd(const TurnPlace& place) const {
  if (m_rounds.used()) return place.alone && m_rounds.bareAlone ? ChatMark() : wordsMark(m_rounds.gap);
  switch (place.role) {
    case Role::System: return m_systemEnd;
    case Role::User: return m_userEnd;
    case Role::Assistant: return m_turnEnd;
  }
  throw std::logic_error("turnEnd of role " + std::to_string(static_cast<int>(place.role)));
}

ChatMark ChatTemplate::openAnswer(const TurnPlace& question) const {
  ChatMark mark;
  if (m_rounds.used() && !(question.alone && m_rounds.bareAlone)) mark = wordsMark(std::string(kAnswer));
  mark.insert(mark.end(), m_open.begin(), m_open.end());
  return mark;
}

std::vector<std::string_view> addedControlTokens(std::string_view family) {
  if (family == "chatglm2") return {"[MASK]", "[gMASK]", "[sMASK]", "sop", "eop"};
  if (family == "chatglm3") {
    return {"[MASK]", "[gMASK]", "[sMASK]", "sop", "eop", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>"};
  }
  if (family == "glm4") {
    return {"<|endoftext|>",
            "[MASK]",
            "[gMASK]",
            "[sMASK]",
            "<sop>",
            "<eop>",
            "<|system|>",
            "<|user|>",
            "<|assistant|>",
            "<|observation|>",
            "<|begin_of_image|>",
            "<|end_of_image|>",
            "<|begin_of_video|>",
            "<|end_of_video|>"};
  }
  return {};
}

}  // namespace xllm::tokenizer
