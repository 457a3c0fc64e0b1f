#include "core/training/start_weights.h"

#include "core/training/run_folder.h"
#include "core/x2l/published_qformer.h"

namespace xllm::training {

Result<StartFile> openStartFile(const TrainConfig& config) {
  std::filesystem::path path = config.init;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return fail(
        ErrorCode::NotFound,
        path.string() + " (\"init\") is not there. If it is the run of the stage before, train that one first.");
  }
  if (std::filesystem::is_directory(path, ignored)) {
    const auto newest = startingPointIn(path);
    if (!newest)
      return fail(ErrorCode::NotFound,
                  "The run " + path.string() + " (\"init\") holds no checkpoint to start from. Train it first.");
    path = *newest;
  }
  const auto file = weights::Checkpoint::open(path);
  if (!file) return tl::unexpected(file.error());
  // A checkpoint holds the optimizer's moments beside the parameters; an exported file holds the parameters alone.
  const bool checkpoint = !(*file)->tensors().empty() && (*file)->tensors().front().name.starts_with("parameter/");
  StartFile start{x2l::withLavisNames(*file), {}};
  if (checkpoint) start.options.prefix = "parameter/";
  return start;
}

Result<void> loadStartWeights(torch::nn::Module& module, const TrainConfig& config, const x2l::LoadOptions& more) {
  if (config.init.empty()) return {};
  auto start = openStartFile(config);
  if (!start) return tl::unexpected(start.error());
  if (start->holdsStage1()) start->options.prefix += "image.";
  start->options.rename = more.rename;
  start->options.ignore = more.ignore;
  start->options.optional = more.optional;
  return x2l::loadParameters(module, *start->file, start->options);
}

}  // namespace xllm::training
