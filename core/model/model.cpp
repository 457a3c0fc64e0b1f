#include "core/model/model.h"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "core/encoders/image_encoder.h"
#include "core/encoders/speech_encoder.h"
#include "core/llm/packed_weights.h"
#include "core/model/fused_reading.h"
#include "core/model/image_parts.h"
#include "core/model/llm_vocabulary.h"
#include "core/model/speech_parts.h"
#include "core/weights/checkpoint.h"
#include "core/x2l/image_interface.h"
#include "core/x2l/parameters.h"
#include "core/x2l/speech_interface.h"
#include "core/x2l/spelling.h"

namespace xllm::model {

namespace {

using Progress = std::function<void(double, const std::string&)>;
using CheckpointResult = Result<std::shared_ptr<const weights::Checkpoint>>;

Result<std::unique_ptr<tokenizer::Tokenizer>> loadTokenizer(const Pack& pack,
                                                            const weights::Checkpoint& languageModel) {
  const LanguageModelPart& part = pack.languageModel;
  if (!part.tokenizer.empty()) return tokenizer::tokenizerFromFile(pack.locate(part.tokenizer), part.chatTemplate);
  return tokenizer::tokenizerOf(languageModel, part.chatTemplate);
}

// An interface of the given sizes with the pack's weights in it, ready for use.
template <typename Interface, typename Config>
Result<std::shared_ptr<Interface>> loadInterface(const Pack& pack, const InterfacePart& part,
                                                 const Result<Config>& config) {
  if (!config) return tl::unexpected(config.error());
  const CheckpointResult file = weights::Checkpoint::open(pack.locate(part.file));
  if (!file) return tl::unexpected(file.error());
  auto loaded = std::make_shared<Interface>(*config);
  if (auto done = x2l::loadParameters(*loaded, **file); !done) return tl::unexpected(done.error());
  loaded->eval();
  return loaded;
}

// What stands in front of a question, as tokens.
std::vector<tokenizer::TokenId> tokensInFront(const tokenizer::ChatTemplate& chatTemplate,
                                              const tokenizer::Tokenizer& tokenizer) {
  std::vector<tokenizer::TokenId> tokens;
  for (const auto& mark : {chatTemplate.conversationStart(), chatTemplate.turnStart({.role = Role::User})}) {
    for (const auto& piece : mark) {
      const auto* words = std::get_if<std::string>(&piece);
      const auto more = words != nullptr ? tokenizer.encode(*words) : std::get<std::vector<tokenizer::TokenId>>(piece);
      tokens.insert(tokens.end(), more.begin(), more.end());
    }
  }
  return tokens;
}

}  // namespace

struct Model::Parts {
  Pack pack;
  std::shared_ptr<const weights::Checkpoint> languageModelFile;
  std::unique_ptr<tokenizer::Tokenizer> tokenizer;
  std::optional<tokenizer::ChatTemplate> chatTemplate;
  std::unique_ptr<llm::LanguageModel> languageModel;
  std::optional<llm::PackedWeights> packedWeights;  // while they are written
  // Absent until needed.
  std::unique_ptr<encoders::ImageEncoder> imageEncoder;
  std::shared_ptr<x2l::ImageInterface> imageInterface, videoInterface;
  std::unique_ptr<encoders::SpeechEncoder> speechEncoder;
  std::shared_ptr<x2l::SpeechInterface> speechInterface;
  x2l::LlmVocabulary llmVocabulary;  // of speechInterface

