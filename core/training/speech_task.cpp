#include "core/training/speech_task.h"

#include <algorithm>
#include <set>
#include <utility>

#include <torch/torch.h>

#include "core/data/batches.h"
#include "core/data/feature_store.h"
#include "core/data/format_text.h"
#include "core/data/recordings.h"
#include "core/data/seeded_random.h"
#include "core/encoders/speech_encoder.h"
#include "core/llm/language_model.h"
#include "core/model/llm_vocabulary.h"
#include "core/tokenizer/tokenizer.h"
#include "core/training/autocast.h"
#include "core/training/candidates.h"
#include "core/training/losses.h"
#include "core/training/start_weights.h"
#include "core/training/word_errors.h"
#include "core/x2l/spelling.h"

namespace xllm::training {

namespace {

constexpr std::int64_t kLongestMask = 10;  // encoder frames: 0.2 s
constexpr std::size_t kSamples = 10;
constexpr std::int64_t kFrameStep =
    32;  // batches are padded to a multiple: few sizes, for which products are set up only once

// A recording ready for training: where its features are, what is said in it.
struct Recording {
  std::string key, text;
  std::vector<std::int64_t> tokens, characters;
};

struct Material {
  std::unique_ptr<data::FeatureStore> store;
  std::vector<Recording> train, validation;
  std::unique_ptr<tokenizer::Tokenizer> tokenizer;
  x2l::LlmVocabulary vocabulary;  // frozen
};

struct Batch {
  at::Tensor features, valid;  // [B, T, width], [B, T]
  std::vector<const Recording*> recordings;
};

class SpeechTask final : public TrainingTask {
 public:
  SpeechTask(const TrainConfig& config, std::shared_ptr<x2l::SpeechInterface> interface, Material material)
      : m_config(config),
        m_interface(std::move(interface)),
        m_material(std::move(material)),
        m_batches(lengthsOf(m_material.train), config.optimizer.batch, static_cast<std::uint64_t>(config.seed)) {
    std::set<std::int64_t> tokens;
    for (const auto& recording : m_material.train) tokens.insert(recording.tokens.begin(), recording.tokens.end());
    m_knownTokens.assign(tokens.begin(), tokens.end());
  }

  torch::nn::Module& module() override { return *m_interface; }
  StepLoss loss(std::int64_t microStep) override;
  Judgement validate() override;

 private:
  std::vector<std::int64_t> lengthsOf(const std::vector<Recording>& recordings) const {
    std::vector<std::int64_t> lengths;
    for (const auto& recording : recordings) lengths.push_back(m_material.store->rows(recording.key));
    return lengths;
  }
  Batch collect(const std::vector<const Recording*>& recordings) const;
  void maskTime(Batch& batch, data::SeededRandom& random) const;
  RecognitionTargets targetsOf(const Batch& batch, const Candidates& candidates) const;
  struct Reading {
    std::vector<std::string> words;    // by the scores over the language model's tokens
    std::vector<std::string> letters;  // by the CTC head; empty without one
  };
  Reading read(const Batch& batch);

