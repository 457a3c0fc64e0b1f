#include "core/kernels/transformer_ops.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <type_traits>
#include <vector>

#include <ATen/Functions.h>
#include <c10/util/Exception.h>

#include "core/kernels/vector_kernels.h"

namespace xllm::kernels {
namespace {

constexpr std::int64_t kElementsPerChunk = 16 * 1024;  // a few microseconds

void check(const at::Tensor& x, const char* what) {
  TORCH_CHECK(x.scalar_type() == at::kFloat && x.is_contiguous(), what, " must be contiguous float32, got ",
              x.scalar_type(), " ", x.sizes(), " with strides ", x.strides());
}

// Whether there is room for so many columns, in the order that the header says.
bool hasRoom(const KeptColumns& kept, std::int64_t kvHeads, std::int64_t columns, std::int64_t headDim) {
  const at::Tensor &keys = kept.keys, &values = kept.values;
  return headDim > 0 && keys.dim() == 4 && keys.size(0) == kvHeads && keys.size(1) * kKeyBlock >= columns &&
         keys.size(2) == headDim && keys.size(3) == kKeyBlock && keys.stride(3) == 1 && keys.stride(2) == kKeyBlock &&
         keys.stride(1) == headDim * kKeyBlock && values.dim() == 3 && values.size(0) == kvHeads &&
         values.size(1) >= columns && values.size(2) == headDim && values.stride(2) == 1 && values.stride(1) == headDim;
}

bool hasScales(const at::Tensor& scales, std::int64_t kvHeads, std::int64_t columns) {
  return scales.defined() && scales.scalar_type() == at::kFloat && scales.dim() == 2 && scales.size(0) == kvHeads &&
         scales.size(1) >= columns && scales.stride(1) == 1;
}

void check(const KeptColumns& kept, std::int64_t kvHeads, std::int64_t columns, std::int64_t headDim,
           const char* where) {
  TORCH_CHECK(hasRoom(kept, kvHeads, columns, headDim), where, ": ", columns, " columns of ", kvHeads, " heads of ",
              headDim, " for keys ", kept.keys.sizes(), " and values ", kept.values.sizes());
  const at::ScalarType type = kept.keys.scalar_type();
  const bool isScaled =
      type == at::kChar && hasScales(kept.keyScales, kvHeads, columns) && hasScales(kept.valueScales, kvHeads, columns);
  TORCH_CHECK(kept.values.scalar_type() == type && (type == at::kFloat || type == at::kHalf || isScaled), where,
              ": keys and values must be float32, float16, or int8 with scales");
}

// Number 0 of head `head` (of scales: that of column 0).
template <typename Number>
Number* headOf(const at::Tensor& of, std::int64_t head) {
  return static_cast<Number*>(of.mutable_data_ptr()) + head * of.stride(0);
}
template <typename Number>
const Number* constHeadOf(const at::Tensor& of, std::int64_t head) {
  return static_cast<const Number*>(of.const_data_ptr()) + head * of.stride(0);
}

// `count` numbers as they are kept; the scale of int8.
float convert(const float* from, std::int64_t count, float* to) {
  std::copy_n(from, count, to);
  return 1.0F;
}
float convert(const float* from, std::int64_t count, Half* to) {
  vectors().toHalf(from, count, to);
  return 1.0F;
}
float convert(const float* from, std::int64_t count, std::int8_t* to) { return vectors().toBytes(from, count, to); }

// Rows begin … end of k and v, [rows, kvHeads, headDim], become columns first + begin … of one head.
template <typename Number>
void keepRows(const at::Tensor& k, const at::Tensor& v, std::int64_t head, std::int64_t first, std::int64_t begin,
              std::int64_t end, const KeptColumns& kept) {
  const std::int64_t kvHeads = k.size(1), headDim = k.size(2);
  thread_local std::vector<Number> key;
  key.resize(static_cast<std::size_t>(headDim));
  Number *const keys = headOf<Number>(kept.keys, head), *const values = headOf<Number>(kept.values, head);
  for (std::int64_t r = begin; r < end; ++r) {
    const std::int64_t from = (r * kvHeads + head) * headDim, column = first + r;
    const float keyScale = convert(k.const_data_ptr<float>() + from, headDim, key.data());
    Number* const to = keys + column / kKeyBlock * kKeyBlock * headDim + column % kKeyBlock;
    for (std::int64_t i = 0; i < headDim; ++i) to[i * kKeyBlock] = key[static_cast<std::size_t>(i)];
    const float valueScale = convert(v.const_data_ptr<float>() + from, headDim, values + column * headDim);
    if constexpr (std::is_same_v<Number, std::int8_t>) {
      headOf<float>(kept.keyScales, head)[column] = keyScale;
      headOf<float>(kept.valueScales, head)[column] = valueScale;
    }
  }
}

// One task: the rows of one block of one head, so that no two threads write to the same lines.
template <typename Number>
void keepBlocks(ThreadPool& pool, const at::Tensor& k, const at::Tensor& v, const KeptColumns& kept,
                std::int64_t first) {
  const std::int64_t rows = k.size(0), kvHeads = k.size(1), headDim = k.size(2);
  const std::int64_t firstBlock = first / kKeyBlock, blocks = (first + rows - 1) / kKeyBlock - firstBlock + 1;
  const auto work = [&](std::int64_t taskBegin, std::int64_t taskEnd) {
    for (std::int64_t task = taskBegin; task < taskEnd; ++task) {
      const std::int64_t block = firstBlock + task / kvHeads;
      keepRows<Number>(k, v, task % kvHeads, first, std::max<std::int64_t>(block * kKeyBlock - first, 0),
                       std::min((block + 1) * kKeyBlock - first, rows), kept);
    }
  };
  const std::int64_t cost = 2 * headDim * std::min(rows, kKeyBlock);
  pool.parallelFor(blocks * kvHeads, std::max<std::int64_t>(1, kElementsPerChunk / cost), work);
}

void attendTo(const AttentionTask<float>& task, float* scratch) { vectors().attend(task, scratch); }
void attendTo(const AttentionTask<Half>& task, float* scratch) { vectors().attendHalves(task, scratch); }
void attendTo(const AttentionTask<std::int8_t>& task, float* scratch) { vectors().attendBytes(task, scratch); }

std::int64_t rowsPerChunk(std::int64_t width) { return std::max<std::int64_t>(1, kElementsPerChunk / width); }

// attend() for keys and values of one type; `result` as q.
template <typename Key>
void attendOver(ThreadPool& pool, const at::Tensor& q, const KeptColumns& kept, std::int64_t columns,
                at::Tensor& result) {
  const std::int64_t tokens = q.size(0), heads = q.size(1), headDim = q.size(2), kvHeads = kept.keys.size(0);
  // One task: some tokens of as many heads as share keys, no more than kMaxQueryRows rows, so that keys and values are
  // fetched once for all of them. Where a single token gives too few tasks so, each head is one.
  const std::int64_t group = heads / kvHeads;
  const std::int64_t together = tokens == 1 && kvHeads < pool.threads() ? 1 : std::min(group, kMaxQueryRows);
  const std::int64_t parts = (group + together - 1) / together;  // of the heads of one key/value head
  const std::int64_t step = std::max<std::int64_t>(1, std::min<std::int64_t>(32, kMaxQueryRows / together));
  const std::int64_t pieces = (tokens + step - 1) / step, past = columns - tokens;
  AttentionTask<Key> whole;
  whole.tokenStride = heads * headDim;
  whole.headDim = headDim;
  whole.scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(headDim)));
  const float* const queries = q.const_data_ptr<float>();
  float* const to = result.mutable_data_ptr<float>();
  const auto work = [&](std::int64_t begin, std::int64_t end) {
    thread_local std::vector<float> memory;
    memory.resize(static_cast<std::size_t>(attentionScratch(step * together, headDim)));
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t kv = i % (kvHeads * parts) / parts, part = i % parts;
      const std::int64_t first = (pieces - 1 - i / (kvHeads * parts)) * step;  // the longest tasks come first
      AttentionTask<Key> task = whole;
      const std::int64_t head = kv * group + part * together;
      task.heads = std::min(together, (kv + 1) * group - head);
      task.tokens = std::min(step, tokens - first);
      task.position = past + first;
      task.q = queries + first * task.tokenStride + head * headDim;
      task.out = to + first * task.tokenStride + head * headDim;
      task.keys = constHeadOf<Key>(kept.keys, kv);
      task.values = constHeadOf<Key>(kept.values, kv);
      if constexpr (std::is_same_v<Key, std::int8_t>) {
        task.keyScales = constHeadOf<float>(kept.keyScales, kv);
        task.valueScales = constHeadOf<float>(kept.valueScales, kv);
      }
      attendTo(task, memory.data());
    }
  };
  const std::int64_t tasks = pieces * kvHeads * parts, cost = columns * headDim * step * together;
  pool.parallelFor(tasks, std::max<std::int64_t>(1, 2 * kElementsPerChunk / cost), work);
}

}  // namespace

