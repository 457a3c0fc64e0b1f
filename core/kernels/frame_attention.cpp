#include "core/kernels/frame_attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>

#include "core/kernels/frame_kernels.h"

namespace xllm::kernels {
namespace {

// Of head `head` of the batch, counted through.
std::int64_t placeOf(const at::Tensor& x, std::int64_t head) {
  return head / x.size(1) * x.stride(0) + head % x.size(1) * x.stride(1);
}

FrameRows rowsOf(const at::Tensor& x, std::int64_t head) {
  return {x.const_data_ptr<float>() + placeOf(x, head), x.size(2), x.stride(2), x.size(3)};
}

at::Tensor asRows(const at::Tensor& x) {
  const at::Tensor floats = x.to(at::kFloat);
  return floats.stride(3) == 1 ? floats : floats.contiguous();
}

void check(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  TORCH_CHECK(q.dim() == 4 && k.sizes() == v.sizes() && q.size(0) == k.size(0) && q.size(1) == k.size(1) &&
                  q.size(3) == k.size(3) && q.numel() > 0 && k.numel() > 0,
              "attention of ", q.sizes(), " over ", k.sizes(), " and ", v.sizes());
}

// The keys and values of all heads.
class PackedHeads {
 public:
  explicit PackedHeads(const at::Tensor& k)  // values have its shape
      : m_heads(k.size(0) * k.size(1)),
        m_columns(padded(k.size(2))),
        m_pairs(pairsOf(k.size(3))),
        m_width(paddedWidth(k.size(3))),
        m_pairsOfAll(at::empty({m_heads * m_columns * (m_pairs + m_width / 2)}, at::kInt)),
        m_scales(at::empty({m_heads * (m_columns + m_width)}, at::kFloat)) {}

  std::int64_t heads() const { return m_heads; }
  PackedKeys keys(std::int64_t head) const { return {at(head), m_scales.mutable_data_ptr<float>() + scalesAt(head)}; }
  PackedValues values(std::int64_t head) const {
    return {at(head) + m_columns * m_pairs, m_scales.mutable_data_ptr<float>() + scalesAt(head) + m_columns};
  }

 private:
  WordPair* at(std::int64_t head) const {
    return static_cast<WordPair*>(m_pairsOfAll.mutable_data_ptr()) + head * m_columns * (m_pairs + m_width / 2);
  }
  std::int64_t scalesAt(std::int64_t head) const { return head * (m_columns + m_width); }

  std::int64_t m_heads, m_columns, m_pairs, m_width;
  at::Tensor m_pairsOfAll, m_scales;
};

// For tasks of one thread.
struct ScratchSpace {
  ScratchSpace(std::int64_t columns, std::int64_t dim)
      : scores(static_cast<std::size_t>(kFrameRows * std::max(padded(columns), paddedWidth(dim)))),
        weights(static_cast<std::size_t>(kFrameRows * padded(columns))),
        queries(static_cast<std::size_t>(kFrameRows * paddedWidth(dim))) {}

  FrameScratch view() { return {scores.data(), weights.data(), queries.data()}; }

  std::vector<float> scores;
  std::vector<Word> weights;
  std::vector<WordPair> queries;
};

}  // namespace

at::Tensor attendFrames(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, Isa isa) {
  check(q, k, v);
  const FrameKernels& kernels = frameKernels(isa);
  const at::Tensor queries = asRows(q), keys = asRows(k), values = asRows(v);
  const std::int64_t frames = q.size(2), columns = k.size(2), dim = q.size(3);
  const PackedHeads packed(keys);
  at::parallel_for(0, packed.heads(), 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<WordPair> row(static_cast<std::size_t>(paddedWidth(dim)));
    for (std::int64_t head = begin; head < end; ++head) {
      kernels.packKeys(rowsOf(keys, head), packed.keys(head), row.data());
      kernels.packValues(rowsOf(values, head), packed.values(head));
    }
  });
  at::Tensor out = at::empty({q.size(0), frames, q.size(1), dim}, at::kFloat).transpose(1, 2);
  const std::int64_t pieces = (frames + kFrameRows - 1) / kFrameRows;
  at::parallel_for(0, packed.heads() * pieces, 1, [&](std::int64_t begin, std::int64_t end) {
    ScratchSpace scratch(columns, dim);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t head = i / pieces, row = i % pieces * kFrameRows;
      FrameTask task;
      task.queries = rowsOf(queries, head);
      task.queries.first = task.queries.at(row);
      task.queries.count = std::min(kFrameRows, frames - row);
      task.keys = packed.keys(head);
      task.values = packed.values(head);
      task.columns = columns;
      task.scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(dim)));
      task.out = out.mutable_data_ptr<float>() + placeOf(out, head) + row * out.stride(2);
      task.outStride = out.stride(2);
      kernels.attend(task, scratch.view());
    }
  });
  return out;
}

}  // namespace xllm::kernels
