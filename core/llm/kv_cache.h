// Keys and values of one conversation. Grows in blocks, so appending a token never copies the past.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace xllm::llm {

// Engine thread only.
class KvCache {
 public:
  std::int64_t tokens() const { return m_tokens; }  // columns held, padding included
  void truncate(std::int64_t tokens);               // forget what came after (a shared prefix stays)

  // keys, values [B, kvHeads, T, headDim] of layer `layer`, appended behind the `tokens()` columns already there. The columns
  // count only after advance(), when every layer has had its turn.
  void append(std::size_t layer, const at::Tensor& keys, const at::Tensor& values);
  at::Tensor keys(std::size_t layer) const;    // [B, kvHeads, tokens (+ appended), headDim], a view
  at::Tensor values(std::size_t layer) const;  // the same shape
  // `valid` [B, T] bool of the columns just appended, or undefined: all.
  void advance(const at::Tensor& valid, std::int64_t columns);
  at::Tensor valid() const;                    // [B, tokens] bool, undefined when every column counts

 private:
  struct Layer { at::Tensor keys, values; std::int64_t filled = 0; };
  std::vector<Layer> m_layers;
  at::Tensor m_valid;
  std::int64_t m_tokens = 0;
};

}  // namespace xllm::llm
