// Stages 1 and 2 of I2L on captioned pictures, from a folder of files to an interface that loads: with the starter's
// own image encoder and a tiny language model.
#include "core/training/image_text_task.h"

#include <cmath>
#include <fstream>
#include <functional>
#include <map>

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "core/data/plain_media.h"
#include "core/data/seeded_random.h"
#include "core/training/image_captions_task.h"
#include "core/training/start_weights.h"
#include "core/x2l/image_interface.h"
#include "core/x2l/parameters.h"
#include "tests/core/data/scratch.h"
#include "tests/core/training/tiny_gguf.h"
#include "tests/support/golden.h"
#include "tests/support/parts.h"

namespace xllm::training {
namespace {

using nlohmann::json;

constexpr const char* kEncoder = "efficientnet-lite0-57934424.pth";

struct Kind {
  const char* caption;
  std::function<double(double, double)> brightness;  // of a point in the unit square
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"wide stripes", [](double, double y) { return std::sin(y * 20) > 0 ? 1.0 : 0.0; }},
      {"tall bars", [](double x, double) { return std::sin(x * 40) > 0 ? 1.0 : 0.0; }},
      {"a chess board", [](double x, double y) { return std::sin(x * 30) * std::sin(y * 30) > 0 ? 1.0 : 0.0; }},
      {"one big ball", [](double x, double y) { return std::hypot(x - 0.5, y - 0.5) < 0.3 ? 1.0 : 0.0; }},
      {"nothing but grey", [](double, double) { return 0.5; }},
      {"a dark corner", [](double x, double y) { return std::min(1.0, x + y); }}};
  return all;
}

// Pictures of each kind, no two alike, with their captions beside them.
void drawPictures(const tests::Scratch& folder, const std::string& name, int each, std::uint64_t seed) {
  data::SeededRandom random(seed);
  for (std::size_t k = 0; k < kinds().size(); ++k) {
    for (int i = 0; i < each; ++i) {
      std::string ppm = "P6\n48 48\n255\n";
      const double dim = random.between(0.6, 1.0);
      for (int y = 0; y < 48; ++y) {
        for (int x = 0; x < 48; ++x) {
          const double light = dim * kinds()[k].brightness(x / 48.0, y / 48.0) + random.between(0.0, 0.1);
          ppm.append(3, static_cast<char>(static_cast<int>(std::min(1.0, light) * 255)));
        }
      }
      const std::string stem = name + "/" + std::to_string(k) + "-" + std::to_string(i);
      folder.write(stem + ".ppm", ppm);
      folder.write(stem + ".txt", kinds()[k].caption);
    }
  }
}

class Quiet final : public TrainObserver {
 public:
  void onPreparing(const std::string&, std::int64_t, std::int64_t) override {}
  void onProgress(const Progress& progress) override {
    (progress.validation ? measures : parts)[progress.step] = progress.parts;
  }
  std::map<std::int64_t, std::map<std::string, double>> measures, parts;
};

TrainConfig configIn(const tests::Scratch& folder, const std::string& stage, std::int64_t steps,
                     const json& more = json::object()) {
  json given = {{"stage", stage},
                {"run", "run-" + stage},
                {"languageModel", "llm.gguf"},
                {"encoder", tests::part(kEncoder).string()},
                {"train", "train"},
                {"validation", "held-out"},
                {"store", "features"},
                {"viewsPerPicture", 1},
                {"steps", steps},
                {"warmupSteps", 5},
                {"batch", 6},
                {"learningRate", 2e-3},
                {"validateEvery", 1000},
                {"checkpointEvery", 1000},
                {"precision", "float32"},
                {"export", "float32"},
                {"interface",
                 {{"featureWidth", 1280},
                  {"featureNorm", true},
                  {"poolTo", 3},
                  {"cellPositions", true},
                  {"hidden", 32},
                  {"layers", 2},
                  {"heads", 4},
                  {"intermediate", 64},
                  {"crossAttentionEvery", 1},
                  {"queries", 4},
                  {"llmWidth", 32}}}};
  given.update(more);
  const auto config = trainConfig(given, folder.path());
  if (!config) throw std::runtime_error(config.error().message);
  return *config;
}

