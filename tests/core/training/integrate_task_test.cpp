// Stage 3 on made-up conversations: with the starter's image encoder, features of recordings that stand in the store,
// and a tiny language model.
#include "core/training/integrate_task.h"

#include <map>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/data/feature_store.h"
#include "core/weights/checkpoint.h"
#include "core/x2l/parameters.h"
#include "tests/core/data/scratch.h"
#include "tests/core/training/tiny_gguf.h"
#include "tests/support/parts.h"

namespace xllm::training {
namespace {

using nlohmann::json;

constexpr const char* kEncoder = "efficientnet-lite0-57934424.pth";
constexpr std::int64_t kSpeechWidth = 12;

// Grey pictures and clips, as light as the last byte of their file.
class GreyDecoder final : public ClipDecoder {
 public:
  Result<RgbImage> decodePicture(const std::filesystem::path& file) const override { return grey(file, 0); }
  Result<AudioClip> decodeSound(const std::filesystem::path&) const override {
    return fail(ErrorCode::Unsupported, "The store has all features of recordings.");
  }
  Result<VideoClip> decodeClip(const std::filesystem::path& file, const ClipSampling& sampling) const override {
    VideoClip clip;
    for (int i = 0; i < sampling.frames; ++i) clip.frames.push_back({0.5 * i, grey(file, 30 * i)});
    return clip;
  }

 private:
  static RgbImage grey(const std::filesystem::path& file, int more) {
    const auto level = static_cast<std::uint8_t>(40 * (file.stem().string().back() - '0') + more);
    return {16, 16, std::vector<std::uint8_t>(16 * 16 * 3, level)};
  }
};

class Watcher final : public TrainObserver {
 public:
  void onPreparing(const std::string&, std::int64_t, std::int64_t) override {}
  void onProgress(const Progress& progress) override {
    (progress.validation ? measures : parts)[progress.step] = progress.parts;
  }
  std::map<std::int64_t, std::map<std::string, double>> measures, parts;
};

json imageSizes() {
  return {{"featureWidth", 1280}, {"poolTo", 1},  {"usePooled", true},  {"hidden", 16},  {"layers", 1},
          {"heads", 2},           {"queries", 2}, {"intermediate", 24}, {"llmWidth", 32}};
}

json speechSizes() {
  return {{"featureWidth", kSpeechWidth},
          {"frontWidth", 16},
          {"hidden", 16},
          {"layers", 1},
          {"heads", 2},
          {"intermediate", 24},
          {"positions", 8},
          {"adapter", "vocabulary"},
          {"vocabularyScale", true},
          {"llmWidth", 32},
          {"llmVocabulary", 258}};
}

std::string turn(const json& asked, const std::string& answer, const std::string& task) {
  return json{{"turns", json::array({{{"user", asked}}, {{"assistant", answer}}})}, {"task", task}}.dump() + "\n";
}

class IntegrateTaskTest : public testing::Test {
 protected:
  void SetUp() override {
    XLLM_SKIP_WITHOUT_PART(kEncoder);
    tests::writeTinyGguf(m_folder.path() / "llm.gguf");
    json video = imageSizes();
    video["timePositions"] = 2;
    at::manual_seed(3);
    save("image", x2l::ImageInterface(*x2l::imageInterfaceConfig(imageSizes())));
    save("video", x2l::ImageInterface(*x2l::imageInterfaceConfig(video)));
    save("speech", x2l::SpeechInterface(*x2l::speechInterfaceConfig(speechSizes())));
    auto store = data::FeatureStore::open(m_folder.path() / "features", "speech", kSpeechWidth);
    ASSERT_TRUE(store);
    std::string lines;
    for (int i = 1; i < 5; ++i) {
      const std::string n = std::to_string(i);
      m_folder.write("p" + n + ".ppm", "P6\n1 1\n255\n" + std::string(3, static_cast<char>(i)));
      m_folder.write("c" + n + ".mp4", "clip " + n);
      const auto sound = m_folder.write("s" + n + ".wav", "sound " + n);
      ASSERT_TRUE((*store)->append(*data::contentKey(sound), at::randn({12 + i, kSpeechWidth}) * 3));
      lines += turn(json::array({{{"image", "p" + n + ".ppm"}}, "What is it?"}), "grey " + n, "picture");
      lines += turn(json::array({{{"image", "p" + n + ".ppm"}}, {{"audio", "s" + n + ".wav"}}}), "both " + n, "spoken");
      lines += turn(json::array({{{"video", "c" + n + ".mp4"}}, "And then?"}), "lighter " + n, "clip");
      lines += turn({{"audio", "s" + n + ".wav"}}, "said " + n, "recognition");
    }
    ASSERT_TRUE((*store)->finish());
    m_folder.write("list.jsonl", lines);
  }
  template <typename Interface>
  void save(const std::string& name, const Interface& interface) {
    const auto saved =
        x2l::saveParameters(interface, m_folder.path() / (name + ".safetensors"), x2l::ParameterFormat::Float32);
    ASSERT_TRUE(saved) << saved.error().message;
  }
  json given(std::int64_t steps) const {
    json video = imageSizes();
    video["timePositions"] = 2;
    const auto part = [](const char* name) {
      return json{{"encoder", tests::part(kEncoder).string()}, {"init", std::string(name) + ".safetensors"}};
    };
    return {{"stage", "integrate"},
            {"run", "run"},
            {"languageModel", "llm.gguf"},
            {"train", "list.jsonl"},
            {"validation", "list.jsonl"},
            {"store", "features"},
            {"frames", 2},
            {"tasks", {{"picture", 1.0}, {"spoken", 1.0}, {"clip", 1.0}, {"recognition", 1.0}}},
            {"parts", {{"image", part("image")}, {"speech", part("speech")}, {"video", part("video")}}},
            {"steps", steps},
            {"warmupSteps", 0},
            {"batch", 4},
            {"learningRate", 1e-2},
            {"logEvery", 1},
            {"validateEvery", 1000},
            {"precision", "float32"},
            {"export", "float32"},
            {"interface", {{"image", imageSizes()}, {"speech", speechSizes()}, {"video", video}}}};
  }
  TrainConfig read(const json& config) const {
    auto readConfig = trainConfig(config, m_folder.path());
    if (!readConfig) throw std::runtime_error(readConfig.error().message);
    return *readConfig;
  }
  std::unique_ptr<TrainingTask> taskFor(const json& config) {
    auto task = makeIntegrateTask(read(config), m_decoder, {}, m_watcher);
    if (!task) throw std::runtime_error(task.error().message);
    return std::move(*task);
  }
  std::string refusalOf(const json& config) {
    const auto task = makeIntegrateTask(read(config), m_decoder, {}, m_watcher);
    return task ? "accepted" : task.error().message;
  }
  void run(TrainingTask& task, const TrainConfig& config) {
    const auto folder = RunFolder::open(config, false);
    ASSERT_TRUE(folder) << folder.error().message;
    const auto done = train(task, config, *folder, false, {}, m_watcher);
    ASSERT_TRUE(done) << done.error().message;
  }

