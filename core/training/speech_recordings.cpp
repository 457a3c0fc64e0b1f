#include "core/training/speech_recordings.h"

#include <algorithm>
#include <utility>

#include <torch/types.h>

#include "core/data/format_text.h"
#include "core/data/recordings.h"
#include "core/x2l/spelling.h"

namespace xllm::training {

namespace {

constexpr std::int64_t kLongestMask = 10;  // encoder frames: 0.2 s

// What is answered to a row that brings no answer of its own.
std::string answerOf(const data::SpeechExample& example, const std::string& pattern) {
  if (!example.answer.empty() || example.text.empty()) return example.answer;
  constexpr std::string_view kPlace = "{text}";
  std::string answer = pattern;
  for (auto at = answer.find(kPlace); at != std::string::npos; at = answer.find(kPlace, at + example.text.size())) {
    answer.replace(at, kPlace.size(), example.text);
  }
  return answer;
}

// All but the features' keys.
Result<std::vector<Recording>> readTexts(const std::filesystem::path& list, const TrainConfig& config,
                                         const std::string& alphabet, const tokenizer::Tokenizer& tokenizer,
                                         TrainObserver& observer, std::vector<std::filesystem::path>& files) {
  auto examples = data::readSpeechList(list);
  if (!examples) return tl::unexpected(examples.error());
  takeExamples(*examples, config.mostExamples, observer);
  std::vector<Recording> recordings;
  for (const auto& example : *examples) {
    Recording recording{{}, example.text, answerOf(example, config.speech.prompts.answer), {}, {}};
    // As a typed message begins: without a space.
    if (!example.text.empty()) recording.tokens = tokenizer.encode(example.text);
    if (!alphabet.empty()) {
      auto heard = x2l::heardCharacters(example.text, alphabet);
      if (!heard.unknown.empty()) {
        return fail(ErrorCode::BadInput,
                    data::formatText("The text \"{}\" in {} has \"{}\", which is not in the interface's ctcAlphabet.",
                                     example.text, list.string(), heard.unknown));
      }
      recording.characters = std::move(heard.places);
    }
    files.push_back(example.audio);
    recordings.push_back(std::move(recording));
  }
  return recordings;
}

}  // namespace

Result<std::unique_ptr<SpeechRecordings>> SpeechRecordings::make(const TrainConfig& config,
                                                                 const x2l::SpeechInterfaceConfig& sizes,
                                                                 const tokenizer::Tokenizer& tokenizer,
                                                                 const ClipDecoder& decoder, std::stop_token stop,
                                                                 TrainObserver& observer) {
  std::unique_ptr<SpeechRecordings> all(new SpeechRecordings());
  std::vector<std::filesystem::path> files;
  for (auto [list, recordings] :
       {std::pair(&config.speech.train, &all->m_train), std::pair(&config.speech.validation, &all->m_validation)}) {
    auto read = readTexts(*list, config, sizes.ctcAlphabet, tokenizer, observer, files);
    if (!read) return tl::unexpected(read.error());
    *recordings = std::move(*read);
  }
  auto source =
      SpeechFeatureSource::make(config.speech.encoderKind, config.speech.encoder, config.store, sizes.featureWidth);
  if (!source) return tl::unexpected(source.error());
  all->m_source = std::move(*source);
  const auto keys = all->m_source->encode(files, decoder, std::move(stop), observer);
  if (!keys) return tl::unexpected(keys.error());
  if (const auto done = all->m_source->finish(); !done) return tl::unexpected(done.error());
  std::size_t next = 0;
  for (auto* recordings : {&all->m_train, &all->m_validation}) {
    for (auto& recording : *recordings) recording.key = (*keys)[next++];
  }
  return all;
}

void SpeechRecordings::leaveOutUnanswered() {
  std::erase_if(m_train, [](const Recording& recording) { return recording.answer.empty(); });
}

std::vector<std::int64_t> SpeechRecordings::trainLengths() const {
  std::vector<std::int64_t> lengths;
  for (const auto& recording : m_train) lengths.push_back(m_source->frames(recording.key));
  return lengths;
}

SpeechFeatures SpeechRecordings::load(const Recordings& recordings) const {
  std::vector<std::string> keys;
  for (const auto* recording : recordings) keys.push_back(recording->key);
  return m_source->load(keys);
}

void SpeechRecordings::maskTime(SpeechFeatures& features, const Recordings& recordings, std::int64_t masks,
                                data::SeededRandom& random) const {
  for (std::size_t b = 0; b < recordings.size(); ++b) {
    const auto frames = m_source->frames(recordings[b]->key);
    for (std::int64_t mask = 0; mask < masks; ++mask) {
      const auto length = std::min(random.below(kLongestMask + 1), frames);
      const auto start = random.below(frames - length + 1);
      features.frames[static_cast<std::int64_t>(b)].narrow(0, start, length).zero_();
    }
  }
}

RecognitionTargets recognitionTargets(const Recordings& recordings, const Candidates& candidates) {
  const auto count = static_cast<std::int64_t>(recordings.size());
  std::int64_t longest = 1;
  for (const auto* recording : recordings)
    longest = std::max(longest, static_cast<std::int64_t>(recording->tokens.size()));
  RecognitionTargets targets;
  targets.tokens = at::full({count, longest}, -100, at::kLong);
  std::vector<std::int64_t> lengths, characters, characterLengths;
  auto rows = targets.tokens.accessor<std::int64_t, 2>();
  for (std::int64_t b = 0; b < count; ++b) {
    const Recording& recording = *recordings[static_cast<std::size_t>(b)];
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

}  // namespace xllm::training
