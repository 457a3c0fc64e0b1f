#include "core/importing/import_language_model.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <torch/torch.h>
#include <nlohmann/json.hpp>

#include "core/llm/row_quantized.h"
#include "core/weights/block_formats.h"
#include "core/weights/safetensors_writer.h"

namespace xllm::importing {
namespace {

namespace fs = std::filesystem;
using weights::StorageType;
using weights::TensorInfo;

constexpr std::int64_t kValuesAtOnce = 1 << 22;
constexpr const char* kWeightsFile = "llm/model.safetensors";

// One tensor of the source, and what becomes of it.
struct Planned {
  TensorInfo from, to;
  int bits = 0;  // of ChatGLM's whole numbers; its scales are the tensor NAME_scale
};

bool isWordsOrHead(const std::string& name) {
  return name.find("embed") != std::string::npos || name.starts_with("lm_head.") ||
         name.find("output_layer.") != std::string::npos;
}

// The type that a floating-point matrix is kept in.
StorageType keptAs(const TensorInfo& tensor, MatrixBits bits) {
  const bool matrix = tensor.shape.size() == 2 && tensor.name.ends_with(".weight") && tensor.shape[1] % 32 == 0 &&
                      tensor.name.find("prefix_encoder") == std::string::npos && !weights::isBlockFormat(tensor.type);
  if (!matrix || bits == MatrixBits::AsStored) return tensor.type;
  return bits == MatrixBits::Four && !isWordsOrHead(tensor.name) ? StorageType::Q4_1 : StorageType::Q8_0;
}

std::vector<Planned> planOf(const FoundModel& found, MatrixBits bits) {
  const int whole = found.config.matrixBits;
  std::vector<Planned> plan;
  for (const TensorInfo& tensor : found.checkpoint->tensors()) {
    if (tensor.name.ends_with(".inv_freq")) continue;
    if (whole > 0 && tensor.name.ends_with(".weight_scale")) continue;
    Planned planned{.from = tensor, .to = tensor};
    if (whole > 0 && tensor.type == StorageType::I8) {
      planned.bits = whole;
      planned.to.shape.back() = tensor.shape.back() * 8 / whole;
      planned.to.type = whole == 8 ? StorageType::Q8_0 : StorageType::Q4_0;
    } else {
      planned.to.type = keptAs(tensor, bits);
    }
    plan.push_back(std::move(planned));
  }
  return plan;
}

std::uint64_t bytesOf(const Planned& planned) { return weights::storedBytes(planned.to.type, planned.to.shape); }

std::uint64_t bytesOf(const std::vector<Planned>& plan) {
  std::uint64_t bytes = 0;
  for (const Planned& planned : plan) bytes += bytesOf(planned);
  return bytes;
}

tl::unexpected<Error> cancelled() { return fail(ErrorCode::Cancelled, "Stopped."); }

// Sums over all matrices that were rounded.
struct Rounding {
  double squares = 0.0, errors = 0.0;
  double relative() const { return squares > 0 ? std::sqrt(errors / squares) : 0.0; }
};

class Importer {
 public:
  Importer(const FoundModel& found, const ImportOptions& options, std::stop_token stop, const ImportProgress& progress)
      : m_found(found),
        m_options(options),
        m_stop(std::move(stop)),
        m_progress(progress),
        m_part(options.into.parent_path() / ("." + options.into.filename().string() + ".part")) {}
  ~Importer() {
    std::error_code ignored;
    if (!m_done) fs::remove_all(m_part, ignored);
  }
  Importer(const Importer&) = delete;
  Importer& operator=(const Importer&) = delete;

  Result<ImportReport> run();

 private:
  Result<void> makeFolder(std::uint64_t bytes);
  Result<void> writeWeights(const std::vector<Planned>& plan);
  Result<void> writeTensor(const Planned& planned, weights::SafetensorsWriter& writer);
  Result<void> writeAsStored(const Planned& planned, weights::SafetensorsWriter& writer) const;
  Result<void> writeWholeNumbers(const Planned& planned, weights::SafetensorsWriter& writer) const;
  Result<void> writeRounded(const Planned& planned, weights::SafetensorsWriter& writer);
  Result<void> copyBeside();
  Result<void> writeDescription() const;
  Result<void> verify() const;
  bool isGguf() const { return m_found.checkpoint->format() == "gguf"; }
  std::string weightsFile() const {
    return isGguf() ? "llm/" + m_found.weights.filename().string() : std::string(kWeightsFile);
  }