  const tests::Scratch m_folder;
  const GreyDecoder m_decoder;
  Watcher m_watcher;
};

TEST_F(IntegrateTaskTest, TrainsAdaptersAndQueriesOfAllInterfacesAndNothingElse) {
  const json config = given(12);
  const auto task = taskFor(config);
  std::map<std::string, at::Tensor> before;
  for (const auto& item : task->module().named_parameters()) before[item.key()] = item.value().detach().clone();
  run(*task, read(config));
  const std::map<std::string, int> trained{
      {"image.query_tokens", 0},       {"image.opt_proj.weight", 0},  {"image.opt_proj.bias", 0},
      {"video.query_tokens", 0},       {"video.opt_proj.weight", 0},  {"video.opt_proj.bias", 0},
      {"speech.vocab_proj.weight", 0}, {"speech.vocab_proj.bias", 0}, {"speech.vocab_scale", 0}};
  std::size_t changed = 0;
  for (const auto& item : task->module().named_parameters()) {
    EXPECT_EQ(at::equal(item.value(), before.at(item.key())), !trained.contains(item.key())) << item.key();
    changed += trained.contains(item.key()) ? 1 : 0;
  }
  EXPECT_EQ(changed, trained.size());
  EXPECT_GT(before.size(), 3 * trained.size());
}

TEST_F(IntegrateTaskTest, LearnsItsAnswersAndTellsThemByTask) {
  const json config = given(80);
  const auto task = taskFor(config);
  run(*task, read(config));
  const auto mean = [&](std::int64_t from) {
    double sum = 0;
    for (auto step = from; step < from + 16; ++step) sum += m_watcher.parts.at(step).at("language");
    return sum / 16;
  };
  EXPECT_LT(mean(65), 0.9 * mean(1));
  const auto& measures = m_watcher.measures.at(80);
  for (const char* name : {"picture", "spoken", "clip", "recognition"})
    EXPECT_TRUE(measures.contains(std::string(name) + ".answerLoss")) << name;
  EXPECT_TRUE(measures.contains("answered"));
}

TEST_F(IntegrateTaskTest, ExportsEachInterfaceUnderItsOwnName) {
  const json config = given(1);
  const auto task = taskFor(config);
  run(*task, read(config));
  const auto exported = weights::Checkpoint::open(read(config).run / "interface.safetensors");
  ASSERT_TRUE(exported);
  x2l::SpeechInterface speech(*x2l::speechInterfaceConfig(speechSizes()));
  x2l::ImageInterface image(*x2l::imageInterfaceConfig(imageSizes()));
  EXPECT_TRUE(x2l::loadParameters(speech, **exported, {.prefix = "speech."}));
  EXPECT_TRUE(x2l::loadParameters(image, **exported, {.prefix = "image."}));
}

TEST_F(IntegrateTaskTest, TheSameMicroStepGivesTheSameLoss) {
  const auto one = taskFor(given(1)), two = taskFor(given(1));
  for (const int before : {0, 1, 2}) one->loss(before);
  EXPECT_EQ(one->loss(7).total.item<double>(), two->loss(7).total.item<double>());
  EXPECT_NE(one->loss(7).total.item<double>(), one->loss(8).total.item<double>());
}

TEST_F(IntegrateTaskTest, SeesAndHearsEachMediumOfARow) {
  const auto answer = [&](const std::string& picture, const std::string& sound) {
    m_folder.write("one.jsonl", turn(json::array({{{"image", picture}}, {{"audio", sound}}}), "x", "spoken"));
    json config = given(1);
    config["train"] = config["validation"] = "one.jsonl";
    config["tasks"] = {{"spoken", 1.0}};
    return taskFor(config)->loss(0).total.item<double>();
  };
  const double both = answer("p1.ppm", "s1.wav");
  EXPECT_EQ(both, answer("p1.ppm", "s1.wav"));
  EXPECT_NE(both, answer("p4.ppm", "s1.wav"));
  EXPECT_NE(both, answer("p1.ppm", "s2.wav"));
}

TEST_F(IntegrateTaskTest, RefusesWhatCannotBeTrained) {
  const auto expect = [&](const json& config, const char* what) {
    EXPECT_NE(refusalOf(config).find(what), std::string::npos) << refusalOf(config);
  };
  json config = given(1);
  config["parts"].erase("video"), config["interface"].erase("video");
  expect(config, "no \"video\"");
  config = given(1);
  config["tasks"]["singing"] = 2;
  expect(config, "\"singing\"");
  config = given(1);
  m_folder.write("words.jsonl", turn("Hello.", "Hello.", "picture"));
  config["train"] = "words.jsonl";
  expect(config, "line 1 of words.jsonl has no picture");
  config = given(1);
  config["interface"]["speech"]["llmVocabulary"] = 200;
  expect(config, "llmVocabulary is 200");
}

TEST(TaskMix, DrawsByWeightAndTheSameForAMicroStepWhateverCameBefore) {
  TaskMix mix({1.0, 3.0}, 5), again({1.0, 3.0}, 5);
  std::vector<std::int64_t> counts(2, 0);
  for (std::int64_t step = 0; step < 2000; ++step) {
    const auto drawn = mix.at(step);
    EXPECT_EQ(drawn.number, counts[drawn.task]++);
  }
  EXPECT_NEAR(static_cast<double>(counts[1]) / 2000.0, 0.75, 0.04);
  EXPECT_EQ(again.at(777).task, mix.at(777).task);
  EXPECT_EQ(again.at(777).number, mix.at(777).number);
  EXPECT_EQ(again.at(3).number, mix.at(3).number);
}

}  // namespace
}  // namespace xllm::training