at::Tensor rmsNorm(ThreadPool& pool, const at::Tensor& x, const at::Tensor& weight, double epsilon) {
  check(x, "rmsNorm: x");
  check(weight, "rmsNorm: weight");
  const std::int64_t width = weight.numel();
  TORCH_CHECK(weight.dim() == 1 && width > 0 && x.dim() >= 1 && x.size(-1) == width, "rmsNorm: ", x.sizes(),
              " against ", weight.sizes());
  at::Tensor result = at::empty(x.sizes(), at::kFloat);
  const float* const from = x.const_data_ptr<float>();
  const float* const factors = weight.const_data_ptr<float>();
  float* const to = result.mutable_data_ptr<float>();
  const auto normalize = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      vectors().rmsNorm(from + r * width, factors, static_cast<float>(epsilon), width, to + r * width);
    }
  };
  pool.parallelFor(x.numel() / width, rowsPerChunk(width), normalize);
  return result;
}

at::Tensor swiGlu(ThreadPool& pool, const at::Tensor& gate, const at::Tensor& up) {
  check(gate, "swiGlu: gate");
  check(up, "swiGlu: up");
  TORCH_CHECK(gate.sizes() == up.sizes(), "swiGlu: ", gate.sizes(), " against ", up.sizes());
  at::Tensor result = at::empty(gate.sizes(), at::kFloat);
  const float* const gates = gate.const_data_ptr<float>();
  const float* const ups = up.const_data_ptr<float>();
  float* const to = result.mutable_data_ptr<float>();
  const auto apply = [&](std::int64_t begin, std::int64_t end) {
    vectors().swiGlu(gates + begin, ups + begin, end - begin, to + begin);
  };
  pool.parallelFor(gate.numel(), kElementsPerChunk / 4, apply);
  return result;
}

