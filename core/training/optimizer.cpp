#include "core/training/optimizer.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <torch/nn/module.h>
#include <torch/types.h>
#include <torch/utils.h>

namespace xllm::training {

namespace {
constexpr double kEpsilon = 1e-8;
}

double learningRateAt(std::int64_t step, const OptimizerConfig& config) {
  if (step < config.warmupSteps) {
    return config.learningRate * static_cast<double>(step + 1) / static_cast<double>(config.warmupSteps);
  }
  const auto left = std::max<std::int64_t>(config.steps - 1 - config.warmupSteps, 1);
  const double share = std::min(1.0, static_cast<double>(step - config.warmupSteps) / static_cast<double>(left));
  const double cosine = 0.5 * (1.0 + std::cos(std::numbers::pi * share));
  return config.finalLearningRate + (config.learningRate - config.finalLearningRate) * cosine;
}

AdamW::AdamW(torch::nn::Module& module, const OptimizerConfig& config) : m_config(config) {
  for (const auto& item : module.named_parameters()) {
    if (!item.value().requires_grad()) continue;
    m_entries.push_back({item.key(), item.value(), at::zeros_like(item.value()), at::zeros_like(item.value())});
  }
}

void AdamW::clearGradients() {
  for (auto& entry : m_entries) entry.parameter.mutable_grad() = at::Tensor();
}

double AdamW::clipGradients() {
  std::vector<at::Tensor> gradients;
  for (const auto& entry : m_entries) {
    if (entry.parameter.grad().defined()) gradients.push_back(entry.parameter.grad());
  }
  if (gradients.empty()) return 0.0;
  const torch::NoGradGuard noGrad;
  double sum = 0.0;
  for (const at::Tensor& norm : at::_foreach_norm(gradients)) sum += std::pow(norm.item<double>(), 2);
  const double norm = std::sqrt(sum);
  if (m_config.clipNorm > 0 && norm > m_config.clipNorm) at::_foreach_mul_(gradients, m_config.clipNorm / norm);
  return norm;
}

at::Tensor AdamW::flatGradients() const {
  std::vector<at::Tensor> parts, present;
  for (const auto& entry : m_entries) {
    const at::Tensor& gradient = entry.parameter.grad();
    parts.push_back(gradient.defined() ? gradient.reshape(-1) : at::zeros({entry.parameter.numel()}));
    present.push_back(at::full({1}, gradient.defined() ? 1.0 : 0.0));
  }
  parts.insert(parts.end(), present.begin(), present.end());
  return at::cat(parts);
}

void AdamW::setGradients(const at::Tensor& flat, double factor) {
  const auto count = static_cast<std::int64_t>(m_entries.size());
  const at::Tensor present = flat.narrow(0, flat.size(0) - count, count);
  std::int64_t begin = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const at::Tensor& parameter = m_entries[static_cast<std::size_t>(i)].parameter;
    const at::Tensor part = flat.narrow(0, begin, parameter.numel()).view(parameter.sizes());
    begin += parameter.numel();
    parameter.mutable_grad() = present[i].item<float>() > 0 ? part * factor : at::Tensor();
  }
}

void AdamW::step(double learningRate) {
  ++m_steps;
  std::vector<Entry*> matrices, vectors;
  for (auto& entry : m_entries) {
    if (!entry.parameter.grad().defined()) continue;
    (entry.parameter.dim() >= 2 ? matrices : vectors).push_back(&entry);
  }
  update(matrices, learningRate, m_config.weightDecay);
  update(vectors, learningRate, 0.0);
}

void AdamW::update(const std::vector<Entry*>& entries, double learningRate, double weightDecay) {
  if (entries.empty()) return;
  const torch::NoGradGuard noGrad;
  std::vector<at::Tensor> parameters, gradients, first, second, steps;
  for (Entry* entry : entries) {
    parameters.push_back(entry->parameter);
    gradients.push_back(entry->parameter.grad());
    first.push_back(entry->first);
    second.push_back(entry->second);
    steps.push_back(at::scalar_tensor(static_cast<double>(m_steps), at::kFloat));
  }
  at::_fused_adamw_(parameters, gradients, first, second, {}, steps, learningRate, m_config.beta1, m_config.beta2,
                    weightDecay, kEpsilon, false, false);
}

std::vector<std::pair<std::string, at::Tensor>> AdamW::state() const {
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (const auto& entry : m_entries) {
    tensors.emplace_back("parameter/" + entry.name, entry.parameter.detach());
    tensors.emplace_back("first/" + entry.name, entry.first);
    tensors.emplace_back("second/" + entry.name, entry.second);
  }
  return tensors;
}

}  // namespace xllm::training
