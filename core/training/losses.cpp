#include "core/training/losses.h"

#include <torch/types.h>

namespace xllm::training {

RecognitionLoss recognitionLoss(const x2l::SpeechTokens& heard, const RecognitionTargets& targets,
                                const RecognitionWeights& weights) {
  RecognitionLoss loss;
  loss.crossEntropy = loss.rightTokens = at::zeros({}, at::kFloat);
  if (heard.scores.defined()) {
    TORCH_CHECK(heard.scores.dim() == 3 && heard.scores.size(1) == targets.tokens.size(1),
                "scores [B, N, V] and target tokens ", targets.tokens.sizes(), " must agree");
    const at::Tensor scores = heard.scores.to(at::kFloat).flatten(0, 1);  // [B·N, V]
    const at::Tensor tokens = targets.tokens.flatten();
    const at::Tensor counted = tokens.ne(-100), count = counted.sum().clamp_min(1);  // nobody may speak in a batch
    loss.crossEntropy =
        at::cross_entropy_loss(scores, tokens, {}, at::Reduction::Sum, -100, weights.labelSmoothing) / count;
    loss.rightTokens = scores.detach().argmax(1).eq(tokens).logical_and(counted).sum().to(at::kFloat) / count;
  }
  loss.quantity = (heard.alphas.to(at::kFloat).sum(1) - targets.lengths).abs().mean();
  loss.total = loss.crossEntropy + weights.quantity * loss.quantity;
  loss.ctc = at::zeros({}, at::kFloat);
  if (heard.ctcLogits.defined() && weights.ctc > 0) {
    const at::Tensor logProbabilities =
        at::log_softmax(heard.ctcLogits.to(at::kFloat), 2).transpose(0, 1);  // [T', B, C]
    const auto steps = heard.ctcLogits.size(1) / heard.alphas.size(1);
    const at::Tensor each = at::ctc_loss(logProbabilities, targets.characters, heard.frames * steps,
                                         targets.characterLengths, 0, at::Reduction::None, true);
    loss.ctc = (each / targets.characterLengths.clamp_min(1)).mean();
    loss.total = loss.total + weights.ctc * loss.ctc;
  }
  return loss;
}

WordLoss wordLoss(const at::Tensor& soft, const at::Tensor& targets, const at::Tensor& candidates) {
  TORCH_CHECK(
      soft.dim() == 3 && targets.dim() == 2 && soft.size(0) == targets.size(0) && soft.size(1) == targets.size(1),
      "soft tokens ", soft.sizes(), " and target words ", targets.sizes(), " must agree");
  const at::Tensor x = soft.to(at::kFloat).flatten(0, 1);  // [B·Q, width]
  const at::Tensor words = targets.flatten();
  const at::Tensor norms = candidates.square().sum(1);  // [C]
  WordLoss loss;
  loss.distance = (x - candidates.index_select(0, words)).square().sum(1).mean() / norms.mean();
  const at::Tensor nearness = 2.0 * at::matmul(x, candidates.t()) - norms;  // −‖x − e‖² up to a term without e
  loss.choice = at::cross_entropy_loss(nearness, words);
  loss.rightWords = nearness.detach().argmax(1).eq(words).view(targets.sizes());
  loss.total = loss.distance + loss.choice;
  return loss;
}

WordLoss partedWordLoss(const at::Tensor& soft, const at::Tensor& targets, const at::Tensor& candidates,
                        const std::vector<std::int64_t>& places) {
  WordLoss loss{at::zeros({}), at::zeros({}), at::zeros({}), {}};
  const auto parts = static_cast<double>(places.size());
  std::vector<at::Tensor> right;
  std::int64_t from = 0;
  for (const auto count : places) {
    const WordLoss part = wordLoss(soft.narrow(1, from, count), targets.narrow(1, from, count), candidates);
    loss.distance = loss.distance + part.distance / parts;
    loss.choice = loss.choice + part.choice / parts;
    right.push_back(part.rightWords);
    from += count;
  }
  TORCH_CHECK(from == soft.size(1), "the parts have ", from, " places, but there are ", soft.size(1), " soft tokens");
  loss.total = loss.distance + loss.choice;
  loss.rightWords = at::cat(right, 1);
  return loss;
}

}  // namespace xllm::training
