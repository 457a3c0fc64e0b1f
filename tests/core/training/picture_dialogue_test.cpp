#include "core/training/picture_dialogue.h"

#include <cmath>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "tests/core/training/byte_tokenizer.h"
#include "tests/support/golden.h"

namespace xllm::training {
namespace {

class PictureDialogueTest : public testing::Test {
 protected:
  PictureDialogueTest() {
    const auto file = weights::Checkpoint::open(tests::goldenPath("llama_smollm2.gguf"));
    m_languageModel = std::move(*llm::loadLanguageModel(*file, llm::Precision::Float32));
    m_prompts.before = "Picture:";
    m_prompts.after = "\n";
    m_prompts.dialogues = {{"What is it?", "It is {a name}."}, {"Name it, please.", "{name}"}};
    m_dialogue = std::make_unique<PictureDialogue>(m_prompts, *m_languageModel, m_tokenizer, m_template);
    at::manual_seed(1);
    m_soft = at::randn({2, 3, 96});
  }

  tests::ByteTokenizer m_tokenizer;
  tokenizer::ChatTemplate m_template = *tokenizer::ChatTemplate::create("chatml", m_tokenizer);
  std::unique_ptr<llm::LanguageModel> m_languageModel;
  PicturePrompts m_prompts;
  std::unique_ptr<PictureDialogue> m_dialogue;
  at::Tensor m_soft;
};

TEST_F(PictureDialogueTest, IsTheCrossEntropyOfTheAnswerAfterTheWholePrompt) {
  const auto loss = m_dialogue->loss(m_soft.narrow(0, 0, 1), {m_dialogue->fill(0, "owl")});
  const std::string front = "user\nPicture:", back = "\nWhat is it?", answer = "It is an owl.";
  const auto words = [&](const std::vector<std::int64_t>& ids) {
    return m_languageModel->embed(at::tensor(ids, at::kLong).unsqueeze(0))[0];
  };
  std::vector<std::int64_t> before{150}, after(back.begin(), back.end()), said(answer.begin(), answer.end());
  before.insert(before.end(), front.begin(), front.end());
  const std::string assistant = "assistant\n";
  after.insert(after.end(), {151, '\n', 150});
  after.insert(after.end(), assistant.begin(), assistant.end());
  said.push_back(151);
  const at::Tensor all = torch::cat({words(before), m_soft[0], words(after), words(said)}).unsqueeze(0);
  const at::Tensor logits = m_languageModel->logits(m_languageModel->forward(all))[0];
  const auto count = static_cast<std::int64_t>(said.size());
  const at::Tensor predicted = logits.narrow(0, logits.size(0) - count - 1, count);
  const double expected = at::cross_entropy_loss(predicted, at::tensor(said, at::kLong)).item<double>();
  EXPECT_NEAR(loss.total.item<double>(), expected, 1e-4);
}

TEST_F(PictureDialogueTest, DoesNotFeelTheOtherRowsOfItsBatch) {
  const double both =
      m_dialogue->loss(m_soft, {m_dialogue->fill(0, "owl"), m_dialogue->fill(1, "zebra finch")}).total.item<double>();
  const double first = m_dialogue->loss(m_soft.narrow(0, 0, 1), {m_dialogue->fill(0, "owl")}).total.item<double>();
  const double second =
      m_dialogue->loss(m_soft.narrow(0, 1, 1), {m_dialogue->fill(1, "zebra finch")}).total.item<double>();
  const double tokens1 = 14, tokens2 = 12;  // "It is an owl." and "zebra finch", each with its turn end
  EXPECT_NEAR(both, (first * tokens1 + second * tokens2) / (tokens1 + tokens2), 1e-4);
}

TEST_F(PictureDialogueTest, SendsGradientsToTheSoftTokensAndNowhereElse) {
  const at::Tensor soft = m_soft.clone().requires_grad_();
  const at::Tensor table = m_languageModel->embeddingTable().clone();
  m_dialogue->loss(soft, {m_dialogue->fill(0, "owl"), m_dialogue->fill(1, "cat")}).total.backward();
  EXPECT_GT(soft.grad()[0][0].abs().sum().item<double>(), 0.0);
  EXPECT_GT(soft.grad()[1][2].abs().sum().item<double>(), 0.0);
  EXPECT_FALSE(m_languageModel->embeddingTable().requires_grad());
  EXPECT_TRUE(at::equal(m_languageModel->embeddingTable(), table));
}

TEST(FillAnswer, ChoosesTheArticle) {
  EXPECT_EQ(fillAnswer("This is {a name}; {name}!", "otter"), "This is an otter; otter!");
  EXPECT_EQ(fillAnswer("I see {a name}.", "goldfish"), "I see a goldfish.");
  EXPECT_EQ(fillAnswer("{caption}", "Two dogs, a ball."), "Two dogs, a ball.");
}

}  // namespace
}  // namespace xllm::training
