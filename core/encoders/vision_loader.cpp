// The ways in which published files name a vision transformer, told apart by the name of the positions.
#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <utility>

#include <ATen/ATen.h>

#include "core/encoders/image_encoder.h"
#include "core/encoders/vision_transformer.h"
#include "core/encoders/weight_reader.h"

namespace xllm::encoders {
namespace {

using Norm = VisionTransformerWeights::Norm;
using Linear = VisionTransformerWeights::Linear;

// Under which names q, k and v stand.
enum class QueryKeyValue {
  Fused = 1,       // NAME.weight, NAME.bias: one matrix
  WithoutKeyBias,  // the same matrix, with q_bias and v_bias beside it and no bias for k
  InProjection,    // NAME.in_proj_weight, NAME.in_proj_bias
  Separate,        // NAME.q_proj, NAME.k_proj, NAME.v_proj
};

// Every name follows `tower`; those that begin with "../" stand beside the tower. Empty: there is none.
struct Naming {
  const char* tower;
  const char* positions;
  const char* classToken;
  const char* patches;
  const char* firstNorm;
  const char* block;
  const char* attentionNorm;
  const char* attention;  // NAME above
  QueryKeyValue layout;
  const char* out;
  const char* mlpNorm;
  const char *up, *down;
  const char* finalNorm;
  const char* projection;
  bool transposed;          // the projection is [width, embedding]
  double finalNormEpsilon;  // 0: the blocks'
};

constexpr Naming lavis(const char* tower) {
  return {.tower = tower,
          .positions = "pos_embed",
          .classToken = "cls_token",
          .patches = "patch_embed.proj",
          .firstNorm = "",
          .block = "blocks.",
          .attentionNorm = "norm1",
          .attention = "attn.qkv",
          .layout = QueryKeyValue::WithoutKeyBias,
          .out = "attn.proj",
          .mlpNorm = "norm2",
          .up = "mlp.fc1",
          .down = "mlp.fc2",
          .finalNorm = "../ln_vision",
          .projection = "",
          .transposed = false,
          .finalNormEpsilon = 1e-5};
}

constexpr Naming huggingFace(const char* tower) {
  return {.tower = tower,
          .positions = "embeddings.position_embedding.weight",
          .classToken = "embeddings.class_embedding",
          .patches = "embeddings.patch_embedding",
          .firstNorm = "pre_layrnorm",
          .block = "encoder.layers.",
          .attentionNorm = "layer_norm1",
          .attention = "self_attn",
          .layout = QueryKeyValue::Separate,
          .out = "self_attn.out_proj",
          .mlpNorm = "layer_norm2",
          .up = "mlp.fc1",
          .down = "mlp.fc2",
          .finalNorm = "post_layernorm",
          .projection = "../visual_projection.weight",
          .transposed = false,
          .finalNormEpsilon = 0};
}

constexpr Naming huggingFaceBlip2() {
  Naming naming = huggingFace("vision_model.");
  naming.positions = "embeddings.position_embedding";
  naming.firstNorm = "";
  naming.attention = "self_attn.qkv";
  naming.layout = QueryKeyValue::Fused;
  naming.out = "self_attn.projection";
  naming.projection = "";
  return naming;
}

constexpr Naming huggingFaceSiglip(const char* tower) {
  Naming naming = huggingFace(tower);
  naming.classToken = "";
  naming.firstNorm = "";
  naming.projection = "";
  return naming;
}

// SwissArmyTransformer, which VisualGLM was made with.
constexpr Naming visualGlm(const char* tower) {
  return {.tower = tower,
          .positions = "transformer.position_embeddings.weight",
          .classToken = "transformer.word_embeddings.weight",
          .patches = "mixins.patch_embedding.proj",
          .firstNorm = "",
          .block = "transformer.layers.",
          .attentionNorm = "input_layernorm",
          .attention = "attention.query_key_value",
          .layout = QueryKeyValue::Fused,
          .out = "attention.dense",
          .mlpNorm = "post_attention_layernorm",
          .up = "mlp.dense_h_to_4h",
          .down = "mlp.dense_4h_to_h",
          .finalNorm = "mixins.cls.ln_vision",
          .projection = "",
          .transposed = false,
          .finalNormEpsilon = 1e-5};
}

constexpr Naming openAi(const char* tower) {
  return {.tower = tower,
          .positions = "positional_embedding",
          .classToken = "class_embedding",
          .patches = "conv1",
          .firstNorm = "ln_pre",
          .block = "transformer.resblocks.",
          .attentionNorm = "ln_1",
          .attention = "attn",
          .layout = QueryKeyValue::InProjection,
          .out = "attn.out_proj",
          .mlpNorm = "ln_2",
          .up = "mlp.c_fc",
          .down = "mlp.c_proj",
          .finalNorm = "ln_post",
          .projection = "proj",
          .transposed = true,
          .finalNormEpsilon = 0};
}

constexpr std::array kEvaNamings = {lavis("visual_encoder."), lavis(""), huggingFaceBlip2(),
                                    visualGlm("image_encoder.vit.")};
constexpr std::array kClipNamings = {huggingFace("vision_model."), huggingFace("vision_tower.vision_model."),
                                     openAi("visual.")};
constexpr std::array kSiglipNamings = {huggingFaceSiglip("vision_model."),
                                       huggingFaceSiglip("vision_tower.vision_model.")};

// What stands around a state dict that was saved inside a dictionary.
constexpr std::array kOuter = {"", "model/", "state_dict/"};

struct Family {
  const char* name;
  std::span<const Naming> namings;
  const char* layouts;  // for people
  VisionTransformerTraits traits;
};

const Family kEva = {.name = "EVA vision transformer",
                     .namings = kEvaNamings,
                     .layouts = "LAVIS, Hugging Face's BLIP-2, VisualGLM",
                     .traits = {}};
const Family kClip = {.name = "CLIP vision transformer",
                      .namings = kClipNamings,
                      .layouts = "Hugging Face, OpenAI",
                      .traits = {.activation = Activation::QuickGelu,
                                 .normEpsilon = 1e-5,
                                 .fit = PictureFit::CropMiddle,
                                 .normalisation = kClipNormalisation}};
const Family kSiglip = {
    .name = "SigLIP vision transformer",
    .namings = kSiglipNamings,
    .layouts = "Hugging Face",
    .traits = {.activation = Activation::GeluTanh,
               .normalisation = {.divisor = 255.0F, .mean = {0.5F, 0.5F, 0.5F}, .deviation = {0.5F, 0.5F, 0.5F}}}};

constexpr std::int64_t kEvaClipBlocks = 40, kBlip2Blocks = 39;

class Loader {
 public:
  Loader(const weights::Checkpoint& checkpoint, const Family& family, const Naming& naming, const std::string& outer,
         const VisionOptions& options)
      : m_family(family),
        m_naming(naming),
        m_options(options),
        m_file(checkpoint.path().string()),
        m_reader(checkpoint, outer) {
    m_precision = options.precision.value_or(fastestPrecision());
    if (m_precision == Precision::BFloat16 || options.storage == Storage::BFloat16) m_matrixType = at::kBFloat16;
  }

