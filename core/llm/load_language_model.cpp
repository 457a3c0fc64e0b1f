// Names and shapes of the Llama family's tensors in GGUF and Hugging Face files, and the way from there to a
// LlamaModel. Another family adds its names and its graph here beside this one.
#include <exception>
#include <string>
#include <utility>

#include <torch/torch.h>

#include "core/llm/llama_model.h"
#include "core/llm/weight_reader.h"

namespace xllm::llm {
namespace {

struct LayerTensors {
  WantedTensor input_layernorm, q_proj, k_proj, v_proj, o_proj, post_attention_layernorm, gate_proj, up_proj, down_proj;
};

struct LlamaTensors {
  WantedTensor embed_tokens, norm, lm_head;  // lm_head is absent when it is the embedding
  std::vector<LayerTensors> layers;

  std::vector<WantedTensor> all() const {
    std::vector<WantedTensor> list{embed_tokens, norm, lm_head};
    for (const LayerTensors& l : layers) {
      list.insert(list.end(), {l.input_layernorm, l.q_proj, l.k_proj, l.v_proj, l.o_proj, l.post_attention_layernorm,
                               l.gate_proj, l.up_proj, l.down_proj});
    }
    return list;
  }
};

// The same nine places of a layer in both namings.
struct LayerNames {
  const char *input_layernorm, *q_proj, *k_proj, *v_proj, *o_proj, *post_attention_layernorm, *gate_proj, *up_proj,
      *down_proj;
};
constexpr LayerNames kGgufNames{"attn_norm", "attn_q",   "attn_k", "attn_v",  "attn_output",
                                "ffn_norm",  "ffn_gate", "ffn_up", "ffn_down"};
constexpr LayerNames kHuggingFaceNames{"input_layernorm",  "self_attn.q_proj", "self_attn.k_proj",
                                       "self_attn.v_proj", "self_attn.o_proj", "post_attention_layernorm",
                                       "mlp.gate_proj",    "mlp.up_proj",      "mlp.down_proj"};

LlamaTensors wantedTensors(const LlamaConfig& c, bool gguf) {
  const LayerNames& names = gguf ? kGgufNames : kHuggingFaceNames;
  const std::int64_t queries = c.heads * c.headDim, keys = c.kvHeads * c.headDim;
  LlamaTensors wanted{
      .embed_tokens = {gguf ? "token_embd.weight" : "model.embed_tokens.weight", {c.vocabulary, c.hidden}},
      .norm = {gguf ? "output_norm.weight" : "model.norm.weight", {c.hidden}},
      .lm_head = {.name = gguf ? "output.weight" : "lm_head.weight",
                  .shape = {c.vocabulary, c.hidden},
                  .optional = true},
      .layers = {}};
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string prefix = (gguf ? "blk." : "model.layers.") + std::to_string(i) + ".";
    const auto name = [&](const char* part) { return prefix + part + ".weight"; };
    wanted.layers.push_back({
        .input_layernorm = {name(names.input_layernorm), {c.hidden}},
        .q_proj = {name(names.q_proj), {queries, c.hidden}, gguf ? c.heads : 0},
        .k_proj = {name(names.k_proj), {keys, c.hidden}, gguf ? c.kvHeads : 0},
        .v_proj = {name(names.v_proj), {keys, c.hidden}},
        .o_proj = {name(names.o_proj), {c.hidden, queries}},
        .post_attention_layernorm = {name(names.post_attention_layernorm), {c.hidden}},
        .gate_proj = {name(names.gate_proj), {c.intermediate, c.hidden}},
        .up_proj = {name(names.up_proj), {c.intermediate, c.hidden}},
        .down_proj = {name(names.down_proj), {c.hidden, c.intermediate}},
    });
  }
  return wanted;
}

// Old exports of Hugging Face carry the rotary frequencies, which follow from the configuration.
bool isIgnorable(std::string_view name) { return name.ends_with(".rotary_emb.inv_freq"); }

// Moves a result's value out, or throws its error for load() to hand back: nine places per layer can fail.
struct Failed {
  Error error;
};
template <typename T>
T need(Result<T> result) {
  if (!result) throw Failed{std::move(result.error())};
  return *std::move(result);
}

LlamaBlock loadBlock(const WeightReader& reader, const LayerTensors& wanted, const LlamaConfig& config) {
  LlamaBlock::Weights weights{
      .input_layernorm = need(reader.dense(wanted.input_layernorm, at::kFloat)),
      .post_attention_layernorm = need(reader.dense(wanted.post_attention_layernorm, at::kFloat)),
      .qkv_proj = need(reader.linear({wanted.q_proj, wanted.k_proj, wanted.v_proj})),
      .o_proj = need(reader.linear({wanted.o_proj})),
      .gate_up_proj = need(reader.linear({wanted.gate_proj, wanted.up_proj})),
      .down_proj = need(reader.linear({wanted.down_proj}))};
  return LlamaBlock(config, std::move(weights), reader.computeType());
}

std::unique_ptr<LanguageModel> loadLlama(const std::shared_ptr<const weights::Checkpoint>& checkpoint,
                                         const LlamaConfig& config, Precision precision) {
  const LlamaTensors wanted = wantedTensors(config, checkpoint->format() == "gguf");
  if (auto fits = checkTensors(*checkpoint, wanted.all(), isIgnorable); !fits) throw Failed{std::move(fits.error())};
  auto pool = precision == Precision::AsStored ? std::make_shared<kernels::ThreadPool>() : nullptr;
  const WeightReader reader(checkpoint, precision, std::move(pool));

  Matrix words = need(reader.words(wanted.embed_tokens));
  const bool tied = checkpoint->find(wanted.lm_head.name) == nullptr;
  const bool shared = tied && (std::holds_alternative<kernels::QuantizedLinear>(words) ||
                               std::get<at::Tensor>(words).scalar_type() == reader.computeType());
  Matrix head = shared ? words : need(reader.matrix(tied ? wanted.embed_tokens : wanted.lm_head));

  std::vector<LlamaBlock> layers;
  layers.reserve(wanted.layers.size());
  for (const LayerTensors& layer : wanted.layers) layers.push_back(loadBlock(reader, layer, config));
  LlamaModel::Weights weights{.embed_tokens = WordEmbedding(std::move(words)),
                              .layers = std::move(layers),
                              .norm = need(reader.dense(wanted.norm, at::kFloat)),
                              .lm_head = Linear({std::move(head)})};
  return std::make_unique<LlamaModel>(config, std::move(weights), precision);
}

}  // namespace

