#include "core/training/spoken_dialogue.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "tests/core/training/byte_tokenizer.h"
#include "tests/support/golden.h"

namespace xllm::training {
namespace {

class SpokenDialogueTest : public testing::Test {
 protected:
  SpokenDialogueTest() {
    const auto file = weights::Checkpoint::open(tests::goldenPath("llama_smollm2.gguf"));
    m_language.model = std::move(*llm::loadLanguageModel(*file, llm::Precision::Float32));
    m_language.tokenizer = std::make_unique<tests::ByteTokenizer>();
    m_language.chatTemplate = *tokenizer::ChatTemplate::create("chatml", *m_language.tokenizer);
    at::manual_seed(1);
    m_heard = at::randn({2, 4, 96});
  }
  at::Tensor words(const std::string& text, tokenizer::TokenId before, tokenizer::TokenId after) const {
    std::vector<tokenizer::TokenId> ids(text.begin(), text.end());
    if (before > 0) ids.insert(ids.begin(), before);
    if (after > 0) ids.push_back(after);
    return m_language.model->embed(at::tensor(ids, at::kLong).unsqueeze(0))[0];
  }

  static constexpr auto kStart = tests::ByteTokenizer::kTurnStart, kEnd = tests::ByteTokenizer::kTurnEnd;
  FrozenLanguage m_language;
  at::Tensor m_heard;
};

TEST_F(SpokenDialogueTest, IsTheCrossEntropyOfTheAnswerAfterARecordingAsTheProgramAsksIt) {
  const SpeechPrompts prompts{"Heard:", ".", " Answer.", ""};
  SpokenDialogue dialogue(prompts, m_language);
  const at::Tensor valid = at::tensor({1, 1, 1, 0}, at::kLong).to(at::kBool);  // the last row is padding
  const auto loss = dialogue.loss({{m_heard[0], valid}}, {"Yes."});
  const at::Tensor all =
      torch::cat({words("user\nHeard:", kStart, 0), m_heard[0].narrow(0, 0, 3), words(". Answer.", 0, kEnd),
                  words("\n", 0, kStart), words("assistant\n", 0, 0), words("Yes.", 0, kEnd)})
          .unsqueeze(0);
  const at::Tensor logits = m_language.model->logits(m_language.model->forward(all))[0];
  const at::Tensor said = at::tensor(std::vector<std::int64_t>{'Y', 'e', 's', '.', kEnd}, at::kLong);
  const at::Tensor predicted = logits.narrow(0, logits.size(0) - 6, 5);
  EXPECT_NEAR(loss.total.item<double>(), at::cross_entropy_loss(predicted, said).item<double>(), 1e-4);
}

TEST_F(SpokenDialogueTest, HasNothingAroundARecordingUnlessItIsTold) {
  const SpeechPrompts plain, wrapped{"<", ">", "", ""};
  const std::vector<SoftTokens> soft{{m_heard[0]}, {m_heard[1]}};
  const double one = SpokenDialogue(plain, m_language).loss(soft, {"a", "b"}).total.item<double>();
  const double other = SpokenDialogue(wrapped, m_language).loss(soft, {"a", "b"}).total.item<double>();
  EXPECT_GT(std::abs(one - other), 1e-3);
}

TEST_F(SpokenDialogueTest, AnswersEvenWhenNothingWasHeard) {
  const SpeechPrompts prompts;
  const SpokenDialogue dialogue(prompts, m_language);
  const SoftTokens nothing{m_heard[0], at::zeros({4}, at::kBool)};
  EXPECT_LE(dialogue.answer(nothing, 3).size(), 3U);
  EXPECT_EQ(dialogue.answer(nothing, 3), dialogue.answer({m_heard[1].narrow(0, 0, 0)}, 3));
}

}  // namespace
}  // namespace xllm::training