  Result<std::unique_ptr<ImageEncoder>> load() {
    if (const auto fine = readSizes(); !fine) return tl::unexpected(fine.error());
    auto traits = this->traits();
    if (!traits) return tl::unexpected(traits.error());
    auto blocks = blockCount();
    if (!blocks) return tl::unexpected(blocks.error());
    VisionTransformerWeights weights = stem();
    for (std::int64_t i = 0; i < *blocks; ++i)
      weights.blocks.push_back(block(name(m_naming.block + std::to_string(i)) + "."));
    finish(weights);
    if (m_reader.failure()) return tl::unexpected(*m_reader.failure());
    return std::make_unique<VisionTransformer>(std::move(weights), *traits, m_precision);
  }

 private:
  std::string name(const std::string& part) const {
    return part.starts_with("../") ? part.substr(3) : m_naming.tower + part;
  }
  tl::unexpected<Error> wrong(const std::string& sentence) const {
    return fail(ErrorCode::CorruptFile, std::string("The ") + m_family.name + " in " + m_file + " " + sentence);
  }

  Result<void> readSizes() {
    const auto positions = m_reader.shape(name(m_naming.positions));
    const auto patches = m_reader.shape(name(m_naming.patches) + ".weight");
    const bool flat = positions.size() == 2 || (positions.size() == 3 && positions[0] == 1);
    if (!flat || patches.size() != 4 || patches[1] != 3 || patches[2] != patches[3] || patches[2] < 1 ||
        patches[0] < 1 || positions.back() != patches[0]) {
      return wrong("has positions (" + name(m_naming.positions) + ") or patches (" + name(m_naming.patches) +
                   ".weight) of a wrong shape: they must be [cells, width] and [width, 3, side, side].");
    }
    m_width = patches[0];
    m_patch = patches[2];
    m_cells = positions[positions.size() - 2];
    const std::int64_t map = m_cells - (*m_naming.classToken != '\0' ? 1 : 0);
    m_side = std::llround(std::sqrt(static_cast<double>(map)));
    if (map < 1 || m_side * m_side != map) {
      return wrong("has positions for " + std::to_string(map) + " patches, which are no square map.");
    }
    return {};
  }

