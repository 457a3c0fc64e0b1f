// ChatGLM-6B against the published implementation on tiny random models: tests/golden/chatglm_v1*.
#include <algorithm>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/kernels/quantized_linear.h"
#include "core/kernels/thread_pool.h"
#include "core/llm/language_model.h"
#include "core/llm/row_quantized.h"
#include "tests/core/data/scratch.h"
#include "tests/core/llm/memory_checkpoint.h"
#include "tests/support/golden.h"

namespace xllm::llm {
namespace {

using tests::Golden;
using tests::isClose;

// The weights of a golden file; those whose names begin with `prefix` without it, and `others` not at all.
Result<std::unique_ptr<LanguageModel>> load(const Golden& golden, Precision precision, nlohmann::json config,
                                            const std::string& prefix = "", const std::string& others = "") {
  auto weightsOnly = std::make_shared<tests::MemoryCheckpoint>();
  for (const std::string& name : golden.weightNames()) {
    if (!others.empty() && name.starts_with(others)) continue;
    const bool marked = !prefix.empty() && name.starts_with(prefix);
    weightsOnly->put(marked ? name.substr(prefix.size()) : name, golden[name]);
  }
  const tests::Scratch folder;
  const auto read = configFromJson(folder.write("config.json", config.dump()));
  if (!read) return tl::unexpected(read.error());
  return loadLanguageModel(weightsOnly, *read, precision);
}

at::Tensor columnOf(const at::Tensor& ids, std::int64_t token) { return ids.eq(token).to(at::kLong).argmax(1); }

struct Source {
  const char* name;
  Precision precision;
  double tolerance;  // × max |expected|
};

void PrintTo(const Source& source, std::ostream* out) { *out << source.name; }

class PrefixDecoderGolden : public testing::TestWithParam<Source> {
 protected:
  void SetUp() override {
    auto loaded = load(m_golden, GetParam().precision, m_golden.config());
    ASSERT_TRUE(loaded) << loaded.error().message;
    m_model = *std::move(loaded);
  }

  at::Tensor logits(const at::Tensor& x, const at::Tensor& valid = {}, KvCache* cache = nullptr,
                    const PromptEnd& end = {}) const {
    return m_model->logits(m_model->forward(x, valid, cache, end));
  }
  at::Tensor ids(const std::string& input) const { return m_golden.input(input + ".input_ids"); }
  // As the reference finds it: at [gMASK], else [MASK], and <sop>.
  PromptEnd endOf(const std::string& input) const {
    const at::Tensor all = ids(input);
    const auto config = m_golden.config();
    const auto special = [&](const char* key) { return config.at(key).get<std::int64_t>(); };
    const bool general = all.eq(special("gmask_token_id")).any().item<bool>();
    return {columnOf(all, special(general ? "gmask_token_id" : "mask_token_id")),
            columnOf(all, special("bos_token_id"))};
  }
  double tolerance() const { return GetParam().tolerance; }

  void expectSteps(const std::string& input, KvCache& cache) const {
    const at::Tensor steps = m_model->embed(m_golden.input(input + ".decode_ids"));
    const at::Tensor expected = m_golden.expected(input + ".decode_logits");
    for (std::int64_t s = 0; s < steps.size(1); ++s) {
      const at::Tensor step = logits(steps.narrow(1, s, 1), {}, &cache);
      EXPECT_TRUE(isClose(step, expected.narrow(1, s, 1), tolerance())) << input << ", step " << s;
    }
  }