  // frames [T, width], and what S2L makes of them [1, N, …] -> the tokens that were said, about N.
  std::vector<tokenizer::TokenId> read(const at::Tensor& frames, const x2l::SpeechTokens& tokens,
                                       std::stop_token stop) const;
  // The scores [n, vocabulary] of just `count` tokens.
  at::Tensor scoresOf(const at::Tensor& frames, std::int64_t count) const;
  at::Tensor asTyped(const std::string& text) const;  // [tokens, hidden]
  Result<void> loadImageEncoder();
  Result<void> loadImageParts();
  Result<void> loadVideoParts();
  Result<void> loadSpeechParts();
};

Model::Model(std::unique_ptr<Parts> parts) : m_parts(std::move(parts)) {}
Model::~Model() = default;

const Pack& Model::pack() const { return m_parts->pack; }
const tokenizer::Tokenizer& Model::tokenizer() const { return *m_parts->tokenizer; }
const tokenizer::ChatTemplate& Model::chatTemplate() const { return *m_parts->chatTemplate; }
const llm::LanguageModel& Model::languageModel() const { return *m_parts->languageModel; }

Result<std::unique_ptr<Model>> Model::load(const std::filesystem::path& packFolder, const Progress& progress,
                                           const std::filesystem::path& packedFolder) {
  const c10::InferenceMode inference;
  auto pack = readPack(packFolder);
  if (!pack) return tl::unexpected(pack.error());
  if (progress) progress(0.0, "language model");

  auto parts = std::make_unique<Parts>();
  parts->pack = std::move(*pack);
  CheckpointResult file = weights::Checkpoint::open(parts->pack.locate(parts->pack.languageModel.file));
  if (!file) return tl::unexpected(file.error());
  parts->languageModelFile = *file;

  auto tokenizer = loadTokenizer(parts->pack, **file);
  if (!tokenizer) return tl::unexpected(tokenizer.error());
  parts->tokenizer = std::move(*tokenizer);
  auto chatTemplate = tokenizer::ChatTemplate::create(parts->pack.languageModel.chatTemplate, *parts->tokenizer);
  if (!chatTemplate) return tl::unexpected(chatTemplate.error());
  parts->chatTemplate = std::move(*chatTemplate);

  if (!packedFolder.empty()) parts->packedWeights.emplace(packedFolder, **file);
  auto languageModel = parts->packedWeights ? llm::loadLanguageModel(*file, *parts->packedWeights)
                                            : llm::loadLanguageModel(*file, llm::Precision::AsStored);
  if (!languageModel) return tl::unexpected(languageModel.error());
  parts->languageModel = std::move(*languageModel);
  // Some tokenizers know a few control tokens beyond the table of words, which text never becomes.
  constexpr std::int64_t kUnusedTokens = 64;
  const std::int64_t known = parts->tokenizer->vocabularySize(), words = parts->languageModel->config().vocabulary;
  if (known > words + kUnusedTokens) {
    return fail(ErrorCode::CorruptFile, "The pack " + parts->pack.name + " cannot be used: its tokenizer knows " +
                                            std::to_string(known) + " tokens, but its language model " +
                                            std::to_string(words) + ". They are of different models.");
  }
  if (parts->packedWeights) parts->packedWeights->keep();
  return std::unique_ptr<Model>(new Model(std::move(parts)));
}

Result<void> Model::Parts::loadImageEncoder() {
  if (imageEncoder) return {};
  auto encoder = openImageEncoder(pack);
  if (!encoder) return tl::unexpected(encoder.error());
  imageEncoder = std::move(*encoder);
  return {};
}

Result<void> Model::Parts::loadImageParts() {
  if (imageInterface) return {};
  if (!pack.image || !pack.imageEncoder) {
    return fail(ErrorCode::Unsupported, "The pack " + pack.name + " does not see pictures. Choose a pack that does.");
  }
  if (auto ready = loadImageEncoder(); !ready) return ready;
  auto loaded = openImageInterface(pack, *pack.image, *imageEncoder);
  if (!loaded) return tl::unexpected(loaded.error());
  imageInterface = std::move(*loaded);
  return {};
}

Result<void> Model::Parts::loadVideoParts() {
  if (videoInterface) return {};
  if (!pack.video || !pack.imageEncoder) {
    return fail(ErrorCode::Unsupported, "The pack " + pack.name + " does not watch clips. Choose a pack that does.");
  }
  if (auto ready = loadImageEncoder(); !ready) return ready;
  auto loaded = openImageInterface(pack, *pack.video, *imageEncoder);
  if (!loaded) return tl::unexpected(loaded.error());
  if ((*loaded)->config().timePositions == 0) {
    return fail(ErrorCode::CorruptFile,
                "The pack " + pack.name + " cannot watch clips: its video interface has no timePositions.");
  }
  videoInterface = std::move(*loaded);
  return {};
}

Result<void> Model::Parts::loadSpeechParts() {
  if (speechInterface) return {};
  if (!pack.speech || !pack.speechEncoder) {
    return fail(ErrorCode::Unsupported, "The pack " + pack.name + " does not hear speech. Choose a pack that does.");
  }
  auto encoder = openSpeechEncoder(pack);
  if (!encoder) return tl::unexpected(encoder.error());
  auto loaded =
      loadInterface<x2l::SpeechInterface>(pack, *pack.speech, x2l::speechInterfaceConfig(pack.speech->config));
  if (!loaded) return tl::unexpected(loaded.error());
  const std::int64_t needed = (*loaded)->config().featureWidth;
  if ((*encoder)->width() != needed) {
    return fail(ErrorCode::CorruptFile, "The pack " + pack.name + " cannot hear: its speech encoder gives frames " +
                                            std::to_string((*encoder)->width()) + " wide, its interface needs " +
                                            std::to_string(needed) + ".");
  }
  speechEncoder = std::move(*encoder);
  speechInterface = std::move(*loaded);
  llmVocabulary = model::llmVocabulary(speechInterface->config(), *tokenizer, languageModel->embeddingTable());
  // Else it would be made of bytes with every recording, which takes longer than the product with it.
  if (llmVocabulary.spelled.defined()) llmVocabulary.spelled = llmVocabulary.spelled.to(at::kFloat);
  return {};
}

at::Tensor Model::Parts::scoresOf(const at::Tensor& frames, std::int64_t count) const {
  return speechInterface->recognise(frames.unsqueeze(0), {}, at::tensor({count}, at::kLong), llmVocabulary).scores[0];
}

std::vector<tokenizer::TokenId> Model::Parts::read(const at::Tensor& frames, const x2l::SpeechTokens& tokens,
                                                   std::stop_token stop) const {
  FusionOptions options;
  options.stop = std::move(stop);
  options.languageWeight = pack.speech->languageWeight;
  const auto before = tokensInFront(*chatTemplate, *tokenizer);
  const at::Tensor scores = tokens.scores[0].index({tokens.valid[0]});
  auto readings = likelyReadings(scores, *languageModel, before, options);
  if (tokens.ctcLogits.defined() && pack.speech->lettersWeight > 0) {
    if (const auto count = otherCount(tokens.alphas[0].sum().item<double>(), scores.size(0))) {
      const auto more = likelyReadings(scoresOf(frames, *count), *languageModel, before, options);
      readings.insert(readings.end(), more.begin(), more.end());
    }
    readings = alsoWithoutRepeats(readings);
    std::vector<std::vector<std::int64_t>> letters;
    for (const auto& reading : readings)
      letters.push_back(
          x2l::heardCharacters(tokenizer->decode(reading.tokens), speechInterface->config().ctcAlphabet).places);
    const at::Tensor likely = x2l::letterLikelihoods(tokens.ctcLogits[0], letters);
    for (std::size_t i = 0; i < readings.size(); ++i) {
      readings[i].score += pack.speech->lettersWeight * likely[static_cast<std::int64_t>(i)].item<double>();
    }
  }
  const auto best = std::ranges::max_element(readings, {}, &Reading::score);
  return std::move(best->tokens);
}

at::Tensor Model::Parts::asTyped(const std::string& text) const {
  const auto ids = tokenizer->encode(text);
  if (ids.empty()) return at::empty({0, languageModel->config().hidden});
  return languageModel->embed(at::tensor(std::vector<std::int64_t>(ids.begin(), ids.end()), at::kLong).unsqueeze(0))[0];
}

ClipCost Model::clipCost() const {
  if (!m_parts->pack.video) return {};
  const auto config = x2l::imageInterfaceConfig(m_parts->pack.video->config);
  if (!config) return {};  // loading it says what is wrong
  const bool joint = config->clipQueries == x2l::ClipQueries::Joint;
  return {config->timePositions, joint ? config->queries : 0, joint ? 0 : config->queries};
}

Result<void> Model::loadEverything(const Progress& progress, std::stop_token stop) {
  const c10::InferenceMode inference;
  if (m_parts->pack.image) {
    if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "Stopped.");
    if (progress) progress(0.4, "image encoder");
    if (auto done = m_parts->loadImageParts(); !done) return done;
  }
  if (m_parts->pack.video) {
    if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "Stopped.");
    if (progress) progress(0.6, "video interface");
    if (auto done = m_parts->loadVideoParts(); !done) return done;
  }
  if (m_parts->pack.speech) {
    if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "Stopped.");
    if (progress) progress(0.7, "speech encoder");
    if (auto done = m_parts->loadSpeechParts(); !done) return done;
  }
  if (progress) progress(1.0, "");
  return {};
}

