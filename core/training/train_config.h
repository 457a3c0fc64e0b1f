// What one training run does, read from a JSON file: which stage, on what data, how long, how fast. Unknown or wrong
// keys are refused with the nearest right one. The fields of the interfaces are those of core/x2l; docs/training.md
// lists all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/result.h"
#include "core/encoders/speech_encoder_kind.h"

namespace xllm::training {

enum class Stage {
  SpeechRecognition = 1,  // stage 1 of S2L: recognition in the LLM's own tokens (cross-entropy, CTC, quantity)
  SpeechLanguage,         // stage 2 of S2L: language-model loss of answers to what is said, through the frozen LLM
  ImageWords,     // warm start of I2L: its soft tokens become the word embeddings of what the encoder recognised
  ImageLanguage,  // stage 2 of I2L: language-model loss through the frozen LLM
  ImageText,      // stage 1 of I2L on captioned pictures: contrastive, matching and generation losses of the Q-Former
  ImageCaptions,  // stage 2 of I2L on captioned pictures: language-model loss of the captions, through the frozen LLM
  VideoWords,     // warm start of V2L from I2L: its soft tokens become the words for what happens
  VideoLanguage,  // stage 2 of V2L: language-model loss through the frozen LLM
  Integrate,      // stage 3: adapters and queries of all interfaces, on mixed conversations
};

// Of matrix products; weights and sums are float32. Automatic is only in files: reading one chooses BFloat16 where the
// CPU multiplies it in hardware, else Float32.
enum class ComputePrecision { Automatic = 1, Float32, BFloat16 };
std::string_view toString(ComputePrecision precision);  // as in a config
enum class ExportFormat { Float32 = 1, Float16, Int8 };

struct OptimizerConfig {
  std::int64_t steps = 1000, warmupSteps = 100;
  std::int64_t batch = 16, accumulate = 1;  // examples a micro-step; micro-steps an optimizer step, averaged
  double learningRate = 5e-4, finalLearningRate = 1e-6;
  double weightDecay = 0.01, beta1 = 0.9, beta2 = 0.98, clipNorm = 1.0;
};

// How recordings are talked about: what stands around their soft tokens, and what the turn asks beside.
struct SpeechPrompts {
  std::string before, after, ask;
  std::string answer;  // to recordings that bring no answer of their own, {text} in it is what is said; empty: none
};

struct SpeechTraining {
  std::filesystem::path encoder, train, validation;
  encoders::SpeechEncoderKind encoderKind;
  double ctcWeight = 0.3, quantityWeight = 1.0, labelSmoothing = 0.0;
  std::int64_t vocabularySample =
      0;                       // scores over this many of the LLM's tokens, those of the batch among them; 0: over all
  std::int64_t timeMasks = 0;  // stretches of up to 0.2 s blanked in each recording
  double wordWeight = 1.0, languageWeight = 1.0;  // speech-language: of recognition, of answers
  SpeechPrompts prompts;
};

struct Dialogue {
  std::string ask, answer;  // {name}, {a name} and {caption} stand for what is in the picture
};

// How pictures are talked about: what stands around their soft tokens, and questions with their answers.
struct PicturePrompts {
  std::string before, after;
  std::vector<Dialogue> dialogues;
};

struct ImageTraining {
  std::filesystem::path encoder, train, validation, names;
  std::filesystem::path spelled;  // a line per class: what soft tokens spell, the name first; empty: the names alone
  std::int64_t viewsPerPicture = 8, validationViews = 1;
  std::int64_t validationMadeUp = 250;  // classes checked with made-up feature maps, spread over all
  double syntheticShare = 0.6;          // made-up feature maps among real views
  double mixupShare = 0.3;
  double wordWeight = 1.0, languageWeight = 1.0;
  PicturePrompts prompts;
  std::filesystem::path answers;  // questions with an answer for each class (answer_lists.h); empty: none …
  double answersShare = 0.5;      // … asked so often instead of `prompts`
};

// Pictures with what is said about them; of stages 1 and 2 of I2L on real captions.
struct CaptionedTraining {
  std::filesystem::path encoder, train, validation;  // validation may be empty: a fixed share of `train` then
  double validationShare = 0.1;
  bool skipWrongRows = false;
  std::int64_t viewsPerPicture = 4;
};

struct ImageTextTraining {
  double contrastiveWeight = 1.0, matchingWeight = 1.0, generationWeight = 1.0, labelSmoothing = 0.1;
  std::int64_t embeddingWidth = 256;  // in which pictures and texts are compared
  std::int64_t longestText = 32;      // tokens; longer captions are cut
};

struct ImageCaptionsTraining {
  PicturePrompts prompts;
};

enum class ClipTrainable {
  All = 1,            // the paper
  QueriesAndAdapter,  // the released code: queries, time embeddings and adapter; the Q-Former stays I2L's
};

struct ClipTraining {
  std::filesystem::path encoder, train, validation, names;
  std::int64_t frames = 8;        // of each clip
  double syntheticShare = 0.5;    // made-up clips in a batch
  std::filesystem::path answers;  // questions for made-up clips, by what happens in them (answer_lists.h); empty: none
  double answersShare = 0.5;      // of the made-up clips in a batch, those that are asked one
  ClipTrainable trainable = ClipTrainable::All;
  double wordWeight = 1.0, languageWeight = 1.0;
  std::int64_t nameWords = 8, eventWords = 4;  // soft tokens for a thing, for a second one, and for what happens
  std::string before, after;                   // what stands around the soft tokens in the prompt
};

// An interface as stage 3 takes it.
struct IntegratedPart {
  std::filesystem::path encoder, init;
  encoders::SpeechEncoderKind encoderKind;  // of "speech"
  std::string before, after, ask;           // around its soft tokens; of a turn that has no words
};

struct IntegrateTraining {
  std::filesystem::path train, validation;      // conversations
  std::int64_t frames = 8;                      // of each clip
  std::map<std::string, double> tasks;          // how often those conversations are drawn; empty: all alike
  std::map<std::string, IntegratedPart> parts;  // "image", "speech", "video": as many as the config's "interface" has
};

// Ends a run whose validations no longer get better. The measure is one that the stage's validation tells.
struct EarlyStop {
  std::string measure;                // empty: none is watched
  bool lowerIsBetter = true;          // as of error rates
  std::int64_t patience = 0;          // validations in a row without a new best; 0: go on to the last step
  std::optional<double> target = {};  // as good as this is good enough, and ends the run
  bool keepBest = false;  // interface.safetensors holds the weights of the best validation, not the last ones
};

struct TrainConfig {
  Stage stage = Stage::SpeechRecognition;
  std::filesystem::path run, languageModel;
  std::string chatTemplate = "chatml";  // how the language model's conversations are written (core/tokenizer)
  std::filesystem::path init;   // a file of weights, or another run's folder, to start from; empty: from nothing
  std::filesystem::path store;  // folder of kept encoder features
  std::int64_t seed = 1;
  ComputePrecision precision = ComputePrecision::BFloat16;
  ExportFormat exportFormat = ExportFormat::Int8;
  std::int64_t logEvery = 10, validateEvery = 200, checkpointEvery = 200, keepCheckpoints = 2;
  // A loss above this many times its running median, for some steps, ends the run; 0: never.
  double divergenceFactor = 10.0;
  EarlyStop earlyStop;
  std::int64_t mostExamples = 0;  // of each list; no key of the file: to try a config (dry_run.h). 0: all
  OptimizerConfig optimizer;
  SpeechTraining speech;
  ImageTraining image;
  ClipTraining clip;
  CaptionedTraining captioned;
  ImageTextTraining imageText;
  ImageCaptionsTraining imageCaptions;
  IntegrateTraining integrate;
  nlohmann::json interface;  // of core/x2l; of Integrate: such objects by the names of the parts
  nlohmann::json source;     // all of it, as given, with the overrides
};

// `overrides` are "key=value" or "interface.key=value", as many dots as there are objects in each other; a value that
// is not JSON counts as text. Paths are relative to the key "folder", which is relative to `base`, or to the file's own
// folder where that is empty; "pack:NAME/FILE" is a file of an installed pack.
Result<TrainConfig> readTrainConfig(const std::filesystem::path& file, const std::vector<std::string>& overrides = {},
                                    const std::filesystem::path& base = {});
Result<TrainConfig> trainConfig(const nlohmann::json& json, const std::filesystem::path& base);

}  // namespace xllm::training