  Golden m_golden{"chatglm_v1"};
  std::unique_ptr<LanguageModel> m_model;
};

TEST_P(PrefixDecoderGolden, PromptStatesAndLogits) {
  const at::Tensor x = m_model->embed(ids("prompt"));
  const auto states = m_model->layerStates(x);
  ASSERT_EQ(std::ssize(states), m_model->config().layers);
  for (std::size_t i = 0; i < states.size(); ++i) {
    const at::Tensor expected = m_golden.expected("prompt.hidden.layer_" + std::to_string(i));
    EXPECT_TRUE(isClose(states[i], expected, tolerance())) << "layer " << i;
  }
  KvCache cache;
  EXPECT_TRUE(isClose(logits(x, {}, &cache), m_golden.expected("prompt.logits"), tolerance()));
  expectSteps("prompt", cache);
}

TEST_P(PrefixDecoderGolden, TheAnswerMayStandForATokenInTheMiddle) {
  KvCache cache;
  const at::Tensor x = m_model->embed(ids("mask_prompt"));
  EXPECT_TRUE(
      isClose(logits(x, {}, &cache, endOf("mask_prompt")), m_golden.expected("mask_prompt.logits"), tolerance()));
  expectSteps("mask_prompt", cache);
}

TEST_P(PrefixDecoderGolden, LongPromptsShowTheRoundedFrequencies) {
  if (GetParam().precision == Precision::BFloat16) return;  // 120 tokens through random weights: rounding adds up
  KvCache cache;
  const at::Tensor hidden = m_model->forward(m_model->embed(ids("long")), {}, &cache);
  EXPECT_TRUE(isClose(m_model->logits(hidden.select(1, -1)), m_golden.expected("long.logits_last"), tolerance()));
  expectSteps("long", cache);
}

TEST_P(PrefixDecoderGolden, AnswersAreReadInOrderAndGiveTheLoss) {
  const at::Tensor scores = logits(m_model->embed(ids("train")), {}, nullptr, endOf("train"));
  EXPECT_TRUE(isClose(scores, m_golden.expected("train.logits"), tolerance()));
  const at::Tensor labels = m_golden.input("train.labels").narrow(1, 1, scores.size(1) - 1).flatten();
  const at::Tensor loss = at::cross_entropy_loss(scores[0].narrow(0, 0, labels.size(0)), labels);
  EXPECT_TRUE(isClose(loss.view({1}), m_golden.expected("train.loss"), tolerance()));
}

TEST_P(PrefixDecoderGolden, SoftTokensTakeTheRowsTheyAreGiven) {
  at::Tensor x = m_model->embed(ids("soft")).clone();
  const at::Tensor soft = m_golden.input("soft.soft_tokens");
  x.narrow(1, 0, soft.size(1)).copy_(soft);
  KvCache cache;
  EXPECT_TRUE(isClose(logits(x, {}, &cache), m_golden.expected("soft.logits"), tolerance()));
  expectSteps("soft", cache);
}

// X-LLM's graph from the soft tokens on (their own tests: core/model/image_parts, core/x2l/speech_start): a picture and
// speech, each between its tags, in front of the prompt.
TEST_P(PrefixDecoderGolden, XLlmAnswersAPictureAndSpeech) {
  const Golden pipeline("xllm_pipeline");
  const auto words = [&](const std::string& ids) { return m_model->embed(pipeline.input(ids)); };
  const at::Tensor blocks =
      at::cat({words("image_open_ids"), pipeline.expected("image_soft_tokens"), words("image_close_ids"),
               words("speech_open_ids"), pipeline.expected("speech_soft_tokens"), words("speech_close_ids")},
              1);
  EXPECT_TRUE(isClose(blocks, pipeline.expected("modality_embeddings"), 1e-6));
  at::Tensor x = m_model->embed(pipeline.expected("padded_input_ids")).clone();
  x.narrow(1, 0, blocks.size(1)).copy_(blocks);
  KvCache cache;
  const at::Tensor scores = logits(x, {}, &cache);
  const std::int64_t prompt = pipeline.input("prompt_ids").size(1);
  EXPECT_TRUE(isClose(scores.narrow(1, x.size(1) - prompt, prompt), pipeline.expected("logits_prompt"), tolerance()));
  EXPECT_TRUE(isClose(scores.select(1, -1), pipeline.expected("logits_last"), tolerance()));
  const at::Tensor answer = pipeline.expected("greedy_ids"), expected = pipeline.expected("greedy_logits");
  EXPECT_TRUE(at::equal(scores.select(1, -1).argmax(-1), answer.select(1, 0)));
  for (std::int64_t s = 0; s < answer.size(1); ++s) {
    const at::Tensor step = logits(m_model->embed(answer.narrow(1, s, 1)), {}, &cache);
    EXPECT_TRUE(isClose(step, expected.narrow(1, s, 1), tolerance())) << "step " << s;
  }
}

TEST_P(PrefixDecoderGolden, LeftPaddedBatchAndItsCachedSteps) {
  const at::Tensor valid = ids("batch").ne(m_golden.config().at("pad_token_id").get<std::int64_t>());
  KvCache cache;
  const at::Tensor x = m_model->embed(ids("batch"));
  const at::Tensor seen = valid.unsqueeze(-1);
  EXPECT_TRUE(isClose(logits(x, valid, &cache) * seen, m_golden.expected("batch.logits") * seen, tolerance()));
  expectSteps("batch", cache);
}

TEST_P(PrefixDecoderGolden, RightPaddedAnswersAreThoseOfEachRowAlone) {
  const at::Tensor shortRow = ids("train").narrow(1, 0, 9), longRow = ids("train");
  const at::Tensor x = at::cat({at::constant_pad_nd(m_model->embed(shortRow), {0, 0, 0, 4}), m_model->embed(longRow)});
  at::Tensor valid = at::ones({2, 13}, at::kBool);
  valid[0].narrow(0, 9, 4).fill_(false);
  const at::Tensor end = at::full({2}, 6, at::kLong);
  const at::Tensor both = logits(x, valid, nullptr, {{}, end});
  const at::Tensor one = logits(m_model->embed(shortRow), {}, nullptr, {{}, end.narrow(0, 0, 1)});
  EXPECT_TRUE(isClose(both[0].narrow(0, 0, 9), one[0], tolerance()));
  EXPECT_TRUE(isClose(both[1], m_golden.expected("train.logits")[0], tolerance()));
}

TEST_P(PrefixDecoderGolden, GradientsToTheEmbeddingsMatchFiniteDifferences) {
  if (GetParam().precision != Precision::Float32) return;
  at::manual_seed(3);
  const PromptEnd end = endOf("train");
  const auto score = [&](const at::Tensor& x) {
    return at::log_softmax(logits(x, {}, nullptr, end), -1).select(-1, 3).sum();
  };
  const at::Tensor x = m_model->embed(ids("train")).clone().requires_grad_();
  score(x).backward();
  const at::NoGradGuard noGrad;
  const at::Tensor step = 1e-3 * x.square().mean(-1, true).sqrt();
  for (int i = 0; i < 5; ++i) {
    const at::Tensor direction = at::randn_like(x) * step;
    const double measured = (score(x + direction) - score(x - direction)).item<double>() / 2;
    const double predicted = (x.grad() * direction).sum().item<double>();
    EXPECT_NEAR(measured, predicted, 2e-2 * (x.grad() * step).norm().item<double>()) << "direction " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Sources, PrefixDecoderGolden,
                         testing::Values(Source{"Float32", Precision::Float32, 1e-4},
                                         Source{"AsStored", Precision::AsStored, 1e-4},
                                         Source{"BFloat16", Precision::BFloat16, 3e-2}),
                         [](const auto& tested) { return std::string(tested.param.name); });

// Whole numbers with a scale for each row.
class PrefixDecoderWholeNumbers : public testing::TestWithParam<int> {
 protected:
  Golden m_golden{"chatglm_v1_int" + std::to_string(GetParam())};

  void expectPrompt(const LanguageModel& model, double tolerance) const {
    KvCache cache;
    const at::Tensor prompt = model.forward(model.embed(m_golden.input("input_ids")), {}, &cache);
    EXPECT_TRUE(isClose(model.logits(prompt), m_golden.expected("logits"), tolerance));
    const at::Tensor steps = model.embed(m_golden.input("decode_ids")), expected = m_golden.expected("decode_logits");
    for (std::int64_t s = 0; s < steps.size(1); ++s) {
      const at::Tensor step = model.logits(model.forward(steps.narrow(1, s, 1), {}, &cache));
      EXPECT_TRUE(isClose(step, expected.narrow(1, s, 1), tolerance)) << "step " << s;
    }
  }
};

TEST_P(PrefixDecoderWholeNumbers, MatricesOpenExactly) {
  for (const char* part : {"attention.query_key_value", "attention.dense", "mlp.dense_h_to_4h", "mlp.dense_4h_to_h"}) {
    const std::string name = std::string("layers.0.") + part;
    const at::Tensor stored = m_golden["transformer." + name + ".weight"];
    const at::Tensor scale = m_golden["transformer." + name + ".weight_scale"];
    const at::Tensor expected = m_golden.expected("dequantised." + name);
    EXPECT_TRUE(tests::isSame(opened(stored, scale, GetParam()), expected)) << name;
    // The same numbers as blocks.
    const RepackedRows rows = repacked(stored, scale, GetParam());
    const auto packed = kernels::QuantizedLinear::create({expected.sizes().vec(), rows.type, rows.blocks}, nullptr,
                                                         std::make_shared<kernels::ThreadPool>());
    ASSERT_TRUE(packed) << packed.error().message;
    EXPECT_TRUE(tests::isSame(packed->rows(at::arange(expected.size(0), at::kLong)), expected)) << name;
  }
}

TEST_P(PrefixDecoderWholeNumbers, PromptAndCachedSteps) {
  const auto exact = load(m_golden, Precision::Float32, m_golden.config());
  ASSERT_TRUE(exact) << exact.error().message;
  expectPrompt(**exact, 1e-4);
  // Products of rounded activations: as far as int8 activations are (core/kernels).
  const auto packed = load(m_golden, Precision::AsStored, m_golden.config());
  ASSERT_TRUE(packed) << packed.error().message;
  expectPrompt(**packed, 3e-2);
}

TEST_P(PrefixDecoderWholeNumbers, MissingScalesAreNamed) {
  auto config = m_golden.config();
  config["quantization_bit"] = GetParam() == 8 ? 4 : 8;
  const auto wrong = load(m_golden, Precision::Float32, config);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::CorruptFile);
  EXPECT_NE(wrong.error().message.find("attention.query_key_value.weight has shape"), std::string::npos)
      << wrong.error().message;
}

INSTANTIATE_TEST_SUITE_P(Bits, PrefixDecoderWholeNumbers, testing::Values(8, 4));

// P-tuning v2: columns in front of every prompt.
class PrefixDecoderTuned : public testing::TestWithParam<const char*> {};

TEST_P(PrefixDecoderTuned, EveryRowSeesTheTunedColumns) {
  const Golden golden("chatglm_v1_ptuning");
  const std::string kind = GetParam();
  auto config = golden.config();
  config["prefix_projection"] = kind == "projection";
  const auto loaded = load(golden, Precision::Float32, config, kind + "/", kind == "plain" ? "projection/" : "plain/");
  ASSERT_TRUE(loaded) << loaded.error().message;
  const LanguageModel& model = **loaded;
  KvCache cache;
  const at::Tensor prompt = model.forward(model.embed(golden.input(kind + ".input_ids")), {}, &cache);
  EXPECT_TRUE(isClose(model.logits(prompt), golden.expected(kind + ".logits"), 1e-4));
  const at::Tensor steps = model.embed(golden.input(kind + ".decode_ids"));
  for (std::int64_t s = 0; s < steps.size(1); ++s) {
    const at::Tensor step = model.logits(model.forward(steps.narrow(1, s, 1), {}, &cache));
    EXPECT_TRUE(isClose(step, golden.expected(kind + ".decode_logits").narrow(1, s, 1), 1e-4)) << "step " << s;
  }
  EXPECT_EQ(cache.tokens(), prompt.size(1) + steps.size(1));  // the tuned columns count no position
}

INSTANTIATE_TEST_SUITE_P(Kinds, PrefixDecoderTuned, testing::Values("plain", "projection"));

}  // namespace
}  // namespace xllm::llm
