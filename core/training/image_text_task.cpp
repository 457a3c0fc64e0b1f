#include "core/training/image_text_task.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <torch/nn/module.h>
#include <torch/types.h>

#include "core/data/batches.h"
#include "core/data/format_text.h"
#include "core/data/seeded_random.h"
#include "core/llm/language_model.h"
#include "core/training/autocast.h"
#include "core/training/caption_vocabulary.h"
#include "core/training/captioned_features.h"
#include "core/training/qformer_losses.h"
#include "core/training/start_weights.h"
#include "core/x2l/qformer_text.h"

namespace xllm::training {

namespace {

constexpr std::size_t kSamples = 10, kChunk = 64;

struct Chosen {
  const CaptionedExample* example;
  std::int64_t view;
  const std::string* caption;
};

// What validation knows of all its pictures and texts; a picture's text is its first caption.
struct Judged {
  at::Tensor memory, similarity;  // [N, M, width]; [N, N] pictures × texts
  at::Tensor ids, valid, same;    // [N, T], [N, T], [N, N]
  double loss = 0;                // mean over examples
};

class ImageTextTask final : public TrainingTask {
 public:
  ImageTextTask(const TrainConfig& config, std::shared_ptr<x2l::QFormerStage1> stage1,
                std::unique_ptr<CaptionedFeatures> pictures, std::unique_ptr<tokenizer::Tokenizer> tokenizer,
                CaptionVocabulary words)
      : m_config(config),
        m_module(std::move(stage1)),
        m_pictures(std::move(pictures)),
        m_tokenizer(std::move(tokenizer)),
        m_words(std::move(words)),
        // Any order will do: a batch of captions of one length would give each other away by nothing but their length.
        m_batches(std::vector<std::int64_t>(m_pictures->train().size(), 1), config.optimizer.batch,
                  static_cast<std::uint64_t>(config.seed), data::Batches::Rest::LeftOut) {}

  torch::nn::Module& module() override { return *m_module; }
  torch::nn::Module& exported() override { return m_module->image(); }
  StepLoss loss(std::int64_t microStep) override;
  Judgement validate() override;

 private:
  ImageTextBatch readTexts(const std::vector<Chosen>& chosen) const;  // what is not of the pictures
  ImageTextBatch collect(const std::vector<Chosen>& chosen) const;
  ImageTextLoss lossOf(const ImageTextBatch& batch, data::SeededRandom& random);
  Judged lookAtAll();
  at::Tensor matchScores(const Judged& judged, const at::Tensor& texts);
  std::string describe(const at::Tensor& memory);
  std::string samplesOf(const Judged& judged);

