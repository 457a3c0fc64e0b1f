#include "core/llm/word_embedding.h"

#include <torch/types.h>

namespace xllm::llm {

at::Tensor WordEmbedding::rows(const at::Tensor& ids) const {
  TORCH_CHECK(ids.scalar_type() == at::kLong, "token ids are int64, not ", ids.scalar_type());
  if (const auto* packed = std::get_if<kernels::QuantizedLinear>(&m_matrix)) return scaled(packed->rows(ids));
  return scaled(at::embedding(std::get<at::Tensor>(m_matrix), ids).to(at::kFloat));
}

at::Tensor WordEmbedding::scaled(const at::Tensor& rows) const { return m_scale == 1.0 ? rows : rows * m_scale; }

const at::Tensor& WordEmbedding::table() const {
  if (m_table.defined()) return m_table;
  const c10::InferenceMode plainTensors(false);  // training may save it for a backward pass
  const at::NoGradGuard noGrad;
  if (const auto* packed = std::get_if<kernels::QuantizedLinear>(&m_matrix)) {
    m_table = scaled(packed->rows(at::arange(packed->outFeatures(), at::kLong)));
  } else {
    m_table = scaled(std::get<at::Tensor>(m_matrix).to(at::kFloat));
  }
  return m_table;
}

}  // namespace xllm::llm