  const TrainConfig m_config;
  std::shared_ptr<x2l::SpeechInterface> m_interface;
  Material m_material;
  data::Batches m_batches;
  std::vector<std::int64_t> m_knownTokens;  // that occur in the training texts
};

Batch SpeechTask::collect(const std::vector<const Recording*>& recordings) const {
  Batch batch{{}, {}, recordings};
  std::vector<at::Tensor> features;
  std::int64_t longest = 1;
  for (const auto* recording : recordings) {
    features.push_back(m_material.store->load(recording->key));
    longest = std::max(longest, features.back().size(0));
  }
  longest = (longest + kFrameStep - 1) / kFrameStep * kFrameStep;
  const auto count = static_cast<std::int64_t>(recordings.size());
  batch.features = at::zeros({count, longest, m_interface->config().featureWidth});
  batch.valid = at::zeros({count, longest}, at::kBool);
  for (std::int64_t b = 0; b < count; ++b) {
    const at::Tensor& source = features[static_cast<std::size_t>(b)];
    batch.features[b].narrow(0, 0, source.size(0)).copy_(source);
    batch.valid[b].narrow(0, 0, source.size(0)).fill_(true);
  }
  return batch;
}

void SpeechTask::maskTime(Batch& batch, data::SeededRandom& random) const {
  for (std::int64_t b = 0; b < batch.features.size(0); ++b) {
    const auto frames = m_material.store->rows(batch.recordings[static_cast<std::size_t>(b)]->key);
    for (std::int64_t mask = 0; mask < m_config.speech.timeMasks; ++mask) {
      const auto length = std::min(random.below(kLongestMask + 1), frames);
      const auto start = random.below(frames - length + 1);
      batch.features[b].narrow(0, start, length).zero_();
    }
  }
}

RecognitionTargets SpeechTask::targetsOf(const Batch& batch, const Candidates& candidates) const {
  const auto count = static_cast<std::int64_t>(batch.recordings.size());
  std::int64_t longest = 1;
  for (const auto* recording : batch.recordings)
    longest = std::max(longest, static_cast<std::int64_t>(recording->tokens.size()));
  RecognitionTargets targets;
  targets.tokens = at::full({count, longest}, -100, at::kLong);
  std::vector<std::int64_t> lengths, characters, characterLengths;
  auto rows = targets.tokens.accessor<std::int64_t, 2>();
  for (std::int64_t b = 0; b < count; ++b) {
    const Recording& recording = *batch.recordings[static_cast<std::size_t>(b)];
    std::int64_t place = 0;
    for (const auto token : recording.tokens) rows[b][place++] = candidates.indexOf(token);
    lengths.push_back(place);
    characters.insert(characters.end(), recording.characters.begin(), recording.characters.end());
    characterLengths.push_back(static_cast<std::int64_t>(recording.characters.size()));
  }
  targets.lengths = at::tensor(lengths, at::kLong);
  targets.characters = at::tensor(characters, at::kLong);
  targets.characterLengths = at::tensor(characterLengths, at::kLong);
  return targets;
}

StepLoss SpeechTask::loss(std::int64_t microStep) {
  data::SeededRandom random(static_cast<std::uint64_t>(m_config.seed) + 0x5EEC, static_cast<std::uint64_t>(microStep));
  std::vector<const Recording*> chosen;
  std::vector<std::int64_t> needed;
  for (const auto example : m_batches.at(microStep)) {
    chosen.push_back(&m_material.train[static_cast<std::size_t>(example)]);
    needed.insert(needed.end(), chosen.back()->tokens.begin(), chosen.back()->tokens.end());
  }
  Batch batch = collect(chosen);
  maskTime(batch, random);
  const Candidates candidates(needed, m_knownTokens, m_material.vocabulary.embeddings.size(0),
                              m_config.speech.vocabularySample, random);
  const RecognitionTargets targets = targetsOf(batch, candidates);
  x2l::SpeechTokens heard;
  {
    const Autocast autocast(m_config.precision);
    heard = m_interface->recognise(batch.features, batch.valid, targets.lengths, candidates.of(m_material.vocabulary));
  }
  const RecognitionLoss loss = recognitionLoss(
      heard, targets, {m_config.speech.ctcWeight, m_config.speech.quantityWeight, m_config.speech.labelSmoothing});
  return {loss.total,
          {{"crossEntropy", loss.crossEntropy.item<double>()},
           {"ctc", loss.ctc.item<double>()},
           {"quantity", loss.quantity.item<double>()},
           {"rightTokens", loss.rightTokens.item<double>()}}};
}

SpeechTask::Reading SpeechTask::read(const Batch& batch) {
  const Autocast autocast(m_config.precision);
  const auto heard = m_interface->recognise(batch.features, batch.valid, {}, m_material.vocabulary);
  const at::Tensor best = heard.scores.argmax(2).contiguous();
  const at::Tensor counts = heard.valid.sum(1);
  Reading reading;
  for (std::int64_t b = 0; b < best.size(0); ++b) {
    const auto count = counts[b].item<std::int64_t>();
    const auto* ids = best[b].const_data_ptr<std::int64_t>();
    reading.words.push_back(m_material.tokenizer->decode({ids, ids + count}));
  }
  if (heard.ctcLogits.defined()) {
    reading.letters = x2l::readLetters(heard.ctcLogits, heard.frames * m_interface->config().ctcSteps,
                                       m_interface->config().ctcAlphabet);
  }
  return reading;
}

Judgement SpeechTask::validate() {
  WordErrors errors, letterErrors;
  Judgement judgement;
  std::int64_t rightLengths = 0;
  const auto& all = m_material.validation;
  const auto size = static_cast<std::size_t>(m_config.optimizer.batch);
  for (std::size_t begin = 0; begin < all.size(); begin += size) {
    std::vector<const Recording*> chosen;
    for (std::size_t i = begin; i < std::min(begin + size, all.size()); ++i) chosen.push_back(&all[i]);
    const Reading reading = read(collect(chosen));
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const std::string &said = chosen[i]->text, &words = reading.words[i];
      countWordErrors(said, words, errors);
      rightLengths += splitWords(said).size() == splitWords(words).size() ? 1 : 0;
      if (!reading.letters.empty()) countWordErrors(said, reading.letters[i], letterErrors);
      if (begin + i < kSamples) {
        judgement.samples += data::formatText("said:    {}\nheard:   {}\n", said, words);
        if (!reading.letters.empty()) judgement.samples += data::formatText("letters: {}\n", reading.letters[i]);
      }
    }
  }
  judgement.measures = {{"wordErrorRate", errors.rate()},
                        {"rightWordCounts", static_cast<double>(rightLengths) / static_cast<double>(all.size())}};
  if (letterErrors.words > 0) judgement.measures["letterWordErrorRate"] = letterErrors.rate();
  return judgement;
}

// Encodes what the store lacks. The encoder is loaded only if something is missing.
class Filling {
 public:
  Filling(const TrainConfig& config, const ClipDecoder& decoder, std::stop_token stop, TrainObserver& observer)
      : m_config(config), m_decoder(decoder), m_stop(std::move(stop)), m_observer(observer) {}

