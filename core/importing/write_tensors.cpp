#include "core/importing/write_tensors.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <span>
#include <utility>

#include <torch/types.h>

#include "core/llm/row_quantized.h"
#include "core/weights/block_formats.h"

namespace xllm::importing {
namespace {

constexpr std::int64_t kValuesAtOnce = 1 << 22;

std::uint64_t bytesOf(const PlannedTensor& planned) { return weights::storedBytes(planned.to.type, planned.to.shape); }

Result<void> writeAsStored(const weights::Checkpoint& from, const PlannedTensor& planned,
                           weights::SafetensorsWriter& writer) {
  if (const auto stored = from.stored(planned.from.name)) {
    writer.write(stored->bytes);
    return {};
  }
  const auto loaded = from.load(planned.from.name);  // a strided view
  if (!loaded) return tl::unexpected(loaded.error());
  const at::Tensor whole = loaded->contiguous();
  writer.write({static_cast<const std::byte*>(whole.const_data_ptr()), whole.nbytes()});
  return {};
}

Result<void> writeWholeNumbers(const weights::Checkpoint& from, const PlannedTensor& planned,
                               weights::SafetensorsWriter& writer) {
  const auto numbers = from.load(planned.from.name);
  const auto scale = from.load(planned.from.name + "_scale");
  if (!numbers) return tl::unexpected(numbers.error());
  if (!scale) return tl::unexpected(scale.error());
  writer.write(llm::repacked(*numbers, scale->to(at::kHalf), planned.bits).blocks);
  return {};
}

}  // namespace

std::int64_t numbersIn(const weights::TensorInfo& tensor) {
  return std::accumulate(tensor.shape.begin(), tensor.shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::uint64_t bytesOf(const std::vector<PlannedTensor>& plan) {
  std::uint64_t bytes = 0;
  for (const PlannedTensor& planned : plan) bytes += bytesOf(planned);
  return bytes;
}

std::vector<PlannedTensor> asStored(const weights::Checkpoint& file, const std::vector<std::string>& names) {
  std::vector<PlannedTensor> plan;
  for (const std::string& name : names) plan.push_back({.from = *file.find(name), .to = *file.find(name)});
  return plan;
}

double Rounding::relative() const { return squares > 0 ? std::sqrt(errors / squares) : 0.0; }

TensorWriter::TensorWriter(std::uint64_t total, std::stop_token stop, const ImportProgress& progress)
    : m_total(total), m_stop(std::move(stop)), m_progress(progress) {}

Result<void> TensorWriter::write(const weights::Checkpoint& from, const std::vector<PlannedTensor>& plan,
                                 const std::filesystem::path& file,
                                 const std::map<std::string, std::string>& metadata) {
  std::vector<weights::TensorInfo> infos;
  for (const PlannedTensor& planned : plan) infos.push_back(planned.to);
  weights::SafetensorsWriter writer(file, std::move(infos), metadata);
  for (const PlannedTensor& planned : plan) {
    if (m_stop.stop_requested()) return fail(ErrorCode::Cancelled, "Stopped.");
    if (m_progress) m_progress(static_cast<double>(m_done) / static_cast<double>(m_total), planned.from.name);
    if (auto written = writeTensor(from, planned, writer); !written) return written;
    from.letGo(planned.from.name);
    m_done += bytesOf(planned);
  }
  return writer.finish();
}

Result<void> TensorWriter::writeTensor(const weights::Checkpoint& from, const PlannedTensor& planned,
                                       weights::SafetensorsWriter& writer) {
  if (planned.bits > 0) return writeWholeNumbers(from, planned, writer);
  return planned.to.type == planned.from.type ? writeAsStored(from, planned, writer)
                                              : writeRounded(from, planned, writer);
}

Result<void> TensorWriter::writeRounded(const weights::Checkpoint& from, const PlannedTensor& planned,
                                        weights::SafetensorsWriter& writer) {
  const auto loaded = from.load(planned.from.name);
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
  if (own.relative() > m_worstError) {
    m_worstError = own.relative();
    m_worstTensor = planned.from.name;
  }
  return {};
}

}  // namespace xllm::importing
