#include "core/training/train_config.h"

#include <algorithm>
#include <array>

#include "core/base/this_process.h"
#include "core/data/config_file.h"
#include "core/data/format_text.h"
#include "core/encoders/speech_encoder.h"
#include "core/model/pack_locations.h"
#include "core/weights/utf8.h"
#include "core/x2l/config_fields.h"

namespace xllm::training {

namespace {

using nlohmann::json;
using x2l::ConfigFields;
constexpr std::int64_t kNone = 0;

constexpr x2l::EnumNames<Stage, 9> kStages{{{"speech-recognition", Stage::SpeechRecognition},
                                            {"speech-language", Stage::SpeechLanguage},
                                            {"image-words", Stage::ImageWords},
                                            {"image-language", Stage::ImageLanguage},
                                            {"image-text", Stage::ImageText},
                                            {"image-captions", Stage::ImageCaptions},
                                            {"video-words", Stage::VideoWords},
                                            {"video-language", Stage::VideoLanguage},
                                            {"integrate", Stage::Integrate}}};
constexpr x2l::EnumNames<ClipTrainable, 2> kClipTrainable{
    {{"all", ClipTrainable::All}, {"queries and adapter", ClipTrainable::QueriesAndAdapter}}};
constexpr x2l::EnumNames<ComputePrecision, 3> kPrecisions{{{"automatic", ComputePrecision::Automatic},
                                                           {"float32", ComputePrecision::Float32},
                                                           {"bfloat16", ComputePrecision::BFloat16}}};
constexpr x2l::EnumNames<ExportFormat, 3> kFormats{
    {{"float32", ExportFormat::Float32}, {"float16", ExportFormat::Float16}, {"int8", ExportFormat::Int8}}};

// Without instructions for bfloat16, LibTorch's products of it take far longer than those of float32: a step of
// image-language 85 s instead of 3 under AVX2 alone.
ComputePrecision fastestPrecision() {
  return encoders::fastestPrecision() == encoders::Precision::BFloat16 ? ComputePrecision::BFloat16
                                                                       : ComputePrecision::Float32;
}

tl::unexpected<Error> wrong(std::string sentence) { return fail(ErrorCode::BadInput, std::move(sentence)); }

// Paths as the file gives them; settle() makes them absolute and checks that needed ones are given.
class Paths {
 public:
  Paths(ConfigFields& fields, std::filesystem::path folder) : m_fields(fields), m_folder(std::move(folder)) {}

  void read(std::string_view key, std::filesystem::path& path, bool needed = true) {
    std::string text;
    m_fields.read(key, text);
    m_fields.require(!needed || !text.empty(), data::formatText("needs \"{}\", a path", key));
    path = text.empty() ? std::filesystem::path() : settled(key, text);
  }

 private:
  // "pack:NAME/FILE" is a file of an installed pack; others are relative to the folder.
  std::filesystem::path settled(std::string_view key, const std::string& text) {
    constexpr std::string_view kPack = "pack:";
    if (!text.starts_with(kPack)) return (m_folder / text).lexically_normal();
    const auto slash = text.find('/');
    const std::string name = text.substr(kPack.size(), slash == std::string::npos ? slash : slash - kPack.size());
    const auto pack = model::findPack(name, programFile());
    m_fields.require(
        pack.has_value() && slash != std::string::npos,
        data::formatText("has \"{}\": \"{}\". {}", key, text,
                         pack ? "Behind the pack's name stands a file of it, as in pack:starter/llm/model.gguf"
                              : pack.error().message));
    return pack && slash != std::string::npos ? *pack / text.substr(slash + 1) : std::filesystem::path();
  }

