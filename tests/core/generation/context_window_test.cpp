#include "core/generation/context_window.h"

#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>
#include <nlohmann/json.hpp>

#include "core/generation/model_backend.h"
#include "core/weights/safetensors_writer.h"
#include "tests/core/data/scratch.h"
#include "tests/support/golden.h"

namespace xllm::generation {
namespace {

TEST(ExchangesLeftOut, NothingWhileAllFits) {
  const std::vector<ExchangeCost> costs(9, {4, 10});
  EXPECT_EQ(exchangesLeftOut(costs, 6, 8 * 10 + 4 + 6), 0U);
  EXPECT_EQ(exchangesLeftOut({}, 6, 3), 0U);
}

TEST(ExchangesLeftOut, HalfOfWhatStandsBesideTheQuestionGoesAtOnce) {
  const std::vector<ExchangeCost> costs(9, {4, 10});
  // 79 beside the question, 80 wanted: as many go as leave 39.
  EXPECT_EQ(exchangesLeftOut(costs, 6, 8 * 10 + 4 + 5), 5U);
}

// The prompt's beginning must not move at every turn, or every turn computes the whole prompt again.
TEST(ExchangesLeftOut, StaysTheSameForManyTurns) {
  std::vector<ExchangeCost> costs;
  std::size_t last = 0, moves = 0;
  for (int turn = 0; turn < 400; ++turn) {
    costs.push_back({5 + turn % 7, 20 + turn % 11});
    const std::size_t leftOut = exchangesLeftOut(costs, 10, 500);
    ASSERT_GE(leftOut, last) << turn;
    moves += leftOut != last ? 1 : 0;
    last = leftOut;
    const auto stays = std::span(costs).subspan(leftOut);
    const std::int64_t taken = std::accumulate(stays.begin(), stays.end() - 1, std::int64_t{10},
                                               [](std::int64_t sum, const auto& cost) { return sum + cost.whole; }) +
                               stays.back().question;
    ASSERT_LE(taken, 500) << turn;
  }
  EXPECT_GT(last, 300U);
  EXPECT_LT(moves, 45U);  // one in ten
}

TEST(ExchangesLeftOut, TheNewestQuestionStaysHoweverLongItIs) {
  const std::vector<ExchangeCost> costs = {{4, 10}, {4, 10}, {1000, 1000}};
  EXPECT_EQ(exchangesLeftOut(costs, 6, 100), 2U);
  EXPECT_EQ(exchangesLeftOut(std::vector<ExchangeCost>{{1000, 1000}}, 6, 100), 0U);
}

// One that is long, but leaves room, costs no more of the past than it must: half of what is left beside it.
TEST(ExchangesLeftOut, ALongQuestionKeepsWhatFitsBesideIt) {
  std::vector<ExchangeCost> costs(10, {4, 10});
  costs.push_back({120, 120});
  EXPECT_EQ(exchangesLeftOut(costs, 0, 200), 6U);
}

// Plain words of a small vocabulary, and conversations of any length.
class ContextWindowTest : public ::testing::Test {
 protected:
  static Turn said(Role role, const std::string& words) { return {role, {words}}; }
  static std::vector<Turn> talk(int exchanges) {
    std::vector<Turn> turns;
    for (int i = 0; i < exchanges; ++i) {
      turns.push_back(said(Role::User, "Question number " + std::to_string(i) + " of them?"));
      turns.push_back(said(Role::Assistant, "Answer number " + std::to_string(i) + ", as it was given."));
    }
    turns.push_back(said(Role::User, "And now?"));
    return turns;
  }
  static std::int64_t soft(const Part& medium) { return std::holds_alternative<Picture>(medium) ? 40 : 7; }
};

struct Family {
  const char* chat;
  const char* tokenizer;
};

TEST_F(ContextWindowTest, WhatIsShownFitsAndIsWhatTheEndOfTheConversationCosts) {
  for (const Family& family :
       {Family{"chatml", "bpe_smollm_like.tokenizer.json"}, Family{"chatglm", "sp_unigram_chatglm_like.model"}}) {
    const auto tokenizer =
        tokenizer::tokenizerFromFile(tests::goldenPath(std::string("tokenizers/") + family.tokenizer), family.chat)
            .value();
    const auto chat = tokenizer::ChatTemplate::create(family.chat, *tokenizer).value();
    const PromptFormat format{chat, "Be brief.", {"<Image>", "</Image>", "What?"}, {}, {}};
    std::vector<Turn> turns = talk(30);
    turns[10].parts.insert(turns[10].parts.begin(), Picture(std::make_shared<const RgbImage>()));
    ContextWindow window;
    const auto whole = window.view(turns, format, *tokenizer, 100000, soft);
    EXPECT_EQ(whole.turnsLeftOut, 0) << family.chat;
    for (const std::int64_t room : {whole.tokens - 1, whole.tokens / 2, std::int64_t{200}}) {
      const auto shown = window.view(turns, format, *tokenizer, room, soft);
      EXPECT_GT(shown.turnsLeftOut, 0) << family.chat;
      EXPECT_EQ(shown.turnsLeftOut % 2, 0) << family.chat;
      EXPECT_LE(shown.tokens, room) << family.chat;
      ASSERT_EQ(shown.turns.size() + static_cast<std::size_t>(shown.turnsLeftOut), turns.size());
      EXPECT_EQ(shown.turns.front().role, Role::User);
      EXPECT_EQ(std::get<std::string>(shown.turns.back().parts.at(0)), "And now?");
      // Not less than it could be: with what half of the room takes again it would not fit.
      EXPECT_GT(shown.tokens, room / 2 - 80) << family.chat;
    }
  }
}

TEST_F(ContextWindowTest, TheSystemIsAlwaysHeardAndMediaCount) {
  const auto tokenizer =
      tokenizer::tokenizerFromFile(tests::goldenPath("tokenizers/bpe_smollm_like.tokenizer.json")).value();
  const auto chat = tokenizer::ChatTemplate::create("chatml", *tokenizer).value();
  const PromptFormat format{chat, "", {}, {}, {}};
  std::vector<Turn> turns = talk(20);
  turns.insert(turns.begin(), said(Role::System, "You are a lighthouse keeper."));
  ContextWindow window;
  const auto shown = window.view(turns, format, *tokenizer, 250, soft);
  EXPECT_GT(shown.turnsLeftOut, 0);
  EXPECT_EQ(shown.turns.front().role, Role::System);
  EXPECT_EQ(shown.turns.at(1).role, Role::User);

  std::vector<Turn> seen = turns;
  seen.back().parts.emplace_back(Picture(std::make_shared<const RgbImage>()));
  EXPECT_EQ(window.view(seen, format, *tokenizer, 10000, soft).tokens,
            window.view(turns, format, *tokenizer, 10000, soft).tokens + 40);
}

// A pack of a tiny model that reads 256 tokens at once.
class SmallContext : public ::testing::Test {
 protected:
  static constexpr std::int64_t kContext = 256;

