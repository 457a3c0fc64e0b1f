#include "core/encoders/image_encoder_plan.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <ATen/ATen.h>

#include "core/weights/block_formats.h"

namespace xllm::encoders {
namespace {

namespace fs = std::filesystem;

// A checkpoint of shapes: its tensors have no numbers (LibTorch's device "meta"), and it remembers which were asked
// for.
class Rehearsal final : public weights::Checkpoint {
 public:
  explicit Rehearsal(std::shared_ptr<const weights::Checkpoint> file)
      : Checkpoint(file->path()), m_file(std::move(file)) {}

  std::string_view format() const override { return m_file->format(); }
  const std::vector<weights::TensorInfo>& tensors() const override { return m_file->tensors(); }
  const weights::Metadata& metadata() const override { return m_file->metadata(); }
  const weights::TensorInfo* find(std::string_view name) const override { return m_file->find(name); }
  Result<weights::StoredTensor> stored(std::string_view name) const override { return m_file->stored(name); }
  Result<at::Tensor> load(std::string_view name) const override {
    const weights::TensorInfo* info = m_file->find(name);
    if (info == nullptr) return m_file->load(name);  // tells that it is not there
    if (std::ranges::find(m_asked, name) == m_asked.end()) m_asked.emplace_back(name);
    const auto type = weights::isBlockFormat(info->type) ? at::kFloat : weights::scalarType(info->type);
    if (!type) return m_file->load(name);  // tells what LibTorch has no type for
    return at::empty(info->shape, at::TensorOptions().dtype(*type).device(at::kMeta));
  }

  std::vector<std::string> asked() const { return m_asked; }

 private:
  std::shared_ptr<const weights::Checkpoint> m_file;
  mutable std::vector<std::string> m_asked;  // by the loader, on the one thread that plans
};

bool says(const VisionOptions& options) {
  return options.heads > 0 || options.inputSide > 0 || options.activation || options.normEpsilon;
}

}  // namespace

Result<ImageEncoderPlan> planImageEncoder(const std::shared_ptr<const weights::Checkpoint>& file,
                                          const VisionOptions& options) {
  ImageEncoderPlan plan{.type = std::string(imageEncoderTypeOf(*file)), .shape = {}, .tensors = {}, .visionConfig = {}};
  const fs::path config = file->path().parent_path() / "config.json";
  if (const auto heard = withVisionConfig({}, config); heard && says(*heard)) plan.visionConfig = config;
  const Rehearsal rehearsal(file);
  const auto encoder = loadImageEncoder(plan.type, rehearsal, options);
  if (!encoder) return tl::unexpected(encoder.error());
  plan.shape = (*encoder)->shape();
  plan.tensors = rehearsal.asked();
  return plan;
}

}  // namespace xllm::encoders