std::string wordsOf(const TrainConfig& config) {
  std::ifstream stream(config.run / "words.json");
  return {std::istreambuf_iterator<char>(stream), {}};
}

using MakeTask = decltype(&makeImageTextTask);

void run(MakeTask make, const TrainConfig& config, bool resume, Quiet& observer) {
  const data::PlainMedia media;
  const auto folder = RunFolder::open(config, resume);
  ASSERT_TRUE(folder) << folder.error().message;
  const auto task = make(config, media, {}, observer);
  ASSERT_TRUE(task) << task.error().message;
  const auto done = train(**task, config, *folder, resume, {}, observer);
  ASSERT_TRUE(done) << done.error().message;
}

class ImageTextTaskTest : public testing::Test {
 protected:
  void SetUp() override {
    XLLM_SKIP_WITHOUT_PART(kEncoder);
    tests::writeTinyGguf(m_folder.path() / "llm.gguf");
    drawPictures(m_folder, "train", 4, 1);
    drawPictures(m_folder, "held-out", 2, 2);
  }
  const tests::Scratch m_folder;
};

TEST_F(ImageTextTaskTest, FindsTheCaptionsOfPicturesItNeverSaw) {
  Quiet observer;
  const json longer = {{"batch", 8}, {"learningRate", 1e-3}, {"validateEvery", 100}};
  run(makeImageTextTask, configIn(m_folder, "image-text", 700, longer), false, observer);
  std::string course;
  for (const auto& [step, measures] : observer.measures) {
    course += "step " + std::to_string(step);
    for (const auto& [name, value] : measures) course += "  " + name + " " + std::to_string(value);
    course += "\n";
  }
  const auto& last = observer.measures.at(700);
  EXPECT_GE(last.at("textOfPicture.top1"), 0.8) << course;  // by chance: 1 in 6
  EXPECT_GE(last.at("pictureOfText.top1"), 0.8) << course;
  EXPECT_GE(last.at("textOfPicture.top5"), last.at("textOfPicture.top1"));
  EXPECT_GE(last.at("matching"), 0.8) << course;  // by chance: 1 in 2
  EXPECT_LT(observer.parts.at(700).at("generation"), observer.parts.at(1).at("generation") / 2);
}

TEST_F(ImageTextTaskTest, GoesOnAsIfNothingHadHappenedAndWithItsOldWords) {
  Quiet observer;
  run(makeImageTextTask, configIn(m_folder, "image-text", 6, {{"run", "whole"}}), false, observer);
  run(makeImageTextTask, configIn(m_folder, "image-text", 6, {{"run", "halves"}, {"checkpointEvery", 3}}), false,
      observer);
  const auto config = configIn(m_folder, "image-text", 6, {{"run", "halves"}});
  // Back to the checkpoint in the middle.
  std::filesystem::remove(*newestCheckpointIn(config.run));
  const auto words = wordsOf(config);
  EXPECT_GT(words.size(), 20U);
  run(makeImageTextTask, config, true, observer);
  EXPECT_EQ(wordsOf(config), words);
  const auto one = weights::Checkpoint::open(*newestCheckpointIn(m_folder.path() / "whole"));
  const auto two = weights::Checkpoint::open(*newestCheckpointIn(config.run));
  for (const auto& info : (*one)->tensors())
    EXPECT_TRUE(at::equal(*(*one)->load(info.name), *(*two)->load(info.name))) << info.name;
}