  const TrainConfig m_config;
  std::shared_ptr<x2l::QFormerStage1> m_module;
  std::unique_ptr<CaptionedFeatures> m_pictures;
  std::unique_ptr<tokenizer::Tokenizer> m_tokenizer;
  CaptionVocabulary m_words;
  data::Batches m_batches;
};

ImageTextBatch ImageTextTask::readTexts(const std::vector<Chosen>& chosen) const {
  std::vector<std::vector<std::int64_t>> texts;
  std::int64_t longest = 0;
  for (const auto& one : chosen) {
    texts.push_back(m_words.encode(*one.caption, m_config.imageText.longestText));
    longest = std::max<std::int64_t>(longest, std::ssize(texts.back()));
  }
  const auto count = std::ssize(chosen);
  ImageTextBatch batch;
  batch.decodeId = CaptionVocabulary::kDecode;
  batch.ids = at::full({count, longest}, CaptionVocabulary::kPadding, at::kLong);
  batch.same = at::eye(count, at::kBool);
  auto same = batch.same.accessor<bool, 2>();
  for (std::int64_t b = 0; b < count; ++b) {
    const auto& text = texts[static_cast<std::size_t>(b)];
    batch.ids[b].narrow(0, 0, std::ssize(text)).copy_(at::tensor(text, at::kLong));
    const auto& one = chosen[static_cast<std::size_t>(b)];
    for (std::int64_t other = 0; other < b; ++other) {
      const auto& two = chosen[static_cast<std::size_t>(other)];
      same[b][other] = same[other][b] = one.example->key == two.example->key || *one.caption == *two.caption;
    }
  }
  batch.valid = batch.ids.ne(CaptionVocabulary::kPadding);
  return batch;
}

ImageTextBatch ImageTextTask::collect(const std::vector<Chosen>& chosen) const {
  std::vector<std::pair<const CaptionedExample*, std::int64_t>> wanted;
  for (const auto& one : chosen) wanted.emplace_back(one.example, one.view);
  ImageTextBatch batch = readTexts(chosen);
  const PictureFeatures features = m_pictures->features(wanted);
  batch.cells = features.cells;
  batch.pooled = features.pooled;
  batch.probabilities = features.probabilities;
  return batch;
}

ImageTextLoss ImageTextTask::lossOf(const ImageTextBatch& batch, data::SeededRandom& random) {
  const Autocast autocast(m_config.precision);
  const auto& weights = m_config.imageText;
  return imageTextLoss(*m_module, batch,
                       {.contrastive = weights.contrastiveWeight,
                        .matching = weights.matchingWeight,
                        .generation = weights.generationWeight,
                        .smoothing = weights.labelSmoothing},
                       [&](const at::Tensor& similarity) { return hardNegatives(similarity, batch.same, random); });
}

StepLoss ImageTextTask::loss(std::int64_t microStep) {
  data::SeededRandom random(static_cast<std::uint64_t>(m_config.seed) + 0x17EA7, static_cast<std::uint64_t>(microStep));
  std::vector<Chosen> chosen;
  for (const auto index : m_batches.at(microStep)) {
    const auto& example = m_pictures->train()[static_cast<std::size_t>(index)];
    const auto caption = static_cast<std::size_t>(random.below(std::ssize(example.captions)));
    chosen.push_back({&example, random.below(m_pictures->views()), &example.captions[caption]});
  }
  const ImageTextBatch batch = collect(chosen);
  const ImageTextLoss loss = lossOf(batch, random);
  const at::Tensor matched = loss.matchScores.detach().argmax(1).eq(loss.matchLabels);
  return {loss.total,
          {{"contrastive", loss.contrastive.item<double>()},
           {"matching", loss.matching.item<double>()},
           {"generation", loss.generation.item<double>()},
           {"matched", matched.to(at::kFloat).mean().item<double>()},
           {"temperature", m_module->temperature().item<double>()}}};
}

Judged ImageTextTask::lookAtAll() {
  const auto& all = m_pictures->validation();
  std::vector<Chosen> everything;
  for (const auto& example : all) everything.push_back({&example, 0, &example.captions.front()});
  const ImageTextBatch whole = readTexts(everything);
  Judged judged{{}, {}, whole.ids, whole.valid, whole.same};
  std::vector<at::Tensor> memories, pictures, texts;
  data::SeededRandom random(0x7A11);  // the same wrong pairs each time
  for (std::size_t begin = 0; begin < all.size(); begin += kChunk) {
    const auto end = std::min(begin + kChunk, all.size());
    const ImageTextBatch batch = collect({everything.begin() + static_cast<std::ptrdiff_t>(begin),
                                          everything.begin() + static_cast<std::ptrdiff_t>(end)});
    judged.loss += lossOf(batch, random).total.item<double>() * static_cast<double>(end - begin);
    const Autocast autocast(m_config.precision);
    memories.push_back(m_module->memory(batch.cells, batch.pooled, batch.probabilities));
    const auto queries = m_module->generate(memories.back(), batch.ids.narrow(1, 0, 1)).queries;
    pictures.push_back(m_module->pictureVectors(queries).to(at::kFloat));
    texts.push_back(m_module->textVectors(m_module->readText(batch.ids, batch.valid)).to(at::kFloat));
  }
  judged.loss /= static_cast<double>(all.size());
  judged.memory = torch::cat(memories);
  judged.similarity = similarity(torch::cat(pictures), torch::cat(texts), m_module->temperature());
  return judged;
}

// Does picture i belong to text texts[i]? [N] bool.
at::Tensor ImageTextTask::matchScores(const Judged& judged, const at::Tensor& texts) {
  const Autocast autocast(m_config.precision);
  std::vector<at::Tensor> said;
  const auto size = static_cast<std::int64_t>(kChunk);
  for (std::int64_t begin = 0; begin < texts.size(0); begin += size) {
    const auto count = std::min(size, texts.size(0) - begin);
    const at::Tensor of = texts.narrow(0, begin, count);
    said.push_back(
        m_module
            ->matchScores(m_module->readTogether(judged.memory.narrow(0, begin, count), judged.ids.index_select(0, of),
                                                 judged.valid.index_select(0, of)))
            .argmax(1));
  }
  return torch::cat(said).to(at::kBool);
}

// Share of rows with one that belongs to them among the `best` highest scores.
double recall(const at::Tensor& scores, const at::Tensor& same, std::int64_t best) {
  const auto found = std::get<1>(scores.topk(std::min(best, scores.size(1)), 1));
  return same.gather(1, found).any(1).to(at::kFloat).mean().item<double>();
}

// Greedily, in the words of the text branch.
std::string ImageTextTask::describe(const at::Tensor& memory) {
  const Autocast autocast(m_config.precision);
  std::vector<std::int64_t> ids{CaptionVocabulary::kDecode};
  while (std::ssize(ids) < m_config.imageText.longestText) {
    const auto scores = m_module->generate(memory, at::tensor(ids, at::kLong).unsqueeze(0)).scores[0][-1];
    ids.push_back(scores.argmax().item<std::int64_t>());
    if (ids.back() == CaptionVocabulary::kEnd) break;
  }
  return m_words.decode(ids);
}

std::string ImageTextTask::samplesOf(const Judged& judged) {
  std::string text;
  const auto& all = m_pictures->validation();
  const at::Tensor nearest = judged.similarity.argmax(1);
  for (std::size_t i = 0; i < std::min(kSamples, all.size()); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const auto& found = all[static_cast<std::size_t>(nearest[row].item<std::int64_t>())];
    text += data::formatText("{}\n  caption: {}\n  nearest: {}\n  written: {}\n", all[i].name, all[i].captions.front(),
                             found.captions.front(), describe(judged.memory.narrow(0, row, 1)));
  }
  return text;
}

Judgement ImageTextTask::validate() {
  const Judged judged = lookAtAll();
  Judgement judgement;
  auto& measures = judgement.measures;
  measures["loss"] = judged.loss;
  const at::Tensor turned = judged.similarity.t().contiguous();
  for (const std::int64_t best : {1, 5}) {
    measures[data::formatText("textOfPicture.top{}", best)] = recall(judged.similarity, judged.same, best);
    measures[data::formatText("pictureOfText.top{}", best)] = recall(turned, judged.same, best);
  }
  // Each picture with its own text, and with the most similar one that is not its own.
  const at::Tensor own = at::arange(judged.ids.size(0));
  const at::Tensor wrong = judged.similarity.masked_fill(judged.same, -1e9).argmax(1);
  const at::Tensor isWrong = judged.same.gather(1, wrong.unsqueeze(1)).squeeze(1).logical_not();
  const at::Tensor right = matchScores(judged, own);
  const at::Tensor refused = matchScores(judged, wrong).logical_not().index({isWrong});
  measures["matching"] = torch::cat({right, refused}).to(at::kFloat).mean().item<double>();
  judgement.samples = samplesOf(judged);
  return judgement;
}

// Starts from what "init" holds of the query branch, and of the text branch if it is there.
Result<void> startStage1(x2l::QFormerStage1& module, const TrainConfig& config) {
  if (config.init.empty()) return {};
  auto start = openStartFile(config);
  if (!start) return tl::unexpected(start.error());
  if (start->holdsStage1()) return x2l::loadParameters(module, *start->file, start->options);
  auto options = x2l::publishedStage1Names();
  options.prefix = start->options.prefix;
  const std::string words = "Qformer.bert.embeddings.word_embeddings.", head = "Qformer.cls.predictions.";
  options.rename.insert(options.rename.begin(), {{"text." + words, "words of this run."},
                                                 {"text." + head + "decoder.", "words of this run.decoder."},
                                                 {"text." + head + "bias", "words of this run.bias"}});
  for (const auto& unused : {words + "*", head + "decoder.*", head + "bias"}) options.ignore.push_back(unused);
  options.optional.push_back("text.*");
  return x2l::loadParameters(module, *start->file, options);
}

// The words of the run, if it is an old one.
Result<CaptionVocabulary> wordsOf(const TrainConfig& config, const CaptionedFeatures& pictures,
                                  const tokenizer::Tokenizer& tokenizer) {
  const auto file = config.run / "words.json";
  if (newestCheckpointIn(config.run)) return CaptionVocabulary::read(file, tokenizer);
  std::vector<std::string> captions;
  for (const auto& example : pictures.train()) {
    captions.insert(captions.end(), example.captions.begin(), example.captions.end());
  }
  CaptionVocabulary words(captions, tokenizer);
  std::error_code ignored;
  std::filesystem::create_directories(config.run, ignored);
  const auto written = words.write(file);
  // Of several processes that write the same words at once, one is enough.
  if (!written && !CaptionVocabulary::read(file, tokenizer)) return tl::unexpected(written.error());
  return words;
}

}  // namespace

Result<std::unique_ptr<TrainingTask>> makeImageTextTask(const TrainConfig& config, const ClipDecoder& decoder,
                                                        std::stop_token stop, TrainObserver& observer) {
  const auto sizes = x2l::imageInterfaceConfig(config.interface);
  if (!sizes) return tl::unexpected(sizes.error());
  const auto file = weights::Checkpoint::open(config.languageModel);
  if (!file) return tl::unexpected(file.error());
  auto tokenizer = tokenizer::tokenizerFromGguf(**file);
  if (!tokenizer) return tl::unexpected(tokenizer.error());
  auto pictures = CaptionedFeatures::make(config, decoder, std::move(stop), observer);
  if (!pictures) return tl::unexpected(pictures.error());
  auto words = wordsOf(config, **pictures, **tokenizer);
  if (!words) return tl::unexpected(words.error());
  at::manual_seed(static_cast<std::uint64_t>(config.seed));
  const auto module = std::make_shared<x2l::QFormerStage1>(
      std::make_shared<x2l::ImageInterface>(*sizes),
      x2l::QFormerTextConfig{.vocabulary = words->size(),
                             .positions = std::max<std::int64_t>(config.imageText.longestText, 4),
                             .embedding = config.imageText.embeddingWidth});
  if (const auto fine = startStage1(*module, config); !fine) return tl::unexpected(fine.error());
  return std::make_unique<ImageTextTask>(config, module, std::move(*pictures), std::move(*tokenizer),
                                         std::move(*words));
}

}  // namespace xllm::training
