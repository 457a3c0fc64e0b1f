#include "core/training/integrate_task.h"

#include <algorithm>
#include <map>
#include <utility>

#include <torch/nn/module.h>
#include <torch/types.h>

#include "core/data/batches.h"
#include "core/data/format_text.h"
#include "core/data/seeded_random.h"
#include "core/model/llm_vocabulary.h"
#include "core/training/answer_loss.h"
#include "core/training/autocast.h"
#include "core/training/dialogue_media.h"
#include "core/training/frozen_language.h"
#include "core/training/start_weights.h"

namespace xllm::training {

namespace {

using Kind = data::ConversationPart::Kind;
using Rows = std::vector<const DialogueRow*>;

constexpr std::size_t kSamplesPerTask = 3;
constexpr std::int64_t kSampleTokens = 24;  // of an answer

// Of an image, a speech or a video interface.
bool isTrained(const std::string& parameter) {
  for (const char* adapter : {"opt_proj.", "post_bert_proj.", "speech_feat_proj.", "vocab_"}) {
    if (parameter.starts_with(adapter)) return true;
  }
  return parameter == "query_tokens";
}

template <typename Interface, typename Sizes>
Result<std::shared_ptr<Interface>> makeOne(const Result<Sizes>& sizes, const IntegratedPart& part) {
  if (!sizes) return tl::unexpected(sizes.error());
  const auto interface = std::make_shared<Interface>(*sizes);
  TrainConfig start;
  start.init = part.init;
  if (const auto fine = loadStartWeights(*interface, start); !fine) return tl::unexpected(fine.error());
  return interface;
}

struct Task {
  std::string name;
  std::vector<DialogueRow> train, validation;
};

class IntegrateTask final : public TrainingTask {
 public:
  IntegrateTask(const TrainConfig& config, std::shared_ptr<Interfaces> interfaces, FrozenLanguage language,
                std::unique_ptr<DialogueMedia> media, std::vector<Task> tasks, std::vector<double> weights)
      : m_config(config),
        m_interfaces(std::move(interfaces)),
        m_language(std::move(language)),
        m_media(std::move(media)),
        m_tasks(std::move(tasks)),
        m_mix(std::move(weights), static_cast<std::uint64_t>(config.seed)),
        m_answers(*m_language.model) {
    for (const auto& task : m_tasks) {
      m_orders.emplace_back(std::vector<std::int64_t>(task.train.size(), 1), config.optimizer.batch,
                            static_cast<std::uint64_t>(config.seed));
    }
    if (m_interfaces->speech) {
      m_vocabulary = model::llmVocabulary(m_interfaces->speech->config(), *m_language.tokenizer,
                                          m_language.model->embeddingTable());
    }
  }

  torch::nn::Module& module() override { return *m_interfaces; }
  StepLoss loss(std::int64_t microStep) override;
  Judgement validate() override;

 private:
  std::vector<AnsweredPrompt> layOut(const Rows& rows);
  std::vector<SoftTokens> soften(Kind kind, const std::vector<std::string>& keys);
  generation::MediaFormat wrapOf(const std::string& part) const;
  void judge(const Task& task, Judgement& judgement);

