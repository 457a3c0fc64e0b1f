#include "core/training/answer_loss.h"

#include <set>

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/csrc/autograd/functions/accumulate_grad.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/adamw.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "core/training/frozen_head_loss.h"
#include "tests/core/data/scratch.h"
#include "tests/core/training/byte_tokenizer.h"
#include "tests/support/golden.h"

namespace xllm::training {
namespace {

using tests::isClose;
using tokenizer::TokenId;
using Words = std::vector<TokenId>;

Words wordsOf(const std::string& text) { return {text.begin(), text.end()}; }

class AnswerLossTest : public testing::Test {
 protected:
  AnswerLossTest() {
    const auto file = weights::Checkpoint::open(tests::goldenPath("llama_smollm2.gguf"));
    m_model = std::move(*llm::loadLanguageModel(*file, llm::Precision::Float32));
    at::manual_seed(1);
  }

  // The loss of one example, spelled out: no prefix, no padding, no batch.
  at::Tensor plainLoss(const AnsweredPrompt& example) const {
    std::vector<at::Tensor> rows;
    const auto words = [&](const Words& ids) { return m_model->embed(at::tensor(ids, at::kLong).unsqueeze(0))[0]; };
    for (const auto& piece : example.prompt) {
      const auto* soft = std::get_if<SoftTokens>(&piece);
      rows.push_back(soft != nullptr ? soft->embeddings : words(std::get<Words>(piece)));
    }
    rows.push_back(words(example.answer));
    const at::Tensor logits = m_model->logits(m_model->forward(torch::cat(rows).unsqueeze(0)))[0];
    const auto count = static_cast<std::int64_t>(example.answer.size());
    return at::cross_entropy_loss(logits.narrow(0, logits.size(0) - count - 1, count),
                                  at::tensor(example.answer, at::kLong));
  }