  Result<std::string> keyOf(const data::SpeechExample& example, data::FeatureStore& store) {
    if (m_stop.stop_requested())
      return fail(ErrorCode::Cancelled, "Stopped while features were computed; they are kept.");
    auto key = data::contentKey(example.audio);
    if (!key || store.contains(*key)) return key;
    if (!m_encoder) {
      const auto file = weights::Checkpoint::open(m_config.speech.encoder);
      if (!file) return tl::unexpected(file.error());
      auto encoder = encoders::loadWhisperEncoder(**file);
      if (!encoder) return tl::unexpected(encoder.error());
      m_encoder = std::move(*encoder);
    }
    const auto sound = m_decoder.decodeSound(example.audio);
    if (!sound) return tl::unexpected(sound.error());
    const auto features = m_encoder->encode(*sound);
    if (!features) {
      return fail(features.error().code, data::formatText("{}: {}", example.audio.string(), features.error().message));
    }
    if (const auto kept = store.append(*key, *features); !kept) return tl::unexpected(kept.error());
    return key;
  }
  void tell(std::int64_t done, std::int64_t total) { m_observer.onPreparing("speech features", done, total); }

 private:
  const TrainConfig& m_config;
  const ClipDecoder& m_decoder;
  std::stop_token m_stop;
  TrainObserver& m_observer;
  std::unique_ptr<encoders::SpeechEncoder> m_encoder;
};

Result<std::vector<Recording>> readRecordings(const std::filesystem::path& list, const std::string& alphabet,
                                              Material& material, Filling& filling) {
  const torch::NoGradGuard noGrad;
  const auto examples = data::readSpeechList(list);
  if (!examples) return tl::unexpected(examples.error());
  std::vector<Recording> recordings;
  for (const auto& example : *examples) {
    auto key = filling.keyOf(example, *material.store);
    if (!key) return tl::unexpected(key.error());
    Recording recording{std::move(*key), example.text, {}, {}};
    // As a typed message begins: without a space.
    if (!example.text.empty()) recording.tokens = material.tokenizer->encode(example.text);
    if (!alphabet.empty()) {
      auto heard = x2l::heardCharacters(example.text, alphabet);
      if (!heard.unknown.empty()) {
        return fail(ErrorCode::BadInput,
                    data::formatText("The text \"{}\" in {} has \"{}\", which is not in the interface's ctcAlphabet.",
                                     example.text, list.string(), heard.unknown));
      }
      recording.characters = std::move(heard.places);
    }
    recordings.push_back(std::move(recording));
    filling.tell(static_cast<std::int64_t>(recordings.size()), static_cast<std::int64_t>(examples->size()));
  }
  return recordings;
}

}  // namespace

Result<std::unique_ptr<TrainingTask>> makeSpeechTask(const TrainConfig& config, const ClipDecoder& decoder,
                                                     std::stop_token stop, TrainObserver& observer) {
  const auto sizes = x2l::speechInterfaceConfig(config.interface);
  if (!sizes) return tl::unexpected(sizes.error());
  const auto file = weights::Checkpoint::open(config.languageModel);
  if (!file) return tl::unexpected(file.error());
  Material material;
  auto tokenizer = tokenizer::tokenizerFromGguf(**file);
  if (!tokenizer) return tl::unexpected(tokenizer.error());
  material.tokenizer = std::move(*tokenizer);
  const auto languageModel = llm::loadLanguageModel(*file, llm::Precision::AsStored);
  if (!languageModel) return tl::unexpected(languageModel.error());
  const at::Tensor table = (*languageModel)->embeddingTable();
  if (sizes->adapter != x2l::SpeechAdapter::Vocabulary || sizes->llmVocabulary != table.size(0) ||
      sizes->llmWidth != table.size(1)) {
    return fail(
        ErrorCode::BadInput,
        data::formatText(
            "Recognition needs a vocabulary adapter of the language model's sizes: \"adapter\": \"vocabulary\", "
            "\"llmVocabulary\": {}, \"llmWidth\": {}.",
            table.size(0), table.size(1)));
  }
  material.vocabulary = model::llmVocabulary(*sizes, *material.tokenizer, table);
  auto store = data::FeatureStore::open(config.store, "speech", sizes->featureWidth);
  if (!store) return tl::unexpected(store.error());
  material.store = std::move(*store);
  Filling filling(config, decoder, std::move(stop), observer);
  auto train = readRecordings(config.speech.train, sizes->ctcAlphabet, material, filling);
  if (!train) return tl::unexpected(train.error());
  auto validation = readRecordings(config.speech.validation, sizes->ctcAlphabet, material, filling);
  if (!validation) return tl::unexpected(validation.error());
  if (const auto done = material.store->finish(); !done) return tl::unexpected(done.error());
  material.train = std::move(*train);
  material.validation = std::move(*validation);
  at::manual_seed(static_cast<std::uint64_t>(config.seed));
  const auto interface = std::make_shared<x2l::SpeechInterface>(*sizes);
  if (const auto fine = loadStartWeights(*interface, config); !fine) return tl::unexpected(fine.error());
  return std::make_unique<SpeechTask>(config, interface, std::move(material));
}

}  // namespace xllm::training
