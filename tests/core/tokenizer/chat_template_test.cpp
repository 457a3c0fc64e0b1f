#include "core/tokenizer/chat_template.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/weights/checkpoint.h"
#include "tests/core/tokenizer/support.h"
#include "tests/support/parts.h"

namespace xllm::tokenizer {
namespace {

using Ids = std::vector<TokenId>;

void append(Ids& to, const Ids& more) { to.insert(to.end(), more.begin(), more.end()); }

// A mark as ids; its words are tokenised alone.
Ids idsOf(const ChatMark& mark, const Tokenizer& tokenizer) {
  Ids ids;
  for (const auto& piece : mark) {
    const auto* words = std::get_if<std::string>(&piece);
    append(ids, words != nullptr ? tokenizer.encode(*words) : std::get<Ids>(piece));
  }
  return ids;
}
Ids turnStart(const ChatTemplate& chat, Role role, const Tokenizer& tokenizer) {
  return idsOf(chat.turnStart({.role = role}), tokenizer);
}
Ids turnEnd(const ChatTemplate& chat, const Tokenizer& tokenizer) {
  return idsOf(chat.turnEnd({.role = Role::User}), tokenizer);
}

// A vocabulary of single bytes (id = byte) and the control tokens given (from 256 on).
class Letters final : public Tokenizer {
 public:
  explicit Letters(std::vector<std::string> control) : m_control(std::move(control)) {}
  Ids encode(std::string_view text) const override {
    Ids ids;
    for (const char c : text) ids.push_back(static_cast<unsigned char>(c));
    return ids;
  }
  std::string bytesOf(TokenId id) const override { return id < 256 ? std::string(1, static_cast<char>(id)) : ""; }
  std::optional<TokenId> controlToken(std::string_view name) const override {
    const auto found = std::ranges::find(m_control, name);
    if (found == m_control.end()) return std::nullopt;
    return 256 + (found - m_control.begin());
  }
  std::int64_t vocabularySize() const override { return 256 + std::ssize(m_control); }
  // Control tokens by their names.
  std::string shown(const Ids& ids) const {
    std::string text;
    for (const TokenId id : ids) text += id < 256 ? bytesOf(id) : m_control[static_cast<std::size_t>(id - 256)];
    return text;
  }

