// From a checkpoint to a DecoderModel.
#include <exception>
#include <string>
#include <utility>

#include <torch/types.h>

#include "core/base/caught.h"
#include "core/llm/decoder_model.h"
#include "core/llm/decoder_tensors.h"
#include "core/llm/load_failure.h"
#include "core/llm/load_prefix_decoder.h"
#include "core/llm/packed_weights.h"
#include "core/llm/weight_reader.h"

namespace xllm::llm {
namespace {

DecoderBlock loadBlock(const WeightReader& reader, const LayerTensors& wanted, const DecoderConfig& config,
                       bool local) {
  const auto norm = [&](const WantedTensor& tensor) {
    return tensor.name.empty() ? at::Tensor() : need(reader.dense(tensor, at::kFloat));
  };
  DecoderBlock::Weights weights{.input_layernorm = norm(wanted.input_layernorm),
                                .post_attention_layernorm = norm(wanted.post_attention_layernorm),
                                .q_norm = norm(wanted.q_norm),
                                .k_norm = norm(wanted.k_norm),
                                .attention_output_norm = norm(wanted.attention_output_norm),
                                .mlp_output_norm = norm(wanted.mlp_output_norm),
                                .qkv_proj = need(reader.linear(wanted.qkv_proj, wanted.qkv_bias)),
                                .o_proj = need(reader.linear({wanted.o_proj})),
                                .gate_up_proj = need(reader.linear(wanted.gate_up_proj)),
                                .down_proj = need(reader.linear({wanted.down_proj}))};
  return DecoderBlock(config, std::move(weights), local, reader.computeType());
}

// The reference rounds the embeddings' factor to the type that they are stored in.
double embeddingScale(const DecoderConfig& config, const weights::Checkpoint& checkpoint, const std::string& words) {
  const bool rounded = config.embeddingScale != 1.0 && checkpoint.find(words)->type == weights::StorageType::BF16;
  return rounded ? static_cast<double>(static_cast<float>(c10::BFloat16(static_cast<float>(config.embeddingScale))))
                 : config.embeddingScale;
}

std::unique_ptr<LanguageModel> loadDecoder(const std::shared_ptr<const weights::Checkpoint>& checkpoint,
                                           const DecoderConfig& config, Precision precision, PackedWeights* packed) {
  const DecoderTensors wanted = decoderTensors(config, *checkpoint);
  auto pool = precision == Precision::AsStored ? std::make_shared<kernels::ThreadPool>() : nullptr;
  const WeightReader reader(checkpoint, precision, std::move(pool), packed);

  Matrix words = need(reader.words(wanted.embed_tokens));
  const bool tied = checkpoint->find(wanted.lm_head.name) == nullptr;
  const bool shared = tied && (std::holds_alternative<kernels::QuantizedLinear>(words) ||
                               std::get<at::Tensor>(words).scalar_type() == reader.computeType());
  Matrix head = shared ? words : need(reader.matrix(tied ? wanted.embed_tokens : wanted.lm_head));

  std::vector<DecoderBlock> layers;
  layers.reserve(wanted.layers.size());
  for (std::size_t i = 0; i < wanted.layers.size(); ++i) {
    layers.push_back(loadBlock(reader, wanted.layers[i], config, config.isLocal(static_cast<std::int64_t>(i))));
  }
  const double scale = embeddingScale(config, *checkpoint, wanted.embed_tokens.name);
  DecoderModel::Weights weights{.embed_tokens = WordEmbedding(std::move(words), scale),
                                .layers = std::move(layers),
                                .norm = need(reader.dense(wanted.norm, at::kFloat)),
                                .lm_head = Linear({std::move(head)})};
  return std::make_unique<DecoderModel>(config, std::move(weights), precision);
}

Result<DecoderConfig> configOf(const weights::Checkpoint& checkpoint) {
  return checkpoint.format() == "gguf" ? configFromGguf(checkpoint)
                                       : configFromJson(checkpoint.path().parent_path() / "config.json");
}

Result<std::unique_ptr<LanguageModel>> loadChecked(std::shared_ptr<const weights::Checkpoint> checkpoint,
                                                   const DecoderConfig& config, Precision precision,
                                                   PackedWeights* packed) {
  const c10::InferenceMode plainTensors(false);  // a training step saves weights for its backward pass
  const at::NoGradGuard noGrad;
  if (auto whole = checkLanguageModel(*checkpoint, config); !whole) return tl::unexpected(whole.error());
  try {
    if (config.prefixDecoder) return loadPrefixDecoder(checkpoint, config, precision, packed);
    return loadDecoder(checkpoint, config, precision, packed);
  } catch (Failed& failed) {
    return tl::unexpected(std::move(failed.error));
  } catch (const std::exception& problem) {
    if (!isOutOfMemory(problem)) throw;
    return fail(ErrorCode::OutOfMemory, "There is not enough memory for the language model in " +
                                            checkpoint->path().string() +
                                            ". Close other programs or choose a smaller model.");
  }
}

}  // namespace

Result<std::unique_ptr<LanguageModel>> loadLanguageModel(std::shared_ptr<const weights::Checkpoint> checkpoint,
                                                         Precision precision) {
  auto config = configOf(*checkpoint);
  if (!config) return tl::unexpected(config.error());
  return loadChecked(std::move(checkpoint), *config, precision, nullptr);
}

Result<std::unique_ptr<LanguageModel>> loadLanguageModel(std::shared_ptr<const weights::Checkpoint> checkpoint,
                                                         const DecoderConfig& config, Precision precision) {
  return loadChecked(std::move(checkpoint), config, precision, nullptr);
}

Result<std::unique_ptr<LanguageModel>> loadLanguageModel(std::shared_ptr<const weights::Checkpoint> checkpoint,
                                                         PackedWeights& packed) {
  auto config = configOf(*checkpoint);
  if (!config) return tl::unexpected(config.error());
  return loadChecked(std::move(checkpoint), *config, Precision::AsStored, &packed);
}

Result<void> checkLanguageModel(const weights::Checkpoint& checkpoint, const DecoderConfig& config) {
  const auto wanted = config.prefixDecoder ? prefixDecoderTensors(config) : decoderTensors(config, checkpoint).all();
  return checkTensors(checkpoint, wanted, isIgnorable);
}

}  // namespace xllm::llm
