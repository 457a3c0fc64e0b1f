// The stages of S2L, from a list of recordings to an interface that loads: with a tiny language model and made-up
// features that stand in the store, so that no speech encoder is needed.
#include "core/training/speech_task.h"

#include <map>
#include <set>

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "core/data/feature_store.h"
#include "core/data/plain_media.h"
#include "core/weights/checkpoint.h"
#include "core/x2l/parameters.h"
#include "core/x2l/speech_interface.h"
#include "tests/core/data/scratch.h"
#include "tests/core/training/tiny_gguf.h"

namespace xllm::training {
namespace {

using nlohmann::json;

constexpr std::int64_t kWidth = 12, kFramesPerLetter = 6;

class Watcher final : public TrainObserver {
 public:
  void onPreparing(const std::string&, std::int64_t, std::int64_t) override {}
  void onProgress(const Progress& progress) override {
    (progress.validation ? measures : parts)[progress.step] = progress.parts;
  }
  std::map<std::int64_t, std::map<std::string, double>> measures, parts;
};

class SpeechTaskTest : public testing::Test {
 protected:
  SpeechTaskTest() {
    tests::writeTinyGguf(m_folder.path() / "llm.gguf");
    for (const char* text : {"ab", "bca", "cab", "aa", "cb", "bac", ""}) record(text);
    list("train.jsonl", {{"ab", "yes"}, {"bca", "no"}, {"cab", "so"}, {"aa", "yes"}, {"cb", ""}, {"", ""}});
    list("held-out.jsonl", {{"bac", "no"}, {"cb", ""}});
  }

  // Each letter is a stretch of frames of its own kind.
  void record(const std::string& text) {
    const auto file = m_folder.write("sound-" + text + ".wav", "samples of " + text);
    at::manual_seed(5);
    const at::Tensor kinds = at::randn({3, kWidth}) * 2;
    std::vector<std::int64_t> letters;
    for (const char letter : text) letters.push_back(letter - 'a');
    const at::Tensor features =
        text.empty() ? at::zeros({20, kWidth})
                     : kinds.index_select(0, at::tensor(letters, at::kLong)).repeat_interleave(kFramesPerLetter, 0);
    auto store = data::FeatureStore::open(m_folder.path() / "features", "speech", kWidth);
    if (!store || !(*store)->append(*data::contentKey(file), features) || !(*store)->finish())
      throw std::runtime_error("no store");
  }
  void list(const std::string& name, const std::vector<std::pair<std::string, std::string>>& rows) {
    std::string lines;
    for (const auto& [text, answer] : rows) {
      json row = {{"audio", "sound-" + text + ".wav"}, {"text", text}};
      if (!answer.empty()) row["answer"] = answer;
      lines += row.dump() + "\n";
    }
    m_folder.write(name, lines);
  }

  TrainConfig configFor(const std::string& stage, const json& more = json::object(),
                        const json& sizes = json::object()) const {
    json given = {{"stage", stage},
                  {"run", "run-" + stage},
                  {"languageModel", "llm.gguf"},
                  {"encoder", "none"},
                  {"train", "train.jsonl"},
                  {"validation", "held-out.jsonl"},
                  {"store", "features"},
                  {"steps", 4},
                  {"warmupSteps", 5},
                  {"batch", 3},
                  {"learningRate", 5e-3},
                  {"validateEvery", 1000},
                  {"checkpointEvery", 1000},
                  {"precision", "float32"},
                  {"export", "float32"},
                  {"interface",
                   {{"featureWidth", kWidth},
                    {"convolutionStride", 2},
                    {"frontWidth", 16},
                    {"frontLayers", 1},
                    {"frontHeads", 2},
                    {"frontIntermediate", 24},
                    {"ctcAlphabet", "abc"},
                    {"hidden", 16},
                    {"layers", 1},
                    {"heads", 2},
                    {"intermediate", 24},
                    {"positions", 8},
                    {"formerNorm", "before"},
                    {"adapter", "vocabulary"},
                    {"vocabularyScale", true},
                    {"llmWidth", 32},
                    {"llmVocabulary", 258}}}};
    given.update(more);
    given["interface"].update(sizes);
    auto config = trainConfig(given, m_folder.path());
    if (!config) throw std::runtime_error(config.error().message);
    return *config;
  }
  Result<std::unique_ptr<TrainingTask>> make(const TrainConfig& config) {
    return makeSpeechTask(config, m_media, {}, m_watcher);
  }
  std::unique_ptr<TrainingTask> taskFor(const TrainConfig& config) {
    auto task = make(config);
    if (!task) throw std::runtime_error(task.error().message);
    return std::move(*task);
  }
  std::string refusalOf(const TrainConfig& config) {
    const auto task = make(config);
    return task ? "accepted" : task.error().message;
  }
  void run(TrainingTask& task, const TrainConfig& config) {
    const auto folder = RunFolder::open(config, false);
    ASSERT_TRUE(folder) << folder.error().message;
    const auto done = train(task, config, *folder, false, {}, m_watcher);
    ASSERT_TRUE(done) << done.error().message;
  }

