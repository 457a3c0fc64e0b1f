#include "core/training/start_weights.h"

#include "core/training/run_folder.h"
#include "core/weights/checkpoint.h"
#include "core/x2l/parameters.h"

namespace xllm::training {

Result<void> loadStartWeights(torch::nn::Module& module, const TrainConfig& config) {
  if (config.init.empty()) return {};
  std::filesystem::path path = config.init;
  if (std::filesystem::is_directory(path)) {
    const auto newest = newestCheckpointIn(path);
    if (!newest)
      return fail(ErrorCode::NotFound, "The run " + path.string() + " (\"init\") holds no checkpoint to start from.");
    path = *newest;
  }
  const auto file = weights::Checkpoint::open(path);
  if (!file) return tl::unexpected(file.error());
  // A checkpoint holds the optimizer's moments beside the parameters; an exported file holds the parameters alone.
  const bool checkpoint = !(*file)->tensors().empty() && (*file)->tensors().front().name.starts_with("parameter/");
  x2l::LoadOptions options;
  if (checkpoint) options.prefix = "parameter/";
  return x2l::loadParameters(module, **file, options);
}

}  // namespace xllm::training
