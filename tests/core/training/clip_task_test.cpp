// The stages of V2L on made-up clips, with the real frozen parts.
#include "core/training/clip_task.h"

#include <map>

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "core/training/clip_features.h"
#include "core/training/trainer.h"
#include "core/x2l/image_interface.h"
#include "tests/core/data/scratch.h"
#include "tests/support/parts.h"

namespace xllm::training {
namespace {

using tests::Scratch;

constexpr const char* kEncoder = "efficientnet-lite0-57934424.pth";
constexpr const char* kLanguageModel = "SmolLM2-135M-Instruct.Q4_1.gguf";

// Two frames of one colour each, told by the file's first byte.
class ColourDecoder final : public ClipDecoder {
 public:
  Result<RgbImage> decodePicture(const std::filesystem::path&) const override {
    return fail(ErrorCode::Unsupported, "No pictures here.");
  }
  Result<AudioClip> decodeSound(const std::filesystem::path&) const override {
    return fail(ErrorCode::Unsupported, "No sounds here.");
  }
  Result<VideoClip> decodeClip(const std::filesystem::path& file, const ClipSampling& sampling) const override {
    ++decoded;
    VideoClip clip;
    const auto name = file.filename().string();
    for (int i = 0; i < sampling.frames; ++i) {
      const auto level = static_cast<std::uint8_t>(40 * i + 7 * name.front());
      clip.frames.push_back({0.5 * i, {16, 16, std::vector<std::uint8_t>(16 * 16 * 3, level)}});
    }
    return clip;
  }
  mutable int decoded = 0;
};

class Silent final : public TrainObserver {
 public:
  void onPreparing(const std::string&, std::int64_t, std::int64_t) override {}
  void onProgress(const Progress&) override {}
};

class ClipTaskTest : public testing::Test {
 protected:
  ClipTaskTest() {
    m_folder.write("a.mp4", "first");
    m_folder.write("b.mp4", "second");
    m_folder.write("list.jsonl",
                   "{\"video\": \"a.mp4\", \"ask\": \"What happens?\", \"answer\": \"An owl appears.\", \"words\": "
                   "[\"owl\", \"\", \"appears\"]}\n"
                   "{\"video\": \"b.mp4\", \"ask\": \"What happens?\", \"answer\": \"It moves left.\"}\n");
    std::string names;
    for (int i = 0; i < 1000; ++i) names += "thing " + std::to_string(i % 10) + "\n";
    m_folder.write("names.txt", names);
  }

  TrainConfig configFor(Stage stage) {
    TrainConfig config;
    config.stage = stage;
    config.run = m_folder.path() / "run";
    config.store = m_folder.path() / "store";
    config.languageModel = tests::part(kLanguageModel);
    config.precision = ComputePrecision::Float32;  // fast on any processor
    config.clip.encoder = tests::part(kEncoder);
    config.clip.train = config.clip.validation = m_folder.path() / "list.jsonl";
    config.clip.names = m_folder.path() / "names.txt";
    config.clip.frames = 2;
    config.clip.nameWords = 3, config.clip.eventWords = 2;
    config.clip.before = "Clip:", config.clip.after = "\n";
    config.optimizer = {.steps = 2, .warmupSteps = 1, .batch = 4};
    config.interface = {{"featureWidth", 1280},
                        {"poolTo", 1},
                        {"usePooled", true},
                        {"classes", 1000},
                        {"hidden", 32},
                        {"layers", 1},
                        {"heads", 4},
                        {"intermediate", 32},
                        {"queries", 8},
                        {"timePositions", 2},
                        {"clipQueries", "joint"},
                        {"llmWidth", 576}};
    config.source = {{"stage", "video-words"}};
    return config;
  }
  std::unique_ptr<TrainingTask> taskFor(const TrainConfig& config) {
    auto task = makeClipTask(config, m_decoder, {}, m_observer);
    if (!task) throw std::runtime_error(task.error().message);
    return std::move(*task);
  }

