// Keys and values of one conversation, layer by layer, and which of its columns are padding. It knows no model: heads
// and sizes are those of the first tensors appended. No gradients: a forward pass that needs them runs without a cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

namespace xllm::llm {

// Float16 halves what a long conversation takes and what each token reads of it; both types keep a token's answer the
// same but for roundings of 5e-4.
enum class KeptAs { Given = 1, Float16 };

// Engine thread only. Moves, does not copy: two caches over one storage would overwrite each other (see clone()).
//
// Columns are appended layer by layer while a forward pass runs and count only after advance(): a pass that was
// abandoned half-way (an exception, a lost device) leaves the cache as it was. Capacity grows by half of itself at
// least, so appending one token copies the past only once in a while, and never keeps more than half as much again.
class KvCache {
 public:
  explicit KvCache(KeptAs as = KeptAs::Given) : m_as(as) {}
  KvCache(KvCache&&) = default;
  KvCache& operator=(KvCache&&) = default;
  KvCache(const KvCache&) = delete;
  KvCache& operator=(const KvCache&) = delete;

  std::int64_t tokens() const { return m_tokens; }  // columns held, padding included
  void truncate(std::int64_t tokens);               // forget what came after (a shared prefix stays)
  // Goes on with these rows of the batch, [n] int64; a row may be taken more than once (beam search). Copies.
  void select(const at::Tensor& rows);
  KvCache clone() const;  // its own storage; costs a copy of everything held

  // keys, values [B, kvHeads, T, headDim] of layer `layer`, appended behind the `tokens()` columns already there. The
  // columns count only after advance(), when every layer has had its turn.
  void append(std::size_t layer, const at::Tensor& keys, const at::Tensor& values);
  // The same for who writes them himself: uninitialised [B, kvHeads, T, headDim] of `type` (or float16, where all is
  // kept so), views of what keys() and values() will give.
  struct Room {
    at::Tensor keys, values;
  };
  Room append(std::size_t layer, at::IntArrayRef shape, at::ScalarType type);
  at::Tensor keys(std::size_t layer) const;    // [B, kvHeads, tokens (+ appended), headDim], a view, as it is kept
  at::Tensor values(std::size_t layer) const;  // the same shape
  // `valid` [B, T] bool of the columns just appended, or undefined: all.
  void advance(const at::Tensor& valid, std::int64_t columns);
  at::Tensor valid() const { return m_valid; }  // [B, tokens] bool, undefined when every column counts
  // What a model must remember of each row beside keys and values: [B, n] int64, or undefined. select() and clone()
  // take it along; truncate(0) forgets it.
  void setMarks(at::Tensor marks) { m_marks = std::move(marks); }
  const at::Tensor& marks() const { return m_marks; }

 private:
  struct Layer {
    at::Tensor keys, values;  // [B, kvHeads, capacity, headDim]
    std::int64_t filled = 0;  // columns written, those of a pass under way included
  };
  KeptAs m_as;
  std::vector<Layer> m_layers;
  at::Tensor m_valid, m_marks;
  std::int64_t m_tokens = 0;
};

}  // namespace xllm::llm