  ConfigFields& m_fields;
  std::filesystem::path m_folder;
};

void readOptimizer(ConfigFields& fields, OptimizerConfig& optimizer) {
  fields.read("steps", optimizer.steps, 1);
  fields.read("warmupSteps", optimizer.warmupSteps, kNone);
  fields.read("batch", optimizer.batch, 1);
  fields.read("accumulate", optimizer.accumulate, 1);
  fields.read("learningRate", optimizer.learningRate, 0.0, 1.0);
  fields.read("finalLearningRate", optimizer.finalLearningRate, 0.0, 1.0);
  fields.read("weightDecay", optimizer.weightDecay, 0.0, 1.0);
  fields.read("beta1", optimizer.beta1, 0.0, 1.0);
  fields.read("beta2", optimizer.beta2, 0.0, 1.0);
  fields.read("clipNorm", optimizer.clipNorm, 0.0, 1e9);
}

void readEncoderKind(ConfigFields& fields, Paths& paths, encoders::SpeechEncoderKind& kind) {
  fields.read("encoderType", kind.type);
  paths.read("encoderStatistics", kind.statistics, false);
  fields.read("encoderPositions", kind.positions);
}

void readSpeech(ConfigFields& fields, Paths& paths, bool language, SpeechTraining& speech) {
  paths.read("encoder", speech.encoder);
  readEncoderKind(fields, paths, speech.encoderKind);
  paths.read("train", speech.train);
  paths.read("validation", speech.validation);
  fields.read("ctcWeight", speech.ctcWeight, 0.0, 100.0);
  fields.read("quantityWeight", speech.quantityWeight, 0.0, 100.0);
  fields.read("labelSmoothing", speech.labelSmoothing, 0.0, 0.9);
  fields.read("timeMasks", speech.timeMasks, kNone);
  if (!language) {
    fields.read("vocabularySample", speech.vocabularySample, kNone);
    return;
  }
  fields.read("wordWeight", speech.wordWeight, 0.0, 100.0);
  fields.read("languageWeight", speech.languageWeight, 0.0, 100.0);
  fields.read("before", speech.prompts.before);
  fields.read("after", speech.prompts.after);
  fields.read("ask", speech.prompts.ask);
  fields.read("answer", speech.prompts.answer);
}

void readPrompts(ConfigFields& fields, PicturePrompts& prompts) {
  fields.read("before", prompts.before);
  fields.read("after", prompts.after);
  fields.require(!prompts.dialogues.empty(), "needs \"dialogues\", a list of questions and answers");
}

void readImage(ConfigFields& fields, Paths& paths, bool language, ImageTraining& image) {
  paths.read("encoder", image.encoder);
  paths.read("train", image.train);
  paths.read("validation", image.validation);
  paths.read("names", image.names);
  paths.read("spelled", image.spelled, false);
  fields.read("viewsPerPicture", image.viewsPerPicture, 1);
  fields.read("validationViews", image.validationViews, 1);
  fields.read("validationMadeUp", image.validationMadeUp, kNone);
  fields.read("syntheticShare", image.syntheticShare, 0.0, 1.0);
  fields.read("mixupShare", image.mixupShare, 0.0, 1.0);
  fields.read("wordWeight", image.wordWeight, 0.0, 100.0);
  if (!language) return;
  fields.read("languageWeight", image.languageWeight, 0.0, 100.0);
  paths.read("answers", image.answers, false);
  fields.read("answersShare", image.answersShare, 0.0, 1.0);
  readPrompts(fields, image.prompts);
}

void readCaptioned(ConfigFields& fields, Paths& paths, CaptionedTraining& captioned) {
  paths.read("encoder", captioned.encoder);
  paths.read("train", captioned.train);
  paths.read("validation", captioned.validation, false);
  fields.read("validationShare", captioned.validationShare, 0.001, 0.9);
  fields.read("skipWrongRows", captioned.skipWrongRows);
  fields.read("viewsPerPicture", captioned.viewsPerPicture, 1);
}

void readImageText(ConfigFields& fields, ImageTextTraining& text) {
  fields.read("contrastiveWeight", text.contrastiveWeight, 0.0, 100.0);
  fields.read("matchingWeight", text.matchingWeight, 0.0, 100.0);
  fields.read("generationWeight", text.generationWeight, 0.0, 100.0);
  fields.read("labelSmoothing", text.labelSmoothing, 0.0, 0.9);
  fields.read("embeddingWidth", text.embeddingWidth, 1);
  fields.read("longestText", text.longestText, 4);
}

void readClip(ConfigFields& fields, Paths& paths, bool language, ClipTraining& clip) {
  paths.read("encoder", clip.encoder);
  paths.read("train", clip.train);
  paths.read("validation", clip.validation);
  fields.read("frames", clip.frames, 1);
  fields.require(clip.frames <= 64, "has more than 64 \"frames\"");
  fields.read("syntheticShare", clip.syntheticShare, 0.0, 1.0);
  fields.read("trainable", clip.trainable, kClipTrainable);
  fields.read("wordWeight", clip.wordWeight, 0.0, 100.0);
  paths.read("names", clip.names, !language || clip.syntheticShare > 0 || clip.wordWeight > 0);
  fields.read("nameWords", clip.nameWords, 1);
  fields.read("eventWords", clip.eventWords, 1);
  if (!language) return;
  fields.read("languageWeight", clip.languageWeight, 0.0, 100.0);
  paths.read("answers", clip.answers, false);
  fields.read("answersShare", clip.answersShare, 0.0, 1.0);
  fields.read("before", clip.before);
  fields.read("after", clip.after);
}

enum class Better { Lower = 1, Higher };
constexpr x2l::EnumNames<Better, 2> kBetter{{{"lower", Better::Lower}, {"higher", Better::Higher}}};

Result<EarlyStop> readEarlyStop(const json& given) {
  EarlyStop stop;
  if (!given.is_object()) return wrong("The training config's \"earlyStop\" is not an object.");
  ConfigFields fields(given, "The training config's \"earlyStop\"");
  Better better = Better::Lower;
  fields.read("measure", stop.measure);
  fields.read("better", better, kBetter);
  fields.read("patience", stop.patience, kNone);
  if (given.contains("target")) {
    double target = 0;
    fields.read("target", target, -1e12, 1e12);
    stop.target = target;
  }
  fields.read("keepBest", stop.keepBest);
  fields.require(!stop.measure.empty(), "needs \"measure\", one that the stage's validation tells");
  stop.lowerIsBetter = better == Better::Lower;
  if (auto fine = fields.finish(); !fine) return tl::unexpected(fine.error());
  return stop;
}

Result<std::vector<Dialogue>> readDialogues(const json& list) {
  std::vector<Dialogue> dialogues;
  if (!list.is_array()) return wrong("The training config's \"dialogues\" is not a list.");
  for (const json& entry : list) {
    if (!entry.is_object() || entry.size() != 2 || !entry.contains("ask") || !entry.contains("answer") ||
        !entry["ask"].is_string() || !entry["answer"].is_string()) {
      return wrong("Each of the training config's \"dialogues\" needs just an \"ask\" and an \"answer\", both text.");
    }
    dialogues.push_back({entry["ask"].get<std::string>(), entry["answer"].get<std::string>()});
  }
  return dialogues;
}

constexpr std::array<const char*, 3> kParts{"image", "speech", "video"};

Result<std::map<std::string, IntegratedPart>> readParts(const json& given, const json& interface,
                                                        const std::filesystem::path& folder) {
  if (!given.is_object() || given.empty())
    return wrong(
        "The training config needs \"parts\", an object with \"image\", \"speech\" and \"video\" or some of them.");
  std::map<std::string, IntegratedPart> parts;
  for (const auto& [name, value] : given.items()) {
    if (std::ranges::find(kParts, name) == kParts.end() || !value.is_object()) {
      return wrong(data::formatText(
          "The training config's \"parts\" has \"{}\"; it may have the objects image, speech and video.", name));
    }
    if (!interface.contains(name) || !interface.at(name).is_object()) {
      return wrong(
          data::formatText("The training config's \"interface\" needs \"{}\", the sizes of that interface.", name));
    }
    ConfigFields fields(value, data::formatText("The training config's part \"{}\"", name));
    Paths paths(fields, folder);
    IntegratedPart part;
    paths.read("encoder", part.encoder);
    if (name == "speech") readEncoderKind(fields, paths, part.encoderKind);
    paths.read("init", part.init);
    fields.read("before", part.before);
    fields.read("after", part.after);
    fields.read("ask", part.ask);
    if (auto fine = fields.finish(); !fine) return tl::unexpected(fine.error());
    parts[name] = std::move(part);
  }
  for (const auto& [name, sizes] : interface.items()) {
    if (!parts.contains(name))
      return wrong(data::formatText("The training config's \"interface\" has \"{}\", but \"parts\" has not.", name));
  }
  return parts;
}

Result<std::map<std::string, double>> readTasks(const json& given) {
  const char* const sentence = "The training config's \"tasks\" is no object of names with weights above 0.";
  std::map<std::string, double> tasks;
  if (given.is_null()) return tasks;
  if (!given.is_object() || given.empty()) return wrong(sentence);
  for (const auto& [name, weight] : given.items()) {
    if (name.empty() || !weight.is_number() || !(weight.get<double>() > 0)) return wrong(sentence);
    tasks[name] = weight.get<double>();
  }
  return tasks;
}

// [parts, tasks] of Integrate; null of other stages.
Result<void> readMix(const json& mix, const json& interface, const std::filesystem::path& folder,
                     IntegrateTraining& integrate) {
  if (mix.is_null()) return {};
  auto parts = readParts(mix[0], interface, folder);
  if (!parts) return tl::unexpected(parts.error());
  auto tasks = readTasks(mix[1]);
  if (!tasks) return tl::unexpected(tasks.error());
  integrate.parts = std::move(*parts);
  integrate.tasks = std::move(*tasks);
  return {};
}

void readIntegrate(ConfigFields& fields, Paths& paths, IntegrateTraining& integrate) {
  paths.read("train", integrate.train);
  paths.read("validation", integrate.validation);
  fields.read("frames", integrate.frames, 1);
  fields.require(integrate.frames <= 64, "has more than 64 \"frames\"");
}

// Takes `key` out of `fields`, so that what is left is flat.
json takeOut(json& fields, const char* key) {
  json value = fields.value(key, json());
  fields.erase(key);
  return value;
}

Result<void> applyOverride(json& config, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return wrong(data::formatText("--set {} is not of the form key=value.", text));
  }
  const std::string key = text.substr(0, equals), value = text.substr(equals + 1);
  json parsed = json::parse(value, nullptr, false);
  if (parsed.is_discarded()) parsed = value;
  json* place = &config;
  std::size_t begin = 0;
  for (auto dot = key.find('.'); dot != std::string::npos; begin = dot + 1, dot = key.find('.', begin)) {
    place = &(*place)[key.substr(begin, dot - begin)];
    if (!place->is_object() && !place->is_null()) {
      return wrong(data::formatText("--set {}: \"{}\" holds no keys.", text, key.substr(0, dot)));
    }
  }
  (*place)[key.substr(begin)] = std::move(parsed);
  return {};
}

}  // namespace

