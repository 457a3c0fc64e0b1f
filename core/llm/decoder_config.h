// The sizes of a decoder, and where it departs from Llama. One graph (decoder_model.h) computes Llama, SmolLM2, Qwen2
// and 2.5, Qwen3, Gemma 3, ChatGLM2, ChatGLM3 and GLM-4: in all of them RMSNorm, rotary positions, grouped queries and
// a gated MLP. The first ChatGLM shares so little with them that it has a graph of its own (prefix_decoder.h), of the
// same sizes. A plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace xllm::llm {

enum class Activation {
  Silu = 1,
  GeluTanh,  // 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³)))
};

// ChatGLM-6B: what its graph and its files need to know beside the sizes. `normEpsilon` is that of its LayerNorms.
struct PrefixDecoderConfig {
  std::int64_t tunedColumns =
      0;                        // of P-tuning v2 (Liu et al. 2021, arXiv 2110.07602), in front of every prompt; 0: none
  std::int64_t tunedWidth = 0;  // of the MLP that the tuned columns went through in training; 0: they come as they are
};

struct DecoderConfig {
  std::int64_t hidden = 0, layers = 0, heads = 0, kvHeads = 0, headDim = 0, intermediate = 0, vocabulary = 0;
  std::int64_t contextLength = 0;
  double ropeTheta = 10000.0, normEpsilon = 1e-5;

  // Departures; as they stand here, they are Llama's own ways.
  std::int64_t rotaryDims = 0;  // the first so many values of each head turn; 0: all (ChatGLM2, GLM-4: half)
  bool attentionBias = false;   // of q, k and v (Qwen2, ChatGLM2, GLM-4)
  bool queryKeyNorm = false;    // RMSNorm of each head's q and k before they turn (Qwen3, Gemma 3)
  Activation activation = Activation::Silu;  // of the gate
  bool outputNorms = false;                  // RMSNorm also behind attention and MLP, before they are added (Gemma 3)
  double attentionScale = 0.0;               // of q · k; 0: 1 / √headDim
  double embeddingScale = 1.0;               // of words alone: soft tokens come in beside words that are scaled already
  std::int64_t window = 0;                   // columns that a local layer sees, the row's own included
  double localRopeTheta = 10000.0;           // of local layers
  std::vector<bool> localLayers;             // per layer; empty: none (Gemma 3: five of six)
  // How the file has q and k: neighbours (2j, 2j + 1) turn together (ChatGLM2, GLM-4, GGUF's "llama") instead of
  // halves. Their rows are put in order when they are loaded, so the graph knows halves alone.
  bool interleavedRotary = false;
  // How the file has the layers' matrices (ChatGLM's own int8 and int4 files): 8 or 4 bits, whole numbers with a scale
  // for each row (row_quantized.h); 0: floating point, or blocks that say it themselves.
  int matrixBits = 0;

  // ChatGLM-6B, which the departures above do not concern.
  std::optional<PrefixDecoderConfig> prefixDecoder = std::nullopt;

  std::int64_t turned() const { return rotaryDims > 0 ? rotaryDims : headDim; }
  bool isLocal(std::int64_t layer) const {
    return !localLayers.empty() && localLayers[static_cast<std::size_t>(layer)];
  }
  // Whether earlier columns see later ones of the same prompt, so that a prompt can neither be read in pieces nor
  // shared.
  bool readsBothWays() const { return prefixDecoder.has_value(); }
  // Whether the layers compute just what Llama's do, but for attentionBias and queryKeyNorm.
  bool hasPlainLayers() const {
    return turned() == headDim && activation == Activation::Silu && !outputNorms && attentionScale == 0.0 &&
           localLayers.empty();
  }
};

}  // namespace xllm::llm
