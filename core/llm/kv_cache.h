// Keys and values of one conversation, layer by layer, and which of its columns are padding. It knows no model: heads
// and sizes are those of the first tensors appended. No gradients: a forward pass that needs them runs without a cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/kernels/kept_columns.h"
#include "core/llm/kept_as.h"

namespace xllm::llm {

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
  void truncate(std::int64_t tokens);               // forget what came after
  // Goes on with these rows of the batch, [n] int64; a row may be taken more than once (beam search). Copies.
  void select(const at::Tensor& rows);
  // The first columns in storage of their own, no more than tokens(); costs a copy of them.
  KvCache beginning(std::int64_t tokens) const;
  KvCache clone() const { return beginning(m_tokens); }

  // keys, values [B, kvHeads, T, headDim] of layer `layer`, appended behind the `tokens()` columns already there. The
  // columns count only after advance(), when every layer has had its turn.
  void append(std::size_t layer, const at::Tensor& keys, const at::Tensor& values);
  // The same for who writes them himself: room for keys and values `shape` [B, kvHeads, T, headDim] behind the
  // `tokens()` columns, in all that is kept of each sequence. Only where forKernels(); good until the cache changes.
  std::vector<kernels::KeptColumns> extend(std::size_t layer, at::IntArrayRef shape);
  bool forKernels() const { return m_as != KeptAs::Given; }
  // [B, kvHeads, tokens (+ appended), headDim], of Int8 as float32: a view of Given, else a copy.
  at::Tensor keys(std::size_t layer) const;
  at::Tensor values(std::size_t layer) const;  // the same; a copy of Int8 alone
  std::int64_t bytes() const;                  // of the tokens(), as they are kept
  // `valid` [B, T] bool of the columns just appended, or undefined: all.
  void advance(const at::Tensor& valid, std::int64_t columns);
  at::Tensor valid() const { return m_valid; }  // [B, tokens] bool, undefined when every column counts
  // What a model must remember of each row beside keys and values: [B, n] int64, or undefined. select() and beginning()
  // take it along; truncate(0) forgets it.
  void setMarks(at::Tensor marks) { m_marks = std::move(marks); }
  const at::Tensor& marks() const { return m_marks; }

 private:
  // All [B, kvHeads, capacity, ..]. Where forKernels(), capacity is whole blocks, and the numbers of each block of keys
  // lie as kernels::KeptColumns has them.
  struct Layer {
    at::Tensor keys, values;            // [.., headDim]
    at::Tensor keyScales, valueScales;  // [.., 1]; of int8 alone
    std::int64_t filled = 0;            // columns written, those of a pass under way included
  };
  Layer& roomFor(std::size_t layer, at::IntArrayRef shape, at::ScalarType type);

  KeptAs m_as;
  std::vector<Layer> m_layers;
  at::Tensor m_valid, m_marks;
  std::int64_t m_tokens = 0;
};

}  // namespace xllm::llm