Result<std::unique_ptr<LanguageModel>> loadLanguageModel(std::shared_ptr<const weights::Checkpoint> checkpoint,
                                                         Precision precision) {
  if (checkpoint->format() != "gguf") {
    return fail(ErrorCode::BadInput,
                "The language model in " + checkpoint->path().string() + " is a " + std::string(checkpoint->format()) +
                    " file, which does not carry its configuration. A config.json must lie beside it.");
  }
  auto config = configFromGguf(*checkpoint);
  if (!config) return tl::unexpected(config.error());
  return loadLanguageModel(std::move(checkpoint), *config, precision);
}

Result<std::unique_ptr<LanguageModel>> loadLanguageModel(std::shared_ptr<const weights::Checkpoint> checkpoint,
                                                         const LlamaConfig& config, Precision precision) {
  const c10::InferenceMode plainTensors(false);  // a training step saves weights for its backward pass
  const at::NoGradGuard noGrad;
  try {
    return loadLlama(checkpoint, config, precision);
  } catch (Failed& failed) {
    return tl::unexpected(std::move(failed.error));
  } catch (const c10::OutOfMemoryError&) {
    return fail(ErrorCode::OutOfMemory, "There is not enough memory for the language model in " +
                                            checkpoint->path().string() +
                                            ". Close other programs or choose a smaller model.");
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::OutOfMemory, "There is not enough memory for the language model in " +
                                            checkpoint->path().string() +
                                            ". Close other programs or choose a smaller model.");
  }
}

}  // namespace xllm::llm