  Scratch m_folder;
  ColourDecoder m_decoder;
  Silent m_observer;
};

TEST_F(ClipTaskTest, TheSameStepGivesTheSameLossAndClipsAreEncodedOnce) {
  XLLM_SKIP_WITHOUT_PART(kEncoder);
  XLLM_SKIP_WITHOUT_PART(kLanguageModel);
  const auto config = configFor(Stage::VideoWords);
  const auto one = taskFor(config), two = taskFor(config);
  EXPECT_EQ(m_decoder.decoded, 2);
  const auto first = one->loss(3), second = two->loss(3);
  EXPECT_EQ(first.total.item<double>(), second.total.item<double>());
  EXPECT_NE(first.total.item<double>(), one->loss(4).total.item<double>());
  one->module().eval();
  const torch::NoGradGuard noGrad;
  const auto judged = one->validate();
  EXPECT_EQ(judged.measures.at("held out.clips"), 1.0) << "of the two rows one has words";
  EXPECT_GE(judged.measures.at("made up.event"), 0.0);
}

TEST_F(ClipTaskTest, WhatIsFrozenStaysAsItIs) {
  XLLM_SKIP_WITHOUT_PART(kEncoder);
  XLLM_SKIP_WITHOUT_PART(kLanguageModel);
  auto config = configFor(Stage::VideoWords);
  config.clip.trainable = ClipTrainable::QueriesAndAdapter;
  config.interface["motionUnits"] = 4;
  const auto task = taskFor(config);
  std::map<std::string, at::Tensor> before;
  for (const auto& item : task->module().named_parameters()) before[item.key()] = item.value().detach().clone();
  const auto run = RunFolder::open(config, false);
  ASSERT_TRUE(run) << run.error().message;
  const auto done = train(*task, config, *run, false, {}, m_observer);
  ASSERT_TRUE(done) << done.error().message;
  int changed = 0;
  for (const auto& item : task->module().named_parameters()) {
    const auto& name = item.key();
    const bool trained = name == "query_tokens" || name == "time_embeddings" || name.starts_with("motion_") ||
                         name.starts_with("opt_proj.");
    EXPECT_EQ(at::equal(item.value(), before.at(name)), !trained) << name;
    changed += trained ? 1 : 0;
  }
  EXPECT_EQ(changed, 8);
}

TEST_F(ClipTaskTest, AnswersGoThroughTheLanguageModel) {
  XLLM_SKIP_WITHOUT_PART(kEncoder);
  XLLM_SKIP_WITHOUT_PART(kLanguageModel);
  auto config = configFor(Stage::VideoLanguage);
  config.clip.wordWeight = 0;  // only the answers' loss is left
  config.interface["clipQueries"] = "per frame";
  config.interface["queries"] = 2;
  const auto task = taskFor(config);
  const auto loss = task->loss(0);
  ASSERT_TRUE(loss.parts.contains("language"));
  loss.total.backward();
  for (const auto& item : task->module().named_parameters()) {
    if (item.key().ends_with("key.bias")) continue;
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
  }
  EXPECT_GT(task->module().named_parameters()["time_embeddings"].grad().abs().max().item<double>(), 0.0);
}

TEST_F(ClipTaskTest, MadeUpClipsAreAskedAboutToo) {
  XLLM_SKIP_WITHOUT_PART(kEncoder);
  XLLM_SKIP_WITHOUT_PART(kLanguageModel);
  std::string lines;
  for (const auto event : kClipEvents) {
    lines += "{\"event\": \"" + wordsOf(event) + "\", \"ask\": \"What?\", \"answer\": \"{A name} " + wordsOf(event) +
             ".\"}\n";
  }
  auto config = configFor(Stage::VideoLanguage);
  config.clip.wordWeight = 0;
  const double without = taskFor(config)->loss(0).total.item<double>();
  config.clip.answers = m_folder.write("answers.jsonl", lines);
  config.clip.answersShare = 1.0;
  const auto task = taskFor(config);
  EXPECT_NE(task->loss(0).total.item<double>(), without);
  task->module().eval();
  const torch::NoGradGuard noGrad;
  const auto measures = task->validate().measures;
  ASSERT_TRUE(measures.contains("made up.answered"));
  EXPECT_LE(measures.at("made up.answered"), 1.0);
}

TEST_F(ClipTaskTest, RefusesSizesThatDoNotFit) {
  XLLM_SKIP_WITHOUT_PART(kEncoder);
  XLLM_SKIP_WITHOUT_PART(kLanguageModel);
  const auto refusal = [&](const TrainConfig& config) {
    const auto task = makeClipTask(config, m_decoder, {}, m_observer);
    return task ? std::string("accepted") : task.error().message;
  };
  auto config = configFor(Stage::VideoWords);
  config.clip.nameWords = 4;
  EXPECT_NE(refusal(config).find("8 soft tokens"), std::string::npos) << refusal(config);
  config = configFor(Stage::VideoWords);
  config.interface["timePositions"] = 0;
  config.interface["clipQueries"] = "per frame";
  EXPECT_NE(refusal(config).find("timePositions"), std::string::npos) << refusal(config);
  config = configFor(Stage::VideoWords);
  config.interface["llmWidth"] = 64;
  EXPECT_NE(refusal(config).find("llmWidth"), std::string::npos) << refusal(config);
}

TEST(MadeUpClips, ShowTheirClassWhereAndWhenItIs) {
  XLLM_SKIP_WITHOUT_PART(kEncoder);
  const Scratch folder;
  TrainConfig config;
  config.clip.encoder = tests::part(kEncoder);
  config.store = folder.path();
  config.clip.frames = 8;
  auto source = ClipFeatureSource::make(config);
  ASSERT_TRUE(source) << source.error().message;
  data::SeededRandom random(5);
  const MadeUpClips made = (*source)->madeUp(random, 120);
  ASSERT_EQ(made.features.cells.sizes(), at::IntArrayRef({120, 8, 49, 1280}));
  int seen = 0, vanishing = 0, gone = 0;
  for (std::int64_t b = 0; b < 120; ++b) {
    const auto at = static_cast<std::size_t>(b);
    const auto best = made.features.probabilities[b].argmax(1);  // [F]
    if (made.events[at] == ClipEvent::Stay || made.events[at] == ClipEvent::Vanish ||
        made.events[at] == ClipEvent::Order) {
      seen += best[0].item<std::int64_t>() == made.first[at] ? 1 : 0;
      ++vanishing;
    }
    if (made.events[at] == ClipEvent::Vanish || made.events[at] == ClipEvent::Order) {
      gone += best[7].item<std::int64_t>() != made.first[at] ? 1 : 0;
    }
    EXPECT_EQ(made.second[at] >= 0, made.events[at] == ClipEvent::Order);
  }
  EXPECT_GT(vanishing, 20);
  EXPECT_GT(seen, vanishing * 7 / 10);
  EXPECT_GT(gone, 5);
  data::SeededRandom again(5);
  EXPECT_TRUE(at::equal((*source)->madeUp(again, 120).features.cells, made.features.cells));
}

}  // namespace
}  // namespace xllm::training