TEST_F(ImageTextTaskTest, KeepsTheWordsOfARunWhoseCaptionsChange) {
  Quiet observer;
  run(makeImageTextTask, configIn(m_folder, "image-text", 2), false, observer);
  const auto words = wordsOf(configIn(m_folder, "image-text", 2));
  m_folder.write("train/0-0.txt", "zebra quartz");  // letters that no caption had
  run(makeImageTextTask, configIn(m_folder, "image-text", 4), true, observer);
  EXPECT_EQ(wordsOf(configIn(m_folder, "image-text", 4)), words);
  const auto exported = weights::Checkpoint::open(*newestCheckpointIn(m_folder.path() / "run-image-text"));
  const auto listed = std::ssize(json::parse(words));
  EXPECT_GT(listed, 10);
  EXPECT_EQ((*exported)->find("parameter/text.Qformer.cls.predictions.bias")->shape.front(), 5 + listed);
}

TEST_F(ImageTextTaskTest, ExportsTheQueryBranchAloneAndStage2StartsFromIt) {
  Quiet observer;
  const auto first = configIn(m_folder, "image-text", 2);
  run(makeImageTextTask, first, false, observer);
  const auto sizes = x2l::imageInterfaceConfig(first.interface);
  x2l::ImageInterface exported(*sizes), started(*sizes);
  const auto file = weights::Checkpoint::open(first.run / "interface.safetensors");
  ASSERT_TRUE(x2l::loadParameters(exported, **file)) << "the exported file holds more or less than an interface";
  const auto next =
      configIn(m_folder, "image-captions", 2,
               {{"init", "run-image-text"}, {"dialogues", {{{"ask", "What?"}, {"answer", "{caption}"}}}}});
  ASSERT_TRUE(loadStartWeights(started, next));
  const auto live = started.named_parameters();
  for (const auto& item : exported.named_parameters()) EXPECT_TRUE(at::equal(item.value(), live[item.key()]));
}

TEST_F(ImageTextTaskTest, StartsFromPublishedStage1FilesWithoutTheirWords) {
  Quiet observer;
  const data::PlainMedia media;
  const auto donor = configIn(m_folder, "image-text", 2, {{"run", "donor"}});
  run(makeImageTextTask, donor, false, observer);
  // The donor under published names, with a vocabulary of its own.
  const auto file = weights::Checkpoint::open(*newestCheckpointIn(donor.run));
  std::vector<std::pair<std::string, at::Tensor>> published;
  for (const auto& info : (*file)->tensors()) {
    for (const std::string prefix : {"parameter/image.", "parameter/text."}) {
      if (!info.name.starts_with(prefix)) continue;
      auto value = *(*file)->load(info.name);
      if (info.name.find("word_embeddings") != std::string::npos) value = at::zeros({99, value.size(1)});
      published.emplace_back(info.name.substr(prefix.size()), value.clone());
    }
  }
  ASSERT_TRUE(weights::saveSafetensors(m_folder.path() / "published.safetensors", published));
  const auto config = configIn(m_folder, "image-text", 2, {{"init", "published.safetensors"}});
  const auto task = makeImageTextTask(config, media, {}, observer);
  ASSERT_TRUE(task) << task.error().message;
  const auto started = (*task)->module().named_parameters();
  EXPECT_TRUE(at::equal(started["text.itm_head.weight"], *(*file)->load("parameter/text.itm_head.weight")));
  EXPECT_TRUE(at::equal(started["image.query_tokens"], *(*file)->load("parameter/image.query_tokens")));
}

TEST_F(ImageTextTaskTest, APictureThatCannotBeReadStopsItOrIsLeftOut) {
  m_folder.write("train/0-9.ppm", "P6\n48 48\n255\ncut off");
  m_folder.write("train/0-9.txt", "wide stripes");
  const data::PlainMedia media;
  class Noting final : public TrainObserver {
   public:
    void onPreparing(const std::string&, std::int64_t, std::int64_t) override {}
    void onProgress(const Progress&) override {}
    void onNote(const std::string& sentence) override { notes += sentence; }
    std::string notes;
  } observer;
  const auto refused = makeImageTextTask(configIn(m_folder, "image-text", 2), media, {}, observer);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("0-9.ppm"), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().message.find("skipWrongRows"), std::string::npos) << refused.error().message;
  const auto task =
      makeImageTextTask(configIn(m_folder, "image-text", 2, {{"skipWrongRows", true}}), media, {}, observer);
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_NE(observer.notes.find("0-9.ppm cannot be read and is left out."), std::string::npos) << observer.notes;
}

