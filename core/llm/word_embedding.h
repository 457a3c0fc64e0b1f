// Ids to word embeddings, exact in every precision: rows are read from the file's own numbers, blocks are opened one
// row at a time, and the whole table is only made when somebody asks for it.
#pragma once

#include <utility>

#include <ATen/core/Tensor.h>

#include "core/llm/linear.h"

namespace xllm::llm {

class WordEmbedding {
 public:
  // `matrix` [vocabulary, hidden]: dense of any floating type, or packed.
  explicit WordEmbedding(Matrix matrix) : m_matrix(std::move(matrix)) {}

  at::Tensor rows(const at::Tensor& ids) const;  // ids [..] int64 -> [.., hidden] float32
  const at::Tensor& table() const;               // [vocabulary, hidden] float32, kept from the first call on

 private:
  Matrix m_matrix;
  mutable at::Tensor m_table;
};

}  // namespace xllm::llm