void rotateAndKeep(ThreadPool& pool, at::Tensor& q, at::Tensor& k, const at::Tensor& v, const at::Tensor& cos,
                   const at::Tensor& sin, const KeptColumns& kept, std::int64_t first) {
  for (const at::Tensor* each : std::initializer_list<const at::Tensor*>{&q, &k, &v, &cos, &sin}) {
    check(*each, "rotateAndKeep: q, k, v, cos and sin");
  }
  TORCH_CHECK(q.dim() == 3 && k.dim() == 3 && k.sizes() == v.sizes() && q.size(0) == k.size(0) &&
                  q.size(2) == k.size(2) && q.size(2) % 2 == 0 && cos.dim() == 2 && cos.size(0) == q.size(0) &&
                  cos.size(1) == q.size(2) / 2 && sin.sizes() == cos.sizes(),
              "rotateAndKeep: q ", q.sizes(), ", k ", k.sizes(), ", v ", v.sizes(), ", cos ", cos.sizes());
  const std::int64_t rows = q.size(0), heads = q.size(1), kvHeads = k.size(1), headDim = q.size(2), half = headDim / 2;
  TORCH_CHECK(first >= 0, "rotateAndKeep: columns from ", first);
  check(kept, kvHeads, first + rows, headDim, "rotateAndKeep");
  if (rows == 0) return;
  float* const queries = q.mutable_data_ptr<float>();
  float* const own = k.mutable_data_ptr<float>();
  const float* const cosines = cos.const_data_ptr<float>();
  const float* const sines = sin.const_data_ptr<float>();
  const auto turn = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const float *const c = cosines + r * half, *const s = sines + r * half;
      vectors().rotateHalves(queries + r * heads * headDim, c, s, heads, headDim);
      vectors().rotateHalves(own + r * kvHeads * headDim, c, s, kvHeads, headDim);
    }
  };
  pool.parallelFor(rows, rowsPerChunk((heads + kvHeads) * headDim), turn);
  switch (kept.keys.scalar_type()) {
    case at::kHalf: return keepBlocks<Half>(pool, k, v, kept, first);
    case at::kChar: return keepBlocks<std::int8_t>(pool, k, v, kept, first);
    default: return keepBlocks<float>(pool, k, v, kept, first);
  }
}

void keep(const at::Tensor& k, const at::Tensor& v, const KeptColumns& kept, std::int64_t first) {
  check(k, "keep: k");
  check(v, "keep: v");
  TORCH_CHECK(k.dim() == 3 && k.sizes() == v.sizes() && first >= 0, "keep: k ", k.sizes(), ", v ", v.sizes(),
              ", from column ", first);
  const std::int64_t rows = k.size(0), kvHeads = k.size(1);
  check(kept, kvHeads, first + rows, k.size(2), "keep");
  for (std::int64_t head = 0; head < kvHeads; ++head) {
    switch (kept.keys.scalar_type()) {
      case at::kHalf: keepRows<Half>(k, v, head, first, 0, rows, kept); break;
      case at::kChar: keepRows<std::int8_t>(k, v, head, first, 0, rows, kept); break;
      default: keepRows<float>(k, v, head, first, 0, rows, kept);
    }
  }
}

at::Tensor attend(ThreadPool& pool, const at::Tensor& q, const KeptColumns& kept, std::int64_t columns) {
  check(q, "attend: q");
  const std::int64_t kvHeads = kept.keys.dim() == 4 ? kept.keys.size(0) : 0;
  TORCH_CHECK(q.dim() == 3 && q.size(2) > 0 && kvHeads > 0 && q.size(1) % kvHeads == 0 && columns >= q.size(0),
              "attend: q ", q.sizes(), " over ", columns, " columns of keys ", kept.keys.sizes());
  check(kept, kvHeads, columns, q.size(2), "attend");
  at::Tensor result = at::empty(q.sizes(), at::kFloat);
  if (q.numel() == 0) return result;
  switch (kept.keys.scalar_type()) {
    case at::kHalf: attendOver<Half>(pool, q, kept, columns, result); break;
    case at::kChar: attendOver<std::int8_t>(pool, q, kept, columns, result); break;
    default: attendOver<float>(pool, q, kept, columns, result);
  }
  return result;
}

}  // namespace xllm::kernels
