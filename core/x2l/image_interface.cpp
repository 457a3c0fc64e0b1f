#include "core/x2l/image_interface.h"

#include <cmath>

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/types.h>

#include "core/x2l/bert.h"
#include "core/x2l/clip_motion.h"

namespace xllm::x2l {

struct ImageInterface::Parts {
  torch::nn::LayerNorm featureNorm{nullptr};
  at::Tensor cellPositions;  // [1, poolTo², featureWidth]
  torch::nn::Linear classes{nullptr};
  at::Tensor queries;  // [1, queries, hidden]
  torch::nn::LayerNorm queryNorm{nullptr};
  std::shared_ptr<BertEncoder> encoder;
  at::Tensor times;  // [timePositions, hidden], or [timePositions, featureWidth] for joint queries
  torch::nn::Linear motionUnits{nullptr}, motion{nullptr};
  torch::nn::Linear adapter{nullptr};

  // What the queries attend to: [B, M, featureWidth].
  at::Tensor memory(const ImageInterfaceConfig& config, const at::Tensor& cells, const at::Tensor& pooled,
                    const at::Tensor& probabilities);
};

namespace {

bool isSquare(std::int64_t cells) {
  const auto side = std::llround(std::sqrt(static_cast<double>(cells)));
  return side * side == cells;
}

// A vision transformer's class token stands in front of its square map.
bool hasClassToken(const at::Tensor& cells) {
  return cells.size(1) > 1 && !isSquare(cells.size(1)) && isSquare(cells.size(1) - 1);
}

// [B, side², width] -> [B, poolTo², width]; a class token in front is left out.
at::Tensor poolCells(const at::Tensor& all, std::int64_t poolTo) {
  const auto cells = hasClassToken(all) ? all.narrow(1, 1, all.size(1) - 1) : all;
  const auto side = std::llround(std::sqrt(static_cast<double>(cells.size(1))));
  TORCH_CHECK(side * side == cells.size(1), "only a square map can be pooled, not ", cells.size(1), " cells");
  const auto map = cells.transpose(1, 2).reshape({cells.size(0), cells.size(2), side, side});
  return torch::adaptive_avg_pool2d(map, {poolTo, poolTo}).flatten(2).transpose(1, 2);
}

at::Tensor sharpened(const at::Tensor& probabilities, double power) {
  if (power == 1.0) return probabilities;
  const auto raised =
      (probabilities / probabilities.amax(1, true)).pow(power);  // divided first: a power of small numbers is 0
  return raised / raised.sum(1, true);
}

}  // namespace

at::Tensor ImageInterface::Parts::memory(const ImageInterfaceConfig& config, const at::Tensor& cells,
                                         const at::Tensor& pooled, const at::Tensor& probabilities) {
  TORCH_CHECK(cells.defined() && cells.dim() == 3 && cells.size(2) == config.featureWidth, "cells must be [B, N, ",
              config.featureWidth, "]");
  const auto batch = cells.size(0);
  const auto normed = [&](const at::Tensor& x) { return featureNorm.is_empty() ? x : featureNorm(x); };
  auto tokens = normed(config.poolTo > 0 ? poolCells(cells, config.poolTo) : cells);
  if (cellPositions.defined()) tokens = tokens + cellPositions;
  std::vector<at::Tensor> all{tokens};
  if (config.poolTo > 0 && hasClassToken(cells)) all.push_back(normed(cells.narrow(1, 0, 1)));
  if (config.usePooled) {
    TORCH_CHECK(
        pooled.defined() && pooled.dim() == 2 && pooled.size(0) == batch && pooled.size(1) == config.featureWidth,
        "this interface also needs pooled features [", batch, ", ", config.featureWidth, "]");
    all.push_back(normed(pooled).unsqueeze(1));
  }
  if (config.classes > 0) {
    TORCH_CHECK(probabilities.defined() && probabilities.dim() == 2 && probabilities.size(0) == batch &&
                    probabilities.size(1) == config.classes,
                "this interface also needs class probabilities [", batch, ", ", config.classes, "]");
    all.push_back(classes(sharpened(probabilities, config.classPower)).unsqueeze(1));
  }
  return all.size() == 1 ? tokens : torch::cat(all, 1);
}

ImageInterface::ImageInterface(const ImageInterfaceConfig& config)
    : torch::nn::Module("ImageInterface"), m_config(config), m_parts(std::make_shared<Parts>()) {
  TORCH_CHECK(!config.cellPositions || config.poolTo > 0, "cell positions need poolTo > 0");
  TORCH_CHECK(config.motionUnits == 0 || (config.poolTo > 0 && config.clipQueries == ClipQueries::Joint),
              "motion units need joint queries and poolTo > 0");
  auto& parts = *m_parts;
  if (config.featureNorm) {
    parts.featureNorm = register_module(
        "ln_vision", torch::nn::LayerNorm(torch::nn::LayerNormOptions({config.featureWidth}).eps(1e-5)));
  }
  if (config.cellPositions) {
    parts.cellPositions = register_parameter(
        "cell_positions", torch::randn({1, config.poolTo * config.poolTo, config.featureWidth}) * 0.02);
  }
  if (config.classes > 0) {
    parts.classes = register_module("class_proj", torch::nn::Linear(config.classes, config.featureWidth));
  }
  parts.queries = register_parameter("query_tokens", torch::randn({1, config.queries, config.hidden}) * 0.02);

  const auto former = register_module("Qformer", std::make_shared<torch::nn::Module>("Qformer"));
  const auto bert = former->register_module("bert", std::make_shared<torch::nn::Module>("bert"));
  const auto embeddings = bert->register_module("embeddings", std::make_shared<torch::nn::Module>("embeddings"));
  parts.queryNorm = embeddings->register_module(
      "LayerNorm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({config.hidden}).eps(config.normEpsilon)));
  parts.encoder = bert->register_module(
      "encoder", std::make_shared<BertEncoder>(BertShape{.hidden = config.hidden,
                                                         .layers = config.layers,
                                                         .heads = config.heads,
                                                         .intermediate = config.intermediate,
                                                         .memoryWidth = config.featureWidth,
                                                         .crossAttentionEvery = config.crossAttentionEvery,
                                                         .queryBranch = true,
                                                         .norm = NormPlace::After,
                                                         .normEpsilon = config.normEpsilon,
                                                         .dropout = config.dropout}));
  initialiseLikeBert(*former);
  if (config.timePositions > 0) {
    const bool joint = config.clipQueries == ClipQueries::Joint;
    // What the queries attend to has no small values (LayerNorm), so times that are to be told apart there neither.
    parts.times = register_parameter(
        "time_embeddings",
        joint ? 0.5 * sinusoidPositions(config.timePositions, config.featureWidth, at::TensorOptions(at::kFloat))[0]
              : torch::randn({config.timePositions, config.hidden}) * 0.02);
  }
  if (config.motionUnits > 0) {
    const auto numbers = config.timePositions * config.poolTo * config.poolTo * kMotionChannels;
    parts.motionUnits = register_module("motion_units", torch::nn::Linear(numbers, config.motionUnits));
    parts.motion = register_module("motion_proj", torch::nn::Linear(config.motionUnits, config.hidden));
    initialiseLikeBert(*parts.motionUnits);
    initialiseLikeBert(*parts.motion);
  }
  parts.adapter = register_module("opt_proj", torch::nn::Linear(config.hidden, config.llmWidth));
}

ImageInterface::~ImageInterface() = default;

ImageInterface::Former ImageInterface::former() const {
  return {m_parts->queries, m_parts->queryNorm, m_parts->encoder};
}

at::Tensor ImageInterface::memory(const at::Tensor& cells, const at::Tensor& pooled, const at::Tensor& probabilities) {
  return m_parts->memory(m_config, cells, pooled, probabilities);
}

at::Tensor ImageInterface::queryStates(const at::Tensor& cells, const at::Tensor& pooled,
                                       const at::Tensor& probabilities) {
  auto& parts = *m_parts;
  const auto memory = this->memory(cells, pooled, probabilities);
  const auto start = torch::dropout(parts.queryNorm(parts.queries), m_config.dropout, is_training());
  return parts.encoder->forward(start.expand({cells.size(0), -1, -1}), {}, memory);
}

at::Tensor ImageInterface::forward(const at::Tensor& cells, const at::Tensor& pooled, const at::Tensor& probabilities,
                                   const at::Tensor& times) {
  TORCH_CHECK(m_config.timePositions == 0 || m_config.clipQueries == ClipQueries::PerFrame,
              "joint queries look at whole clips: watch()");
  auto states = queryStates(cells, pooled, probabilities);
  if (m_config.timePositions > 0) {
    TORCH_CHECK(times.defined() && times.dim() == 1 && times.size(0) == cells.size(0),
                "a clip's frames need their times [", cells.size(0), "]");
    states = states + m_parts->times.index_select(0, times).unsqueeze(1);
  }
  return m_parts->adapter(states);
}

at::Tensor ImageInterface::watch(const at::Tensor& cells, const at::Tensor& pooled, const at::Tensor& probabilities) {
  TORCH_CHECK(m_config.timePositions > 0, "this interface looks at pictures, not at clips: timePositions is 0");
  TORCH_CHECK(cells.dim() == 4 && cells.size(1) > 0, "a clip's cells are [B, F, N, width], not ", cells.sizes());
  const auto batch = cells.size(0), frames = cells.size(1);
  const auto flat = [](const at::Tensor& x) { return x.defined() ? x.flatten(0, 1) : x; };
  const auto index = torch::arange(frames, at::kLong);
  const auto times = torch::floor_divide((2 * index + 1) * m_config.timePositions, 2 * frames);
  if (m_config.clipQueries == ClipQueries::PerFrame) {
    return forward(flat(cells), flat(pooled), flat(probabilities), times.repeat({batch}))
        .view({batch, -1, m_config.llmWidth});
  }
  auto& parts = *m_parts;
  const auto seen = this->memory(flat(cells), flat(pooled), flat(probabilities));  // [B · F, M, featureWidth]
  const auto timed = seen.view({batch, frames, -1, m_config.featureWidth}) +
                     parts.times.index_select(0, times).view({1, frames, 1, m_config.featureWidth});
  auto start = torch::dropout(parts.queryNorm(parts.queries), m_config.dropout, is_training()).expand({batch, -1, -1});
  if (m_config.motionUnits > 0) {
    const auto pooledCells = poolCells(flat(cells), m_config.poolTo).view({batch, frames, -1, m_config.featureWidth});
    const auto numbers = clipMotion(pooledCells, m_config.timePositions).to(parts.times.scalar_type());
    start = start + parts.motion(torch::gelu(parts.motionUnits(numbers))).unsqueeze(1);
  }
  return parts.adapter(parts.encoder->forward(start, {}, timed.flatten(1, 2)));
}

std::vector<std::string> otherImageKeys() {
  return {"Qformer.bert.embeddings.word_embeddings.*",
          "Qformer.bert.embeddings.position_embeddings.*",
          "Qformer.bert.embeddings.position_ids",
          "Qformer.bert.encoder.layer.*.intermediate.*",
          "Qformer.bert.encoder.layer.*.output.dense.*",
          "Qformer.bert.encoder.layer.*.output.LayerNorm.*",
          "Qformer.bert.pooler.*",
          "Qformer.cls.*",
          "vision_proj.*",
          "text_proj.*",
          "itm_head.*",
          "temp",
          "visual_encoder.*",
          "ln_vision.*",
          "opt_model.*",
          "t5_model.*",
          "t5_proj.*"};
}

}  // namespace xllm::x2l