 private:
  std::vector<std::string> m_control;
};

// One question and its answer, as the family writes them.
std::string shownRound(std::string_view name, const Letters& tokenizer) {
  const auto chat = ChatTemplate::create(name, tokenizer);
  if (!chat) return chat.error().message;
  const auto shown = [&](const ChatMark& mark) { return tokenizer.shown(idsOf(mark, tokenizer)); };
  const TurnPlace question{.role = Role::User}, answer{.role = Role::Assistant};
  return shown(chat->conversationStart()) + shown(chat->turnStart(question)) + "Q" + shown(chat->turnEnd(question)) +
         shown(chat->turnStart(answer)) + "A" + shown(chat->turnEnd(answer)) + "|" + shown(chat->openAnswer(question)) +
         "|" + tokenizer.shown(chat->stopTokens());
}

TEST(ChatTemplate, WritesChatMlTurns) {
  const auto tokenizer = tests::openTokenizer(tests::tokenizerGolden("bpe_smollm_like.tokenizer.json"));
  const auto chatml = ChatTemplate::create("chatml", *tokenizer);
  ASSERT_TRUE(chatml) << chatml.error().message;
  const auto expected = [&](const std::string& role) {
    Ids ids{1};
    append(ids, tokenizer->encode(role + "\n"));
    return ids;
  };
  EXPECT_EQ(turnStart(*chatml, Role::System, *tokenizer), expected("system"));
  EXPECT_EQ(turnStart(*chatml, Role::User, *tokenizer), expected("user"));
  EXPECT_EQ(turnStart(*chatml, Role::Assistant, *tokenizer), expected("assistant"));
  EXPECT_EQ(idsOf(chatml->openAnswer({}), *tokenizer), expected("assistant"));
  EXPECT_TRUE(chatml->hasSystemTurns());
  EXPECT_EQ(chatml->answerEnd(), 2);
  Ids end{2};
  append(end, tokenizer->encode("\n"));
  EXPECT_EQ(turnEnd(*chatml, *tokenizer), end);
  EXPECT_EQ(chatml->stopTokens(), (Ids{2, 0}));
}

TEST(ChatTemplate, WritesEachFamilysTurns) {
  EXPECT_EQ(shownRound("qwen3", Letters({"<|im_start|>", "<|im_end|>", "<think>", "</think>"})),
            "<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\nA<|im_end|>\n|"
            "<|im_start|>assistant\n<think>\n\n</think>\n\n|<|im_end|>");
  EXPECT_EQ(shownRound("llama2", Letters({"<s>", "</s>"})), "<s>[INST] Q [/INST] A </s>||</s>");
  EXPECT_EQ(shownRound("llama3", Letters({"<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>",
                                          "<|end_of_text|>"})),
            "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nQ<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\nA<|eot_id|>|"
            "<|start_header_id|>assistant<|end_header_id|>\n\n|<|eot_id|><|end_of_text|>");
  EXPECT_EQ(shownRound("gemma", Letters({"<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"})),
            "<bos><start_of_turn>user\nQ<end_of_turn>\n<start_of_turn>model\nA<end_of_turn>\n|"
            "<start_of_turn>model\n|<end_of_turn><eos>");
  EXPECT_EQ(shownRound("chatglm", Letters({"[gMASK]", "<sop>", "<eop>"})),
            "[Round 0]\n问：Q\n答：A\n|答：[gMASK]<sop>|<eop>");
  EXPECT_EQ(shownRound("visualglm", Letters({"[gMASK]", "<sop>", "<eop>"})), "问：Q\n答：A\n|答：[gMASK]<sop>|<eop>");
  EXPECT_EQ(shownRound("chatglm2", Letters({"[gMASK]", "sop", "</s>"})),
            "[gMASK]sop[Round 1]\n\n问：Q\n\n答：A\n\n|答：|</s>");
  EXPECT_EQ(shownRound("chatglm3", Letters({"[gMASK]", "sop", "</s>", "<|system|>", "<|user|>", "<|assistant|>"})),
            "[gMASK]sop<|user|>\nQ<|assistant|>\nA|<|assistant|>|</s><|user|>");
  EXPECT_EQ(shownRound("glm4", Letters({"<|endoftext|>", "[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>",
                                        "<|observation|>"})),
            "[gMASK]<sop><|user|>\nQ<|assistant|>\nA|<|assistant|>|<|user|><|endoftext|><|observation|>");
}

// "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nQ [/INST] A </s><s>[INST] …": its words are tokenised with those around.
TEST(ChatTemplate, Llama2PutsTheSystemIntoTheFirstQuestion) {
  const Letters tokenizer({"<s>", "</s>"});
  const auto chat = ChatTemplate::create("llama2", tokenizer);
  ASSERT_TRUE(chat) << chat.error().message;
  EXPECT_EQ(chat->turnStart({.role = Role::System}), ChatMark{"<<SYS>>\n"});
  EXPECT_EQ(chat->turnEnd({.role = Role::System}), ChatMark{"\n<</SYS>>\n\n"});
  EXPECT_EQ(chat->turnStart({.role = Role::User, .round = 0}), ChatMark());
  EXPECT_EQ(chat->turnStart({.role = Role::User, .round = 1}), (ChatMark{Ids{256}, "[INST] "}));
  EXPECT_EQ(chat->turnEnd({.role = Role::Assistant}), (ChatMark{" ", Ids{257}}));
  EXPECT_TRUE(chat->answerRules().trimmed);
}

TEST(ChatTemplate, FamiliesWithoutSystemTurnsSaySo) {
  const Letters gemma({"<bos>", "<start_of_turn>", "<end_of_turn>"});
  EXPECT_FALSE(ChatTemplate::create("gemma", gemma)->hasSystemTurns());
  EXPECT_FALSE(ChatTemplate::create("chatglm", Letters({"[gMASK]", "<sop>", "<eop>"}))->hasSystemTurns());
}

TEST(ChatTemplate, RefusesUnknownNamesAndTokenizersWithoutItsTokens) {
  const auto tokenizer = tests::openTokenizer(tests::tokenizerGolden("sp_bpe_llama_like.model"));
  const auto chatml = ChatTemplate::create("chatml", *tokenizer);
  ASSERT_FALSE(chatml);
  EXPECT_EQ(chatml.error().code, ErrorCode::BadInput);
  const auto unknown = ChatTemplate::create("alpaca", *tokenizer);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::Unsupported);
  EXPECT_NE(unknown.error().message.find("\"chatml\", \"qwen3\""), std::string::npos) << unknown.error().message;
  const auto torn = ChatTemplate::create("llama3", Letters({"<|begin_of_text|>", "<|start_header_id|>", "<|eot_id|>"}));
  ASSERT_FALSE(torn);
  EXPECT_NE(torn.error().message.find("<|end_header_id|>"), std::string::npos) << torn.error().message;
}

TEST(ChatTemplate, GivesTheIdsOfTheRealModelsPrompts) {
  const auto file = tests::part("SmolLM2-135M-Instruct.Q4_1.gguf");
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "The frozen language model is not at " << file;
  const auto gguf = weights::Checkpoint::open(file);
  ASSERT_TRUE(gguf) << gguf.error().message;
  const auto tokenizer = tokenizerFromGguf(**gguf);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  const auto chatml = ChatTemplate::create("chatml", **tokenizer);
  ASSERT_TRUE(chatml) << chatml.error().message;
  const nlohmann::json golden = tests::readJson(XLLM_TEST_DIR "/golden/real/smollm2.json");
  ASSERT_EQ(golden.size(), 10U);
  for (const nlohmann::json& entry : golden) {
    Ids ids = turnStart(*chatml, Role::User, **tokenizer);
    append(ids, (*tokenizer)->encode(entry.at("prompt").get<std::string>()));
    append(ids, turnEnd(*chatml, **tokenizer));
    append(ids, turnStart(*chatml, Role::Assistant, **tokenizer));
    EXPECT_EQ(ids, entry.at("ids").get<Ids>()) << entry.at("prompt");
    Ids answer = entry.at("greedy_ids").get<Ids>();
    const auto stop = (*tokenizer)->controlToken("<|im_end|>");
    std::string text = (*tokenizer)->decode(answer);
    if (!answer.empty() && answer.back() == stop) text += "<|im_end|>";
    EXPECT_EQ(text, entry.at("greedy_text").get<std::string>());
  }
}

}  // namespace
}  // namespace xllm::tokenizer
