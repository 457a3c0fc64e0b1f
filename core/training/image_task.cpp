#include "core/training/image_task.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <torch/nn/module.h>
#include <torch/types.h>

#include "core/data/example_list.h"
#include "core/data/format_text.h"
#include "core/training/answer_lists.h"
#include "core/training/autocast.h"
#include "core/training/frozen_language.h"
#include "core/training/image_features.h"
#include "core/training/losses.h"
#include "core/training/picture_dialogue.h"
#include "core/training/start_weights.h"
#include "core/x2l/image_interface.h"

namespace xllm::training {

namespace {

// Each class as words of the language model, as many as there are queries: what is spelled of it, then new lines. (A
// picture then reads like a line of text.) What is longer than that is cut.
struct ClassWords {
  std::vector<std::string> names;
  at::Tensor words;       // [classes, Q] int64, indices into candidates
  at::Tensor lengths;     // [classes] int64: words of the name itself, with which they begin
  at::Tensor candidates;  // [C, width]: embeddings of all words that occur
};

// `spelled` has a text for each name, which may say more than it: "goldfish, animal".
ClassWords classWords(std::vector<std::string> names, const std::vector<std::string>& spelled, std::int64_t queries,
                      const tokenizer::Tokenizer& tokenizer, const at::Tensor& table) {
  const auto filler = tokenizer.encode("\n").front();
  std::vector<std::vector<std::int64_t>> rows;
  std::vector<std::int64_t> lengths;
  std::set<std::int64_t> used;
  for (std::size_t i = 0; i < names.size(); ++i) {
    lengths.push_back(std::min(std::ssize(tokenizer.encode(" " + names[i])), queries));
    auto ids = tokenizer.encode(" " + spelled[i]);
    ids.resize(static_cast<std::size_t>(queries), filler);
    used.insert(ids.begin(), ids.end());
    rows.push_back(std::move(ids));
  }
  const std::vector<std::int64_t> all(used.begin(), used.end());
  std::vector<std::int64_t> places;
  for (const auto& row : rows) {
    for (const auto id : row) places.push_back(std::lower_bound(all.begin(), all.end(), id) - all.begin());
  }
  const auto classes = static_cast<std::int64_t>(names.size());
  return {std::move(names), at::tensor(places, at::kLong).view({classes, queries}), at::tensor(lengths, at::kLong),
          table.index_select(0, at::tensor(all, at::kLong)).to(at::kFloat)};
}

class ImageTask final : public TrainingTask {
 public:
  ImageTask(const TrainConfig& config, std::shared_ptr<x2l::ImageInterface> interface,
            std::unique_ptr<ImageFeatureSource> source, FrozenLanguage language, std::vector<std::string> names,
            const std::vector<std::string>& spelled, std::vector<std::vector<Dialogue>> answers)
      : m_config(config),
        m_interface(std::move(interface)),
        m_source(std::move(source)),
        m_language(std::move(language)),
        m_words(classWords(std::move(names), spelled, m_interface->config().queries, *m_language.tokenizer,
                           m_language.model->embeddingTable())),
        m_answers(std::move(answers)) {
    if (speaks())
      m_dialogue.emplace(m_config.image.prompts, *m_language.model, *m_language.tokenizer, *m_language.chatTemplate);
  }

  torch::nn::Module& module() override { return *m_interface; }
  StepLoss loss(std::int64_t microStep) override;
  Judgement validate() override;

 private:
  bool speaks() const { return m_config.stage == Stage::ImageLanguage; }
  at::Tensor soften(const PictureFeatures& features) {
    const Autocast autocast(m_config.precision);
    return m_interface->forward(features.cells, features.pooled, features.probabilities).to(at::kFloat);
  }
  at::Tensor namedRight(const WordLoss& loss, const at::Tensor& labels) const;  // [B] bool: every word of the name
  std::vector<std::string> namesOf(const at::Tensor& labels) const;
  std::vector<Dialogue> drawDialogues(const at::Tensor& labels, data::SeededRandom& random) const;
  void judge(const PictureFeatures& features, const std::string& kind, Judgement& judgement);

