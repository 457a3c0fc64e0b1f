#include "core/training/speech_task.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <torch/nn/module.h>
#include <torch/types.h>

#include "core/data/batches.h"
#include "core/data/format_text.h"
#include "core/data/seeded_random.h"
#include "core/model/llm_vocabulary.h"
#include "core/training/autocast.h"
#include "core/training/candidates.h"
#include "core/training/frozen_language.h"
#include "core/training/losses.h"
#include "core/training/speech_recordings.h"
#include "core/training/spoken_dialogue.h"
#include "core/training/start_weights.h"
#include "core/training/word_errors.h"
#include "core/x2l/speech_start.h"
#include "core/x2l/spelling.h"

namespace xllm::training {

namespace {

constexpr std::size_t kSamples = 10;
constexpr std::int64_t kSampleTokens = 24;  // of an answer

class SpeechTask final : public TrainingTask {
 public:
  SpeechTask(const TrainConfig& config, std::shared_ptr<x2l::SpeechInterface> interface, FrozenLanguage language,
             x2l::LlmVocabulary vocabulary, std::unique_ptr<SpeechRecordings> recordings)
      : m_config(config),
        m_interface(std::move(interface)),
        m_language(std::move(language)),
        m_vocabulary(std::move(vocabulary)),
        m_recordings(std::move(recordings)),
        m_batches(m_recordings->trainLengths(), config.optimizer.batch, static_cast<std::uint64_t>(config.seed)) {
    std::set<std::int64_t> tokens;
    for (const auto& recording : m_recordings->train()) tokens.insert(recording.tokens.begin(), recording.tokens.end());
    m_knownTokens.assign(tokens.begin(), tokens.end());
    if (config.stage == Stage::SpeechLanguage) m_dialogue.emplace(m_config.speech.prompts, m_language);
  }

  torch::nn::Module& module() override { return *m_interface; }
  StepLoss loss(std::int64_t microStep) override;
  Judgement validate() override;

 private:
  struct Tally;  // of a validation

  // `lengths` undefined: as many tokens as are heard.
  x2l::SpeechTokens hear(const SpeechFeatures& features, const at::Tensor& lengths,
                         const x2l::LlmVocabulary& vocabulary) {
    const Autocast autocast(m_config.precision);
    return m_dialogue ? m_interface->forward(features.frames, features.valid, lengths, vocabulary)
                      : m_interface->recognise(features.frames, features.valid, lengths, vocabulary);
  }
  std::string wordsOf(const x2l::SpeechTokens& heard, std::int64_t row) const;
  void addAnswers(const x2l::SpeechTokens& heard, const Recordings& recordings, StepLoss& loss);
  void judge(const x2l::SpeechTokens& heard, const Recordings& recordings, Tally& tally);
  void judgeAnswers(const x2l::SpeechTokens& heard, const Recordings& recordings, std::vector<std::string>& samples,
                    Tally& tally);