  Result<VisionTransformerTraits> traits() const {
    VisionTransformerTraits traits = m_family.traits;
    constexpr std::int64_t kHeadWidth = 64, kMostHeads = 16;
    traits.heads = m_options.heads > 0 ? m_options.heads : std::min(m_width / kHeadWidth, kMostHeads);
    if (traits.heads < 1 || m_width % traits.heads != 0) {
      return wrong("is " + std::to_string(m_width) + " wide, which " + std::to_string(traits.heads) +
                   " attention heads do not divide; say how many heads it has.");
    }
    traits.inputSide = m_options.inputSide > 0 ? m_options.inputSide : m_side * m_patch;
    if (traits.inputSide < m_patch) {
      return wrong("has patches of " + std::to_string(m_patch) + " pixels, so a picture cannot have " +
                   std::to_string(traits.inputSide) + ".");
    }
    traits.activation = m_options.activation.value_or(traits.activation);
    traits.normEpsilon = m_options.normEpsilon.value_or(traits.normEpsilon);
    traits.finalNormEpsilon = m_options.finalNormEpsilon.value_or(
        m_naming.finalNormEpsilon > 0 ? m_naming.finalNormEpsilon : traits.normEpsilon);
    return traits;
  }

  Result<std::int64_t> blockCount() const {
    std::int64_t found = 0;
    while (m_reader.has(name(m_naming.block + std::to_string(found)) + "." + m_naming.attentionNorm + ".weight"))
      ++found;
    if (found == 0) return wrong("has no blocks (" + name(m_naming.block) + "0).");
    if (m_options.blocks > found) {
      return wrong("has " + std::to_string(found) + " blocks, and " + std::to_string(m_options.blocks) +
                   " are asked for.");
    }
    if (m_options.blocks > 0) return m_options.blocks;
    // EVA-CLIP's own file; BLIP-2 takes what the block before the last gives.
    return &m_family == &kEva && found == kEvaClipBlocks ? kBlip2Blocks : found;
  }

  VisionTransformerWeights stem() {
    VisionTransformerWeights weights;
    const std::string patches = name(m_naming.patches), positions = name(m_naming.positions);
    weights.patches = m_reader.take(patches + ".weight", {m_width, 3, m_patch, m_patch});
    if (m_reader.has(patches + ".bias")) weights.patchBias = m_reader.take(patches + ".bias", {m_width});
    weights.positions = m_reader.take(positions, m_reader.shape(positions));
    if (weights.positions.defined()) weights.positions = weights.positions.view({m_cells, m_width});
    if (*m_naming.classToken != '\0') weights.classToken = single(name(m_naming.classToken));
    if (*m_naming.firstNorm != '\0') weights.firstNorm = norm(name(m_naming.firstNorm));
    return weights;
  }

