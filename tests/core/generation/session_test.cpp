#include "core/generation/session.h"

#include <memory>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace xllm::generation