  const TrainConfig m_config;
  std::shared_ptr<x2l::SpeechInterface> m_interface;
  FrozenLanguage m_language;
  x2l::LlmVocabulary m_vocabulary;  // frozen
  std::unique_ptr<SpeechRecordings> m_recordings;
  data::Batches m_batches;
  std::vector<std::int64_t> m_knownTokens;   // that occur in the training texts
  std::optional<SpokenDialogue> m_dialogue;  // of speech-language
};

// The recordings that have an answer, as the language model gets them.
struct Answered {
  std::vector<std::size_t> rows;
  std::vector<SoftTokens> soft;
  std::vector<std::string> answers;
};

Answered answeredOf(const x2l::SpeechTokens& heard, const Recordings& recordings) {
  Answered answered;
  for (std::size_t b = 0; b < recordings.size(); ++b) {
    if (recordings[b]->answer.empty()) continue;
    const auto row = static_cast<std::int64_t>(b);
    answered.rows.push_back(b);
    answered.soft.push_back({heard.embeddings[row].to(at::kFloat), heard.valid[row]});
    answered.answers.push_back(recordings[b]->answer);
  }
  return answered;
}

void SpeechTask::addAnswers(const x2l::SpeechTokens& heard, const Recordings& recordings, StepLoss& loss) {
  const Answered answered = answeredOf(heard, recordings);
  if (answered.rows.empty()) return;
  const AnswerScores scores = m_dialogue->loss(answered.soft, answered.answers);
  loss.total = loss.total + scores.total * m_config.speech.languageWeight;
  loss.parts["language"] = scores.total.item<double>();
  loss.parts["answered"] = scores.rightAnswers.to(at::kFloat).mean().item<double>();
}

StepLoss SpeechTask::loss(std::int64_t microStep) {
  data::SeededRandom random(static_cast<std::uint64_t>(m_config.seed) + 0x5EEC, static_cast<std::uint64_t>(microStep));
  Recordings chosen;
  std::vector<std::int64_t> needed;
  for (const auto example : m_batches.at(microStep)) {
    chosen.push_back(&m_recordings->train()[static_cast<std::size_t>(example)]);
    needed.insert(needed.end(), chosen.back()->tokens.begin(), chosen.back()->tokens.end());
  }
  SpeechFeatures features = m_recordings->load(chosen);
  m_recordings->maskTime(features, chosen, m_config.speech.timeMasks, random);
  // What the language model is fed is made of all its words, so stage 2 has no
  // sample of them.
  const Candidates candidates(needed, m_knownTokens, m_vocabulary.embeddings.size(0),
                              m_dialogue ? 0 : m_config.speech.vocabularySample, random);
  const RecognitionTargets targets = recognitionTargets(chosen, candidates);
  const x2l::SpeechTokens heard = hear(features, targets.lengths, candidates.of(m_vocabulary));
  const RecognitionLoss spoken = recognitionLoss(
      heard, targets, {m_config.speech.ctcWeight, m_config.speech.quantityWeight, m_config.speech.labelSmoothing});
  StepLoss loss{spoken.total, {{"ctc", spoken.ctc.item<double>()}, {"quantity", spoken.quantity.item<double>()}}};
  if (heard.scores.defined()) {
    loss.parts["crossEntropy"] = spoken.crossEntropy.item<double>();
    loss.parts["rightTokens"] = spoken.rightTokens.item<double>();
  }
  if (!m_dialogue) return loss;
  loss.total = loss.total * m_config.speech.wordWeight;
  addAnswers(heard, chosen, loss);
  return loss;
}

struct SpeechTask::Tally {
  WordErrors words, letters;
  std::int64_t recordings = 0, rightCounts = 0, answers = 0;
  double answerLoss = 0, rightAnswers = 0;
  std::string samples;
};

// By the scores over the language model's tokens.
std::string SpeechTask::wordsOf(const x2l::SpeechTokens& heard, std::int64_t row) const {
  const at::Tensor best = heard.scores[row].argmax(1).contiguous();
  const auto* ids = best.const_data_ptr<std::int64_t>();
  return m_language.tokenizer->decode({ids, ids + heard.valid[row].sum().item<std::int64_t>()});
}

void SpeechTask::judgeAnswers(const x2l::SpeechTokens& heard, const Recordings& recordings,
                              std::vector<std::string>& samples, Tally& tally) {
  const Answered answered = answeredOf(heard, recordings);
  if (answered.rows.empty()) return;
  const AnswerScores scores = m_dialogue->loss(answered.soft, answered.answers);
  tally.answers += static_cast<std::int64_t>(answered.rows.size());
  tally.answerLoss += scores.losses.sum().item<double>();
  tally.rightAnswers += scores.rightAnswers.sum().item<double>();
  for (std::size_t i = 0; i < answered.rows.size(); ++i) {
    if (answered.rows[i] >= samples.size()) continue;
    samples[answered.rows[i]] += data::formatText("right:   {}\nanswers: {}\n", answered.answers[i],
                                                  m_dialogue->answer(answered.soft[i], kSampleTokens));
  }
}

void SpeechTask::judge(const x2l::SpeechTokens& heard, const Recordings& recordings, Tally& tally) {
  std::vector<std::string> letters;
  if (heard.ctcLogits.defined()) {
    const auto& sizes = m_interface->config();
    letters = x2l::readLetters(heard.ctcLogits, heard.frames * sizes.ctcSteps, sizes.ctcAlphabet);
  }
  std::vector<std::string> samples;  // of the first recordings
  for (std::size_t b = 0; b < recordings.size(); ++b) {
    const std::string& said = recordings[b]->text;
    std::string sample = data::formatText("said:    {}\n", said);
    if (heard.scores.defined()) {
      const std::string words = wordsOf(heard, static_cast<std::int64_t>(b));
      countWordErrors(said, words, tally.words);
      tally.rightCounts += splitWords(said).size() == splitWords(words).size() ? 1 : 0;
      sample += data::formatText("heard:   {}\n", words);
    }
    if (!letters.empty()) {
      countWordErrors(said, letters[b], tally.letters);
      sample += data::formatText("letters: {}\n", letters[b]);
    }
    if (tally.recordings++ < static_cast<std::int64_t>(kSamples)) samples.push_back(std::move(sample));
  }
  if (m_dialogue) judgeAnswers(heard, recordings, samples, tally);
  for (const auto& sample : samples) tally.samples += sample;
}

Judgement SpeechTask::validate() {
  Tally tally;
  const auto& all = m_recordings->validation();
  const auto size = static_cast<std::size_t>(m_config.optimizer.batch);
  for (std::size_t begin = 0; begin < all.size(); begin += size) {
    Recordings chosen;
    for (std::size_t i = begin; i < std::min(begin + size, all.size()); ++i) chosen.push_back(&all[i]);
    judge(hear(m_recordings->load(chosen), {}, m_vocabulary), chosen, tally);
  }
  Judgement judgement{{}, std::move(tally.samples)};
  if (m_interface->config().adapter == x2l::SpeechAdapter::Vocabulary) {
    judgement.measures = {
        {"wordErrorRate", tally.words.rate()},
        {"rightWordCounts", static_cast<double>(tally.rightCounts) / static_cast<double>(tally.recordings)}};
  }
  if (tally.letters.words > 0) judgement.measures["letterWordErrorRate"] = tally.letters.rate();
  if (tally.answers > 0) {
    judgement.measures["answerLoss"] = tally.answerLoss / static_cast<double>(tally.answers);
    judgement.measures["answered"] = tally.rightAnswers / static_cast<double>(tally.answers);
  }
  return judgement;
}

Result<void> checkSizes(const TrainConfig& config, const x2l::SpeechInterfaceConfig& sizes, const at::Tensor& table) {
  const auto wrong = [](std::string sentence) { return fail(ErrorCode::BadInput, std::move(sentence)); };
  const bool vocabulary = sizes.adapter == x2l::SpeechAdapter::Vocabulary;
  if (sizes.cifInput) {
    return wrong(
        "S2L is trained on the frames of the speech encoder, which "
        "are no CIF vectors: leave out \"cifInput\".");
  }
  if (config.stage == Stage::SpeechRecognition || vocabulary) {
    if (vocabulary && sizes.llmVocabulary == table.size(0) && sizes.llmWidth == table.size(1)) return {};
    return wrong(data::formatText(
        "{} needs a vocabulary adapter of the language model's sizes: "
        "\"adapter\": \"vocabulary\", "
        "\"llmVocabulary\": {}, \"llmWidth\": {}.",
        config.stage == Stage::SpeechRecognition ? "Recognition" : "The interface", table.size(0), table.size(1)));
  }
  if (sizes.llmWidth == table.size(1)) return {};
  return wrong(data::formatText("The interface's llmWidth is {}, but the language model's width is {}.", sizes.llmWidth,
                                table.size(1)));
}

// Without recognition there is nothing to learn from a recording that has no
// answer.
Result<void> checkAnswers(const TrainConfig& config, SpeechRecordings& recordings) {
  if (config.stage != Stage::SpeechLanguage) return {};
  const bool any = std::ranges::any_of(recordings.train(), [](const auto& one) { return !one.answer.empty(); });
  if (!any) {
    return fail(ErrorCode::BadInput, data::formatText("No row of {} has an \"answer\", and the config gives "
                                                      "no \"answer\" for all of them; "
                                                      "without any, train the stage speech-recognition.",
                                                      config.speech.train.string()));
  }
  if (config.speech.wordWeight == 0) recordings.leaveOutUnanswered();
  return {};
}

// "init" may be another run, X-LLM's published weights, or a BERT for the C-Former. Stage 1 recognises with a
// vocabulary adapter; a linear one begins in stage 2.
Result<void> loadStart(x2l::SpeechInterface& interface, const TrainConfig& config) {
  if (config.init.empty()) return {};
  const auto start = openStartFile(config);
  if (!start) return tl::unexpected(start.error());
  x2l::LoadOptions options = x2l::publishedSpeechStart(interface.config(), *start->file);
  if (interface.config().adapter != x2l::SpeechAdapter::Vocabulary) {
    options.ignore.emplace_back("vocab_*");
    for (const char* begun : {"post_bert_proj.*", "speech_feat_proj.*"}) options.optional.emplace_back(begun);
  }
  return loadStartWeights(interface, config, options);
}

}  // namespace

Result<std::unique_ptr<TrainingTask>> makeSpeechTask(const TrainConfig& config, const ClipDecoder& decoder,
                                                     std::stop_token stop, TrainObserver& observer) {
  const auto sizes = x2l::speechInterfaceConfig(config.interface);
  if (!sizes) return tl::unexpected(sizes.error());
  const bool speaks = config.stage == Stage::SpeechLanguage;
  auto language = loadFrozenLanguage(config, speaks ? LanguageUse::Speaking : LanguageUse::Words);
  if (!language) return tl::unexpected(language.error());
  const at::Tensor table = language->model->embeddingTable();
  if (!speaks) language->model.reset();
  if (const auto fine = checkSizes(config, *sizes, table); !fine) return tl::unexpected(fine.error());
  auto recordings = SpeechRecordings::make(config, *sizes, *language->tokenizer, decoder, std::move(stop), observer);
  if (!recordings) return tl::unexpected(recordings.error());
  if (const auto fine = checkAnswers(config, **recordings); !fine) return tl::unexpected(fine.error());
  at::manual_seed(static_cast<std::uint64_t>(config.seed));
  const auto interface = std::make_shared<x2l::SpeechInterface>(*sizes);
  if (const auto fine = loadStart(*interface, config); !fine) return tl::unexpected(fine.error());
  auto vocabulary = model::llmVocabulary(*sizes, *language->tokenizer, table);
  return std::make_unique<SpeechTask>(config, interface, std::move(*language), std::move(vocabulary),
                                      std::move(*recordings));
}

}  // namespace xllm::training