  // [width], [1, width] or [1, 1, width] -> [1, 1, width]
  at::Tensor single(const std::string& name) {
    std::vector<std::int64_t> shape(std::clamp<std::size_t>(m_reader.shape(name).size(), 1, 3), 1);
    shape.back() = m_width;
    const at::Tensor token = m_reader.take(name, shape);
    return token.defined() ? token.view({1, 1, m_width}) : token;
  }

  Norm norm(const std::string& name) {
    return {m_reader.take(name + ".weight", {m_width}), m_reader.take(name + ".bias", {m_width})};
  }

  Linear affine(const std::string& name, std::int64_t out, std::int64_t in) {
    return {m_reader.takeMatrix(name + ".weight", {out, in}, m_matrixType), m_reader.take(name + ".bias", {out})};
  }

  // As many rows as the file has; what follows is checked against them.
  std::int64_t rows(const std::string& name) const {
    const auto shape = m_reader.shape(name + ".weight");
    return shape.empty() ? m_width : shape[0];
  }

  Linear inProjection(const std::string& name) {
    return {m_reader.takeMatrix(name + "in_proj_weight", {3 * m_width, m_width}, m_matrixType),
            m_reader.take(name + "in_proj_bias", {3 * m_width})};
  }

  Linear queryKeyValue(const std::string& prefix) {
    const std::string at = prefix + m_naming.attention;
    if (m_naming.layout == QueryKeyValue::InProjection) return inProjection(at + ".");
    if (m_naming.layout == QueryKeyValue::Separate) {
      std::vector<at::Tensor> matrices, biases;
      for (const char* part : {".q_proj", ".k_proj", ".v_proj"}) {
        const Linear one = affine(at + part, m_width, m_width);
        if (m_reader.failure()) return {};
        matrices.push_back(one.weight);
        biases.push_back(one.bias);
      }
      return {at::cat(matrices), at::cat(biases)};
    }
    // Whole models that were trained further may have a bias for k under the names that have none.
    if (m_naming.layout == QueryKeyValue::Fused || m_reader.has(at + ".bias")) return affine(at, 3 * m_width, m_width);
    const std::string beside = at.substr(0, at.rfind('.') + 1);
    const at::Tensor matrix = m_reader.takeMatrix(at + ".weight", {3 * m_width, m_width}, m_matrixType);
    const at::Tensor query = m_reader.take(beside + "q_bias", {m_width});
    const at::Tensor value = m_reader.take(beside + "v_bias", {m_width});
    if (m_reader.failure()) return {};
    return {matrix, at::cat({query, at::zeros_like(query), value})};
  }

  VisionTransformerWeights::Block block(const std::string& prefix) {
    const std::int64_t inner = rows(prefix + m_naming.up);
    return {.attentionNorm = norm(prefix + m_naming.attentionNorm),
            .queryKeyValue = queryKeyValue(prefix),
            .out = affine(prefix + m_naming.out, m_width, m_width),
            .mlpNorm = norm(prefix + m_naming.mlpNorm),
            .up = affine(prefix + m_naming.up, inner, m_width),
            .down = affine(prefix + m_naming.down, m_width, inner)};
  }

