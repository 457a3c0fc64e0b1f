#include "core/training/clip_task.h"

#include <algorithm>
#include <map>
#include <utility>

#include <torch/nn/module.h>
#include <torch/types.h>

#include "core/data/batches.h"
#include "core/data/example_list.h"
#include "core/data/format_text.h"
#include "core/training/answer_lists.h"
#include "core/training/answer_loss.h"
#include "core/training/autocast.h"
#include "core/training/clip_features.h"
#include "core/training/clip_list.h"
#include "core/training/clip_start.h"
#include "core/training/clip_words.h"
#include "core/training/frozen_language.h"
#include "core/training/losses.h"

namespace xllm::training {

namespace {

constexpr std::int64_t kValidationBatch = 16;
constexpr std::int64_t kValidationMadeUp = 192;  // clips

struct Question {
  ClipQuestion row;
  std::string key;  // of the clip's features
};

struct Material {
  std::shared_ptr<x2l::ImageInterface> interface;
  std::unique_ptr<ClipFeatureSource> source;
  FrozenLanguage language;
  std::vector<std::string> names;
  std::vector<Question> train, validation;
  ClipAnswers answers;  // to made-up clips
};

std::vector<ClipParts> knownWords(const Material& material) {
  std::vector<ClipParts> known;
  for (const auto& name : material.names) known.push_back({name, "", ""});
  for (const auto event : kClipEvents) known.push_back({"", "", wordsOf(event)});
  for (const auto* list : {&material.train, &material.validation}) {
    for (const auto& question : *list) known.push_back(question.row.words);
  }
  return known;
}

class ClipTask final : public TrainingTask {
 public:
  ClipTask(const TrainConfig& config, Material material)
      : m_config(config),
        m_material(std::move(material)),
        m_words(m_config.clip, knownWords(m_material), *m_material.language.tokenizer,
                m_material.language.model->embeddingTable()),
        m_answers(*m_material.language.model),
        m_order(std::vector<std::int64_t>(m_material.train.size(), 1), realShare(),
                static_cast<std::uint64_t>(config.seed)) {}

  torch::nn::Module& module() override { return *m_material.interface; }
  StepLoss loss(std::int64_t microStep) override;
  Judgement validate() override;

 private:
  using Questions = std::vector<const Question*>;

  bool speaks() const { return m_config.stage == Stage::VideoLanguage; }
  std::int64_t madeUpShare() const {
    return std::llround(static_cast<double>(m_config.optimizer.batch) * m_config.clip.syntheticShare);
  }
  std::int64_t realShare() const { return std::max<std::int64_t>(m_config.optimizer.batch - madeUpShare(), 1); }
  at::Tensor soften(const ClipFeatures& features) {
    const Autocast autocast(m_config.precision);
    return m_material.interface->watch(features.cells, features.pooled, features.probabilities).to(at::kFloat);
  }
  ClipFeatures featuresOf(const Questions& questions) const;
  // Of the rows of `soft` whose words are known; nothing when there are none.
  std::optional<WordLoss> wordsLoss(const at::Tensor& soft, const std::vector<ClipParts>& words) const;
  bool asksMadeUp() const { return speaks() && !m_material.answers.empty() && m_config.clip.answersShare > 0; }
  // A question for each of the first answersShare of made-up clips that hold `words`.
  std::vector<Dialogue> askMadeUp(const std::vector<ClipParts>& words, data::SeededRandom& random) const;
  // soft [B, Q, width]; a dialogue for each of the first clips, maybe not for all.
  AnswerScores answer(const at::Tensor& soft, const std::vector<Dialogue>& dialogues);
  void judgeWords(const at::Tensor& soft, const std::vector<ClipParts>& words, const std::string& kind,
                  Judgement& judgement) const;
  void judgeAnswers(const at::Tensor& soft, const Questions& questions, Judgement& judgement);