  void SetUp() override {
    const tests::Golden golden("llama_smollm2");
    constexpr std::int64_t kWords = 800;
    std::vector<std::pair<std::string, at::Tensor>> tensors;
    for (const std::string& name : golden.weightNames()) {
      at::Tensor tensor = golden[name];
      if (name == "model.embed_tokens.weight")
        tensor = at::cat({tensor, 0.05 * at::randn({kWords - tensor.size(0), tensor.size(1)}, tensor.options())});
      tensors.emplace_back(name, tensor);
    }
    nlohmann::json config = golden.config();
    config["vocab_size"] = kWords;
    std::filesystem::create_directories(pack / "llm");
    ASSERT_TRUE(weights::saveSafetensors(pack / "llm/model.safetensors", tensors));
    scratch.write("pack/llm/config.json", config.dump());
    std::filesystem::copy_file(tests::goldenPath("tokenizers/bpe_smollm_like.tokenizer.json"),
                               pack / "llm/tokenizer.json");
    const auto entry = [&](const char* file) {
      return nlohmann::json{{"path", file}, {"bytes", std::filesystem::file_size(pack / file)}};
    };
    const nlohmann::json manifest = {
        {"format", 1},
        {"name", "Small"},
        {"version", "1"},
        {"languageModel",
         {{"file", "llm/model.safetensors"}, {"tokenizer", "llm/tokenizer.json"}, {"chatTemplate", "chatml"}}},
        {"files", {entry("llm/model.safetensors"), entry("llm/config.json"), entry("llm/tokenizer.json")}}};
    scratch.write("pack/pack.json", manifest.dump());
    const auto loaded = backend->load(pack, {}, {});
    ASSERT_TRUE(loaded) << loaded.error().message;
    ASSERT_EQ(loaded->contextLength, kContext);
  }
  static ChatRequest greedy(std::vector<Turn> turns) {
    ChatRequest request{std::move(turns), {}};
    request.options.sampling.temperature = 0;
    request.options.maxNewTokens = 8;
    return request;
  }
  Result<Summary> ask(const std::vector<Turn>& turns, std::string* text = nullptr) {
    return backend->answer(greedy(turns), {}, [&](const std::string& piece) {
      if (text != nullptr) *text += piece;
    });
  }

