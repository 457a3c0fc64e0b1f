#include "core/training/image_captions_task.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <torch/nn/module.h>
#include <torch/types.h>

#include "core/data/batches.h"
#include "core/data/format_text.h"
#include "core/data/seeded_random.h"
#include "core/training/autocast.h"
#include "core/training/captioned_features.h"
#include "core/training/frozen_language.h"
#include "core/training/picture_dialogue.h"
#include "core/training/start_weights.h"
#include "core/x2l/image_interface.h"

namespace xllm::training {

namespace {

constexpr std::size_t kSamples = 10;
constexpr std::int64_t kLongestSample = 40;  // tokens

using Wanted = std::vector<std::pair<const CaptionedExample*, std::int64_t>>;

class ImageCaptionsTask final : public TrainingTask {
 public:
  ImageCaptionsTask(const TrainConfig& config, std::shared_ptr<x2l::ImageInterface> interface,
                    std::unique_ptr<CaptionedFeatures> pictures, FrozenLanguage listener)
      : m_config(config),
        m_interface(std::move(interface)),
        m_pictures(std::move(pictures)),
        m_listener(std::move(listener)),
        m_dialogue(m_config.imageCaptions.prompts, *m_listener.model, *m_listener.tokenizer, *m_listener.chatTemplate),
        m_batches(lengths(), config.optimizer.batch, static_cast<std::uint64_t>(config.seed)) {}

  torch::nn::Module& module() override { return *m_interface; }
  StepLoss loss(std::int64_t microStep) override;
  Judgement validate() override;

 private:
  std::vector<std::int64_t> lengths() const;
  at::Tensor soften(const Wanted& wanted) const;  // [B, Q, width] float32
  std::string samples();

  const TrainConfig m_config;
  std::shared_ptr<x2l::ImageInterface> m_interface;
  std::unique_ptr<CaptionedFeatures> m_pictures;
  FrozenLanguage m_listener;
  PictureDialogue m_dialogue;
  data::Batches m_batches;
};

// Captions of about one length go together, so that little of a batch is padding.
std::vector<std::int64_t> ImageCaptionsTask::lengths() const {
  std::vector<std::int64_t> lengths;
  for (const auto& example : m_pictures->train()) lengths.push_back(std::ssize(example.captions.front()));
  return lengths;
}

at::Tensor ImageCaptionsTask::soften(const Wanted& wanted) const {
  const PictureFeatures features = m_pictures->features(wanted);
  const Autocast autocast(m_config.precision);
  return m_interface->forward(features.cells, features.pooled, features.probabilities).to(at::kFloat);
}

StepLoss ImageCaptionsTask::loss(std::int64_t microStep) {
  data::SeededRandom random(static_cast<std::uint64_t>(m_config.seed) + 0xCA97, static_cast<std::uint64_t>(microStep));
  Wanted wanted;
  std::vector<Dialogue> dialogues;
  for (const auto index : m_batches.at(microStep)) {
    const auto& example = m_pictures->train()[static_cast<std::size_t>(index)];
    const auto& caption = example.captions[static_cast<std::size_t>(random.below(std::ssize(example.captions)))];
    wanted.emplace_back(&example, random.below(m_pictures->views()));
    dialogues.push_back(m_dialogue.fill(random.below(std::ssize(m_config.imageCaptions.prompts.dialogues)), caption));
  }
  const AnswerScores scores = m_dialogue.loss(soften(wanted), dialogues);
  return {scores.total, {{"answered", scores.rightAnswers.to(at::kFloat).mean().item<double>()}}};
}

// What the language model says of the first pictures, beside what was said of them.
std::string ImageCaptionsTask::samples() {
  std::string text;
  const auto& all = m_pictures->validation();
  for (std::size_t i = 0; i < std::min(kSamples, all.size()); ++i) {
    const auto said = m_dialogue.answer(soften({{&all[i], 0}})[0], 0, kLongestSample);
    text += data::formatText("{}\n  caption: {}\n  answer:  {}\n", all[i].name, all[i].captions.front(), said);
  }
  return text;
}

Judgement ImageCaptionsTask::validate() {
  const auto& all = m_pictures->validation();
  const auto size = static_cast<std::size_t>(m_config.optimizer.batch);
  double sum = 0, right = 0, tokens = 0;
  for (std::size_t begin = 0; begin < all.size(); begin += size) {
    Wanted wanted;
    std::vector<Dialogue> dialogues;
    for (std::size_t i = begin; i < std::min(begin + size, all.size()); ++i) {
      wanted.emplace_back(&all[i], 0);
      dialogues.push_back(m_dialogue.fill(0, all[i].captions.front()));
    }
    const AnswerScores scores = m_dialogue.loss(soften(wanted), dialogues);
    sum += scores.total.item<double>() * static_cast<double>(scores.tokens);
    tokens += static_cast<double>(scores.tokens);
    right += scores.rightAnswers.sum().item<double>();
  }
  Judgement judgement;
  judgement.measures = {{"loss", sum / tokens}, {"answered", right / static_cast<double>(all.size())}};
  judgement.samples = samples();
  return judgement;
}

}  // namespace

Result<std::unique_ptr<TrainingTask>> makeImageCaptionsTask(const TrainConfig& config, const ClipDecoder& decoder,
                                                            std::stop_token stop, TrainObserver& observer) {
  const auto sizes = x2l::imageInterfaceConfig(config.interface);
  if (!sizes) return tl::unexpected(sizes.error());
  auto listener = loadFrozenLanguage(config, LanguageUse::Speaking);
  if (!listener) return tl::unexpected(listener.error());
  if (const auto fine = checkWidth(*listener, sizes->llmWidth); !fine) return tl::unexpected(fine.error());
  auto pictures = CaptionedFeatures::make(config, decoder, std::move(stop), observer);
  if (!pictures) return tl::unexpected(pictures.error());
  at::manual_seed(static_cast<std::uint64_t>(config.seed));
  const auto interface = std::make_shared<x2l::ImageInterface>(*sizes);
  // A published Q-Former of stage 1 has no adapter yet, and much that is not ours.
  const x2l::LoadOptions published{.ignore = x2l::otherImageKeys(), .optional = {"opt_proj.*"}};
  if (const auto fine = loadStartWeights(*interface, config, published); !fine) return tl::unexpected(fine.error());
  return std::make_unique<ImageCaptionsTask>(config, interface, std::move(*pictures), std::move(*listener));
}

}  // namespace xllm::training