TEST_F(ImageTextTaskTest, SaysSoWhenNoPicturesAreLeft) {
  const data::PlainMedia media;
  Quiet observer;
  const auto task =
      makeImageTextTask(configIn(m_folder, "image-text", 2, {{"validation", "train"}}), media, {}, observer);
  ASSERT_FALSE(task);
  EXPECT_EQ(task.error().code, ErrorCode::BadInput);
  EXPECT_NE(task.error().message.find("no pictures for training"), std::string::npos) << task.error().message;
}

// Any encoder will do where only features are needed; one without a classifier has no labels.
TEST(ImageTextTask, TrainsOnTheFeaturesOfAPublishedVisionTransformer) {
  const tests::Scratch folder;
  tests::writeTinyGguf(folder.path() / "llm.gguf");
  drawPictures(folder, "train", 1, 1);
  drawPictures(folder, "held-out", 1, 2);
  Quiet observer;
  json more = {{"encoder", tests::goldenPath("siglip_vision_hf.safetensors").string()},
               {"interface",
                {{"featureWidth", 64},
                 {"poolTo", 2},
                 {"usePooled", true},
                 {"hidden", 32},
                 {"layers", 2},
                 {"heads", 4},
                 {"intermediate", 64},
                 {"queries", 4},
                 {"llmWidth", 32}}}};
  run(makeImageTextTask, configIn(folder, "image-text", 2, more), false, observer);
  more["dialogues"] = json::array({{{"ask", "What?"}, {"answer", "{caption}"}}});
  run(makeImageCaptionsTask, configIn(folder, "image-captions", 2, more), false, observer);
  const auto size = std::filesystem::file_size(tests::goldenPath("siglip_vision_hf.safetensors"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "features" / ("pictures-64-" + std::to_string(size) + ".index")));
  const data::PlainMedia media;
  more["interface"]["featureWidth"] = 768;
  const auto wide = makeImageCaptionsTask(configIn(folder, "image-captions", 2, more), media, {}, observer);
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().code, ErrorCode::BadInput);
  EXPECT_NE(wide.error().message.find("features 768 wide, and the encoder's are 64"), std::string::npos)
      << wide.error().message;
}

TEST_F(ImageTextTaskTest, Stage2TeachesTheLanguageModelToSayTheCaptions) {
  Quiet observer;
  const json dialogues = {{{"ask", "What is it?"}, {"answer", "{caption}"}},
                          {{"ask", "Say it."}, {"answer", "{caption}"}}};
  const auto config = configIn(
      m_folder, "image-captions", 120,
      {{"dialogues", dialogues}, {"before", "See:"}, {"after", "\n"}, {"learningRate", 3e-3}, {"validateEvery", 20}});
  run(makeImageCaptionsTask, config, false, observer);
  const data::PlainMedia media;
  const auto fresh = makeImageCaptionsTask(config, media, {}, observer);
  ASSERT_TRUE(fresh) << fresh.error().message;
  const torch::NoGradGuard noGrad;
  (*fresh)->module().eval();
  const double before = (*fresh)->validate().measures.at("loss"), after = observer.measures.at(120).at("loss");
  EXPECT_LT(after, 0.85 * before) << before << " -> " << after;
  std::ifstream samples(config.run / "samples" / "step-00000120.txt");
  const std::string text{std::istreambuf_iterator<char>(samples), {}};
  EXPECT_NE(text.find("caption: wide stripes\n  answer:"), std::string::npos) << text;
}

}  // namespace
}  // namespace xllm::training