std::string_view toString(ComputePrecision precision) { return x2l::nameOf(precision, kPrecisions); }

Result<TrainConfig> trainConfig(const json& given, const std::filesystem::path& base) {
  if (!given.is_object()) return wrong("The training config is not a JSON object.");
  TrainConfig config;
  config.source = given;
  json flat = given;
  config.interface = takeOut(flat, "interface");
  if (!config.interface.is_object()) return wrong("The training config needs \"interface\", an object with its sizes.");
  const bool hasDialogues = flat.contains("dialogues");
  if (const json dialogues = takeOut(flat, "dialogues"); hasDialogues) {
    auto read = readDialogues(dialogues);
    if (!read) return tl::unexpected(read.error());
    config.image.prompts.dialogues = std::move(*read);
  }

  if (const bool has = flat.contains("earlyStop"); has) {
    auto stop = readEarlyStop(takeOut(flat, "earlyStop"));
    if (!stop) return tl::unexpected(stop.error());
    config.earlyStop = std::move(*stop);
  }

  if (flat.contains("stage")) {  // first: of a stage that there is not, every other key would be an unknown one
    const json stage = {{"stage", flat["stage"]}};
    ConfigFields field(stage, "The training config");
    field.read("stage", config.stage, kStages);
    if (auto known = field.finish(); !known) return tl::unexpected(known.error());
  }

  json mix;
  if (given.value("stage", json()) == "integrate") mix = json::array({takeOut(flat, "parts"), takeOut(flat, "tasks")});

  ConfigFields fields(flat, "The training config");
  std::string folder;
  fields.read("folder", folder);
  Paths paths(fields, base / folder);
  fields.read("stage", config.stage, kStages);
  fields.require(flat.contains("stage"),
                 "needs \"stage\": speech-recognition, speech-language, image-text, image-captions, image-words, "
                 "image-language, video-words, "
                 "video-language or integrate");
  fields.require(!hasDialogues || config.stage == Stage::ImageLanguage || config.stage == Stage::ImageCaptions,
                 "has \"dialogues\", which only image-language and image-captions read");
  paths.read("run", config.run);
  paths.read("languageModel", config.languageModel);
  fields.read("chatTemplate", config.chatTemplate);
  paths.read("init", config.init, false);
  paths.read("store", config.store);
  fields.read("seed", config.seed, kNone);
  config.precision = ComputePrecision::Automatic;
  fields.read("precision", config.precision, kPrecisions);
  if (config.precision == ComputePrecision::Automatic) config.precision = fastestPrecision();
  fields.read("export", config.exportFormat, kFormats);
  fields.read("logEvery", config.logEvery, 1);
  fields.read("validateEvery", config.validateEvery, 1);
  fields.read("checkpointEvery", config.checkpointEvery, 1);
  fields.read("keepCheckpoints", config.keepCheckpoints, 1);
  fields.read("divergenceFactor", config.divergenceFactor, 0.0, 1e9);
  readOptimizer(fields, config.optimizer);
  if (config.stage == Stage::SpeechRecognition || config.stage == Stage::SpeechLanguage) {
    readSpeech(fields, paths, config.stage == Stage::SpeechLanguage, config.speech);
  } else if (config.stage == Stage::ImageText) {
    readCaptioned(fields, paths, config.captioned);
    readImageText(fields, config.imageText);
  } else if (config.stage == Stage::ImageCaptions) {
    config.imageCaptions.prompts.dialogues = std::move(config.image.prompts.dialogues);
    readCaptioned(fields, paths, config.captioned);
    readPrompts(fields, config.imageCaptions.prompts);
  } else if (config.stage == Stage::VideoWords || config.stage == Stage::VideoLanguage) {
    readClip(fields, paths, config.stage == Stage::VideoLanguage, config.clip);
  } else if (config.stage == Stage::Integrate) {
    readIntegrate(fields, paths, config.integrate);
    fields.require(config.init.empty(), "has \"init\"; stage 3 starts from the \"init\" of each of its \"parts\"");
  } else {
    readImage(fields, paths, config.stage == Stage::ImageLanguage, config.image);
  }
  if (auto fine = fields.finish(); !fine) return tl::unexpected(fine.error());
  if (auto fine = readMix(mix, config.interface, base / folder, config.integrate); !fine)
    return tl::unexpected(fine.error());
  return config;
}

Result<TrainConfig> readTrainConfig(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                                    const std::filesystem::path& base) {
  auto config = data::readConfigFile(file, "The training config");
  if (!config) return tl::unexpected(config.error());
  for (const std::string& text : overrides) {
    if (!weights::isUtf8(text))
      return fail(ErrorCode::BadInput, data::formatText("--set {} is not valid UTF-8. Choose another name.", text));
    if (auto fine = applyOverride(*config, text); !fine) return tl::unexpected(fine.error());
  }
  const std::filesystem::path from = base.empty() ? std::filesystem::absolute(file).parent_path() : base;
  if (const json folder = config->value("folder", json()); folder.is_string()) {
    const std::filesystem::path whole = (from / folder.get<std::string>()).lexically_normal();
    std::error_code ignored;
    if (!std::filesystem::is_directory(whole, ignored))
      return fail(ErrorCode::NotFound,
                  data::formatText("The training config's \"folder\" {} is not there.", whole.string()));
  }
  return trainConfig(*config, from);
}

}  // namespace xllm::training