  const TrainConfig m_config;
  std::shared_ptr<x2l::ImageInterface> m_interface;
  std::unique_ptr<ImageFeatureSource> m_source;
  FrozenLanguage m_language;
  ClassWords m_words;
  std::optional<PictureDialogue> m_dialogue;     // if it speaks
  std::vector<std::vector<Dialogue>> m_answers;  // by class; empty: the prompts' dialogues alone
};

at::Tensor ImageTask::namedRight(const WordLoss& loss, const at::Tensor& labels) const {
  const at::Tensor place = at::arange(loss.rightWords.size(1)).unsqueeze(0);
  const at::Tensor beyond = place.ge(m_words.lengths.index_select(0, labels).unsqueeze(1));
  return loss.rightWords.logical_or(beyond).all(1);
}

std::vector<std::string> ImageTask::namesOf(const at::Tensor& labels) const {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < labels.size(0); ++i) {
    names.push_back(m_words.names[static_cast<std::size_t>(labels[i].item<std::int64_t>())]);
  }
  return names;
}

std::vector<Dialogue> ImageTask::drawDialogues(const at::Tensor& labels, data::SeededRandom& random) const {
  const auto pick = [&](const std::vector<Dialogue>& some) {
    return static_cast<std::size_t>(random.below(static_cast<std::int64_t>(some.size())));
  };
  std::vector<Dialogue> drawn;
  for (std::int64_t i = 0; i < labels.size(0); ++i) {
    const auto label = static_cast<std::size_t>(labels[i].item<std::int64_t>());
    const bool ofClass = random.uniform() < m_config.image.answersShare;
    if (ofClass && !m_answers.empty() && !m_answers[label].empty()) {
      drawn.push_back(m_answers[label][pick(m_answers[label])]);
    } else {
      drawn.push_back(
          m_dialogue->fill(static_cast<std::int64_t>(pick(m_config.image.prompts.dialogues)), m_words.names[label]));
    }
  }
  return drawn;
}

StepLoss ImageTask::loss(std::int64_t microStep) {
  data::SeededRandom random(static_cast<std::uint64_t>(m_config.seed) + 0x1AA6E, static_cast<std::uint64_t>(microStep));
  const PictureFeatures features = m_source->trainingBatch(random, m_config.optimizer.batch);
  const at::Tensor soft = soften(features);
  const WordLoss words = wordLoss(soft, m_words.words.index_select(0, features.labels), m_words.candidates);
  StepLoss loss{words.total * m_config.image.wordWeight,
                {{"distance", words.distance.item<double>()},
                 {"choice", words.choice.item<double>()},
                 {"named", namedRight(words, features.labels).to(at::kFloat).mean().item<double>()},
                 {"sureness", std::get<0>(features.probabilities.max(1)).mean().item<double>()}}};
  if (!speaks()) return loss;
  const AnswerScores answers = m_dialogue->loss(soft, drawDialogues(features.labels, random));
  loss.total = loss.total + answers.total * m_config.image.languageWeight;
  loss.parts["language"] = answers.total.item<double>();
  loss.parts["answered"] = answers.rightAnswers.to(at::kFloat).mean().item<double>();
  return loss;
}

void ImageTask::judge(const PictureFeatures& features, const std::string& kind, Judgement& judgement) {
  const at::Tensor soft = soften(features);
  const WordLoss words = wordLoss(soft, m_words.words.index_select(0, features.labels), m_words.candidates);
  const auto add = [&](const std::string& name, const at::Tensor& right) {
    const at::Tensor sure = std::get<0>(features.probabilities.max(1)).gt(0.5);
    judgement.measures[kind + "." + name] += right.sum().item<double>();
    judgement.measures[kind + "." + name + ".sure"] += right.logical_and(sure).sum().item<double>();
  };
  add("views", at::ones_like(features.labels, at::kBool));
  add("named", namedRight(words, features.labels));
  if (speaks()) {
    std::vector<Dialogue> first;
    for (const auto& name : namesOf(features.labels)) first.push_back(m_dialogue->fill(0, name));
    add("answered", m_dialogue->loss(soft, first).rightAnswers);
  }
  const auto names = namesOf(features.labels);
  for (std::int64_t i = 0; i < soft.size(0); ++i) {
    judgement.samples +=
        data::formatText("{}\t{}\t{}\t{} of {} words right\n", kind, names[static_cast<std::size_t>(i)],
                         data::fixed(features.probabilities[i].max().item<double>(), 3),
                         words.rightWords[i].sum().item<std::int64_t>(), words.rightWords.size(1));
  }
}

Judgement ImageTask::validate() {
  Judgement judgement;
  const std::int64_t size = 32;
  for (std::int64_t begin = 0; begin < m_source->validationViews(); begin += size) {
    judge(m_source->validationBatch(begin, std::min(begin + size, m_source->validationViews())), "real", judgement);
  }
  const std::int64_t madeUp = std::min(m_config.image.validationMadeUp, m_source->classes());
  for (std::int64_t begin = 0; begin < madeUp; begin += size) {
    const at::Tensor classes =
        at::arange(begin, std::min(begin + size, madeUp)).mul(m_source->classes()).div(madeUp, "floor");
    judge(m_source->madeUp(classes, 0xFEA7 + static_cast<std::uint64_t>(begin)), "madeUp", judgement);
  }
  auto& measures = judgement.measures;
  for (auto& [name, value] : measures) {
    if (name.find(".views") != std::string::npos) continue;
    const std::string kind = name.substr(0, name.find('.'));
    value /= std::max(measures.at(name.ends_with(".sure") ? kind + ".views.sure" : kind + ".views"), 1.0);
  }
  return judgement;
}

}  // namespace

