// Ids to word embeddings, exact in every precision (but for a factor, where the model has one): rows are read from the
// file's own numbers, blocks are opened one row at a time, and the whole table is only made when somebody asks for it.
#pragma once

#include <utility>

#include <ATen/core/Tensor.h>

#include "core/llm/linear.h"

namespace xllm::llm {

class WordEmbedding {
 public:
  // `matrix` [vocabulary, hidden]: dense of any floating type, or packed.
  explicit WordEmbedding(Matrix matrix, double scale = 1.0) : m_matrix(std::move(matrix)), m_scale(scale) {}

  at::Tensor rows(const at::Tensor& ids) const;  // ids [..] int64 -> [.., hidden] float32
  const at::Tensor& table() const;               // [vocabulary, hidden] float32, kept from the first call on

 private:
  at::Tensor scaled(const at::Tensor& rows) const;

  Matrix m_matrix;
  double m_scale;
  mutable at::Tensor m_table;
};

}  // namespace xllm::llm
