// What must hold for any Llama, on a tiny random one: padding anywhere, gradients, precisions that agree.
#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>

#include "core/llm/language_model.h"
#include "tests/core/llm/memory_checkpoint.h"
#include "tests/support/golden.h"

namespace xllm::llm {
namespace {

using tests::isClose;

std::unique_ptr<LanguageModel> tiny(Precision precision, bool packed = false) {
  auto model = loadLanguageModel(tests::tinyLlama(true, packed), precision);
  if (!model) throw std::runtime_error(model.error().message);
  return *std::move(model);
}

at::Tensor randomIds(std::int64_t batch, std::int64_t length) { return at::randint(0, 40, {batch, length}, at::kLong); }

at::Tensor mask(std::initializer_list<int> bits, std::int64_t rows) {
  return at::tensor(std::vector<int>(bits), at::kLong).view({rows, -1}).to(at::kBool);
}

TEST(DecoderModel, PaddingAnywhereChangesNothing) {
  at::manual_seed(3);
  const auto model = tiny(Precision::Float32);
  const at::Tensor x = model->embed(randomIds(2, 6));
  const at::Tensor valid = mask({0, 1, 1, 0, 1, 1, /**/ 1, 0, 0, 1, 1, 0}, 2);
  const at::Tensor together = model->forward(x, valid);
  for (std::int64_t row = 0; row < 2; ++row) {
    const at::Tensor kept = valid[row].nonzero().squeeze(1);
    const at::Tensor alone = model->forward(x[row].index_select(0, kept).unsqueeze(0));
    EXPECT_TRUE(isClose(together[row].index_select(0, kept).unsqueeze(0), alone, 1e-5)) << "row " << row;
  }
  EXPECT_TRUE(together.isfinite().all().item<bool>());
}

TEST(DecoderModel, PaddingInTheMiddleOfACachedConversationChangesNothing) {
  at::manual_seed(4);
  const auto model = tiny(Precision::Float32);
  const at::Tensor x = model->embed(randomIds(1, 9));
  KvCache cache;
  model->forward(x.narrow(1, 0, 4), {}, &cache);
  model->forward(x.narrow(1, 4, 4), mask({0, 1, 1, 0}, 1), &cache);
  const at::Tensor last = model->forward(x.narrow(1, 8, 1), {}, &cache);
  const at::Tensor alone = model->forward(x.index_select(1, at::tensor({0, 1, 2, 3, 5, 6, 8}, at::kLong)));
  EXPECT_TRUE(isClose(last, alone.narrow(1, 6, 1), 1e-5));
}

TEST(DecoderModel, AllTrueIsTheSameAsNoMask) {
  const auto model = tiny(Precision::Float32);
  const at::Tensor x = model->embed(randomIds(2, 5));
  KvCache cache;
  EXPECT_TRUE(at::equal(model->forward(x, at::ones({2, 5}, at::kBool), &cache), model->forward(x)));
  EXPECT_FALSE(cache.valid().defined());
}

TEST(DecoderModel, PackedWeightsAgreeWithTheirDequantisedTwins) {
  at::manual_seed(5);
  const auto packed = tiny(Precision::AsStored, true), dense = tiny(Precision::Float32, true);
  const at::Tensor ids = randomIds(2, 8);
  EXPECT_TRUE(at::equal(packed->embed(ids), dense->embed(ids)));
  EXPECT_TRUE(at::equal(packed->embeddingTable(), dense->embeddingTable()));
  const at::Tensor expected = dense->logits(dense->forward(dense->embed(ids)));
  // Activations rounded to 8 bits cost about 1 % per product: measured 3.6 % of the largest logit at the worst of 640.
  EXPECT_TRUE(isClose(packed->logits(packed->forward(packed->embed(ids))), expected, 6e-2));
  KvCache cache;
  const at::Tensor x = packed->embed(ids);
  packed->forward(x.narrow(1, 0, 7), {}, &cache);
  const at::Tensor step = packed->logits(packed->forward(x.narrow(1, 7, 1), {}, &cache));
  EXPECT_TRUE(isClose(step, packed->logits(packed->forward(x)).narrow(1, 7, 1), 1e-2));
}

// With a cache that is kept for kernels, or none, packed layers go the fused way, one sequence or several; with another
// the general one. A rounding of activations that falls the other way is all that may differ.
TEST(DecoderModel, FusedAndGeneralPathOfPackedWeightsAgree) {
  at::manual_seed(6);
  const auto model = tiny(Precision::AsStored, true);
  const at::Tensor x = model->embed(randomIds(2, 85));
  KvCache general;
  const at::Tensor expected = model->forward(x, {}, &general), together = model->forward(x);
  EXPECT_TRUE(isClose(together, expected, 2e-2));
  const auto piecewise = [&](const at::Tensor& of) {
    KvCache cache = model->emptyCache(KeptAs::Float32);
    std::vector<at::Tensor> pieces;
    for (const auto& [begin, count] :
         {std::pair<std::int64_t, std::int64_t>{0, 6}, {6, 1}, {7, 55}, {62, 5}, {67, 17}, {84, 1}}) {
      pieces.push_back(model->forward(of.narrow(1, begin, count), {}, &cache));
    }
    EXPECT_EQ(cache.tokens(), 85);
    return at::cat(pieces, 1);
  };
  EXPECT_TRUE(at::equal(piecewise(x), together));
  for (std::int64_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(at::equal(model->forward(x.narrow(0, i, 1)), together.narrow(0, i, 1))) << i;
    EXPECT_TRUE(at::equal(piecewise(x.narrow(0, i, 1)), together.narrow(0, i, 1))) << i;
  }
}

// Beams: each goes on from the one it was chosen from.
TEST(DecoderModel, SelectedSequencesGoOnTheFusedWay) {
  at::manual_seed(9);
  const auto model = tiny(Precision::AsStored, true);
  const at::Tensor x = model->embed(randomIds(2, 70)), next = model->embed(randomIds(3, 1));
  KvCache cache = model->emptyCache(KeptAs::Float32);
  model->forward(x, {}, &cache);
  cache.select(torch::tensor({1, 0, 1}));
  const at::Tensor gone = model->forward(next, {}, &cache);
  const at::Tensor whole = at::cat({x.index_select(0, torch::tensor({1, 0, 1})), next}, 1);
  EXPECT_TRUE(at::equal(gone, model->forward(whole).narrow(1, 70, 1)));
}

// What a conversation gets: float16 where the kernels read it, also when a padded batch goes the general way for once.
TEST(DecoderModel, ConversationsOfPackedModelsKeepHalves) {
  at::manual_seed(7);
  const auto packed = tiny(Precision::AsStored, true), dense = tiny(Precision::Float32, true);
  const at::Tensor x = packed->embed(randomIds(1, 13));
  KvCache exact = packed->emptyCache(KeptAs::Float32), halves = packed->emptyCache();
  EXPECT_TRUE(isClose(packed->forward(x, {}, &halves), packed->forward(x, {}, &exact), 2e-2));
  EXPECT_EQ(halves.keys(0).scalar_type(), at::kHalf);
  EXPECT_EQ(exact.keys(0).scalar_type(), at::kFloat);
  const at::Tensor next = packed->embed(randomIds(1, 1));
  const at::Tensor padded = at::cat({next, next}, 1), valid = at::ones({1, 2}, at::kBool);
  valid.select(1, 0).zero_();
  const at::Tensor expected = packed->forward(next, {}, &exact);
  EXPECT_TRUE(isClose(packed->forward(padded, valid, &halves).narrow(1, 1, 1), expected, 2e-2));

  // In pieces or at once, the same columns are kept and the same comes out, to the last bit.
  KvCache whole = packed->emptyCache(), pieces = packed->emptyCache();
  const at::Tensor together = packed->forward(x, {}, &whole);
  std::vector<at::Tensor> parts;
  for (const auto& [begin, count] : {std::pair<std::int64_t, std::int64_t>{0, 9}, {9, 1}, {10, 3}}) {
    parts.push_back(packed->forward(x.narrow(1, begin, count), {}, &pieces));
  }
  EXPECT_TRUE(at::equal(at::cat(parts, 1), together));
  EXPECT_TRUE(at::equal(pieces.keys(1), whole.keys(1)));

  // Bytes where they are asked for, the general way and the fused one alike.
  KvCache bytes = packed->emptyCache(KeptAs::Int8), bytesInPieces = packed->emptyCache(KeptAs::Int8);
  EXPECT_TRUE(isClose(packed->forward(x, {}, &bytes), together, 5e-2));
  EXPECT_LT(bytes.bytes(), halves.bytes());
  for (const auto& [begin, count] : {std::pair<std::int64_t, std::int64_t>{0, 9}, {9, 1}, {10, 3}})
    packed->forward(x.narrow(1, begin, count), {}, &bytesInPieces);
  EXPECT_TRUE(at::equal(bytesInPieces.keys(1), bytes.keys(1)));
  EXPECT_TRUE(isClose(packed->forward(padded, valid, &bytes).narrow(1, 1, 1), expected, 5e-2));

  KvCache floats = dense->emptyCache(KeptAs::Int8);
  dense->forward(x, {}, &floats);
  EXPECT_EQ(floats.keys(0).scalar_type(), at::kFloat);
}

// A prompt is read for what its last row says; sparing the others changes no bit of that, nor of what is kept.
TEST(DecoderModel, TheLastRowAloneIsTheLastRow) {
  at::manual_seed(8);
  for (const Precision precision : {Precision::AsStored, Precision::Float32}) {
    const auto model = tiny(precision, true);
    const at::Tensor x = model->embed(randomIds(1, 13));
    KvCache all = model->emptyCache(), last = model->emptyCache();
    for (const auto& [begin, count] : {std::pair<std::int64_t, std::int64_t>{0, 9}, {9, 1}, {10, 3}}) {
      const at::Tensor piece = x.narrow(1, begin, count);
      const at::Tensor expected = model->forward(piece, {}, &all).narrow(1, count - 1, 1);
      EXPECT_TRUE(at::equal(model->lastRow(piece, last), expected)) << begin;
    }
    EXPECT_EQ(last.tokens(), 13);
    for (std::size_t layer = 0; layer < 2; ++layer) EXPECT_TRUE(at::equal(last.keys(layer), all.keys(layer))) << layer;
  }
}

// Biases and norms of heads, as Qwen2 and Qwen3 have them, on both paths of packed weights.
TEST(DecoderModel, BiasesAndHeadNormsCountOnThePackedPathsToo) {
  at::manual_seed(10);
  DecoderConfig config = tests::tinyConfig();
  config.attentionBias = config.queryKeyNorm = true;
  const auto file = tests::tinyLlama(false, true);
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const std::string attention = "model.layers." + std::to_string(i) + ".self_attn.";
    file->put(attention + "q_proj.bias", at::randn({config.heads * config.headDim}));
    for (const char* part : {"k_proj.bias", "v_proj.bias"})
      file->put(attention + part, at::randn({config.kvHeads * config.headDim}));
    for (const char* part : {"q_norm.weight", "k_norm.weight"})
      file->put(attention + part, at::rand({config.headDim}) + 0.5);
  }
  const auto packed = loadLanguageModel(file, config, Precision::AsStored);
  const auto dense = loadLanguageModel(file, config, Precision::Float32);
  ASSERT_TRUE(packed && dense) << (packed ? dense : packed).error().message;
  const at::Tensor x = (*dense)->embed(randomIds(2, 9)), expected = (*dense)->forward(x);
  const at::Tensor together = (*packed)->forward(x);
  EXPECT_TRUE(isClose(together, expected, 6e-2));
  EXPECT_TRUE(isClose((*packed)->forward(x.narrow(0, 1, 1)), together.narrow(0, 1, 1), 1e-2)) << "fused";
  for (const char* part : {"0.self_attn.v_proj.bias", "1.self_attn.q_norm.weight"}) {
    const std::string name = "model.layers." + std::string(part);
    const at::Tensor kept = *file->load(name);
    file->put(name, kept + 1.0);
    const auto other = loadLanguageModel(file, config, Precision::AsStored);
    EXPECT_FALSE(isClose((*other)->forward(x), together, 1e-2)) << name << " does not count";
    file->put(name, kept);
  }
}

TEST(DecoderModel, GgufAndSafetensorsGiveTheSameModel) {
  const auto gguf = tiny(Precision::Float32);
  const auto other = loadLanguageModel(tests::tinyLlama(false, false), tests::tinyConfig(), Precision::Float32);
  ASSERT_TRUE(other) << other.error().message;
  const at::Tensor x = gguf->embed(randomIds(1, 12));
  EXPECT_TRUE(isClose(gguf->forward(x), (*other)->forward(x), 1e-6));
}

// A scalar of the logits, smooth in the embeddings.
at::Tensor score(const LanguageModel& model, const at::Tensor& x, const at::Tensor& valid) {
  const at::Tensor logProbability = at::log_softmax(model.logits(model.forward(x, valid)), -1);
  return (logProbability.select(-1, 3) * valid).sum();
}

TEST(DecoderModel, GradientsToTheEmbeddingsMatchFiniteDifferences) {
  at::manual_seed(6);
  const auto model = tiny(Precision::Float32);
  const at::Tensor valid = mask({0, 0, 1, 1, 1, 1, 1, /**/ 1, 1, 1, 1, 1, 1, 1}, 2);
  const at::Tensor x = model->embed(randomIds(2, 7)).clone().requires_grad_();
  score(*model, x, valid).backward();
  const at::NoGradGuard noGrad;
  EXPECT_EQ(x.grad()[0].narrow(0, 0, 2).abs().max().item<float>(), 0.0F) << "padding took part";
  for (int i = 0; i < 10; ++i) {
    const at::Tensor direction = at::randn_like(x) * 3e-3;
    const at::Tensor change = score(*model, x + direction, valid) - score(*model, x - direction, valid);
    const double measured = change.item<double>() / 2, predicted = (x.grad() * direction).sum().item<double>();
    EXPECT_NEAR(measured, predicted, 1e-2 * x.grad().norm().item<double>() * 3e-3) << "direction " << i;
  }
}

TEST(DecoderModel, BFloat16GradientsPointTheSameWay) {
  at::manual_seed(7);
  const at::Tensor valid = at::ones({2, 7}, at::kBool);
  std::vector<at::Tensor> gradients;
  const at::Tensor ids = randomIds(2, 7);
  for (const Precision precision : {Precision::Float32, Precision::BFloat16}) {
    const auto model = tiny(precision);
    const at::Tensor x = model->embed(ids).clone().requires_grad_();
    score(*model, x, valid).backward();
    gradients.push_back(x.grad().flatten());
  }
  EXPECT_GT(at::cosine_similarity(gradients[0], gradients[1], 0).item<double>(), 0.999);
}

TEST(DecoderModel, RowsBehindAPrefixAreWhatTheyAreInTheWholeSequence) {
  at::manual_seed(8);
  const auto model = tiny(Precision::Float32);
  const at::Tensor words = model->embed(randomIds(1, 4));
  KvCache prefix;
  model->forward(words, {}, &prefix);
  const at::Tensor valid = mask({1, 1, 1, 1, 1, /**/ 0, 1, 1, 1, 0}, 2);
  const at::Tensor x = model->embed(randomIds(2, 5)).clone().requires_grad_();
  const at::Tensor behind = model->forwardBehind(prefix, x, valid);
  const at::Tensor whole =
      model->forward(torch::cat({words.expand({2, -1, -1}), x}, 1), at::cat({at::ones({2, 4}, at::kBool), valid}, 1))
          .narrow(1, 4, 5);
  const at::Tensor counted = valid.unsqueeze(2).to(at::kFloat), direction = at::randn_like(behind) * counted;
  EXPECT_TRUE(isClose(behind * counted, whole * counted, 1e-5));
  const at::Tensor gradientBehind = torch::autograd::grad({(behind * direction).sum()}, {x})[0];
  const at::Tensor gradientWhole = torch::autograd::grad({(whole * direction).sum()}, {x})[0];
  EXPECT_TRUE(isClose(gradientBehind, gradientWhole, 1e-5));
  EXPECT_EQ(prefix.tokens(), 4);
  EXPECT_TRUE(isClose(model->forwardBehind(prefix, x),
                      model->forward(torch::cat({words.expand({2, -1, -1}), x}, 1)).narrow(1, 4, 5), 1e-5))
      << "without padding";
}

TEST(DecoderModel, PackedWeightsGoOnBehindAPrefixToo) {
  at::manual_seed(9);
  const auto packed = tiny(Precision::AsStored, true), dense = tiny(Precision::Float32, true);
  const at::Tensor ids = randomIds(1, 9);
  KvCache first, second;
  packed->forward(packed->embed(ids.narrow(1, 0, 4)), {}, &first);
  dense->forward(dense->embed(ids.narrow(1, 0, 4)), {}, &second);
  const at::Tensor x = dense->embed(ids.narrow(1, 4, 5));
  EXPECT_TRUE(isClose(packed->forwardBehind(first, x), dense->forwardBehind(second, x), 6e-2));
}

TEST(DecoderModel, NoWeightWantsAGradient) {
  for (const Precision precision : {Precision::Float32, Precision::BFloat16}) {
    const auto model = tiny(precision);
    const at::Tensor words = model->embed(randomIds(1, 4));
    EXPECT_FALSE(words.requires_grad());
    EXPECT_FALSE(model->embeddingTable().requires_grad());
    EXPECT_FALSE(model->logits(model->forward(words)).requires_grad());
    const at::Tensor x = words.clone().requires_grad_();
    model->logits(model->forward(x)).sum().backward();
    EXPECT_FALSE(model->embeddingTable().grad().defined());
  }
}

TEST(DecoderModel, RefusesGradientsItCannotGive) {
  const auto packed = tiny(Precision::AsStored, true), dense = tiny(Precision::Float32);
  const at::Tensor x = dense->embed(randomIds(1, 4)).clone().requires_grad_();
  EXPECT_ANY_THROW(packed->forward(x));
  KvCache cache;
  EXPECT_ANY_THROW(dense->forward(x, {}, &cache));
  const at::NoGradGuard noGrad;
  EXPECT_NO_THROW(packed->forward(x));
}

TEST(DecoderModel, TrainsAfterItWasUsedInInferenceMode) {
  const auto model = tiny(Precision::Float32);
  {
    const c10::InferenceMode inference;
    model->logits(model->forward(model->embed(randomIds(1, 4))));
    model->embeddingTable();
  }
  const at::Tensor x = model->embed(randomIds(1, 4)).clone().requires_grad_();
  at::linear(model->forward(x), model->embeddingTable()).sum().backward();
  EXPECT_GT(x.grad().abs().max().item<float>(), 0.0F);
}

}  // namespace
}  // namespace xllm::llm