  // Over ten steps: as many as there are batches in five epochs.
  double meanOf(const char* part, std::int64_t from) const {
    double sum = 0;
    for (auto step = from; step < from + 10; ++step) sum += m_watcher.parts.at(step).at(part);
    return sum / 10;
  }

  const tests::Scratch m_folder;
  const data::PlainMedia m_media;
  Watcher m_watcher;
};

const json kLinear = {{"adapter", "linear"}, {"vocabularyScale", false}, {"llmVocabulary", 0}};

TEST_F(SpeechTaskTest, TheSameMicroStepGivesTheSameLossInBothStages) {
  for (const char* stage : {"speech-recognition", "speech-language"}) {
    const auto config = configFor(stage, {{"timeMasks", 2}});
    const auto one = taskFor(config), two = taskFor(config);
    one->loss(0);  // what came before does not matter
    const double first = one->loss(3).total.item<double>();
    EXPECT_EQ(first, two->loss(3).total.item<double>()) << stage;
    EXPECT_NE(first, two->loss(2).total.item<double>()) << stage;
  }
}

TEST_F(SpeechTaskTest, LearnsToBeAnsweredThroughTheFrozenLanguageModel) {
  const auto config = configFor("speech-language", {{"steps", 150}, {"logEvery", 1}}, kLinear);
  const auto task = taskFor(config);
  run(*task, config);
  EXPECT_LT(meanOf("language", 141), 0.92 * meanOf("language", 1));  // random weights can be led only so far
}

TEST_F(SpeechTaskTest, RecognitionIsLearntBesideAnsweringAndBothAreTold) {
  const auto config = configFor("speech-language", {{"steps", 150}, {"validateEvery", 150}, {"logEvery", 1}});
  const auto task = taskFor(config);
  run(*task, config);
  EXPECT_LT(meanOf("crossEntropy", 141), 0.6 * meanOf("crossEntropy", 1));
  const auto& measures = m_watcher.measures.at(150);
  for (const char* measure : {"wordErrorRate", "letterWordErrorRate", "rightWordCounts", "answerLoss", "answered"})
    EXPECT_TRUE(measures.contains(measure)) << measure;
  const auto exported = weights::Checkpoint::open(config.run / "interface.safetensors");
  ASSERT_TRUE(exported);
  x2l::SpeechInterface loaded(*x2l::speechInterfaceConfig(config.interface));
  EXPECT_TRUE(x2l::loadParameters(loaded, **exported));
}

TEST_F(SpeechTaskTest, TheAnswersAloneReachTheWholeInterface) {
  const auto task = taskFor(configFor("speech-language", {{"wordWeight", 0.0}, {"batch", 4}}));
  task->loss(0).total.backward();
  for (const auto& item : task->module().named_parameters()) {
    if (item.key().starts_with("ctc_head") || item.key().ends_with("key.bias")) continue;
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    const bool used = item.value().grad().abs().max().item<double>() > 0;
    EXPECT_TRUE(used || item.key().find("_type_") != std::string::npos) << item.key();
  }
}

TEST_F(SpeechTaskTest, ARowWithoutAnAnswerTrainsRecognitionAlone) {
  const auto each = taskFor(configFor("speech-language", {{"batch", 1}}));
  int answered = 0;
  for (int row = 0; row < 6; ++row) {
    const auto loss = each->loss(row);
    answered += loss.parts.contains("language") ? 1 : 0;
    EXPECT_TRUE(loss.parts.contains("crossEntropy"));
  }
  EXPECT_EQ(answered, 4);
  // Without recognition nothing is left of such a row, so it is left out: an epoch has 4 recordings.
  const auto answers = taskFor(configFor("speech-language", {{"batch", 1}, {"wordWeight", 0.0}}));
  for (int row = 0; row < 8; ++row) EXPECT_TRUE(answers->loss(row).parts.contains("language"));
}

TEST_F(SpeechTaskTest, TheConfigsAnswerStandsForRowsThatBringNone) {
  list("train.jsonl", {{"ab", ""}, {"cb", "no"}, {"", ""}});
  const auto task = taskFor(configFor("speech-language", {{"batch", 1}, {"answer", "You said {text}."}}));
  std::multiset<bool> answered;
  for (int row = 0; row < 3; ++row) answered.insert(task->loss(row).parts.contains("language"));
  EXPECT_EQ(answered, (std::multiset<bool>{false, true, true})) << "silence is not answered";
  list("silence.jsonl", {{"", ""}});
  const auto silence = configFor("speech-language", {{"train", "silence.jsonl"}, {"answer", "You said {text}."}});
  EXPECT_NE(refusalOf(silence).find("No row of"), std::string::npos) << refusalOf(silence);
}

TEST_F(SpeechTaskTest, ALinearAdapterBeginsWhereRecognitionEnded) {
  const auto first = configFor("speech-recognition");
  const auto recognition = taskFor(first);
  run(*recognition, first);
  const auto second = configFor("speech-language", {{"init", "run-speech-recognition"}}, kLinear);
  const auto task = taskFor(second);
  const auto heard = recognition->module().named_parameters();
  int same = 0;
  for (const auto& item : task->module().named_parameters()) {
    if (item.key().starts_with("post_bert_proj.")) continue;
    EXPECT_TRUE(at::equal(item.value(), heard[item.key()])) << item.key();
    ++same;
  }
  EXPECT_GT(same, 10);
  const auto loss = task->loss(0);
  EXPECT_TRUE(loss.parts.contains("quantity"));
  EXPECT_FALSE(loss.parts.contains("crossEntropy")) << "a linear adapter has no scores";
  loss.total.backward();
  EXPECT_GT(task->module().named_parameters()["post_bert_proj.weight"].grad().abs().max().item<double>(), 0.0);
  task->module().eval();
  const torch::NoGradGuard noGrad;
  const auto judged = task->validate();
  EXPECT_TRUE(judged.measures.contains("answerLoss"));
  EXPECT_FALSE(judged.measures.contains("wordErrorRate"));
}

TEST_F(SpeechTaskTest, TheCFormerMayBeginAsABert) {
  const json after = {{"formerNorm", "after"}};
  const auto plain = taskFor(configFor("speech-recognition", json::object(), after));
  constexpr std::string_view kFormer = "speech_bert_adaptor.";
  std::map<std::string, at::Tensor> former;
  std::vector<std::pair<std::string, at::Tensor>> tensors = {
      {"bert.embeddings.word_embeddings.weight", at::zeros({5, 16})}};
  for (const auto& item : plain->module().named_parameters()) {
    if (!item.key().starts_with(kFormer)) continue;
    former[item.key()] = at::randn_like(item.value());
    tensors.emplace_back("bert." + item.key().substr(kFormer.size()), former[item.key()]);
  }
  ASSERT_GT(former.size(), 10U);
  ASSERT_TRUE(weights::saveSafetensors(m_folder.path() / "bert.safetensors", tensors));
  for (const char* stage : {"speech-recognition", "speech-language"}) {
    const auto task = taskFor(configFor(stage, {{"init", "bert.safetensors"}}, after));
    const auto parameters = task->module().named_parameters();
    for (const auto& [name, value] : former) EXPECT_TRUE(at::equal(parameters[name], value)) << name;
  }
}

TEST_F(SpeechTaskTest, RefusesWhatCannotBeTrained) {
  const auto expect = [&](const TrainConfig& config, const char* what) {
    EXPECT_NE(refusalOf(config).find(what), std::string::npos) << refusalOf(config);
  };
  expect(configFor("speech-language", json::object(), {{"llmVocabulary", 100}}), "\"llmVocabulary\": 258");
  expect(configFor("speech-recognition", json::object(), kLinear), "Recognition needs a vocabulary adapter");
  json narrow = kLinear;
  narrow["llmWidth"] = 31;
  expect(configFor("speech-language", json::object(), narrow), "llmWidth is 31");
  expect(configFor("speech-language", json::object(), {{"cifInput", true}}), "cifInput");
  expect(configFor("speech-recognition", json::object(), {{"ctcAlphabet", "ab"}}), "has \"c\"");
  list("train.jsonl", {{"ab", ""}});
  expect(configFor("speech-language"), "speech-recognition");
}

}  // namespace
}  // namespace xllm::training