  // What follows the blocks.
  void finish(VisionTransformerWeights& weights) {
    const std::string last = name(m_naming.finalNorm);
    if (&m_family == &kEva) {
      if (m_options.finalNorm && m_reader.has(last + ".weight")) weights.cellNorm = norm(last);
      return;
    }
    if (&m_family == &kSiglip) {
      weights.cellNorm = norm(last);
      if (m_reader.has(name("head.probe"))) weights.pooling = poolingHead(name("head."));
      return;
    }
    weights.classNorm = norm(last);
    const std::string projection = name(m_naming.projection);
    const auto shape = m_reader.shape(projection);
    if (shape.size() != 2) return;
    const bool transposed = m_naming.transposed;
    const at::Tensor matrix =
        transposed ? m_reader.take(projection, {m_width, shape[1]}) : m_reader.take(projection, {shape[0], m_width});
    if (matrix.defined()) weights.projection = transposed ? matrix.t().contiguous() : matrix;
  }

  VisionTransformerWeights::PoolingHead poolingHead(const std::string& prefix) {
    const std::int64_t inner = rows(prefix + "mlp.fc1");
    return {.probe = single(prefix + "probe"),
            .queryKeyValue = inProjection(prefix + "attention."),
            .out = affine(prefix + "attention.out_proj", m_width, m_width),
            .norm = norm(prefix + "layernorm"),
            .up = affine(prefix + "mlp.fc1", inner, m_width),
            .down = affine(prefix + "mlp.fc2", m_width, inner)};
  }

  const Family& m_family;
  const Naming& m_naming;
  const VisionOptions& m_options;
  std::string m_file;
  WeightReader m_reader;
  Precision m_precision;
  std::optional<at::ScalarType> m_matrixType;
  std::int64_t m_width = 0, m_patch = 0, m_cells = 0, m_side = 0;
};

// The naming whose positions and first norm are in the file, and what stands around it.
std::optional<std::pair<const Naming*, const char*>> namingOf(const weights::Checkpoint& checkpoint,
                                                              const Family& family) {
  for (const char* outer : kOuter) {
    for (const Naming& naming : family.namings) {
      const std::string before = std::string(outer) + naming.tower;
      const auto has = [&](const std::string& name) { return checkpoint.find(before + name) != nullptr; };
      const bool fits = has(naming.positions) && has(naming.patches + std::string(".weight"));
      // CLIP and SigLIP under Hugging Face's names differ by CLIP's norm before the first block.
      const bool clipNorm = has("pre_layrnorm.weight");
      if (fits && !(&family == &kSiglip && clipNorm) &&
          (*naming.firstNorm == '\0' || has(naming.firstNorm + std::string(".weight")))) {
        return std::pair(&naming, outer);
      }
    }
  }
  return std::nullopt;
}

Result<std::unique_ptr<ImageEncoder>> loadFamily(const weights::Checkpoint& checkpoint, const Family& family,
                                                 const VisionOptions& options) {
  if (const auto found = namingOf(checkpoint, family)) {
    return Loader(checkpoint, family, *found->first, found->second, options).load();
  }
  return fail(ErrorCode::Unsupported, "The file " + checkpoint.path().string() + " holds no " + family.name +
                                          " under a known naming (" + family.layouts + ").");
}

}  // namespace

Result<std::unique_ptr<ImageEncoder>> loadEvaVit(const weights::Checkpoint& checkpoint, const VisionOptions& options) {
  return loadFamily(checkpoint, kEva, options);
}

Result<std::unique_ptr<ImageEncoder>> loadClipVision(const weights::Checkpoint& checkpoint,
                                                     const VisionOptions& options) {
  return loadFamily(checkpoint, kClip, options);
}

Result<std::unique_ptr<ImageEncoder>> loadSiglipVision(const weights::Checkpoint& checkpoint,
                                                       const VisionOptions& options) {
  return loadFamily(checkpoint, kSiglip, options);
}

std::string_view imageEncoderTypeOf(const weights::Checkpoint& checkpoint) {
  if (checkpoint.find("_conv_stem.weight") != nullptr) return "efficientnet-lite";
  if (namingOf(checkpoint, kClip)) return "clip";
  if (namingOf(checkpoint, kSiglip)) return "siglip";
  return namingOf(checkpoint, kEva) ? "eva-vit" : "";
}

}  // namespace xllm::encoders
