#include "core/evaluation/evaluator.h"

#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/core/data/scratch.h"

namespace xllm::evaluation {
namespace {

using nlohmann::json;
using tests::Scratch;

// Files named after numbers: "3.jpg" is 3 pixels wide, "3.wav" has 3 samples, "3.mp4" 3 frames. "bad…" is damaged.
class NumberedFiles final : public ClipDecoder {
 public:
  Result<RgbImage> decodePicture(const std::filesystem::path& file) const override {
    return number(file).map([](int n) { return RgbImage{n, 1, std::vector<std::uint8_t>(std::size_t(n) * 3)}; });
  }
  Result<AudioClip> decodeSound(const std::filesystem::path& file) const override {
    return number(file).map([](int n) {
      AudioClip clip;
      clip.samples.resize(std::size_t(n));
      return clip;
    });
  }
  Result<VideoClip> decodeClip(const std::filesystem::path& file, const ClipSampling&) const override {
    return number(file).map([](int n) {
      VideoClip clip;
      clip.frames.resize(std::size_t(n));
      return clip;
    });
  }

 private:
  static Result<int> number(const std::filesystem::path& file) {
    const std::string stem = file.stem().string();
    if (stem.starts_with("bad")) return fail(ErrorCode::CorruptFile, stem + " is damaged.");
    return std::stoi(stem);
  }
};

// "picture 3 What?" from a turn; what it answers is given per text.
class Answers final : public generation::ChatBackend {
 public:
  std::map<std::string, std::string> answers;
  std::vector<std::string> heard;  // by number of samples
  std::vector<std::string> asked;
  std::stop_source stopAfterFirst;
  bool stops = false;
  std::int64_t turnsLeftOut = 0;

  Result<generation::PackSummary> load(const std::filesystem::path&, std::stop_token,
                                       const generation::LoadProgress&) override {
    return generation::PackSummary{};
  }
  Result<generation::Summary> answer(const generation::ChatRequest& request, std::stop_token,
                                     const generation::TextSink& onText) override {
    EXPECT_EQ(request.options.sampling.temperature, 0);
    std::string text;
    for (const auto& turn : request.turns) {
      for (const auto& part : turn.parts) text += (text.empty() ? "" : " ") + shown(part);
    }
    asked.push_back(text);
    if (stops) stopAfterFirst.request_stop();
    const auto found = answers.find(text);
    onText(found == answers.end() ? "?" : found->second);
    generation::Summary summary;
    summary.turnsLeftOut = turnsLeftOut;
    return summary;
  }
  Result<generation::Measurement> measure(const generation::ChatRequest&, std::stop_token) override {
    return generation::Measurement{};
  }
  Result<generation::Measurement> prepare(const generation::ChatRequest&, std::stop_token) override {
    return generation::Measurement{};
  }
  Result<std::string> transcribe(const generation::Sound& sound, std::stop_token) override {
    return heard.at(sound->samples.size());
  }
  Result<generation::Examination> examine(const generation::Part&, std::stop_token) override {
    return fail(ErrorCode::Unsupported, "An evaluation examines nothing.");
  }

 private:
  static std::string shown(const generation::Part& part) {
    if (const auto* text = std::get_if<std::string>(&part)) return *text;
    if (const auto* picture = std::get_if<generation::Picture>(&part)) return "p" + std::to_string((*picture)->width);
    if (const auto* sound = std::get_if<generation::Sound>(&part))
      return "s" + std::to_string((*sound)->samples.size());
    return "c" + std::to_string(std::get<generation::Clip>(part)->frames.size());
  }
};

struct Items final : Observer {
  std::vector<json> items;
  void onItem(const TaskConfig&, std::int64_t, std::int64_t, const json& item) override { items.push_back(item); }
};

struct Bench : Scratch {
  Answers backend;
  NumberedFiles files;
  Items items;
  Tools tools;

