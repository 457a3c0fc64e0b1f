#include "core/generation/session.h"

#include <memory>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/generation/sessions.h"
#include "tests/support/golden.h"

namespace xllm::generation {
namespace {

class SessionTest : public ::testing::Test {
 protected:
  tests::Golden golden{"llama_smollm2"};
  std::shared_ptr<const weights::Checkpoint> file =
      weights::Checkpoint::open(tests::goldenPath("llama_smollm2.gguf")).value();
  std::unique_ptr<llm::LanguageModel> languageModel = llm::loadLanguageModel(file, llm::Precision::Float32).value();

  std::vector<Column> words(std::vector<std::int64_t> ids) {
    std::vector<Column> columns;
    for (const auto id : ids) columns.push_back({id, 0, 0});
    return columns;
  }
  at::Tensor run(Session& session, const std::vector<Column>& prompt, std::int64_t from) {
    std::vector<std::int64_t> ids;
    for (auto i = static_cast<std::size_t>(from); i < prompt.size(); ++i) ids.push_back(prompt[i].token);
    return session
        .append(languageModel->embed(at::tensor(ids, at::kLong).unsqueeze(0)), {prompt.begin() + from, prompt.end()})
        .slice(1, static_cast<std::int64_t>(ids.size()) - 1);
  }
};

TEST_F(SessionTest, AFollowUpComputesOnlyWhatIsNewAndGetsTheSameAnswer) {
  const auto first = words({3, 14, 15, 9, 26, 5});
  const auto second = words({3, 14, 15, 9, 8, 7, 11});
  Session session(*languageModel);
  EXPECT_EQ(session.keepCommonBeginning(first), 0);
  run(session, first, 0);
  EXPECT_EQ(session.keepCommonBeginning(second), 4);
  const at::Tensor continued = run(session, second, 4);

  Session fresh(*languageModel);
  const at::Tensor whole = run(fresh, second, fresh.keepCommonBeginning(second));
  EXPECT_TRUE(tests::isClose(continued, whole, 1e-5));
  EXPECT_EQ(session.columns(), 7);
}

TEST_F(SessionTest, TheSameQuestionAgainStillRunsItsLastColumn) {
  const auto prompt = words({3, 14, 15});
  Session session(*languageModel);
  run(session, prompt, session.keepCommonBeginning(prompt));
  EXPECT_EQ(session.keepCommonBeginning(prompt), 2);
}

TEST_F(SessionTest, SoftTokensAreTheSameOnlyForTheSameMedium) {
  std::vector<Column> prompt = {{3, 0, 0}, {-1, 1, 0}, {-1, 1, 1}, {4, 0, 0}};
  Session session(*languageModel);
  session.keepCommonBeginning(prompt);
  session.append(at::randn({1, 4, languageModel->config().hidden}), prompt);
  prompt[1].medium = prompt[2].medium = 2;
  EXPECT_EQ(session.keepCommonBeginning(prompt), 1);
}

// Words of a conversation that begins with `first`.
std::vector<std::int64_t> ids(std::int64_t first, std::size_t count) {
  std::vector<std::int64_t> made(count, first);
  for (std::size_t i = 1; i < count; ++i) made[i] = 5 + static_cast<std::int64_t>(i * 7 % 90);
  return made;
}

class SessionsTest : public SessionTest {
 protected:
  // Runs what of `prompt` is new; answers how much was known.
  std::int64_t answer(Sessions& sessions, const std::vector<Column>& prompt) {
    Session& session = sessions.forPrompt(prompt);
    const std::int64_t known = session.keepCommonBeginning(prompt);
    last = run(session, prompt, known);
    return known;
  }
  at::Tensor last;
};

TEST_F(SessionsTest, AnotherConversationInBetweenIsNoReasonToReadAllAgain) {
  Sessions sessions(*languageModel);
  const auto one = words(ids(1, 100)), other = words(ids(2, 80));
  EXPECT_EQ(answer(sessions, one), 0);
  EXPECT_EQ(answer(sessions, other), 0);
  auto follow = one;
  for (const std::int64_t id : {11, 12, 13}) follow.push_back({id, 0, 0});
  EXPECT_EQ(answer(sessions, follow), 100);
  const at::Tensor continued = last;
  Session fresh(*languageModel);
  EXPECT_TRUE(tests::isClose(continued, run(fresh, follow, fresh.keepCommonBeginning(follow)), 1e-5));
  EXPECT_EQ(answer(sessions, other), 79);
  EXPECT_EQ(sessions.size(), 2u);
}

TEST_F(SessionsTest, ALongBranchStaysAndAShortOneIsCutOff) {
  Sessions sessions(*languageModel);
  const auto whole = words(ids(1, 200));
  answer(sessions, whole);
  auto branch = std::vector<Column>(whole.begin(), whole.begin() + 100);
  branch.push_back({3, 0, 0});
  EXPECT_EQ(answer(sessions, branch), 100);
  EXPECT_EQ(sessions.size(), 2u);
  const at::Tensor onTheBranch = last;
  Session fresh(*languageModel);
  EXPECT_TRUE(tests::isClose(onTheBranch, run(fresh, branch, fresh.keepCommonBeginning(branch)), 1e-5));
  EXPECT_EQ(answer(sessions, whole), 199) << "the branch is still there";
  auto shorter = std::vector<Column>(whole.begin(), whole.begin() + 190);
  shorter.push_back({3, 0, 0});
  EXPECT_EQ(answer(sessions, shorter), 190);
  EXPECT_EQ(sessions.size(), 2u);
}

TEST_F(SessionsTest, WhatWasUsedLongestAgoGoesWhereMemoryIsShort) {
  Session measure(*languageModel);
  const auto one = words(ids(1, 100));
  run(measure, one, 0);
  Sessions sessions(*languageModel, llm::KeptAs::Float16, 2 * measure.bytes() + measure.bytes() / 2);
  answer(sessions, one);
  answer(sessions, words(ids(2, 100)));
  EXPECT_EQ(answer(sessions, one), 99);
  answer(sessions, words(ids(3, 100)));  // pushes the second one out, once it has to share
  EXPECT_EQ(answer(sessions, one), 99);
  EXPECT_LE(sessions.bytes(), 2 * measure.bytes() + measure.bytes() / 2);
  EXPECT_EQ(answer(sessions, words(ids(2, 100))), 0);

  Sessions none(*languageModel, llm::KeptAs::Float16, 0);
  answer(none, one);
  EXPECT_EQ(answer(none, words(ids(2, 100))), 0);
  EXPECT_EQ(answer(none, one), 0);
  EXPECT_EQ(none.size(), 1u);
}

}  // namespace
}  // namespace xllm::generation