Result<Seen> Model::see(const RgbImage& picture) {
  const c10::InferenceMode inference;
  if (auto ready = m_parts->loadImageParts(); !ready) return tl::unexpected(ready.error());
  const auto& encoder = *m_parts->imageEncoder;
  Seen seen;
  seen.frames.push_back(encoder.look(picture));
  const encoders::ImageFeatures features = encoder.forward(encoder.normalised(seen.frames.front().pixels));
  seen.embeddings =
      m_parts->imageInterface->forward(features.cells, features.pooled, features.probabilities)[0].contiguous();
  return seen;
}

Result<Seen> Model::watch(const VideoClip& clip) {
  const c10::InferenceMode inference;
  if (clip.frames.empty()) return fail(ErrorCode::BadInput, "The clip has no frames.");
  if (auto ready = m_parts->loadVideoParts(); !ready) return tl::unexpected(ready.error());
  const auto& encoder = *m_parts->imageEncoder;
  Seen seen;
  std::vector<at::Tensor> pixels;
  for (const VideoClip::Frame& frame : clip.frames) {
    seen.frames.push_back(encoder.look(frame.image));
    pixels.push_back(encoder.normalised(seen.frames.back().pixels));
  }
  const encoders::ImageFeatures features = encoder.forward(at::cat(pixels));
  const auto asClip = [](const at::Tensor& x) { return x.defined() ? x.unsqueeze(0) : x; };
  seen.embeddings =
      m_parts->videoInterface->watch(asClip(features.cells), asClip(features.pooled), asClip(features.probabilities))[0]
          .contiguous();
  return seen;
}