  Bench() {
    tools.backend = &backend;
    tools.decoder = &files;
    for (const char* name : {"1.jpg", "2.jpg", "bad.jpg"}) write(name, "\xFF\xD8\xFF");
    for (const char* name : {"1.wav", "2.wav", "3.wav", "bad.wav", "5.mp4"}) write(name, "x");
  }
  json run(TaskConfig task, std::stop_token stop = {}) {
    task.name = "it";
    const auto result = runTask(task, tools, stop, items);
    if (!result) throw std::runtime_error(result.error().message);
    return *result;
  }
};

TaskConfig taskOf(TaskKind kind, const std::filesystem::path& list) {
  TaskConfig task;
  task.kind = kind;
  task.list = list;
  return task;
}

TEST(Evaluator, CountsWordErrorsOverAllRecordingsFailedOnesToo) {
  Bench bench;
  bench.backend.heard = {"", "press two", "", "thank you"};
  const auto list = bench.write("x.jsonl",
                                R"({"audio": "1.wav", "text": "Press one"}
{"audio": "bad.wav", "text": "three words here"}
{"audio": "2.wav", "text": ""}
{"audio": "3.wav", "text": ""}
)");
  const json result = bench.run(taskOf(TaskKind::Transcription, list));
  EXPECT_EQ(result["items"], 4);
  EXPECT_EQ(result["failed"], 1);
  EXPECT_EQ(result["errors"], 1 + 3 + 0 + 2);
  EXPECT_EQ(result["units"], 5);
  EXPECT_DOUBLE_EQ(result["wordErrorRate"].get<double>(), 6.0 / 5);
  EXPECT_EQ(result["silent"], 2);
  EXPECT_EQ(result["silentWithWords"], 1);
  EXPECT_EQ(result["withoutError"], 1);
  EXPECT_TRUE(result["complete"].get<bool>());
  ASSERT_EQ(bench.items.items.size(), 4U);
  EXPECT_EQ(bench.items.items[0]["hypothesis"], "press two");
  EXPECT_NE(bench.items.items[1]["error"].get<std::string>().find("bad is damaged"), std::string::npos);
}

TEST(Evaluator, AsksWhetherAnswersKeepWhatTheEncoderKnows) {
  Bench bench;
  bench.tools.openRecogniser = [](const std::filesystem::path&) {
    return std::function([](const RgbImage& picture) {
      return picture.width == 1 ? Recognised{"polar bear", 0.9} : Recognised{"cat", 0.4};
    });
  };
  bench.backend.answers = {{"p1 What?", "A Polar bear!"}, {"p2 What?", "Some cattle."}};
  const auto list =
      bench.write("x.jsonl", "{\"picture\": \"1.jpg\"}\n{\"picture\": \"2.jpg\"}\n{\"picture\": \"bad.jpg\"}\n");
  TaskConfig task = taskOf(TaskKind::Retention, list);
  task.question = "What?";
  const json result = bench.run(task);
  EXPECT_EQ(result["named"], 1);
  EXPECT_DOUBLE_EQ(result["share"].get<double>(), 1.0 / 3) << "a failed picture is not named";
  EXPECT_EQ(result["sure"], 1);
  EXPECT_DOUBLE_EQ(result["shareWhereSure"].get<double>(), 1.0);
}

TEST(Evaluator, AcceptsAnyOfThePhrasesOfAQuestion) {
  Bench bench;
  bench.backend.answers = {
      {"p1 s2", "It is grey, I think."}, {"c5 What happens?", "It vanishes."}, {"Hi Hello Where?", "I heard nothing"}};
  const auto list =
      bench.write("x.jsonl",
                  R"({"turns": [{"user": [{"image": "1.jpg"}, {"audio": "2.wav"}]}], "accept": ["gray", "grey"]}
{"turns": [{"user": [{"video": "5.mp4"}, "What happens?"]}, {"assistant": "moves left"}]}
{"turns": [{"user": "Hi"}, {"assistant": "Hello"}, {"user": "Where?"}], "accept": "I heard nothing."}
{"turns": [{"user": [{"audio": "bad.wav"}]}], "accept": "x"}
)");
  TaskConfig task = taskOf(TaskKind::Question, list);
  const json result = bench.run(task);
  EXPECT_EQ(result["right"], 2);
  EXPECT_EQ(result["failed"], 1);
  EXPECT_DOUBLE_EQ(result["share"].get<double>(), 0.5);
  task.exact = true;
  EXPECT_EQ(bench.run(task)["right"], 1);
  EXPECT_EQ(bench.items.items[0]["question"], "<1.jpg> <2.wav>");
}

// The model would answer all the same, but not to what was asked.
TEST(Evaluator, AConversationThatDoesNotFitTheContextFails) {
  Bench bench;
  bench.backend.answers = {{"Hi Hello Where?", "Here."}};
  const auto list = bench.write(
      "x.jsonl", R"({"turns": [{"user": "Hi"}, {"assistant": "Hello"}, {"user": "Where?"}], "accept": "Here."})");
  EXPECT_EQ(bench.run(taskOf(TaskKind::Question, list))["failed"], 0);
  bench.backend.turnsLeftOut = 2;
  const json result = bench.run(taskOf(TaskKind::Question, list));
  EXPECT_EQ(result["failed"], 1);
  EXPECT_EQ(result["right"], 0);
}

TEST(Evaluator, CountsAnUnclearChoiceAsWrongAndTellsIt) {
  Bench bench;
  const std::string lines = " \nA. cat\nB. dog\nAnswer with the letter alone.";
  bench.backend.answers = {{"p1 Which?" + lines, "B."}, {"p2 Which?" + lines, "Both of them."}};
  const auto list = bench.write(
      "x.jsonl",
      R"({"turns": [{"user": [{"image": "1.jpg"}, "Which?"]}, {"assistant": "dog"}], "choices": ["cat", "dog"]}
{"turns": [{"user": [{"image": "2.jpg"}, "Which?"]}, {"assistant": "B"}], "choices": ["cat", "dog"]}
)");
  const json result = bench.run(taskOf(TaskKind::Choice, list));
  EXPECT_EQ(result["right"], 1);
  EXPECT_EQ(result["unparsed"], 1);
  EXPECT_DOUBLE_EQ(result["share"].get<double>(), 0.5);
  const auto bad =
      bench.write("y.jsonl", R"({"turns": [{"user": "?"}, {"assistant": "fish"}], "choices": ["cat", "dog"]})");
  EXPECT_THROW(bench.run(taskOf(TaskKind::Choice, bad)), std::runtime_error);
}

TEST(Evaluator, ScoresCaptionsWithFailuresAsEmptyOnes) {
  Bench bench;
  bench.backend.answers = {{"p1 What?", "a grey cat on a sofa"}};
  const auto list = bench.write("x.csv", "image,caption\n1.jpg,a grey cat on a sofa\nbad.jpg,a dog\ngone.jpg,x\n");
  TaskConfig task = taskOf(TaskKind::Caption, list);
  task.question = "What?";
  task.skipWrongRows = true;
  const json result = bench.run(task);
  EXPECT_EQ(result["skippedRows"], 1);
  EXPECT_DOUBLE_EQ(result["rougeL"].get<double>(), 0.5);
  EXPECT_EQ(result["failed"], 1);
}

class FixedJudge final : public Judge {
 public:
  Result<std::string> ask(const std::string& prompt, std::stop_token) override {
    if (prompt.find("OURS 1") != std::string::npos) return "10 5\nfine";
    if (prompt.find("OURS 2") != std::string::npos) return "Answer 1 deserves 8.";
    return fail(ErrorCode::NotFound, "unreachable");
  }
};

TEST(Evaluator, SumsAJudgesScoresAndListsWhatItCouldNotRead) {
  Bench bench;
  bench.tools = {};
  bench.tools.openJudge = [](const JudgeConfig&) -> Result<std::unique_ptr<Judge>> {
    return std::make_unique<FixedJudge>();
  };
  TaskConfig task = taskOf(TaskKind::Relative, {});
  task.list = bench.write("q.jsonl",
                          "{\"question_id\": 1, \"text\": \"?\", \"category\": \"detail\"}\n"
                          "{\"id\": \"2\", \"question\": \"?\"}\n{\"id\": \"3\", \"question\": \"?\"}\n");
  task.answers = bench.write("a.jsonl",
                             "{\"id\": 1, \"answer\": \"OURS 1\"}\n{\"id\": 2, \"answer\": \"OURS 2\"}\n"
                             "{\"id\": 3, \"answer\": \"OURS 3\"}\n");
  task.reference = bench.write(
      "r.jsonl", "{\"id\": 3, \"text\": \"R\"}\n{\"id\": 1, \"text\": \"R\"}\n{\"id\": 2, \"text\": \"R\"}\n");
  const json result = bench.run(task);
  EXPECT_DOUBLE_EQ(result["ratio"].get<double>(), 0.5);
  EXPECT_EQ(result["unparsed"], 1);
  EXPECT_EQ(result["unparsedIds"], json({"2"}));
  EXPECT_EQ(result["failed"], 1);
  EXPECT_EQ(result["categories"]["detail"]["judged"], 1);
  task.answers = bench.write("a.jsonl", "{\"id\": 1, \"answer\": \"x\"}\n");
  EXPECT_THROW(bench.run(task), std::runtime_error);
}

TEST(Evaluator, KeepsWhatWasDoneWhenItIsStopped) {
  Bench bench;
  bench.backend.stops = true;
  bench.backend.answers = {{"one", "1"}};
  const auto list = bench.write("x.jsonl",
                                "{\"turns\": [{\"user\": \"one\"}], \"accept\": \"1\"}\n"
                                "{\"turns\": [{\"user\": \"two\"}], \"accept\": \"2\"}\n");
  const json result = bench.run(taskOf(TaskKind::Question, list), bench.backend.stopAfterFirst.get_token());
  EXPECT_FALSE(result["complete"].get<bool>());
  EXPECT_EQ(result["items"], 1);
  EXPECT_EQ(result["of"], 2);
  EXPECT_EQ(result["right"], 1);
}

}  // namespace
}  // namespace xllm::evaluation
