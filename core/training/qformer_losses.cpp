#include "core/training/qformer_losses.h"

#include <vector>

#include <torch/types.h>

namespace xllm::training {

namespace {

constexpr double kNever = -10000.0;         // a score that softmax makes nothing of
constexpr double kLeastTemperature = 1e-3;  // a learned one must not reach 0

// Pairs off the diagonal that belong together.
at::Tensor othersAlike(const at::Tensor& same, const at::Tensor& similarity) {
  const at::Tensor diagonal = at::eye(similarity.size(0), similarity.options().dtype(at::kBool));
  return same.defined() ? same.logical_and(diagonal.logical_not()) : at::zeros_like(diagonal);
}

// Row b's right column is b; columns in `out` do not take part.
at::Tensor diagonalEntropy(const at::Tensor& scores, const at::Tensor& out, double smoothing) {
  const at::Tensor logProbability = at::log_softmax(scores.masked_fill(out, kNever), 1);
  const at::Tensor taking = out.logical_not().to(scores.scalar_type());
  const at::Tensor spread = (logProbability * taking).sum(1) / taking.sum(1);
  return -((1.0 - smoothing) * logProbability.diagonal() + smoothing * spread).mean();
}

// One draw per row; rows whose weights are all 0 get none.
Negatives draw(const at::Tensor& weights, data::SeededRandom& random) {
  const at::Tensor sums = weights.to(at::kCPU, at::kDouble).cumsum(1).contiguous();
  const auto rows = sums.accessor<double, 2>();
  std::vector<std::int64_t> of, chosen;
  for (std::int64_t b = 0; b < sums.size(0); ++b) {
    const double total = rows[b][sums.size(1) - 1], point = random.uniform() * total;
    if (total <= 0) continue;
    std::int64_t c = 0;
    while (rows[b][c] <= point) ++c;  // the first whose sum passes the point, so never one of weight 0
    of.push_back(b);
    chosen.push_back(c);
  }
  return {at::tensor(of, at::kLong), at::tensor(chosen, at::kLong)};
}

}  // namespace

at::Tensor similarity(const at::Tensor& pictures, const at::Tensor& texts, const at::Tensor& temperature) {
  TORCH_CHECK(pictures.dim() == 3 && texts.dim() == 2 && pictures.size(2) == texts.size(1), "pictures [P, Q, E] ",
              pictures.sizes(), " and texts [T, E] ", texts.sizes(), " must agree");
  const at::Tensor each = at::matmul(pictures.flatten(0, 1), texts.t());  // [P·Q, T]
  return each.view({pictures.size(0), pictures.size(1), -1}).amax(1) / temperature.clamp_min(kLeastTemperature);
}

at::Tensor contrastiveLoss(const at::Tensor& similarity, const at::Tensor& same, double smoothing) {
  const at::Tensor out = othersAlike(same, similarity);
  return 0.5 * (diagonalEntropy(similarity, out, smoothing) + diagonalEntropy(similarity.t(), out.t(), smoothing));
}

at::Tensor negativeWeights(const at::Tensor& similarity, const at::Tensor& same) {
  const at::Tensor out =
      othersAlike(same, similarity).logical_or(at::eye(similarity.size(0), similarity.options().dtype(at::kBool)));
  return at::softmax(similarity.detach().masked_fill(out, kNever), 1).masked_fill(out, 0.0);
}

HardNegatives hardNegatives(const at::Tensor& similarity, const at::Tensor& same, data::SeededRandom& random) {
  const at::Tensor turned = same.defined() ? same.t() : same;
  HardNegatives negatives;
  negatives.pictures = draw(negativeWeights(similarity.t(), turned), random);
  negatives.texts = draw(negativeWeights(similarity, same), random);
  return negatives;
}

at::Tensor generationLoss(const at::Tensor& scores, const at::Tensor& ids, const at::Tensor& valid, double smoothing) {
  const auto words = ids.size(1);
  const at::Tensor labels = ids.masked_fill(valid.logical_not(), -100).narrow(1, 1, words - 1);
  return at::cross_entropy_loss(scores.narrow(1, 0, words - 1).to(at::kFloat).flatten(0, 1), labels.flatten(), {},
                                at::Reduction::Mean, -100, smoothing);
}

ImageTextLoss imageTextLoss(x2l::QFormerStage1& module, const ImageTextBatch& batch, const ImageTextWeights& weights,
                            const ChooseNegatives& choose) {
  const at::Tensor memory = module.memory(batch.cells, batch.pooled, batch.probabilities);
  at::Tensor decoded = batch.ids.clone();
  decoded.select(1, 0).fill_(batch.decodeId);
  const auto generated = module.generate(memory, decoded);
  ImageTextLoss loss;
  loss.generation = generationLoss(generated.scores, decoded, batch.valid, weights.smoothing);

  const at::Tensor texts = module.textVectors(module.readText(batch.ids, batch.valid));
  const at::Tensor alike =
      similarity(module.pictureVectors(generated.queries).to(at::kFloat), texts.to(at::kFloat), module.temperature());
  loss.similarity = alike.detach();
  loss.contrastive = contrastiveLoss(alike, batch.same, weights.smoothing);

  const HardNegatives wrong = choose(loss.similarity);
  const at::Tensor all = at::arange(batch.ids.size(0));
  const at::Tensor pictures = at::cat({all, wrong.pictures.chosen, wrong.texts.rows});
  const at::Tensor captions = at::cat({all, wrong.pictures.rows, wrong.texts.chosen});
  const auto rows = [](const at::Tensor& x, const at::Tensor& index) { return x.index_select(0, index); };
  loss.matchScores = module
                         .matchScores(module.readTogether(rows(memory, pictures), rows(batch.ids, captions),
                                                          rows(batch.valid, captions)))
                         .to(at::kFloat);
  loss.matchLabels = at::arange(pictures.size(0)).lt(all.size(0)).to(at::kLong);
  loss.matching = at::cross_entropy_loss(loss.matchScores, loss.matchLabels);
  loss.total =
      weights.contrastive * loss.contrastive + weights.matching * loss.matching + weights.generation * loss.generation;
  return loss;
}

}  // namespace xllm::training
