#include "core/training/frozen_head_loss.h"

#include <algorithm>

#include <torch/autograd.h>
#include <torch/types.h>

namespace xllm::training {
namespace {

constexpr std::int64_t kTokensAtOnce = 32;

// Losses [n] and, where `wanted`, how each changes with its own hidden state: [n, width].
struct Pieces {
  std::vector<at::Tensor> each, best, slopes;
};

Pieces inPieces(const llm::LanguageModel& languageModel, const at::Tensor& hidden, const at::Tensor& labels,
                bool wanted) {
  Pieces pieces;
  for (std::int64_t begin = 0; begin < hidden.size(0); begin += kTokensAtOnce) {
    const auto count = std::min(kTokensAtOnce, hidden.size(0) - begin);
    const at::AutoGradMode gradients(wanted);
    const at::Tensor part = hidden.narrow(0, begin, count).detach().requires_grad_(wanted);
    const at::Tensor scores = languageModel.logits(part).to(at::kFloat);
    const at::Tensor losses = at::cross_entropy_loss(scores, labels.narrow(0, begin, count), {}, at::Reduction::None);
    pieces.each.push_back(losses.detach());
    pieces.best.push_back(scores.detach().argmax(1));
    if (wanted) pieces.slopes.push_back(torch::autograd::grad({losses.sum()}, {part})[0]);
  }
  return pieces;
}

class FrozenHead : public torch::autograd::Function<FrozenHead> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& hidden,
                            const at::Tensor& losses, const at::Tensor& slopes) {
    (void)hidden;  // its gradient is slopes, weighted
    context->save_for_backward({slopes});
    return losses.clone();
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list given) {
    return {context->get_saved_variables()[0] * given[0].unsqueeze(1), {}, {}};
  }
};

}  // namespace

TokenLosses tokenLosses(const llm::LanguageModel& languageModel, const at::Tensor& hidden, const at::Tensor& labels) {
  TORCH_CHECK(hidden.dim() == 2 && labels.dim() == 1 && hidden.size(0) == labels.size(0) && hidden.size(0) > 0,
              "hidden states ", hidden.sizes(), " for labels ", labels.sizes());
  const bool wanted = at::GradMode::is_enabled() && hidden.requires_grad();
  const Pieces pieces = inPieces(languageModel, hidden, labels, wanted);
  const at::Tensor each = torch::cat(pieces.each), best = torch::cat(pieces.best);
  if (!wanted) return {each, best};
  return {FrozenHead::apply(hidden, each, torch::cat(pieces.slopes)), best};
}

}  // namespace xllm::training