  const FoundModel& m_found;
  const ImportOptions& m_options;
  std::stop_token m_stop;
  const ImportProgress& m_progress;
  fs::path m_part;
  bool m_done = false;
  ImportReport m_report;
  Rounding m_rounding;
};

Result<ImportReport> Importer::run() {
  if (isGguf() && m_options.bits != MatrixBits::AsStored) {
    return fail(ErrorCode::Unsupported, "The matrices of the GGUF file " + m_found.weights.string() +
                                            " are rounded already; it is imported as it is. Leave the bits out, or " +
                                            "import the model from its safetensors or PyTorch files.");
  }
  const auto plan = planOf(m_found, m_options.bits);
  const std::uint64_t bytes = bytesOf(plan);
  if (auto made = makeFolder(bytes); !made) return tl::unexpected(made.error());
  if (!isGguf()) {
    if (auto written = writeWeights(plan); !written) return tl::unexpected(written.error());
  }
  if (auto done = copyBeside(); !done) return tl::unexpected(done.error());
  if (auto done = writeDescription(); !done) return tl::unexpected(done.error());
  if (auto sound = verify(); !sound) return tl::unexpected(sound.error());
  std::error_code problem;
  fs::rename(m_part, m_options.into, problem);
  if (problem) {
    return fail(ErrorCode::DiskFull,
                "Cannot give the pack its name " + m_options.into.string() + ": " + problem.message() + ".");
  }
  m_done = true;
  m_report.bytes = bytes;
  m_report.error = m_rounding.relative();
  return m_report;
}

Result<void> Importer::makeFolder(std::uint64_t bytes) {
  std::error_code problem;
  if (fs::exists(m_options.into)) {
    return fail(ErrorCode::BadInput,
                m_options.into.string() + " is there already. Remove it, or give the new pack another name.");
  }
  fs::remove_all(m_part, problem);
  fs::create_directories(m_part / "llm", problem);
  if (problem)
    return fail(ErrorCode::DiskFull, "Cannot make the folder " + m_part.string() + ": " + problem.message() + ".");
  const auto space = fs::space(m_part, problem);
  if (!problem && space.available < bytes) {
    return fail(ErrorCode::DiskFull, "The pack needs " + std::to_string(bytes / 1'000'000) + " MB in " +
                                         m_options.into.parent_path().string() + ", where " +
                                         std::to_string(space.available / 1'000'000) +
                                         " MB are free. Make room, or import it with fewer bits.");
  }
  return {};
}

Result<void> Importer::writeWeights(const std::vector<Planned>& plan) {
  std::vector<TensorInfo> infos;
  for (const Planned& planned : plan) infos.push_back(planned.to);
  const auto total = static_cast<double>(bytesOf(plan));
  std::uint64_t done = 0;
  weights::SafetensorsWriter writer(m_part / kWeightsFile, std::move(infos), {{"family", m_found.family}});
  for (const Planned& planned : plan) {
    if (m_stop.stop_requested()) return cancelled();
    if (m_progress) m_progress(static_cast<double>(done) / total, planned.from.name);
    if (auto written = writeTensor(planned, writer); !written) return written;
    m_found.checkpoint->letGo(planned.from.name);
    done += bytesOf(planned);
  }
  return writer.finish();
}

Result<void> Importer::writeTensor(const Planned& planned, weights::SafetensorsWriter& writer) {
  if (planned.bits > 0) return writeWholeNumbers(planned, writer);
  return planned.to.type == planned.from.type ? writeAsStored(planned, writer) : writeRounded(planned, writer);
}

Result<void> Importer::writeAsStored(const Planned& planned, weights::SafetensorsWriter& writer) const {
  if (const auto stored = m_found.checkpoint->stored(planned.from.name)) {
    writer.write(stored->bytes);
    return {};
  }
  const auto loaded = m_found.checkpoint->load(planned.from.name);  // a strided view
  if (!loaded) return tl::unexpected(loaded.error());
  const at::Tensor whole = loaded->contiguous();
  writer.write({static_cast<const std::byte*>(whole.const_data_ptr()), whole.nbytes()});
  return {};
}

Result<void> Importer::writeWholeNumbers(const Planned& planned, weights::SafetensorsWriter& writer) const {
  const auto numbers = m_found.checkpoint->load(planned.from.name);
  const auto scale = m_found.checkpoint->load(planned.from.name + "_scale");
  if (!numbers) return tl::unexpected(numbers.error());
  if (!scale) return tl::unexpected(scale.error());
  writer.write(llm::repacked(*numbers, scale->to(at::kHalf), planned.bits).blocks);
  return {};
}

Result<void> Importer::writeRounded(const Planned& planned, weights::SafetensorsWriter& writer) {
  const auto loaded = m_found.checkpoint->load(planned.from.name);
  if (!loaded) return tl::unexpected(loaded.error());
  const std::int64_t width = planned.to.shape[1], step = std::max<std::int64_t>(1, kValuesAtOnce / width);
  Rounding own;
  for (std::int64_t begin = 0; begin < planned.to.shape[0]; begin += step) {
    const std::int64_t rows = std::min(step, planned.to.shape[0] - begin);
    const at::Tensor values = loaded->narrow(0, begin, rows).to(at::kFloat).contiguous();
    std::vector<std::byte> blocks(weights::storedBytes(planned.to.type, {rows, width}));
    at::Tensor back = at::empty_like(values);
    const std::size_t rowBytes = blocks.size() / static_cast<std::size_t>(rows);
    at::parallel_for(0, rows, 16, [&](std::int64_t first, std::int64_t last) {
      const auto count = static_cast<std::size_t>((last - first) * width);
      const auto bytes = std::span(blocks).subspan(static_cast<std::size_t>(first) * rowBytes,
                                                   static_cast<std::size_t>(last - first) * rowBytes);
      weights::quantise(planned.to.type, {values.const_data_ptr<float>() + first * width, count}, bytes);
      weights::dequantise(planned.to.type, bytes, {back.mutable_data_ptr<float>() + first * width, count});
    });
    writer.write(blocks);
    own.squares += values.square().sum(at::kDouble).item<double>();
    own.errors += (back - values).square().sum(at::kDouble).item<double>();
  }
  m_rounding.squares += own.squares;
  m_rounding.errors += own.errors;
  if (own.relative() > m_report.worstError) {
    m_report.worstError = own.relative();
    m_report.worstTensor = planned.from.name;
  }
  return {};
}

// What lies beside the weights: the configuration, the tokenizer; of a GGUF file, the file.
Result<void> Importer::copyBeside() {
  std::error_code problem;
  const auto copy = [&](const fs::path& file) {
    if (!problem && !file.empty()) fs::copy_file(file, m_part / "llm" / file.filename(), problem);
  };
  copy(m_found.tokenizerFile);
  if (isGguf()) copy(m_found.weights);
  if (problem) return fail(ErrorCode::DiskFull, "Cannot copy into " + m_part.string() + ": " + problem.message() + ".");
  if (isGguf()) return {};
  std::ifstream file(m_found.configFile);
  auto config = nlohmann::json::parse(file, nullptr, false);
  config.erase("quantization_bit");  // the blocks say it themselves
  if (const auto& own = m_found.config.prefixDecoder; own && own->tunedColumns > 0) {
    config["pre_seq_len"] = own->tunedColumns;
    config["prefix_projection"] = own->tunedWidth > 0;
  }
  std::ofstream out(m_part / "llm/config.json");
  out << config.dump(2) << '\n';
  return out.flush() ? Result<void>()
                     : fail(ErrorCode::DiskFull, "Cannot write the configuration into " + m_part.string() + ".");
}

Result<void> Importer::writeDescription() const {
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const auto& entry : fs::directory_iterator(m_part / "llm")) {
    files.push_back({{"path", "llm/" + entry.path().filename().string()},
                     {"bytes", entry.file_size()},
                     {"licence", ""},
                     {"origin", m_found.family + ", imported from " + m_found.weights.filename().string()}});
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a["path"] < b["path"]; });
  nlohmann::ordered_json model{{"file", weightsFile()}};
  if (!m_found.tokenizerFile.empty()) model["tokenizer"] = "llm/" + m_found.tokenizerFile.filename().string();
  model["chatTemplate"] = m_options.chatTemplate;
  model["systemPrompt"] = "";
  const nlohmann::ordered_json pack{
      {"format", 1}, {"name", m_options.name}, {"version", "1.0"}, {"languageModel", model}, {"files", files}};
  std::ofstream out(m_part / "pack.json");
  out << pack.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
  return out.flush() ? Result<void>()
                     : fail(ErrorCode::DiskFull, "Cannot write " + (m_part / "pack.json").string() + ".");
}

// What was written opens, is complete, and has the shapes of its configuration.
Result<void> Importer::verify() const {
  const auto again = findLanguageModel(m_part / weightsFile());
  if (!again) return tl::unexpected(again.error());
  return {};
}

}  // namespace

Result<ImportReport> importLanguageModel(const FoundModel& found, const ImportOptions& options, std::stop_token stop,
                                         const ImportProgress& progress) {
  const at::NoGradGuard noGrad;
  return Importer(found, options, std::move(stop), progress).run();
}

std::int64_t parameterCount(const FoundModel& found) {
  std::int64_t count = 0;
  for (const Planned& planned : planOf(found, MatrixBits::AsStored)) {
    std::int64_t product = 1;
    for (const std::int64_t size : planned.to.shape) product *= size;
    count += product;
  }
  return count;
}

std::uint64_t weightBytes(const FoundModel& found, MatrixBits bits) { return bytesOf(planOf(found, bits)); }

}  // namespace xllm::importing
