#include "core/generation/token_stream.h"

#include <memory>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"

namespace xllm::generation {
namespace {

using tokenizer::TokenId;
using Ids = std::vector<TokenId>;

TEST(PromptLookup, GoesOnAsTheTextDidBefore) {
  PromptLookup lookup;
  for (const TokenId id : {1, 2, 3, 4, 5, 6, 1, 2, 3}) lookup.append(id);
  EXPECT_EQ(lookup.guess(3), (Ids{4, 5, 6}));
  EXPECT_EQ(lookup.guess(1), (Ids{4}));
  lookup.append(9);
  EXPECT_TRUE(lookup.guess(3).empty());
}

TEST(PromptLookup, TheLatestPlaceCounts) {
  PromptLookup lookup;
  for (const TokenId id : {1, 2, 3, 4, 1, 2, 3, 7, 8, 1, 2, 3}) lookup.append(id);
  EXPECT_EQ(lookup.guess(2), (Ids{7, 8}));
}

TEST(PromptLookup, NoGuessLeadsOverAPicture) {
  PromptLookup lookup;
  for (const TokenId id : {1, 2, 3, 4, -1, 5, 1, 2, 3}) lookup.append(id);
  EXPECT_EQ(lookup.guess(3), (Ids{4}));
  PromptLookup behind;
  for (const TokenId id : {-1, -1, -1, 4, -1, -1, -1}) behind.append(id);
  EXPECT_TRUE(behind.guess(3).empty());
}

TEST(PromptLookup, RestsAfterWrongGuesses) {
  PromptLookup lookup;
  for (const TokenId id : {1, 2, 3, 4, 1, 2, 3}) lookup.append(id);
  for (int i = 0; i < 8; ++i) lookup.learn(0);
  EXPECT_TRUE(lookup.guess(3).empty());
  for (TokenId id = 100; id < 140; ++id) lookup.append(id);
  for (const TokenId id : {1, 2, 3}) lookup.append(id);
  EXPECT_EQ(lookup.guess(1), (Ids{100}));
}

class TokenStreamTest : public ::testing::Test {
 protected:
  c10::InferenceMode inference;
  std::shared_ptr<const weights::Checkpoint> file =
      weights::Checkpoint::open(tests::goldenPath("llama_smollm2.gguf")).value();
  std::unique_ptr<llm::LanguageModel> languageModel = llm::loadLanguageModel(file, llm::Precision::AsStored).value();

  struct Written {
    Ids ids;
    std::vector<std::int64_t> columns;
    std::int64_t passes = 0;
  };
  Written write(const Ids& prompt, int tokens, const Sampling& sampling, std::size_t drafts) {
    Session session(*languageModel);
    std::vector<Column> columns;
    for (const TokenId id : prompt) columns.push_back({id, 0, 0});
    const at::Tensor states = session.append(languageModel->embed(at::tensor(prompt, at::kLong).unsqueeze(0)), columns);
    TokenStream stream(*languageModel, session, states.slice(1, states.size(1) - 1), sampling, drafts);
    Written written;
    for (int i = 0; i < tokens; ++i) {
      written.ids.push_back(stream.next());
      written.columns.push_back(stream.columns());
    }
    written.passes = stream.passes();
    // Whatever was guessed: what is held in front of the newest token is the prompt and the text.
    const Ids& ids = written.ids;
    for (std::size_t i = 0; i + 1 < ids.size(); ++i) EXPECT_EQ(session.held()[prompt.size() + i].token, ids[i]);
    return written;
  }
};

TEST_F(TokenStreamTest, GuessesChangeNoWordAndSavePasses) {
  // Small models of random weights soon go round in circles, which is text that can be guessed.
  for (const Sampling& sampling : {Sampling{.temperature = 0}, Sampling{.temperature = 0.3, .seed = 5}}) {
    const Ids prompt = {3, 14, 15, 9, 26, 5, 35, 8, 3, 14, 15};
    const Written plain = write(prompt, 60, sampling, 0), guessed = write(prompt, 60, sampling, 3);
    EXPECT_EQ(plain.ids, guessed.ids);
    EXPECT_EQ(plain.columns, guessed.columns);
    EXPECT_EQ(plain.passes, 59);
    EXPECT_LE(guessed.passes, plain.passes);
    if (sampling.temperature == 0) {
      EXPECT_LT(guessed.passes, 40);
    }
  }
}

TEST_F(TokenStreamTest, CountsTheColumnsInFrontOfTheNewestToken) {
  const Written written = write({3, 14, 15}, 5, {.temperature = 0}, 3);
  EXPECT_EQ(written.columns, (std::vector<std::int64_t>{3, 4, 5, 6, 7}));
}

}  // namespace
}  // namespace xllm::generation
