#include "core/llm/load_prefix_decoder.h"

#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

#include "core/llm/load_failure.h"
#include "core/llm/prefix_decoder.h"
#include "core/llm/weight_reader.h"

namespace xllm::llm {
namespace {

constexpr const char* kWords = "transformer.word_embeddings.weight";
constexpr const char* kHead = "lm_head.weight";
constexpr const char* kTuned = "transformer.prefix_encoder.embedding.weight";

// What the file must hold, gathered while the names are made.
class Wanted {
 public:
  explicit Wanted(const DecoderConfig& config) : m_config(config) {}

  WantedTensor plain(const std::string& name, std::vector<std::int64_t> shape, bool optional = false) {
    WantedTensor tensor{name, std::move(shape)};
    tensor.optional = optional;
    m_all.push_back(tensor);
    return tensor;
  }
  // A layer's matrix [out, in], in whole numbers where the configuration says so.
  WantedTensor matrix(const std::string& name, std::int64_t out, std::int64_t in) {
    WantedTensor tensor{name + ".weight", {out, in}};
    tensor.bits = m_config.matrixBits;
    m_all.push_back(tensor);
    return tensor;
  }
  const std::vector<WantedTensor>& all() const { return m_all; }

 private:
  const DecoderConfig& m_config;
  std::vector<WantedTensor> m_all;
};

struct WithBias {
  WantedTensor weight, bias;
};
struct BlockTensors {
  WithBias input_layernorm, post_attention_layernorm;
  WithBias query_key_value, dense, dense_h_to_4h, dense_4h_to_h;
};
struct Tensors {
  WantedTensor word_embeddings, lm_head, tuned;
  std::vector<BlockTensors> layers;
  WithBias final_layernorm;
  WithBias tunedIn, tunedOut;
};

Tensors nameAll(const DecoderConfig& c, Wanted& wanted) {
  const auto norm = [&](const std::string& name) {
    return WithBias{wanted.plain(name + ".weight", {c.hidden}), wanted.plain(name + ".bias", {c.hidden})};
  };
  const auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in) {
    return WithBias{wanted.matrix(name, out, in), wanted.plain(name + ".bias", {out})};
  };
  Tensors names;
  names.word_embeddings = wanted.plain(kWords, {c.vocabulary, c.hidden});
  names.lm_head = wanted.plain(kHead, {c.vocabulary, c.hidden}, /*optional=*/true);
  names.final_layernorm = norm("transformer.final_layernorm");
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string prefix = "transformer.layers." + std::to_string(i) + ".";
    names.layers.push_back({norm(prefix + "input_layernorm"), norm(prefix + "post_attention_layernorm"),
                            linear(prefix + "attention.query_key_value", 3 * c.hidden, c.hidden),
                            linear(prefix + "attention.dense", c.hidden, c.hidden),
                            linear(prefix + "mlp.dense_h_to_4h", c.intermediate, c.hidden),
                            linear(prefix + "mlp.dense_4h_to_h", c.hidden, c.intermediate)});
  }
  const PrefixDecoderConfig& own = *c.prefixDecoder;
  if (own.tunedColumns == 0) return names;
  const std::int64_t each = 2 * c.layers * c.hidden;  // keys and values of a column
  const bool projected = own.tunedWidth > 0;
  names.tuned = wanted.plain(kTuned, {own.tunedColumns, projected ? own.tunedWidth : each});
  if (projected) {
    const auto mlp = [&](const std::string& name, std::int64_t out, std::int64_t in) {
      return WithBias{wanted.plain("transformer.prefix_encoder.trans." + name + ".weight", {out, in}),
                      wanted.plain("transformer.prefix_encoder.trans." + name + ".bias", {out})};
    };
    names.tunedIn = mlp("0", own.tunedWidth, own.tunedWidth);
    names.tunedOut = mlp("2", each, own.tunedWidth);
  }
  return names;
}

class Loader {
 public:
  Loader(const DecoderConfig& config, const WeightReader& reader) : m_config(config), m_reader(reader) {}

  PrefixDecoder::LayerNorm norm(const WithBias& names) const { return {floats(names.weight), floats(names.bias)}; }
  Linear linear(const WithBias& names) const { return need(m_reader.linear({names.weight}, {names.bias})); }
  PrefixDecoder::Layer layer(const BlockTensors& names) const {
    return {.input_layernorm = norm(names.input_layernorm),
            .post_attention_layernorm = norm(names.post_attention_layernorm),
            .query_key_value = linear(names.query_key_value),
            .dense = linear(names.dense),
            .dense_h_to_4h = linear(names.dense_h_to_4h),
            .dense_4h_to_h = linear(names.dense_4h_to_h)};
  }
  std::vector<at::Tensor> tuned(const Tensors& names) const {
    if (m_config.prefixDecoder->tunedColumns == 0) return {};
    at::Tensor columns = floats(names.tuned);
    if (m_config.prefixDecoder->tunedWidth > 0) {
      columns = at::tanh(at::linear(columns, floats(names.tunedIn.weight), floats(names.tunedIn.bias)));
      columns = at::linear(columns, floats(names.tunedOut.weight), floats(names.tunedOut.bias));
    }
    // [columns, layers · 2, heads, headDim] -> [layers · 2, heads, columns, headDim]
    const at::Tensor all = columns.view({-1, 2 * m_config.layers, m_config.heads, m_config.headDim})
                               .permute({1, 2, 0, 3})
                               .to(m_reader.computeType())
                               .contiguous();
    return all.split(2);
  }

 private:
  at::Tensor floats(const WantedTensor& wanted) const { return need(m_reader.dense(wanted, at::kFloat)); }

  const DecoderConfig& m_config;
  const WeightReader& m_reader;
};

}  // namespace

Result<std::unique_ptr<LanguageModel>> loadPrefixDecoder(const std::shared_ptr<const weights::Checkpoint>& checkpoint,
                                                         const DecoderConfig& config, Precision precision,
                                                         PackedWeights* packed) {
  Wanted wanted(config);
  const Tensors names = nameAll(config, wanted);
  auto pool = precision == Precision::AsStored ? std::make_shared<kernels::ThreadPool>() : nullptr;
  const WeightReader reader(checkpoint, precision, std::move(pool), packed);
  const Loader loader(config, reader);
  try {
    std::vector<PrefixDecoder::Layer> layers;
    for (const BlockTensors& layer : names.layers) layers.push_back(loader.layer(layer));
    const bool tied = checkpoint->find(names.lm_head.name) == nullptr;
    Matrix head = need(reader.matrix(tied ? names.word_embeddings : names.lm_head));
    PrefixDecoder::Weights weights{.word_embeddings = WordEmbedding(need(reader.words(names.word_embeddings))),
                                   .layers = std::move(layers),
                                   .final_layernorm = loader.norm(names.final_layernorm),
                                   .lm_head = Linear({std::move(head)}),
                                   .tuned = loader.tuned(names)};
    return std::make_unique<PrefixDecoder>(config, std::move(weights), precision);
  } catch (Failed& failed) {
    return tl::unexpected(std::move(failed.error));
  }
}

std::vector<WantedTensor> prefixDecoderTensors(const DecoderConfig& config) {
  Wanted wanted(config);
  nameAll(config, wanted);
  return wanted.all();
}

}  // namespace xllm::llm