  const TrainConfig m_config;
  Material m_material;
  ClipWords m_words;
  AnswerLoss m_answers;
  data::Batches m_order;
};

ClipFeatures ClipTask::featuresOf(const Questions& questions) const {
  std::vector<std::string> keys;
  for (const auto* question : questions) keys.push_back(question->key);
  return m_material.source->load(keys);
}

std::optional<WordLoss> ClipTask::wordsLoss(const at::Tensor& soft, const std::vector<ClipParts>& words) const {
  std::vector<std::int64_t> rows, targets;
  for (std::size_t b = 0; b < words.size(); ++b) {
    if (words[b].empty()) continue;
    rows.push_back(static_cast<std::int64_t>(b));
    const auto places = m_words.targets(words[b]);
    targets.insert(targets.end(), places.begin(), places.end());
  }
  if (rows.empty()) return std::nullopt;
  const at::Tensor chosen = soft.index_select(0, at::tensor(rows, at::kLong));
  const at::Tensor wanted = at::tensor(targets, at::kLong).view({chosen.size(0), -1});
  return partedWordLoss(chosen, wanted, m_words.candidates(), m_words.places());
}

std::vector<ClipParts> wordsOf(const std::vector<const Question*>& questions) {
  std::vector<ClipParts> words;
  for (const auto* question : questions) words.push_back(question->row.words);
  return words;
}

std::vector<ClipParts> wordsOf(const MadeUpClips& made, const std::vector<std::string>& names) {
  std::vector<ClipParts> words;
  for (std::size_t b = 0; b < made.events.size(); ++b) {
    const auto second = made.second[b];
    words.push_back({names[static_cast<std::size_t>(made.first[b])],
                     second < 0 ? "" : names[static_cast<std::size_t>(second)], wordsOf(made.events[b])});
  }
  return words;
}

std::vector<Dialogue> dialoguesOf(const std::vector<const Question*>& questions) {
  std::vector<Dialogue> dialogues;
  for (const auto* question : questions) dialogues.push_back({question->row.ask, question->row.answer});
  return dialogues;
}

std::vector<Dialogue> ClipTask::askMadeUp(const std::vector<ClipParts>& words, data::SeededRandom& random) const {
  std::vector<Dialogue> asked;
  if (!asksMadeUp()) return asked;
  const auto count = std::llround(static_cast<double>(words.size()) * m_config.clip.answersShare);
  for (std::int64_t b = 0; b < count; ++b) {
    const auto& clip = words[static_cast<std::size_t>(b)];
    const auto& patterns = m_material.answers.at(clip.back());
    const auto drawn = random.below(static_cast<std::int64_t>(patterns.size()));
    asked.push_back(fillClipAnswer(patterns[static_cast<std::size_t>(drawn)], clip));
  }
  return asked;
}

AnswerScores ClipTask::answer(const at::Tensor& soft, const std::vector<Dialogue>& dialogues) {
  generation::PromptFormat format{*m_material.language.chatTemplate, "", {}, {}};
  format.clip = {m_config.clip.before, m_config.clip.after, ""};
  std::vector<AnsweredPrompt> examples;
  for (std::size_t b = 0; b < dialogues.size(); ++b) {
    const std::vector<generation::Turn> turns{{Role::User, {generation::Clip(), dialogues[b].ask}}};
    examples.push_back(answeredPrompt(turns, format, *m_material.language.tokenizer,
                                      {{soft[static_cast<std::int64_t>(b)]}}, dialogues[b].answer));
  }
  return m_answers.score(examples);
}

StepLoss ClipTask::loss(std::int64_t microStep) {
  data::SeededRandom random(static_cast<std::uint64_t>(m_config.seed) + 0xC11B5, static_cast<std::uint64_t>(microStep));
  StepLoss loss{at::zeros({}, at::kFloat), {}};
  Questions questions;
  for (const auto number : m_order.at(microStep))
    questions.push_back(&m_material.train[static_cast<std::size_t>(number)]);
  ClipFeatures features = featuresOf(questions);
  auto words = wordsOf(questions);
  auto dialogues = dialoguesOf(questions);
  if (madeUpShare() > 0 && (m_config.clip.wordWeight > 0 || asksMadeUp())) {
    const MadeUpClips made = m_material.source->madeUp(random, madeUpShare());
    features = {at::cat({features.cells, made.features.cells}), at::cat({features.pooled, made.features.pooled}),
                at::cat({features.probabilities, made.features.probabilities})};
    const auto more = wordsOf(made, m_material.names);
    words.insert(words.end(), more.begin(), more.end());
    const auto asked = askMadeUp(more, random);
    dialogues.insert(dialogues.end(), asked.begin(), asked.end());
  }
  const at::Tensor soft = soften(features);
  if (const auto named = m_config.clip.wordWeight > 0 ? wordsLoss(soft, words) : std::nullopt; named) {
    loss.total = loss.total + named->total * m_config.clip.wordWeight;
    loss.parts["distance"] = named->distance.item<double>();
    loss.parts["choice"] = named->choice.item<double>();
    loss.parts["words"] = named->rightWords.to(at::kFloat).mean().item<double>();
  }
  if (speaks()) {
    const AnswerScores answers = answer(soft, dialogues);
    loss.total = loss.total + answers.total * m_config.clip.languageWeight;
    loss.parts["language"] = answers.total.item<double>();
    loss.parts["answered"] = answers.rightAnswers.to(at::kFloat).mean().item<double>();
  }
  return loss;
}

void ClipTask::judgeWords(const at::Tensor& soft, const std::vector<ClipParts>& words, const std::string& kind,
                          Judgement& judgement) const {
  const auto named = wordsLoss(soft, words);
  if (!named) return;
  const auto name = m_config.clip.nameWords, event = m_config.clip.eventWords;
  const auto add = [&](const char* what, std::int64_t from, std::int64_t count) {
    judgement.measures[kind + "." + what] += named->rightWords.narrow(1, from, count).all(1).sum().item<double>();
  };
  judgement.measures[kind + ".clips"] += static_cast<double>(named->rightWords.size(0));
  add("first", 0, name);
  add("second", name, name);
  add("event", 2 * name, event);
}

void ClipTask::judgeAnswers(const at::Tensor& soft, const Questions& questions, Judgement& judgement) {
  const AnswerScores scores = answer(soft, dialoguesOf(questions));
  for (std::size_t b = 0; b < questions.size(); ++b) {
    const ClipQuestion& row = questions[b]->row;
    const bool right = scores.rightAnswers[static_cast<std::int64_t>(b)].item<bool>();
    judgement.measures["answered"] += right ? 1.0 : 0.0;
    judgement.measures["answerLoss"] += scores.losses[static_cast<std::int64_t>(b)].item<double>();
    judgement.samples += data::formatText("{}\t{}\t{}\t{}\n", row.video.filename().string(), row.ask, row.answer,
                                          right ? "right" : "wrong");
  }
}

Judgement ClipTask::validate() {
  Judgement judgement;
  const auto& all = m_material.validation;
  for (std::size_t begin = 0; begin < all.size(); begin += kValidationBatch) {
    Questions questions;
    for (std::size_t i = begin; i < std::min(begin + kValidationBatch, all.size()); ++i) questions.push_back(&all[i]);
    const at::Tensor soft = soften(featuresOf(questions));
    judgeWords(soft, wordsOf(questions), "held out", judgement);
    if (speaks()) judgeAnswers(soft, questions, judgement);
  }
  data::SeededRandom random(0xFEA7);
  double madeUpAsked = 0, madeUpAnswered = 0;
  for (std::int64_t begin = 0; begin < kValidationMadeUp && m_config.clip.syntheticShare > 0;
       begin += kValidationBatch) {
    const MadeUpClips made = m_material.source->madeUp(random, kValidationBatch);
    const auto words = wordsOf(made, m_material.names);
    const at::Tensor soft = soften(made.features);
    judgeWords(soft, words, "made up", judgement);
    const auto asked = askMadeUp(words, random);
    if (asked.empty()) continue;
    const AnswerScores scores = answer(soft, asked);
    madeUpAsked += static_cast<double>(asked.size());
    madeUpAnswered += scores.rightAnswers.sum().item<double>();
  }
  auto& measures = judgement.measures;
  for (auto& [name, value] : measures) {
    if (name.starts_with("answer")) value /= static_cast<double>(all.size());
    const auto dot = name.find('.');
    if (dot != std::string::npos && !name.ends_with(".clips")) value /= measures.at(name.substr(0, dot) + ".clips");
  }
  if (madeUpAsked > 0) measures["made up.answered"] = madeUpAnswered / madeUpAsked;
  return judgement;
}

Result<std::vector<Question>> readQuestions(const std::filesystem::path& list, std::int64_t most,
                                            ClipFeatureSource& source, const ClipDecoder& decoder, std::stop_token stop,
                                            TrainObserver& observer) {
  auto rows = readClipQuestions(list);
  if (!rows) return tl::unexpected(rows.error());
  takeExamples(*rows, most, observer);
  std::vector<std::filesystem::path> clips;
  std::map<std::filesystem::path, std::size_t> places;
  for (const auto& row : *rows) {
    if (places.try_emplace(row.video, clips.size()).second) clips.push_back(row.video);
  }
  const auto keys = source.encode(clips, decoder, std::move(stop), observer);
  if (!keys) return tl::unexpected(keys.error());
  std::vector<Question> questions;
  for (auto& row : *rows) {
    const std::string& key = (*keys)[places.at(row.video)];
    questions.push_back({std::move(row), key});
  }
  return questions;
}

Result<void> checkSizes(const TrainConfig& config, const x2l::ImageInterfaceConfig& sizes, const Material& material) {
  const auto wrong = [](std::string sentence) { return fail(ErrorCode::BadInput, std::move(sentence)); };
  if (auto fine = checkWidth(material.language, sizes.llmWidth); !fine) return fine;
  if (sizes.timePositions == 0) return wrong("A video interface needs timePositions above 0.");
  const bool joint = sizes.clipQueries == x2l::ClipQueries::Joint;
  const auto tokens = joint ? sizes.queries : sizes.queries * config.clip.frames;
  const auto words = 2 * config.clip.nameWords + config.clip.eventWords;
  if (config.clip.wordWeight > 0 && tokens != words) {
    return wrong(
        data::formatText("The interface makes {} soft tokens of a clip, but 2 · nameWords + eventWords are {}; "
                         "make them equal, or set wordWeight to 0.",
                         tokens, words));
  }
  return {};
}

// The optimizer takes what requires gradients: what is frozen here cannot change.
void freeze(x2l::ImageInterface& interface, ClipTrainable trainable) {
  if (trainable == ClipTrainable::All) return;
  for (auto& item : interface.named_parameters()) {
    const auto& name = item.key();
    const bool trained = name == "query_tokens" || name == "time_embeddings" || name.starts_with("motion_") ||
                         name.starts_with("opt_proj.");
    item.value().requires_grad_(trained);
  }
}

}  // namespace

Result<std::unique_ptr<TrainingTask>> makeClipTask(const TrainConfig& config, const ClipDecoder& decoder,
                                                   std::stop_token stop, TrainObserver& observer) {
  const auto sizes = x2l::imageInterfaceConfig(config.interface);
  if (!sizes) return tl::unexpected(sizes.error());
  Material material;
  const bool speaks = config.stage == Stage::VideoLanguage;
  auto language = loadFrozenLanguage(config, speaks ? LanguageUse::Speaking : LanguageUse::Words);
  if (!language) return tl::unexpected(language.error());
  material.language = std::move(*language);
  auto source = ClipFeatureSource::make(config);
  if (!source) return tl::unexpected(source.error());
  material.source = std::move(*source);
  if (!config.clip.names.empty()) {
    auto names = data::readNames(config.clip.names, material.source->classes());
    if (!names) return tl::unexpected(names.error());
    material.names = std::move(*names);
  }
  if (!config.clip.answers.empty()) {
    auto answers = readClipAnswers(config.clip.answers);
    if (!answers) return tl::unexpected(answers.error());
    material.answers = std::move(*answers);
  }
  if (const auto fine = checkSizes(config, *sizes, material); !fine) return tl::unexpected(fine.error());
  for (auto [list, questions] :
       {std::pair(&config.clip.train, &material.train), std::pair(&config.clip.validation, &material.validation)}) {
    auto read = readQuestions(*list, config.mostExamples, *material.source, decoder, stop, observer);
    if (!read) return tl::unexpected(read.error());
    *questions = std::move(*read);
  }
  if (const auto done = material.source->finish(); !done) return tl::unexpected(done.error());
  at::manual_seed(static_cast<std::uint64_t>(config.seed));
  material.interface = std::make_shared<x2l::ImageInterface>(*sizes);
  if (const auto fine = loadClipStart(*material.interface, config); !fine) return tl::unexpected(fine.error());
  freeze(*material.interface, config.clip.trainable);
  return std::make_unique<ClipTask>(config, std::move(material));
}

}  // namespace xllm::training
