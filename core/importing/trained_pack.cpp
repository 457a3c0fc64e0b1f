#include "core/importing/trained_pack.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/base/file_lock.h"
#include "core/base/sha256.h"
#include "core/importing/pack_draft.h"

namespace xllm::importing {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::uint64_t kLongestHeader = 100'000'000;  // bytes, of a safetensors file
const char* const kCard = "card.md";

const std::map<std::string, std::string>& filesOfKinds() {
  static const std::map<std::string, std::string> files{{"image", "interfaces/image/i2l.safetensors"},
                                                        {"speech", "interfaces/speech/s2l.safetensors"},
                                                        {"video", "interfaces/video/v2l.safetensors"}};
  return files;
}

struct Run {
  fs::path folder;
  json config, header;  // of run.json; of the weights
  std::string stage;
  json validation;  // the last one's measures; null: none
  long long step = 0;

  fs::path weights() const { return folder / "interface.safetensors"; }
  json metadata() const { return header.value("__metadata__", json::object()); }
  std::vector<std::string> kinds() const {
    if (stage != "integrate") return {stage.substr(0, stage.find('-'))};
    std::vector<std::string> all;
    const json interfaces = config.value("interface", json::object());
    for (const auto& [kind, sizes] : interfaces.items()) all.push_back(kind);
    return all;
  }
};

Result<json> headerOf(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::array<unsigned char, 8> bytes{};
  stream.read(reinterpret_cast<char*>(bytes.data()), bytes.size());
  std::uint64_t length = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) length = length << 8 | bytes[i];
  json header;
  if (stream && length < kLongestHeader) {
    std::string text(length, '\0');
    if (stream.read(text.data(), static_cast<std::streamsize>(length))) header = json::parse(text, nullptr, false);
  }
  if (!header.is_object())
    return fail(ErrorCode::CorruptFile, file.string() + " is damaged. Go on with the run: it writes it anew.");
  header["\n"] = length;  // no tensor is called so
  return header;
}

Result<Run> readRun(const fs::path& folder) {
  if (!isRun(folder)) {
    return fail(ErrorCode::NotFound, folder.string() +
                                         " holds no run with weights (run.json and "
                                         "interface.safetensors). Give the folder of a run of xllm train "
                                         "that came to its first checkpoint.");
  }
  Run run;
  run.folder = folder;
  std::ifstream stream(folder / "run.json");
  const json described = json::parse(stream, nullptr, false);
  if (described.is_object()) run.config = described.value("config", json());
  if (!run.config.is_object() || !run.config.value("stage", json()).is_string())
    return fail(ErrorCode::CorruptFile, (folder / "run.json").string() + " is damaged.");
  run.stage = run.config["stage"].get<std::string>();
  auto header = headerOf(run.weights());
  if (!header) return tl::unexpected(header.error());
  run.header = *std::move(header);
  run.step = std::atoll(run.metadata().value("step", std::string("0")).c_str());
  std::ifstream metrics(folder / "metrics.jsonl");
  for (std::string line; std::getline(metrics, line);) {
    const json row = json::parse(line, nullptr, false);
    if (row.is_object() && row.contains("validation") && row.value("step", 0LL) <= run.step)
      run.validation = row["validation"];
  }
  for (const std::string& kind : run.kinds()) {
    if (!filesOfKinds().contains(kind))
      return fail(ErrorCode::BadInput, folder.string() + " is a run of an unknown stage: " + run.stage + ".");
  }
  return run;
}

// One interface's tensors of a file that holds several: those whose names begin with "kind.", as a file of its own.
Result<void> writePart(const Run& run, const std::string& kind, const fs::path& target) {
  const std::string begin = kind + ".";
  json described = {{"__metadata__", run.metadata()}};
  const json sizes = json::parse(run.metadata().value("config", std::string("{}")), nullptr, false);
  described["__metadata__"]["config"] = sizes.is_object() ? sizes.value(kind, json::object()).dump() : "{}";
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  std::uint64_t place = 0;
  for (const auto& [name, about] : run.header.items()) {
    if (!name.starts_with(begin)) continue;
    const auto offsets = about.value("data_offsets", std::vector<std::uint64_t>());
    if (offsets.size() != 2 || offsets[1] < offsets[0])
      return fail(ErrorCode::CorruptFile, run.weights().string() + " is damaged at " + name + ".");
    json own = about;
    own["data_offsets"] = {place, place + offsets[1] - offsets[0]};
    described[name.substr(begin.size())] = std::move(own);
    ranges.emplace_back(offsets[0], offsets[1] - offsets[0]);
    place += offsets[1] - offsets[0];
  }
  std::string text = described.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  std::ofstream out(target, std::ios::binary);
  for (std::uint64_t length = text.size(), i = 0; i < 8; ++i) out.put(static_cast<char>(length >> (8 * i) & 0xff));
  out << text;
  std::ifstream in(run.weights(), std::ios::binary);
  const auto data = 8 + run.header["\n"].get<std::uint64_t>();
  std::string bytes;
  for (const auto& [from, count] : ranges) {
    bytes.resize(count);
    in.seekg(static_cast<std::streamoff>(data + from));
    if (!in.read(bytes.data(), static_cast<std::streamsize>(count)))
      return fail(ErrorCode::CorruptFile, run.weights().string() + " ends too early.");
    out << bytes;
  }
  return out.flush() ? Result<void>() : fail(ErrorCode::DiskFull, "Cannot write " + target.string() + ".");
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
    text += "Trained by `xllm train` for " + std::to_string(run.step) + " steps of " +
            std::to_string(run.config.value("batch", 16) * run.config.value("accumulate", 1)) + " examples, seed " +
            std::to_string(run.config.value("seed", 1)) + ".\n";
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
  std::vector<Run> read;
  std::uint64_t bytes = 1'000'000;
  for (const fs::path& folder : runs) {
    auto run = readRun(folder);
    if (!run) return tl::unexpected(run.error());
    bytes += fs::file_size(run->weights());
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
    const bool several = run.stage == "integrate";
    for (const std::string& kind : run.kinds()) {
      const std::string& inside = filesOfKinds().at(kind);
      std::error_code ignored;
      fs::remove(draft.place(inside), ignored);  // of an earlier run
      auto placed = several ? writePart(run, kind, draft.place(inside)) : draft.copy(run.weights(), inside);
      if (!placed) return placed;
      const json sizes = json::parse(run.metadata().value("config", std::string("{}")), nullptr, false);
      auto& interface = manifest["interfaces"][kind];
      interface["file"] = inside;
      interface["config"] = several ? sizes.value(kind, json::object()) : sizes;
      const json said = several ? run.config["parts"].value(kind, json::object()) : run.config;
      if (said.contains("before") || said.contains("after"))
        interface["wrap"] = {{"before", said.value("before", "")}, {"after", said.value("after", "")}};
      std::erase(written, inside);
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
