#include "core/importing/import_language_model.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/generation/answer_text.h"
#include "core/generation/model_backend.h"
#include "core/generation/prompt.h"
#include "core/importing/import_pack.h"
#include "core/tokenizer/tokenizer_file.h"
#include "tests/core/importing/published.h"

namespace xllm::importing {
namespace {

namespace fs = std::filesystem;
using tests::isClose;
using tests::Published;

Result<ImportReport> import(const Published& model, MatrixBits bits, const std::string& name = "pack",
                            std::stop_token stop = {}, const ImportProgress& progress = {}) {
  auto found = findSources({model.folder()});
  if (!found) return tl::unexpected(found.error());
  const std::string chatTemplate = found->languageModel->chatTemplate;
  return importPack({.found = *std::move(found)},
                    {.bits = bits, .name = name, .chatTemplate = chatTemplate, .into = model.beside(name)},
                    std::move(stop), progress);
}

// Takes the tuned columns of a kind ("plain", "projection") out of the golden model, into a file of their own.
fs::path tunedApart(const Published& model, const std::string& kind) {
  std::vector<std::pair<std::string, at::Tensor>> base, tuned;
  for (const std::string& name : model.golden().weightNames()) {
    const at::Tensor tensor = model.golden()[name];
    if (name.starts_with(kind + "/")) {
      tuned.emplace_back(name.substr(kind.size() + 1), tensor);
    } else if (name.find('/') == std::string::npos) {
      base.emplace_back(name, tensor);
    }
  }
  // What a trainer saves beside the columns does not count.
  tuned.emplace_back("transformer.final_layernorm.bias", at::ones({1}));
  EXPECT_TRUE(weights::saveSafetensors(model.folder() / "model.safetensors", base));
  EXPECT_TRUE(weights::saveSafetensors(model.beside(kind + ".safetensors"), tuned));
  auto config = model.golden().config();
  config.erase("pre_seq_len");
  config.erase("prefix_projection");
  std::ofstream(model.folder() / "config.json") << config;
  return model.beside(kind + ".safetensors");
}

// Logits of the golden prompt, computed from the pack's own file.
at::Tensor promptLogits(const Published& model, const std::string& ids, const std::string& pack = "pack") {
  const auto file = weights::Checkpoint::open(model.beside(pack) / "llm/model.safetensors");
  EXPECT_TRUE(file) << file.error().message;
  const auto loaded = llm::loadLanguageModel(*file, llm::Precision::Float32);
  EXPECT_TRUE(loaded) << loaded.error().message;
  return (*loaded)->logits((*loaded)->forward((*loaded)->embed(model.golden().input(ids))));
}

TEST(ImportLanguageModel, AsStoredIsTheSameModel) {
  const Published model("chatglm_v1");
  const auto report = import(model, MatrixBits::AsStored);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->error, 0.0);
  EXPECT_TRUE(isClose(promptLogits(model, "prompt.input_ids"), model.golden().expected("prompt.logits"), 1e-4));
}

TEST(ImportLanguageModel, TunedColumnsOfAnotherFileBecomePartOfThePack) {
  const Published model("chatglm_v1_ptuning");
  for (const std::string kind : {"plain", "projection"}) {
    auto found = findSources({model.folder()}, tunedApart(model, kind));
    ASSERT_TRUE(found) << found.error().message;
    const auto report = importPack({.found = *std::move(found)},
                                   {.name = kind, .chatTemplate = "chatglm", .into = model.beside(kind)}, {}, {});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(
        isClose(promptLogits(model, kind + ".input_ids", kind), model.golden().expected(kind + ".logits"), 1e-4));
  }
}

TEST(ImportLanguageModel, TunedColumnsThatDoNotFitAreRefused) {
  const Published model("chatglm_v1_ptuning");
  const fs::path tuned = tunedApart(model, "plain");
  const auto refusal = [&](const fs::path& given, const fs::path& columns) {
    const auto found = findLanguageModel(given, columns);
    return found ? "" : found.error().message;
  };
  const auto none = refusal(model.folder(), model.folder() / "model.safetensors");
  EXPECT_NE(none.find("holds no columns of P-tuning"), std::string::npos) << none;
  const auto other = refusal(tests::goldenPath("qwen2.gguf"), tuned);
  EXPECT_NE(other.find("Qwen2"), std::string::npos) << other;
  const auto narrow = model.beside("narrow.safetensors");
  ASSERT_TRUE(weights::saveSafetensors(narrow, {{"transformer.prefix_encoder.embedding.weight", at::zeros({4, 32})}}));
  const auto misshapen = refusal(model.folder(), narrow);
  EXPECT_NE(misshapen.find("transformer.prefix_encoder.embedding.weight has shape [4, 32]"), std::string::npos)
      << misshapen;
}

TEST(ImportLanguageModel, RoundsMatricesAndSaysHowFar) {
  const Published model("llama_smollm2", "bpe_smollm_like.tokenizer.json", "tokenizer.json");
  const at::Tensor expected = model.golden().expected("prompt.logits");
  const auto eight = import(model, MatrixBits::Eight, "eight");
  ASSERT_TRUE(eight) << eight.error().message;
  EXPECT_GT(eight->error, 0.001);
  EXPECT_LT(eight->worstError, 0.01);
  EXPECT_FALSE(eight->worstTensor.empty());
  EXPECT_TRUE(isClose(promptLogits(model, "prompt.input_ids", "eight"), expected, 0.1));
  const auto four = import(model, MatrixBits::Four, "four");
  ASSERT_TRUE(four) << four.error().message;
  EXPECT_GT(four->error, 5 * eight->error);
  EXPECT_LT(four->bytes, 2 * eight->bytes / 3);
  const auto file = weights::Checkpoint::open(model.beside("four/llm/model.safetensors"));
  EXPECT_EQ((*file)->find("model.embed_tokens.weight")->type, weights::StorageType::Q8_0);
  EXPECT_EQ((*file)->find("model.layers.0.mlp.down_proj.weight")->type, weights::StorageType::Q4_1);
  EXPECT_EQ((*file)->find("model.norm.weight")->type, weights::StorageType::F32);
  const auto found = findLanguageModel(model.folder());
  EXPECT_EQ(weightBytes(*found, MatrixBits::Four), four->bytes);
}

// ChatGLM's own whole numbers become blocks of the same numbers.
TEST(ImportLanguageModel, KeepsChatglmsWholeNumbersExactly) {
  for (const auto& [golden, type] : {std::pair("chatglm_v1_int8", weights::StorageType::Q8_0),
                                     std::pair("chatglm_v1_int4", weights::StorageType::Q4_0)}) {
    const Published model(golden);
    const auto report = import(model, MatrixBits::AsStored);
    ASSERT_TRUE(report) << report.error().message;
    const auto file = weights::Checkpoint::open(model.beside("pack/llm/model.safetensors"));
    const std::string name = "transformer.layers.0.attention.dense.weight";
    EXPECT_EQ((*file)->find(name)->type, type);
    EXPECT_TRUE(
        tests::isSame((*file)->load(name).value(), model.golden().expected("dequantised.layers.0.attention.dense")));
    EXPECT_TRUE(isClose(promptLogits(model, "input_ids"), model.golden().expected("logits"), 1e-4));
  }
}

TEST(ImportLanguageModel, MakesAPackThatAnswers) {
  const Published model("chatglm_v1", "sp_unigram_chatglm_like.model", "ice_text.model", 1000);
  ASSERT_TRUE(import(model, MatrixBits::Eight));
  const auto backend = generation::makeModelBackend(generation::Loading::Everything);
  const auto pack = backend->load(model.beside("pack"), {}, {});
  ASSERT_TRUE(pack) << pack.error().message;
  EXPECT_EQ(pack->name, "pack");
  generation::ChatRequest request;
  request.turns = {{Role::User, {std::string("ab")}}};
  request.options.maxNewTokens = 4;
  for (int round = 0; round < 2; ++round) {  // a second prompt does not see the first
    std::string text;
    const auto summary = backend->answer(request, {}, [&](const std::string& piece) { text += piece; });
    ASSERT_TRUE(summary) << summary.error().message;
    EXPECT_EQ(summary->reusedPromptTokens, 0);
    EXPECT_GT(summary->promptTokens, 2);
  }
}

// ChatGLM-6B reads a prompt both ways up to the mark that opens the answer, and what is there of an answer one way.
TEST(ImportLanguageModel, AnAnswerOfAModelThatReadsBothWaysGoesOn) {
  const Published published("chatglm_v1", "sp_unigram_chatglm_like.model", "ice_text.model", 1000);
  ASSERT_TRUE(import(published, MatrixBits::AsStored));
  const auto file = weights::Checkpoint::open(published.beside("pack") / "llm/model.safetensors");
  const auto model = llm::loadLanguageModel(*file, llm::Precision::AsStored).value();
  const auto tokenizer = tokenizer::tokenizerFromFile(published.folder() / "ice_text.model", "chatglm").value();
  const auto chat = tokenizer::ChatTemplate::create("chatglm", *tokenizer).value();
  const auto backend = generation::makeModelBackend(generation::Loading::Everything);
  ASSERT_TRUE(backend->load(published.beside("pack"), {}, {}));
  // What is written behind a prompt that is read in these parts.
  constexpr int kWritten = 24;
  const auto written = [&](const std::vector<at::Tensor>& parts) {
    llm::KvCache cache;
    at::Tensor hidden;
    for (const at::Tensor& part : parts) hidden = model->forward(model->embed(part), {}, &cache);
    tokenizer::StreamDecoder decoder(*tokenizer);
    generation::AnswerText answer(chat.answerRules());
    std::string text;
    for (int i = 0; i < kWritten; ++i) {
      const at::Tensor token = model->logits(hidden.select(1, -1)).argmax(-1, true);
      if (token.item<std::int64_t>() == chat.answerEnd()) break;
      text += answer.push(decoder.push(token.item<std::int64_t>()));
      hidden = model->forward(model->embed(token), {}, &cache);
    }
    return text + answer.push(decoder.flush()) + answer.flush();
  };
  int apart = 0;  // beginnings that go on in another way where all is read both ways
  for (const char* begun : {"the", "the cat", "cat sat on", "on the mat", "sat", "mat the cat"}) {
    generation::ChatRequest request;
    request.turns = {{Role::User, {std::string("ab")}}, {Role::Assistant, {std::string(begun)}}};
    request.options.maxNewTokens = kWritten;
    request.options.sampling.temperature = 0;
    const auto pieces = generation::layOutPrompt(request.turns, {chat, "", {}, {}}, *tokenizer);
    const at::Tensor ids = at::tensor(std::get<std::vector<tokenizer::TokenId>>(pieces.at(0)), at::kLong).unsqueeze(0);
    const std::int64_t opened = 1 + ids[0].eq(*tokenizer->controlToken("<sop>")).nonzero()[-1].item<std::int64_t>();
    ASSERT_LT(opened, ids.size(1));
    const auto expected = written({ids.narrow(1, 0, opened), ids.narrow(1, opened, ids.size(1) - opened)});
    if (expected != written({ids})) ++apart;
    std::string text;
    ASSERT_TRUE(backend->answer(request, {}, [&](const std::string& piece) { text += piece; }));
    EXPECT_EQ(text, expected) << begun;
  }
  EXPECT_GT(apart, 0) << "no beginning shows which way it was read";
}

TEST(ImportLanguageModel, ATokenizerOfAnotherModelIsToldWhenThePackOpens) {
  const Published model("chatglm_v1");  // 160 words, and a tokenizer of many more
  ASSERT_TRUE(import(model, MatrixBits::Eight));
  const auto backend = generation::makeModelBackend(generation::Loading::Everything);
  const auto pack = backend->load(model.beside("pack"), {}, {});
  ASSERT_FALSE(pack);
  EXPECT_NE(pack.error().message.find("160"), std::string::npos) << pack.error().message;
}

TEST(ImportLanguageModel, LeavesNothingHalfDone) {
  const Published model("chatglm_v1");
  std::stop_source stop;
  const auto stopped = import(model, MatrixBits::Eight, "pack", stop.get_token(), [&](double done, const std::string&) {
    if (done > 0.3) stop.request_stop();
  });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::Cancelled);
  EXPECT_FALSE(fs::exists(model.beside("pack")));
  EXPECT_FALSE(fs::exists(model.beside(".pack.part")));
  fs::create_directories(model.beside(".pack.part/llm"));  // of a process that was killed
  std::ofstream(model.beside(".pack.part/llm/model.safetensors.Xy")) << "half";
  ASSERT_TRUE(import(model, MatrixBits::Eight));
  EXPECT_FALSE(fs::exists(model.beside(".pack.part")));
  const auto again = import(model, MatrixBits::Eight);
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message.find("is there already"), std::string::npos) << again.error().message;
}

TEST(ImportLanguageModel, TakesGgufFilesAsTheyAre) {
  const Published beside("chatglm_v1");
  auto found = findSources({tests::goldenPath("qwen2.gguf")});
  ASSERT_TRUE(found) << found.error().message;
  const ImportSources sources{.found = *std::move(found)};
  const ImportOptions options{.name = "q", .chatTemplate = "chatml", .into = beside.beside("q")};
  const auto report = importPack(sources, options, {}, {});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(fs::exists(beside.beside("q/llm/qwen2.gguf")));
  auto rounded = options;
  rounded.bits = MatrixBits::Four;
  rounded.into = beside.beside("r");
  EXPECT_EQ(importPack(sources, rounded, {}, {}).error().code, ErrorCode::Unsupported);
}

}  // namespace
}  // namespace xllm::importing
