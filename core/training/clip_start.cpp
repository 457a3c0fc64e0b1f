#include "core/training/clip_start.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <torch/types.h>
#include <torch/utils.h>

#include "core/data/format_text.h"
#include "core/training/start_weights.h"

namespace xllm::training {

namespace {

// Size of dimension `dim` of a tensor in the file; 0 when it is not there.
std::int64_t sizeIn(const StartFile& start, const std::string& name, std::size_t dim) {
  for (const auto& info : start.file->tensors()) {
    if (info.name == start.options.prefix + name) return dim < info.shape.size() ? info.shape[dim] : 0;
  }
  return 0;
}

void takeOver(at::Tensor to, at::Tensor from) {
  for (std::int64_t dim = 0; dim < to.dim(); ++dim) {
    const auto shared = std::min(to.size(dim), from.size(dim));
    to = to.narrow(dim, 0, shared);
    from = from.narrow(dim, 0, shared);
  }
  to.copy_(from);
}

}  // namespace

Result<void> loadClipStart(x2l::ImageInterface& interface, const TrainConfig& config) {
  if (config.init.empty()) return {};
  auto start = openStartFile(config);
  if (!start) return tl::unexpected(start.error());
  // A run of stage 1 holds the image interface beside a text branch.
  if (sizeIn(*start, "image.query_tokens", 1) > 0) start->options.prefix += "image.";
  if (sizeIn(*start, "time_embeddings", 0) > 0) return loadStartWeights(interface, config);

  x2l::ImageInterfaceConfig sizes = interface.config();
  sizes.timePositions = 0;
  sizes.clipQueries = x2l::ClipQueries::PerFrame;
  sizes.motionUnits = 0;
  sizes.queries = std::max<std::int64_t>(sizeIn(*start, "query_tokens", 1), 1);
  const std::string inner = "Qformer.bert.encoder.layer.0.intermediate_query.dense.weight";
  sizes.intermediate = std::max<std::int64_t>(sizeIn(*start, inner, 0), 1);
  x2l::ImageInterface image(sizes);
  if (const auto loaded = x2l::loadParameters(image, *start->file, start->options); !loaded) {
    return fail(ErrorCode::BadInput,
                data::formatText("\"init\" is no image interface of the same sizes as this video interface. {}",
                                 loaded.error().message));
  }
  const torch::NoGradGuard noGrad;
  auto targets = interface.named_parameters();
  for (const auto& item : image.named_parameters()) {
    at::Tensor& target = targets[item.key()];
    if (item.key() != "query_tokens") {
      takeOver(target, item.value());
      continue;
    }
    const at::Tensor which = at::arange(target.size(1), at::kLong) % item.value().size(1);
    target.copy_(item.value().index_select(1, which));
  }
  return {};
}

}  // namespace xllm::training