  tests::Scratch scratch;
  std::filesystem::path pack = scratch.path() / "pack";
  std::unique_ptr<ChatBackend> backend = makeModelBackend(Loading::Everything);
};

// Past the end of the context: every answer comes, what measure() said is what happened, and most turns go on from the
// cache of the turn before.
TEST_F(SmallContext, AConversationGoesOnPastTheEndOfTheContext) {
  std::vector<Turn> turns;
  std::int64_t leftOut = 0, moves = 0;
  for (int round = 0; round < 30; ++round) {
    turns.push_back({Role::User, {"Say " + std::to_string(round)}});
    const auto measured = backend->measure(greedy(turns), {});
    ASSERT_TRUE(measured) << measured.error().message;
    std::string text;
    const auto summary = ask(turns, &text);
    ASSERT_TRUE(summary) << round << ": " << summary.error().message;
    EXPECT_EQ(summary->promptTokens, measured->promptTokens) << round;
    EXPECT_EQ(summary->turnsLeftOut, measured->turnsLeftOut) << round;
    EXPECT_FALSE(measured->tooLong || measured->estimated);
    EXPECT_EQ(measured->contextLength, kContext);
    EXPECT_LE(summary->promptTokens + 8, kContext);
    ASSERT_GE(summary->turnsLeftOut, leftOut) << "what was left out stays out";
    if (summary->turnsLeftOut > leftOut) {
      ++moves;
    } else if (round > 4) {
      EXPECT_GT(summary->reusedPromptTokens, summary->promptTokens / 2) << round;
    }
    leftOut = summary->turnsLeftOut;
    turns.push_back({Role::Assistant, {text}});
  }
  EXPECT_GT(leftOut, 20);
  // What the model says differs with the machine's rounding. Its eight tokens come back as 24 at most (bytes that are
  // no text, three for each), so that an exchange is at most 41 and half of the context holds three.
  EXPECT_LE(moves, 30 / 3);
}

TEST_F(SmallContext, WhatIsLeftOutIsNotReadAtAll) {
  std::vector<Turn> turns;
  for (int i = 0; i < 20; ++i) {
    turns.push_back({Role::User, {"Tell me about number " + std::to_string(i)}});
    turns.push_back({Role::Assistant, {"It is a number like any other"}});
  }
  turns.push_back({Role::User, {std::string("And the last?")}});
  std::string whole;
  const auto summary = ask(turns, &whole);
  ASSERT_TRUE(summary);
  ASSERT_GT(summary->turnsLeftOut, 0);
  std::string end;
  const auto alone = ask({turns.begin() + summary->turnsLeftOut, turns.end()}, &end);
  ASSERT_TRUE(alone);
  EXPECT_EQ(alone->turnsLeftOut, 0);
  EXPECT_EQ(alone->promptTokens, summary->promptTokens);
  EXPECT_EQ(whole, end);
}

TEST_F(SmallContext, AQuestionThatDoesNotFitAloneIsRefusedAndSaysSo) {
  std::string endless;
  for (int i = 0; i < 300; ++i) endless += "word ";
  const std::vector<Turn> turns = {
      {Role::User, {std::string("Hi")}}, {Role::Assistant, {std::string("Hello")}}, {Role::User, {endless}}};
  const auto measured = backend->measure(greedy(turns), {});
  ASSERT_TRUE(measured);
  EXPECT_TRUE(measured->tooLong);
  EXPECT_EQ(measured->turnsLeftOut, 2);
  const auto summary = ask(turns);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, ErrorCode::BadInput);
  EXPECT_NE(summary.error().message.find("256"), std::string::npos) << summary.error().message;
}

TEST_F(SmallContext, ARecordingThatNobodyHeardCountsByItsLength) {
  const auto sound = std::make_shared<const AudioClip>(AudioClip{1, std::vector<float>(10)});  // ten seconds
  const auto without = backend->measure(greedy({{Role::User, {std::string("Hi")}}}), {});
  const auto with = backend->measure(greedy({{Role::User, {std::string("Hi"), Sound(sound)}}}), {});
  ASSERT_TRUE(without && with);
  EXPECT_FALSE(without->estimated);
  EXPECT_TRUE(with->estimated);
  EXPECT_EQ(with->promptTokens, without->promptTokens + 40);
}

}  // namespace
}  // namespace xllm::generation
