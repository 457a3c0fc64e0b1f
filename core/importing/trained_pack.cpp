#include "core/importing/trained_pack.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/base/file_lock.h"
#include "core/base/sha256.h"
#include "core/importing/pack_draft.h"
#include "core/weights/checkpoint.h"
#include "core/weights/safetensors_writer.h"
#include "core/weights/utf8.h"

namespace xllm::importing {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

const char* const kCard = "card.md";

const std::map<std::string, std::string>& filesOfKinds() {
  static const std::map<std::string, std::string> files{{"image", "interfaces/image/i2l.safetensors"},
                                                        {"speech", "interfaces/speech/s2l.safetensors"},
                                                        {"video", "interfaces/video/v2l.safetensors"}};
  return files;
}

// One interface of a run.
struct Part {
  std::string kind;
  json sizes;
  json wrap;  // what stands around its soft tokens; null: the run says nothing of it
};

struct Run {
  fs::path folder;
  json config;  // of run.json
  std::string stage;
  std::shared_ptr<const weights::Checkpoint> file;  // the weights of all parts
  std::vector<Part> parts;
  json validation;  // the last one's measures; null: none
  long long step = 0, examples = 0, seed = 0;

  bool hasSeveral() const { return stage == "integrate"; }
};

std::vector<Part> partsOf(const Run& run) {
  const json sizes = json::parse(run.file->text("config").value_or("{}"));
  const auto part = [](const std::string& kind, const json& its, const json& said) {
    Part made{kind, its, {}};
    if (said.contains("before") || said.contains("after"))
      made.wrap = {{"before", said.value("before", "")}, {"after", said.value("after", "")}};
    return made;
  };
  if (!run.hasSeveral()) return {part(run.stage.substr(0, run.stage.find('-')), sizes, run.config)};
  std::vector<Part> parts;
  const json none = json::object(), interfaces = run.config.value("interface", none),
             said = run.config.value("parts", none);
  for (const auto& each : interfaces.items())
    parts.push_back(part(each.key(), sizes.value(each.key(), none), said.value(each.key(), none)));
  return parts;
}

Result<Run> readRun(const fs::path& folder) try {
  if (!isRun(folder)) {
    return fail(ErrorCode::NotFound, folder.string() +
                                         " holds no run with weights (run.json and "
                                         "interface.safetensors). Give the folder of a run of xllm train "
                                         "that came to its first checkpoint.");
  }
  Run run;
  run.folder = folder;
  std::ifstream stream(folder / "run.json");
  run.config = json::parse(stream).at("config");
  run.stage = run.config.at("stage").get<std::string>();
  run.examples = run.config.value("batch", 16LL) * run.config.value("accumulate", 1LL);
  run.seed = run.config.value("seed", 1LL);
  auto file = weights::Checkpoint::open(folder / "interface.safetensors");
  if (!file) return tl::unexpected(file.error());
  run.file = *std::move(file);
  run.parts = partsOf(run);
  run.step = std::atoll(run.file->text("step").value_or("0").c_str());
  std::ifstream metrics(folder / "metrics.jsonl");
  for (std::string line; std::getline(metrics, line);) {
    const json row = json::parse(line, nullptr, false);
    if (row.is_object() && row.contains("validation") && row.value("step", 0LL) <= run.step)
      run.validation = row["validation"];
  }
  for (const Part& part : run.parts) {
    if (!filesOfKinds().contains(part.kind))
      return fail(ErrorCode::BadInput, folder.string() + " is a run of an unknown stage: " + run.stage + ".");
  }
  return run;
} catch (const json::exception& problem) {
  return fail(ErrorCode::CorruptFile, "The run in " + folder.string() + " is damaged: " + problem.what() +
                                          ". Go on with it: that writes its files anew.");
}

// One interface's tensors of a file that holds several: those whose names begin with "kind.", as a file of its own.
Result<void> writePart(const Run& run, const Part& part, const fs::path& target) {
  const std::string begin = part.kind + ".";
  std::vector<weights::TensorInfo> tensors;
  for (weights::TensorInfo tensor : run.file->tensors()) {
    if (!tensor.name.starts_with(begin)) continue;
    tensor.name.erase(0, begin.size());
    tensors.push_back(std::move(tensor));
  }
  const std::map<std::string, std::string> metadata{{"config", part.sizes.dump()}, {"step", std::to_string(run.step)}};
  weights::SafetensorsWriter writer(target, tensors, metadata);
  for (const weights::TensorInfo& tensor : tensors) {
    const auto stored = run.file->stored(begin + tensor.name);
    if (!stored) return tl::unexpected(stored.error());
    writer.write(stored->bytes);
  }
  return writer.finish();
}

ordered_json entryOf(const PackDraft& draft, const std::string& inside, const std::string& origin) {
  std::ifstream stream(draft.folder() / inside, std::ios::binary);
  Sha256 hash;
  std::uint64_t bytes = 0;
  std::string block(1 << 20, '\0');
  while (stream.read(block.data(), static_cast<std::streamsize>(block.size())), stream.gcount() > 0) {
    const auto read = static_cast<std::size_t>(stream.gcount());
    hash.add(std::as_bytes(std::span(block.data(), read)));
    bytes += read;
  }
  return {{"path", inside}, {"bytes", bytes}, {"sha256", hash.hex()}, {"licence", "your own"}, {"origin", origin}};
}

std::string cardOf(const std::string& name, const model::Pack& pack, const std::vector<Run>& runs) {
  std::string text = "# " + name + "\n\nMade of “" + pack.name + "” " + pack.version +
                     " and of interfaces that were trained on this computer. Everything else is unchanged; the "
                     "licences of its files stand in pack.json.\n";
  for (const Run& run : runs) {
    text += "\n## " + run.stage + "\n\n";
    text += "Trained by `xllm train` for " + std::to_string(run.step) + " steps of " + std::to_string(run.examples) +
            " examples, seed " + std::to_string(run.seed) + ".\n";
    if (run.validation.is_object()) {
      text += "\n| measured on examples it was not trained on | |\n| --- | --- |\n";
      for (const auto& [measure, value] : run.validation.items())
        text += "| " + measure + " | " + value.dump() + " |\n";
    }
    text += "\nIts config:\n\n```json\n" + run.config.dump(2) + "\n```\n";
  }
  return text;
}

// Files of the old pack that nothing of the new one needs.
bool isLeftBehind(const std::string& path, const std::vector<std::string>& written, const std::string& manifest) {
  return std::ranges::find(written, path) != written.end() || manifest.find(json(path).dump()) == std::string::npos;
}

}  // namespace