std::int64_t Model::pictureTokens() const {
  if (!m_parts->pack.image) return 0;
  const auto config = x2l::imageInterfaceConfig(m_parts->pack.image->config);
  return config ? config->queries : 0;
}

std::int64_t Model::clipTokens(std::size_t frames) const {
  const ClipCost cost = clipCost();
  return cost.tokens + cost.tokensPerFrame * static_cast<std::int64_t>(frames);
}

Result<Heard> Model::hear(const AudioClip& sound, std::stop_token stop) {
  const c10::InferenceMode inference;
  if (auto ready = m_parts->loadSpeechParts(); !ready) return tl::unexpected(ready.error());
  const auto frames = m_parts->speechEncoder->encode(sound, stop);
  if (!frames) return tl::unexpected(frames.error());
  if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "Stopped.");

  // Where words are fed, the mixtures of words that soft tokens are need not be computed.
  const bool asWords =
      m_parts->pack.speech->asWords && m_parts->speechInterface->config().adapter == x2l::SpeechAdapter::Vocabulary;
  x2l::SpeechInterface& interface = *m_parts->speechInterface;
  const x2l::SpeechTokens tokens = asWords ? interface.recognise(frames->unsqueeze(0), {}, {}, m_parts->llmVocabulary)
                                           : interface.forward(frames->unsqueeze(0), {}, {}, m_parts->llmVocabulary);
  Heard heard;
  if (!asWords) heard.embeddings = tokens.embeddings[0].index({tokens.valid[0]}).contiguous();
  if (tokens.scores.defined() && tokens.valid.any().item<bool>()) {
    const auto read = m_parts->read(*frames, tokens, stop);
    if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "Stopped.");
    heard.text = m_parts->tokenizer->decode(read);
    heard.text.erase(0, heard.text.find_first_not_of(' '));  // a word token brings the space in front of it
  }
  if (asWords) heard.embeddings = m_parts->asTyped(heard.text);
  return heard;
}

}  // namespace xllm::model
