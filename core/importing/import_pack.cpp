#include "core/importing/import_pack.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include <ATen/core/grad_mode.h>
#include <nlohmann/json.hpp>

#include "core/importing/pack_draft.h"
#include "core/weights/block_formats.h"

namespace xllm::importing {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

// What stands around a picture, and what is asked about one that comes without words, as each family was trained.
struct PictureWords {
  const char *before, *after, *question;
};
PictureWords pictureWords(const std::string& chatTemplate) {
  constexpr const char* kChinese = "描述这张图片。";
  if (chatTemplate == "visualglm") return {"<img>", "</img>", kChinese};
  const bool chinese = chatTemplate.starts_with("chatglm") || chatTemplate == "glm4";
  return {"<Image>", "</Image>", chinese ? kChinese : "What is in this picture?"};  // X-LLM's
}

Result<std::int64_t> languageWidth(const ImportSources& sources) {
  if (sources.found.languageModel) return sources.found.languageModel->config.hidden;
  const fs::path file = sources.pack->locate(sources.pack->languageModel.file);
  const auto checkpoint = weights::Checkpoint::open(file);
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  const auto config = (*checkpoint)->format() == "gguf" ? llm::configFromGguf(**checkpoint)
                                                        : llm::configFromJson(file.parent_path() / "config.json");
  if (!config) return tl::unexpected(config.error());
  return config->hidden;
}

// Whether a pack can be made of these.
Result<void> checkTogether(const ImportSources& sources) {
  const auto& [languageModel, encoder, interface, leftOut] = sources.found;
  if (sources.pack && languageModel) {
    return fail(ErrorCode::BadInput, languageModel->weights.string() +
                                         " holds a language model itself, so that of the pack " +
                                         sources.pack->folder.string() + " is one too many. Leave one of them out.");
  }
  if (!sources.makesPack() || (!encoder && !interface && languageModel)) return {};
  if (!encoder || !interface) {
    const std::string held = encoder     ? "an image encoder (" + encoder->file->path().string() + ")"
                             : interface ? "a Q-Former (" + interface->file->path().string() + ")"
                                         : "neither of them";
    return fail(ErrorCode::BadInput,
                "A pack that sees pictures needs an image encoder and a Q-Former with its "
                "projection; there is " +
                    held + ". Give the other's file, too" +
                    (encoder ? ", or train a Q-Former for this encoder (docs/training.md)." : "."));
  }
  const auto width = languageWidth(sources);
  if (!width) return tl::unexpected(width.error());
  const std::int64_t projected = interface->plan.config.llmWidth;
  if (projected == *width) return {};
  const std::string file = interface->file->path().string();
  return fail(
      ErrorCode::BadInput,
      (projected == 0 ? "The Q-Former in " + file + " has no projection to a language model (opt_proj.weight)"
                      : "The Q-Former in " + file + " was trained for a language model " + std::to_string(projected) +
                            " wide, and this one is " + std::to_string(*width) + " wide") +
          ". Import it without a language model and train a projection for this one with `xllm train`, stage "
          "image-captions, from it as \"init\" (docs/training.md).");
}

constexpr const char* kImageEncoderConfig = "image-encoder/config.json";

class Importer {
 public:
  Importer(const ImportSources& sources, const ImportOptions& options, std::stop_token stop,
           const ImportProgress& progress)
      : m_sources(sources), m_found(sources.found), m_options(options), m_draft(options.into) {
    if (m_found.imageEncoder) m_encoder = asStored(*m_found.imageEncoder->file, m_found.imageEncoder->plan.tensors);
    if (m_found.imageInterface) {
      const FoundImageInterface& interface = *m_found.imageInterface;
      auto names = interface.plan.tensors;
      if (!sources.makesPack()) names.insert(names.end(), interface.textBranch.begin(), interface.textBranch.end());
      m_interface = asStored(*interface.file, names);
    }
    m_bytes = bytesOf(m_encoder) + bytesOf(m_interface) +
              (m_found.languageModel ? weightBytes(*m_found.languageModel, options.bits) : 0);
    m_writer.emplace(m_bytes, std::move(stop), progress);
  }

  Result<ImportReport> run() {
    if (auto together = checkTogether(m_sources); !together) return tl::unexpected(together.error());
    if (auto made = m_draft.begin(m_bytes); !made) return tl::unexpected(made.error());
    if (m_sources.pack) {
      if (auto done = keepPack(); !done) return tl::unexpected(done.error());
    } else if (m_found.languageModel) {
      if (auto done = addLanguageModel(); !done) return tl::unexpected(done.error());
    }
    if (auto done = addEyes(); !done) return tl::unexpected(done.error());
    if (auto done = describe(); !done) return tl::unexpected(done.error());
    if (auto done = m_draft.finish(); !done) return tl::unexpected(done.error());
    return ImportReport{.bytes = m_bytes,
                        .error = m_writer->rounding().relative(),
                        .worstError = m_writer->worstError(),
                        .worstTensor = m_writer->worstTensor()};
  }

 private:
  Result<void> addLanguageModel();
  Result<void> keepPack();
  Result<void> addEyes();
  Result<void> addEncoder(const FoundImageEncoder& encoder);
  Result<void> addInterface(const FoundImageInterface& interface);
  Result<void> describe();
  void list(const std::string& inside, const std::string& origin) {
    m_files.push_back({{"path", inside}, {"bytes", 0}, {"licence", ""}, {"origin", origin}});
  }

