#include "core/llm/check_rows.h"

#include <torch/types.h>

namespace xllm::llm {

void checkRows(const at::Tensor& embeddings, const at::Tensor& valid, std::int64_t hidden) {
  TORCH_CHECK(embeddings.dim() == 3 && embeddings.size(1) > 0 && embeddings.size(2) == hidden, "embeddings are [B, T, ",
              hidden, "], not ", embeddings.sizes());
  if (!valid.defined()) return;
  TORCH_CHECK(valid.scalar_type() == at::kBool && valid.sizes() == embeddings.sizes().slice(0, 2),
              "valid is [B, T] bool beside embeddings ", embeddings.sizes(), ", not ", valid.sizes(), " ",
              valid.scalar_type());
}

}  // namespace xllm::llm