  const TrainConfig m_config;
  std::shared_ptr<Interfaces> m_interfaces;
  FrozenLanguage m_language;
  std::unique_ptr<DialogueMedia> m_media;
  std::vector<Task> m_tasks;
  TaskMix m_mix;
  AnswerLoss m_answers;
  std::vector<data::Batches> m_orders;  // of each task
  x2l::LlmVocabulary m_vocabulary;      // frozen
};

generation::MediaFormat IntegrateTask::wrapOf(const std::string& part) const {
  const auto found = m_config.integrate.parts.find(part);
  if (found == m_config.integrate.parts.end()) return {};
  return {found->second.before, found->second.after, found->second.ask};
}

// All media of one kind in one batch; what S2L hears is as long as it hears it, for its CIF is trained no more.
std::vector<SoftTokens> IntegrateTask::soften(Kind kind, const std::vector<std::string>& keys) {
  const Autocast autocast(m_config.precision);
  at::Tensor rows, valid;
  if (kind == Kind::Picture) {
    const auto seen = m_media->pictures(keys);
    rows = m_interfaces->image->forward(seen.cells, seen.pooled, seen.probabilities);
  } else if (kind == Kind::Clip) {
    const auto seen = m_media->clips(keys);
    rows = m_interfaces->video->watch(seen.cells, seen.pooled, seen.probabilities);
  } else {
    const auto sounds = m_media->recordings(keys);
    const auto heard = m_interfaces->speech->forward(sounds.frames, sounds.valid, {}, m_vocabulary);
    rows = heard.embeddings;
    valid = heard.valid;
  }
  rows = rows.to(at::kFloat);
  std::vector<SoftTokens> soft;
  for (std::int64_t i = 0; i < rows.size(0); ++i) soft.push_back({rows[i], valid.defined() ? valid[i] : at::Tensor()});
  return soft;
}

std::vector<AnsweredPrompt> IntegrateTask::layOut(const Rows& rows) {
  std::map<Kind, std::vector<std::string>> keys;
  std::map<Kind, std::vector<std::pair<std::size_t, std::size_t>>> places;  // row, medium
  std::vector<std::vector<SoftTokens>> media(rows.size());
  for (std::size_t b = 0; b < rows.size(); ++b) {
    media[b].resize(rows[b]->media.size());
    for (std::size_t i = 0; i < media[b].size(); ++i) {
      const auto& medium = rows[b]->media[i];
      keys[medium.kind].push_back(medium.key);
      places[medium.kind].emplace_back(b, i);
    }
  }
  for (const auto& [kind, named] : keys) {
    auto soft = soften(kind, named);
    for (std::size_t i = 0; i < soft.size(); ++i) media[places[kind][i].first][places[kind][i].second] = soft[i];
  }
  generation::PromptFormat format{*m_language.chatTemplate, "", wrapOf("image"), wrapOf("speech")};
  format.clip = wrapOf("video");
  std::vector<AnsweredPrompt> examples;
  for (std::size_t b = 0; b < rows.size(); ++b) {
    examples.push_back(answeredPrompt(rows[b]->turns, format, *m_language.tokenizer, media[b], rows[b]->answer));
  }
  return examples;
}

StepLoss IntegrateTask::loss(std::int64_t microStep) {
  const auto turn = m_mix.at(microStep);
  const Task& task = m_tasks[turn.task];
  Rows rows;
  for (const auto row : m_orders[turn.task].at(turn.number)) rows.push_back(&task.train[static_cast<std::size_t>(row)]);
  const AnswerScores scores = m_answers.score(layOut(rows));
  const double loss = scores.total.item<double>();
  return {scores.total, {{"language", loss}, {"answered", scores.rightAnswers.to(at::kFloat).mean().item<double>()}}};
}

void IntegrateTask::judge(const Task& task, Judgement& judgement) {
  const auto size = static_cast<std::size_t>(m_config.optimizer.batch);
  double loss = 0, right = 0;
  for (std::size_t begin = 0; begin < task.validation.size(); begin += size) {
    Rows rows;
    for (std::size_t i = begin; i < std::min(begin + size, task.validation.size()); ++i)
      rows.push_back(&task.validation[i]);
    const auto examples = layOut(rows);
    const AnswerScores scores = m_answers.score(examples);
    loss += scores.losses.sum().item<double>();
    right += scores.rightAnswers.sum().item<double>();
    for (std::size_t i = 0; begin + i < std::min(kSamplesPerTask, task.validation.size()) && i < rows.size(); ++i) {
      const auto said = m_answers.greedyAnswer(examples[i], kSampleTokens, m_language.chatTemplate->stopTokens());
      judgement.samples += data::formatText("{}\n  right:   {}\n  answers: {}\n", task.name, rows[i]->answer,
                                            m_language.tokenizer->decode(said));
    }
  }
  const auto count = static_cast<double>(task.validation.size());
  judgement.measures["answerLoss"] += loss;
  judgement.measures["answered"] += right;
  if (task.name.empty() || task.validation.empty()) return;
  judgement.measures[task.name + ".answerLoss"] = loss / count;
  judgement.measures[task.name + ".answered"] = right / count;
}

Judgement IntegrateTask::validate() {
  Judgement judgement;
  double rows = 0;
  for (const auto& task : m_tasks) {
    judge(task, judgement);
    rows += static_cast<double>(task.validation.size());
  }
  for (const char* all : {"answerLoss", "answered"}) judgement.measures[all] /= rows;
  return judgement;
}

Result<void> checkWidths(const Interfaces& interfaces, const llm::LanguageModel& model) {
  const auto& sizes = model.config();
  std::map<std::string, std::int64_t> widths;
  if (interfaces.image) widths["image"] = interfaces.image->config().llmWidth;
  if (interfaces.video) widths["video"] = interfaces.video->config().llmWidth;
  if (interfaces.speech) widths["speech"] = interfaces.speech->config().llmWidth;
  for (const auto& [name, width] : widths) {
    if (width == sizes.hidden) continue;
    return fail(ErrorCode::BadInput,
                data::formatText("The {} interface's llmWidth is {}, but the language model's width is {}.", name,
                                 width, sizes.hidden));
  }
  if (interfaces.video && interfaces.video->config().timePositions == 0)
    return fail(ErrorCode::BadInput, "The video interface needs timePositions above 0.");
  if (!interfaces.speech || interfaces.speech->config().adapter != x2l::SpeechAdapter::Vocabulary ||
      interfaces.speech->config().llmVocabulary == sizes.vocabulary)
    return {};
  return fail(ErrorCode::BadInput,
              data::formatText("The speech interface's llmVocabulary is {}, but the language model has {} tokens.",
                               interfaces.speech->config().llmVocabulary, sizes.vocabulary));
}

// The rows by their tasks, in the order of the config; one task without a name where it has none.
Result<std::vector<Task>> sortRows(const TrainConfig& config, std::vector<DialogueRow> train,
                                   std::vector<DialogueRow> validation) {
  const auto& weights = config.integrate.tasks;
  std::vector<Task> tasks;
  if (weights.empty()) {
    tasks.push_back({"", std::move(train), std::move(validation)});
  } else {
    for (const auto& [name, weight] : weights) tasks.push_back({name, {}, {}});
    for (auto [rows, part] : {std::pair(&train, &Task::train), std::pair(&validation, &Task::validation)}) {
      for (auto& row : *rows) {
        const auto found = std::ranges::find(tasks, row.task, &Task::name);
        if (found != tasks.end()) ((*found).*part).push_back(std::move(row));
      }
    }
  }
  std::size_t judged = 0;
  for (const auto& task : tasks) {
    judged += task.validation.size();
    if (!task.train.empty()) continue;
    return fail(
        ErrorCode::BadInput,
        data::formatText("No conversation in {} has the \"task\" \"{}\", which the config's \"tasks\" give a weight.",
                         config.integrate.train.string(), task.name));
  }
  if (judged == 0) {
    return fail(ErrorCode::BadInput, data::formatText("No conversation in {} has one of the config's \"tasks\".",
                                                      config.integrate.validation.string()));
  }
  return tasks;
}

}  // namespace

Result<std::shared_ptr<Interfaces>> Interfaces::make(const TrainConfig& config) {
  const auto interfaces = std::make_shared<Interfaces>();
  const auto& parts = config.integrate.parts;
  for (const auto& [name, place] : {std::pair("image", &Interfaces::image), std::pair("video", &Interfaces::video)}) {
    const auto part = parts.find(name);
    if (part == parts.end()) continue;
    auto made = makeOne<x2l::ImageInterface>(x2l::imageInterfaceConfig(config.interface.at(name)), part->second);
    if (!made) return tl::unexpected(made.error());
    (*interfaces).*place = interfaces->register_module(name, std::move(*made));
  }
  if (const auto part = parts.find("speech"); part != parts.end()) {
    auto made = makeOne<x2l::SpeechInterface>(x2l::speechInterfaceConfig(config.interface.at("speech")), part->second);
    if (!made) return tl::unexpected(made.error());
    interfaces->speech = interfaces->register_module("speech", std::move(*made));
  }
  interfaces->trainAdaptersAlone();
  return interfaces;
}

void Interfaces::trainAdaptersAlone() {
  for (const auto& part : named_children()) {
    for (auto& item : part.value()->named_parameters()) item.value().requires_grad_(isTrained(item.key()));
  }
}

TaskMix::TaskMix(std::vector<double> weights, std::uint64_t seed)
    : m_weights(std::move(weights)), m_seed(seed + 0x317), m_counts(m_weights.size(), 0) {
  for (const double weight : m_weights) m_sum += weight;
}

TaskMix::Turn TaskMix::at(std::int64_t microStep) {
  while (std::ssize(m_turns) <= microStep) {
    data::SeededRandom random(m_seed, m_turns.size());
    double left = random.uniform() * m_sum;
    std::size_t task = 0;
    while (task + 1 < m_weights.size() && left >= m_weights[task]) left -= m_weights[task++];
    m_turns.push_back({task, m_counts[task]++});
  }
  return m_turns[static_cast<std::size_t>(microStep)];
}

Result<std::unique_ptr<TrainingTask>> makeIntegrateTask(const TrainConfig& config, const ClipDecoder& decoder,
                                                        std::stop_token stop, TrainObserver& observer) {
  auto language = loadFrozenLanguage(config, LanguageUse::Speaking);
  if (!language) return tl::unexpected(language.error());
  at::manual_seed(static_cast<std::uint64_t>(config.seed));
  auto interfaces = Interfaces::make(config);
  if (!interfaces) return tl::unexpected(interfaces.error());
  if (const auto fine = checkWidths(**interfaces, *language->model); !fine) return tl::unexpected(fine.error());
  auto media = DialogueMedia::make(config, (*interfaces)->speech ? (*interfaces)->speech->config().featureWidth : 0);
  if (!media) return tl::unexpected(media.error());
  auto train = (*media)->read(config.integrate.train, decoder, stop, observer);
  if (!train) return tl::unexpected(train.error());
  auto validation = (*media)->read(config.integrate.validation, decoder, stop, observer);
  if (!validation) return tl::unexpected(validation.error());
  if (const auto done = (*media)->finish(); !done) return tl::unexpected(done.error());
  auto tasks = sortRows(config, std::move(*train), std::move(*validation));
  if (!tasks) return tl::unexpected(tasks.error());
  std::vector<double> weights;
  for (const auto& task : *tasks)
    weights.push_back(config.integrate.tasks.empty() ? 1.0 : config.integrate.tasks.at(task.name));
  return std::make_unique<IntegrateTask>(config, std::move(*interfaces), std::move(*language), std::move(*media),
                                         std::move(*tasks), std::move(weights));
}

}  // namespace xllm::training
