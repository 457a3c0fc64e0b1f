#include "core/llm/linear.h"

#include <algorithm>
#include <utility>

#include <torch/types.h>

namespace xllm::llm {
namespace {

std::vector<at::Tensor> projectAll(const at::Tensor& x, const std::vector<kernels::QuantizedLinear>& m) {
  if (m.size() == 2) return kernels::project(x, {&m[0], &m[1]});
  if (m.size() == 3) return kernels::project(x, {&m[0], &m[1], &m[2]});
  std::vector<at::Tensor> results;
  for (const auto& matrix : m) results.push_back(matrix(x));
  return results;
}

bool isDense(const Matrix& matrix) { return std::holds_alternative<at::Tensor>(matrix); }

std::int64_t outFeatures(const Matrix& matrix) {
  return isDense(matrix) ? std::get<at::Tensor>(matrix).size(0)
                         : std::get<kernels::QuantizedLinear>(matrix).outFeatures();
}

}  // namespace

Linear::Linear(std::vector<Matrix> matrices, std::vector<at::Tensor> biases) : m_biases(std::move(biases)) {
  TORCH_CHECK(!matrices.empty(), "a Linear needs a matrix");
  TORCH_CHECK(m_biases.empty() || m_biases.size() == matrices.size(), "a Linear of ", matrices.size(), " matrices has ",
              m_biases.size(), " biases");
  for (const Matrix& matrix : matrices) m_outs.push_back(outFeatures(matrix));
  if (std::all_of(matrices.begin(), matrices.end(), isDense)) {
    std::vector<at::Tensor> dense;
    for (Matrix& matrix : matrices) dense.push_back(std::get<at::Tensor>(std::move(matrix)));
    m_stacked = dense.size() == 1 ? dense.front() : at::cat(dense);
  } else if (std::none_of(matrices.begin(), matrices.end(), isDense)) {
    for (Matrix& matrix : matrices) m_packed.push_back(std::get<kernels::QuantizedLinear>(std::move(matrix)));
  } else {
    m_mixed = std::move(matrices);
  }
}

void Linear::addBias(std::vector<at::Tensor>& products) const {
  for (std::size_t i = 0; i < m_biases.size(); ++i) products[i] = products[i] + m_biases[i];
}

std::vector<at::Tensor> Linear::each(const at::Tensor& x) const {
  std::vector<at::Tensor> results;
  if (m_stacked.defined()) {
    results = at::linear(x, m_stacked).split_with_sizes(m_outs, -1);
  } else if (!m_packed.empty()) {
    results = projectAll(x, m_packed);
  }
  for (const Matrix& matrix : m_mixed) {
    results.push_back(isDense(matrix) ? at::linear(x, std::get<at::Tensor>(matrix))
                                      : std::get<kernels::QuantizedLinear>(matrix)(x));
  }
  addBias(results);
  return results;
}

at::Tensor Linear::operator()(const at::Tensor& x) const {
  TORCH_CHECK(m_outs.size() == 1, "this Linear holds ", m_outs.size(), " matrices");
  const at::Tensor product = m_stacked.defined() ? at::linear(x, m_stacked) : m_packed.front()(x);
  return m_biases.empty() ? product : product + m_biases.front();
}

}  // namespace xllm::llm