  const ImportSources& m_sources;
  const FoundSource& m_found;
  const ImportOptions& m_options;
  PackDraft m_draft;
  std::vector<PlannedTensor> m_encoder, m_interface;
  std::uint64_t m_bytes = 0;
  std::optional<TensorWriter> m_writer;
  ordered_json m_pack = {{"format", 1}, {"name", ""}, {"version", "1.0"}};
  ordered_json m_files = ordered_json::array();
};

Result<void> Importer::addLanguageModel() {
  const FoundModel& model = *m_found.languageModel;
  const auto files = writeLanguageModel(model, m_options.bits, m_draft, *m_writer);
  if (!files) return tl::unexpected(files.error());
  ordered_json part{{"file", files->weights}};
  if (!files->tokenizer.empty()) part["tokenizer"] = files->tokenizer;
  part["chatTemplate"] = m_options.chatTemplate;
  part["systemPrompt"] = "";
  m_pack["languageModel"] = part;
  for (const std::string& file : files->all)
    list(file, model.family + ", imported from " + model.weights.filename().string());
  return {};
}

// Everything of the other pack but its eyes.
Result<void> Importer::keepPack() {
  const model::Pack& pack = *m_sources.pack;
  std::ifstream file(pack.folder / "pack.json");
  m_pack = ordered_json::parse(file, nullptr, /*allow_exceptions=*/false);  // readPack() has read it
  std::set<std::string> dropped;
  for (const auto* part : {&pack.image, &pack.video}) {
    if (*part) dropped.insert((*part)->file);
  }
  if (pack.imageEncoder) dropped.insert(pack.imageEncoder->file);
  m_pack.erase("imageEncoder");
  if (m_pack.contains("interfaces")) {
    m_pack["interfaces"].erase("image");
    m_pack["interfaces"].erase("video");
  }
  for (const ordered_json& entry : m_pack["files"]) {
    const auto path = entry["path"].get<std::string>();
    if (dropped.contains(path) || path.starts_with("image-encoder/")) continue;
    if (auto done = m_draft.link(pack.locate(path), path); !done) return done;
    m_files.push_back(entry);
  }
  return {};
}

// What was written is found again, complete.
Result<void> Importer::addEyes() {
  if (m_found.imageEncoder) {
    if (auto done = addEncoder(*m_found.imageEncoder); !done) return done;
  }
  if (m_found.imageInterface) {
    if (auto done = addInterface(*m_found.imageInterface); !done) return done;
  }
  if (!m_found.imageEncoder && !m_found.imageInterface) return {};
  const auto again = findSources({m_draft.folder()});
  return again ? Result<void>() : tl::unexpected(again.error());
}

Result<void> Importer::addEncoder(const FoundImageEncoder& encoder) {
  const fs::path file = m_draft.place(kImageEncoderFile);
  if (auto done = m_writer->write(*encoder.file, m_encoder, file, {{"encoder", encoder.plan.type}}); !done) return done;
  const std::string origin =
      encoderName(encoder.plan.type) + ", imported from " + encoder.file->path().filename().string();
  list(kImageEncoderFile, origin);
  m_pack["imageEncoder"] = {{"type", encoder.plan.type}, {"file", kImageEncoderFile}};
  if (encoder.plan.visionConfig.empty()) return {};
  list(kImageEncoderConfig, origin);  // what shapes do not tell
  return m_draft.copy(encoder.plan.visionConfig, kImageEncoderConfig);
}

Result<void> Importer::addInterface(const FoundImageInterface& interface) {
  auto config = toJson(interface.plan.config);
  if (interface.plan.config.llmWidth == 0) config.erase("llmWidth");
  const fs::path file = m_draft.place(kImageInterfaceFile);
  if (auto done = m_writer->write(*interface.file, m_interface, file, {{"config", config.dump()}}); !done) return done;
  list(kImageInterfaceFile, "Q-Former, imported from " + interface.file->path().filename().string());
  if (!m_sources.makesPack()) return {};
  const auto words = pictureWords(m_sources.pack ? m_sources.pack->languageModel.chatTemplate : m_options.chatTemplate);
  m_pack["interfaces"]["image"] = {{"file", kImageInterfaceFile},
                                   {"config", config},
                                   {"wrap", {{"before", words.before}, {"after", words.after}}},
                                   {"defaultQuestion", words.question}};
  return {};
}

// pack.json, which is read again.
Result<void> Importer::describe() {
  if (!m_sources.makesPack()) return {};
  for (ordered_json& entry : m_files) {
    std::error_code problem;
    entry["bytes"] = fs::file_size(m_draft.folder() / entry["path"].get<std::string>(), problem);
  }
  std::sort(m_files.begin(), m_files.end(), [](const auto& a, const auto& b) { return a["path"] < b["path"]; });
  m_pack["name"] = m_options.name;
  m_pack.erase("files");
  m_pack["files"] = m_files;
  const std::string text = m_pack.dump(2, ' ', false, ordered_json::error_handler_t::replace) + '\n';
  if (auto done = m_draft.write(text, "pack.json"); !done) return done;
  const auto again = model::readPack(m_draft.folder());
  return again ? Result<void>() : tl::unexpected(again.error());
}

}  // namespace

Result<ImportReport> importPack(const ImportSources& sources, const ImportOptions& options, std::stop_token stop,
                                const ImportProgress& progress) {
  const at::NoGradGuard noGrad;
  return Importer(sources, options, std::move(stop), progress).run();
}

}  // namespace xllm::importing