Result<std::unique_ptr<TrainingTask>> makeImageTask(const TrainConfig& config, const ClipDecoder& decoder,
                                                    std::stop_token stop, TrainObserver& observer) {
  const auto sizes = x2l::imageInterfaceConfig(config.interface);
  if (!sizes) return tl::unexpected(sizes.error());
  const bool speaks = config.stage == Stage::ImageLanguage;
  auto language = loadFrozenLanguage(config, speaks ? LanguageUse::Speaking : LanguageUse::Words);
  if (!language) return tl::unexpected(language.error());
  if (const auto fine = checkWidth(*language, sizes->llmWidth); !fine) return tl::unexpected(fine.error());
  auto source = ImageFeatureSource::make(config, decoder, std::move(stop), observer);
  if (!source) return tl::unexpected(source.error());
  auto names = data::readNames(config.image.names, (*source)->classes());
  if (!names) return tl::unexpected(names.error());
  auto spelled = config.image.spelled.empty() ? names : data::readNames(config.image.spelled, (*source)->classes());
  if (!spelled) return tl::unexpected(spelled.error());
  std::vector<std::vector<Dialogue>> answers;
  if (!config.image.answers.empty()) {
    auto read = readClassAnswers(config.image.answers, (*source)->classes());
    if (!read) return tl::unexpected(read.error());
    answers = std::move(*read);
  }
  at::manual_seed(static_cast<std::uint64_t>(config.seed));
  const auto interface = std::make_shared<x2l::ImageInterface>(*sizes);
  if (const auto fine = loadStartWeights(*interface, config); !fine) return tl::unexpected(fine.error());
  return std::make_unique<ImageTask>(config, interface, std::move(*source), std::move(*language), std::move(*names),
                                     *spelled, std::move(answers));
}

}  // namespace xllm::training