  std::unique_ptr<llm::LanguageModel> m_model;
  tests::ByteTokenizer m_tokenizer;
  tokenizer::ChatTemplate m_template = *tokenizer::ChatTemplate::create("chatml", m_tokenizer);
};

TEST_F(AnswerLossTest, IsTheMeanOverTheAnswersTokensAlone) {
  const AnsweredPrompt picture{{wordsOf("user\nSee: "), SoftTokens{at::randn({3, 96})}, wordsOf("What?")},
                               wordsOf("A cat.")};
  const AnsweredPrompt both{
      {wordsOf("user\nSay: "), SoftTokens{at::randn({5, 96})}, wordsOf("and "), SoftTokens{at::randn({1, 96})}},
      wordsOf("no")};
  AnswerLoss loss(*m_model);
  const auto scores = loss.score({picture, both});
  const double one = plainLoss(picture).item<double>(), two = plainLoss(both).item<double>();
  EXPECT_EQ(scores.tokens, 8);
  EXPECT_NEAR(scores.total.item<double>(), (6 * one + 2 * two) / 8, 1e-5 * one);
  EXPECT_NEAR(scores.losses[0].item<double>(), one, 1e-5 * one);
  EXPECT_NEAR(scores.losses[1].item<double>(), two, 1e-5 * two);
}

TEST_F(AnswerLossTest, SoftTokensThatDoNotCountChangeNothing) {
  const at::Tensor heard = at::randn({6, 96});
  const at::Tensor valid = at::tensor({1, 1, 0, 1, 0, 0}, at::kLong).to(at::kBool);
  AnswerLoss loss(*m_model);
  const auto padded = loss.score({{{wordsOf("Hear "), SoftTokens{heard, valid}}, wordsOf("ok")}});
  const AnsweredPrompt kept{{wordsOf("Hear "), SoftTokens{heard.index({valid})}}, wordsOf("ok")};
  EXPECT_NEAR(padded.total.item<double>(), plainLoss(kept).item<double>(), 1e-4);
}

TEST_F(AnswerLossTest, GivesTheSoftTokensTheGradientsOfTheWholeSequence) {
  const at::Tensor soft = at::randn({2, 4, 96}).requires_grad_();
  std::vector<AnsweredPrompt> examples;
  for (std::int64_t b = 0; b < 2; ++b) {
    examples.push_back({{wordsOf("user\nPicture:"), SoftTokens{soft[b]}, wordsOf(b == 0 ? "What is it?" : "Who?")},
                        wordsOf(b == 0 ? "an owl" : "me")});
  }
  AnswerLoss loss(*m_model);
  const at::Tensor batched = torch::autograd::grad({loss.score(examples).total}, {soft})[0];
  const at::Tensor plain = (6 * plainLoss(examples[0]) + 2 * plainLoss(examples[1])) / 8;
  EXPECT_TRUE(isClose(batched, torch::autograd::grad({plain}, {soft})[0], 1e-4));
}

TEST_F(AnswerLossTest, ScoresManyTokensAsIfAllAtOnce) {
  const at::Tensor hidden = at::randn({70, 96}).requires_grad_(), weights = at::rand({70});
  const at::Tensor labels = at::randint(160, {70}, at::kLong);
  const at::Tensor scores = m_model->logits(hidden);
  const at::Tensor plain = at::cross_entropy_loss(scores, labels, {}, at::Reduction::None);
  const TokenLosses pieces = tokenLosses(*m_model, hidden, labels);
  EXPECT_TRUE(isClose(pieces.each, plain, 1e-5));
  EXPECT_TRUE(at::equal(pieces.best, scores.argmax(1)));
  const auto slope = [&](const at::Tensor& each) {
    return torch::autograd::grad({(each * weights).sum()}, {hidden})[0];
  };
  EXPECT_TRUE(isClose(slope(pieces.each), slope(plain), 1e-5));
  const torch::NoGradGuard noGrad;
  EXPECT_FALSE(tokenLosses(*m_model, hidden, labels).each.requires_grad());
}

TEST_F(AnswerLossTest, KeepsNoPrefixThatTheNextBatchDoesNotShare) {
  AnswerLoss loss(*m_model);
  const auto with = [&](const std::string& words) {
    const AnsweredPrompt example{{wordsOf(words), SoftTokens{at::ones({2, 96})}}, wordsOf("yes")};
    const double scored = loss.score({example}).total.item<double>();
    EXPECT_NEAR(scored, plainLoss(example).item<double>(), 1e-4) << words;
  };
  for (const char* words : {"one two", "one two", "one", "two three", ""}) with(words);
}

TEST_F(AnswerLossTest, NeedsNoSoftTokens) {
  AnswerLoss loss(*m_model);
  const AnsweredPrompt text{{wordsOf("2 + 2 =")}, wordsOf("4")};
  EXPECT_NEAR(loss.score({text, text}).total.item<double>(), plainLoss(text).item<double>(), 1e-4);
}

TEST_F(AnswerLossTest, WhatTheModelItselfSaysIsRightTokenForToken) {
  AnsweredPrompt right{{wordsOf("user\n"), SoftTokens{at::randn({2, 96})}, wordsOf("go on")}, {}};
  AnswerLoss loss(*m_model);
  right.answer = loss.greedyAnswer(right, 5, {});
  ASSERT_EQ(right.answer.size(), 5U);
  auto wrong = right;
  wrong.answer[2] = (wrong.answer[2] + 1) % 160;
  const auto scores = loss.score({right, wrong});
  EXPECT_TRUE(scores.rightAnswers[0].item<bool>());
  EXPECT_FALSE(scores.rightAnswers[1].item<bool>());
  EXPECT_EQ(loss.predictions({right, wrong}).sizes(), at::IntArrayRef({10, 160}));
  const auto stop = right.answer[3];
  const auto first = std::ranges::find(right.answer, stop);
  EXPECT_EQ(loss.greedyAnswer(right, 5, {stop}), Words(right.answer.begin(), first));
}

TEST_F(AnswerLossTest, LaysAConversationOutAsTheProgramDoes) {
  const generation::PromptFormat format{m_template, "", {"[", "]", ""}, {"(", ")", ""}};
  const std::vector<generation::Turn> turns{{Role::User, {generation::Picture(), std::string("who?")}},
                                            {Role::Assistant, {std::string("me")}},
                                            {Role::User, {generation::Sound()}}};
  const SoftTokens picture{at::ones({2, 96})}, sound{at::zeros({3, 96})};
  const auto example = answeredPrompt(turns, format, m_tokenizer, {picture, sound}, "yes");
  ASSERT_EQ(example.prompt.size(), 5U);
  EXPECT_EQ(std::get<SoftTokens>(example.prompt[1]).embeddings.size(0), 2);
  EXPECT_EQ(std::get<SoftTokens>(example.prompt[3]).embeddings.size(0), 3);
  EXPECT_EQ(m_tokenizer.decode(std::get<Words>(example.prompt[2])), "]who?\nassistant\nme\nuser\n(");
  Words said = wordsOf("yes");
  said.push_back(tests::ByteTokenizer::kTurnEnd);
  EXPECT_EQ(example.answer, said);
  EXPECT_THROW(answeredPrompt(turns, format, m_tokenizer, {picture}, "yes"), c10::Error);
}

// Every leaf that the backward pass of `value` would write a gradient to.
std::set<const at::TensorImpl*> leavesBehind(const at::Tensor& value) {
  std::set<const at::TensorImpl*> leaves;
  std::set<torch::autograd::Node*> seen;
  std::vector<torch::autograd::Node*> open{value.grad_fn().get()};
  while (!open.empty()) {
    auto* node = open.back();
    open.pop_back();
    if (node == nullptr || !seen.insert(node).second) continue;
    if (const auto* leaf = dynamic_cast<torch::autograd::AccumulateGrad*>(node)) {
      leaves.insert(leaf->variable.unsafeGetTensorImpl());
    }
    for (const auto& edge : node->next_edges()) open.push_back(edge.function.get());
  }
  return leaves;
}

TEST_F(AnswerLossTest, TrainsTheInterfaceAndNothingOfTheLanguageModel) {
  torch::nn::Linear interface(10, 96);
  const at::Tensor features = at::randn({2, 4, 10}), ids = at::arange(0, 150, 5).unsqueeze(0);
  const auto everyState = [&] {
    auto states = m_model->layerStates(m_model->embed(ids));
    states.push_back(m_model->logits(m_model->forward(m_model->embed(ids))));
    states.push_back(m_model->embeddingTable().clone());
    return states;
  };
  const auto before = everyState();
  const at::Tensor start = interface->weight.detach().clone();
  torch::optim::AdamW optimizer(interface->parameters(), torch::optim::AdamWOptions(1e-2));
  AnswerLoss loss(*m_model);
  double first = 0, last = 0;
  for (int step = 0; step < 8; ++step) {
    const at::Tensor soft = interface(features);
    std::vector<AnsweredPrompt> examples;
    for (std::int64_t b = 0; b < 2; ++b)
      examples.push_back({{wordsOf("See "), SoftTokens{soft[b]}, wordsOf("?")}, wordsOf(b == 0 ? "cat" : "dog")});
    const at::Tensor total = loss.score(examples).total;
    EXPECT_EQ(leavesBehind(total), (std::set<const at::TensorImpl*>{interface->weight.unsafeGetTensorImpl(),
                                                                    interface->bias.unsafeGetTensorImpl()}));
    optimizer.zero_grad();
    total.backward();
    EXPECT_GT(interface->weight.grad().abs().max().item<double>(), 0.0);
    optimizer.step();
    (step == 0 ? first : last) = total.item<double>();
  }
  EXPECT_LT(last, first) << "the interface learned nothing";
  EXPECT_FALSE(at::equal(interface->weight, start));
  const auto after = everyState();
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(at::equal(before[i], after[i])) << "state " << i;
  EXPECT_FALSE(m_model->embeddingTable().grad().defined());
}

// ChatGLM-6B reads a prompt both ways, so where the answer begins is part of the sum.
TEST(AnswerLossOfPrefixDecoders, IsTheReferencesLoss) {
  const tests::Golden golden("chatglm_v1");
  const tests::Scratch folder;
  std::vector<std::pair<std::string, at::Tensor>> weights;
  for (const std::string& name : golden.weightNames()) weights.emplace_back(name, golden[name]);
  ASSERT_TRUE(weights::saveSafetensors(folder.path() / "model.safetensors", weights));
  folder.write("config.json", golden.config().dump());
  const auto file = weights::Checkpoint::open(folder.path() / "model.safetensors");
  const auto model = llm::loadLanguageModel(*file, llm::Precision::Float32);
  ASSERT_TRUE(model) << model.error().message;
  const at::Tensor ids = golden.input("train.input_ids")[0];
  const auto words = [&](std::int64_t begin, std::int64_t end) {
    const at::Tensor part = ids.narrow(0, begin, end - begin).contiguous();
    return Words(part.const_data_ptr<std::int64_t>(), part.const_data_ptr<std::int64_t>() + part.size(0));
  };
  const AnsweredPrompt example{{words(0, 7)}, words(7, 13)};
  const AnsweredPrompt shorter{{words(0, 7)}, words(7, 9)};  // padded behind
  AnswerLoss loss(**model);
  const auto scores = loss.score({example, shorter});
  EXPECT_NEAR(scores.losses[0].item<double>(), golden.expected("train.loss").item<double>(), 1e-4);
  // The same with the prompt's words as soft tokens: gradients reach them.
  const at::Tensor soft = (*model)->embed(ids.narrow(0, 0, 5).unsqueeze(0))[0].requires_grad_();
  const auto seen = loss.score({{{SoftTokens{soft}, words(5, 7)}, words(7, 13)}});
  EXPECT_NEAR(seen.losses[0].item<double>(), golden.expected("train.loss").item<double>(), 1e-4);
  EXPECT_GT(torch::autograd::grad({seen.total}, {soft})[0].abs().max().item<double>(), 0.0);
}

}  // namespace
}  // namespace xllm::training