bool isRun(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "run.json", ignored) &&
         fs::is_regular_file(folder / "interface.safetensors", ignored);
}

std::vector<std::string> runWarnings(const fs::path& folder) {
  std::vector<std::string> warnings;
  const auto run = readRun(folder);
  if (!run) return warnings;  // told by packTrained()
  if (isLocked(folder / "lock")) {
    warnings.push_back(folder.string() + " is still being trained; the pack has what it had learned by step " +
                       std::to_string(run->step) + ".");
  }
  if (run->stage == "image-text") {
    warnings.push_back("No language model took part in " + folder.string() +
                       " (image-text). Answers come with a run of image-captions that starts from it.");
  }
  return warnings;
}

Result<void> packTrained(const model::Pack& pack, const std::vector<fs::path>& runs, const std::string& name,
                         const fs::path& into) {
  if (!weights::isUtf8(name))
    return fail(ErrorCode::BadInput, "The pack's name " + name + " is not valid UTF-8. Give it another.");
  std::vector<Run> read;
  std::uint64_t bytes = 1'000'000;
  for (const fs::path& folder : runs) {
    auto run = readRun(folder);
    if (!run) return tl::unexpected(run.error());
    for (const weights::TensorInfo& tensor : run->file->tensors()) bytes += tensor.bytes;
    read.push_back(*std::move(run));
  }
  std::ifstream stream(pack.folder / "pack.json");
  ordered_json manifest = ordered_json::parse(stream, nullptr, false);
  if (!manifest.is_object())
    return fail(ErrorCode::CorruptFile, (pack.folder / "pack.json").string() + " is not valid JSON.");
  PackDraft draft(into);
  if (auto begun = draft.begin(bytes); !begun) return begun;
  std::vector<std::string> written;
  ordered_json files = ordered_json::array();
  for (const Run& run : read) {
    for (const Part& part : run.parts) {
      const std::string& inside = filesOfKinds().at(part.kind);
      if (std::ranges::find(written, inside) != written.end()) {
        return fail(ErrorCode::BadInput, run.folder.string() + " holds the part " + part.kind +
                                             ", and so does a run that was named before it. Name one of them.");
      }
      auto placed = run.hasSeveral() ? writePart(run, part, draft.place(inside)) : draft.copy(run.file->path(), inside);
      if (!placed) return placed;
      auto& interface = manifest["interfaces"][part.kind];
      interface["file"] = inside;
      interface["config"] = part.sizes;
      if (!part.wrap.is_null()) interface["wrap"] = part.wrap;
      written.push_back(inside);
    }
  }
  manifest["name"] = name;
  manifest.erase("files");
  const std::string used = manifest.dump();
  for (const model::PackFile& file : pack.files) {
    if (isLeftBehind(file.path, written, used) && file.path.find("interfaces/") == 0) continue;
    if (file.path == kCard) continue;
    if (auto linked = draft.link(pack.locate(file.path), file.path); !linked) return linked;
    files.push_back({{"path", file.path},
                     {"bytes", file.bytes},
                     {"sha256", file.sha256},
                     {"licence", file.licence},
                     {"origin", file.origin}});
  }
  for (const std::string& inside : written) files.push_back(entryOf(draft, inside, "trained by xllm train"));
  if (auto card = draft.write(cardOf(name, pack, read), kCard); !card) return card;
  files.push_back(entryOf(draft, kCard, "how the interfaces were trained"));
  manifest["files"] = std::move(files);
  if (auto described = draft.write(manifest.dump(2) + "\n", "pack.json"); !described) return described;
  if (auto fine = model::readPack(draft.folder()); !fine) return tl::unexpected(fine.error());
  return draft.finish();
}

}  // namespace xllm::importing
