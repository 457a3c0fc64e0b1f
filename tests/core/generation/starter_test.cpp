// The whole graph on the starter pack's real parts. Skipped where the pack was not assembled (`make starter-pack`).
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "core/generation/model_backend.h"

namespace xllm::generation {
namespace {

std::filesystem::path starterPack() { return std::filesystem::path(XLLM_TEST_DIR) / "../build/packs/starter"; }

class StarterPack : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(starterPack() / "pack.json")) {
      GTEST_SKIP() << starterPack().string() << " is not there; `make starter-pack` makes it";
    }
    const auto loaded = backend->load(starterPack(), {}, [](double, const std::string&) {});
    ASSERT_TRUE(loaded) << loaded.error().message;
  }
  Result<Summary> ask(const ChatRequest& request, std::string& text, std::stop_token stop = {}) {
    text.clear();
    return backend->answer(request, stop, [&](const std::string& piece) { text += piece; });
  }
  static ChatRequest greedy(std::vector<Turn> turns, int tokens = 24) {
    ChatRequest request{std::move(turns), {}};
    request.options.sampling.temperature = 0;
    request.options.maxNewTokens = tokens;
    return request;
  }

  std::unique_ptr<ChatBackend> backend = makeModelBackend(Loading::WhenNeeded);
};

TEST_F(StarterPack, KnowsTheCapitalOfFrance) {
  std::string text;
  const auto summary = ask(greedy({{Role::User, {std::string("What is the capital of France?")}}}), text);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_NE(text.find("Paris"), std::string::npos) << text;
  EXPECT_EQ(summary->stopReason, StopReason::EndOfTurn);
}

TEST_F(StarterPack, AFollowUpReusesTheWholeConversation) {
  std::vector<Turn> turns = {{Role::User, {std::string("What is the capital of France?")}}};
  std::string text;
  ASSERT_TRUE(ask(greedy(turns), text));
  turns.push_back({Role::Assistant, {text}});
  turns.push_back({Role::User, {std::string("And of Italy?")}});
  const auto summary = ask(greedy(turns), text);
  ASSERT_TRUE(summary);
  EXPECT_LT(summary->promptTokens - summary->reusedPromptTokens, 20);
  EXPECT_GT(summary->reusedPromptTokens, 10);
}

TEST_F(StarterPack, SaysThatItHeardNothingInsteadOfInventingWords) {
  const auto silence = std::make_shared<const AudioClip>(AudioClip{16000, std::vector<float>(16000 * 5, 0.0F)});
  std::string text;
  const auto summary = ask(greedy({{Role::User, {Sound(silence)}}}), text);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(text, kNothingHeard);
  EXPECT_EQ(summary->stopReason, StopReason::NothingHeard);
  EXPECT_EQ(summary->newTokens, 0);
  // Words beside the silence are answered as ever.
  const auto asked = ask(greedy({{Role::User, {Sound(silence), std::string("What is the capital of France?")}}}), text);
  ASSERT_TRUE(asked) << asked.error().message;
  EXPECT_NE(text.find("Paris"), std::string::npos) << text;
}

TEST_F(StarterPack, StopsWithinOneToken) {
  std::stop_source stop;
  int pieces = 0;
  const auto summary = backend->answer(greedy({{Role::User, {std::string("Tell me a long story.")}}}, 400),
                                       stop.get_token(), [&](const std::string&) {
                                         if (++pieces == 3) stop.request_stop();
                                       });
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, ErrorCode::Cancelled);
  EXPECT_EQ(pieces, 3);
}

TEST_F(StarterPack, RefusesAConversationLongerThanTheContext) {
  std::string endless;
  for (int i = 0; i < 9000; ++i) endless += "word ";
  std::string text;
  const auto summary = ask(greedy({{Role::User, {endless}}}), text);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, ErrorCode::BadInput);
  EXPECT_NE(summary.error().message.find("8192"), std::string::npos) << summary.error().message;
}

}  // namespace
}  // namespace xllm::generation
