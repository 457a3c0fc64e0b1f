#include "core/kernels/transformer_ops.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
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

// Whether keys or values are in a form that can be written and read.
bool isKept(const at::Tensor& columns) {
  return (columns.scalar_type() == at::kFloat || columns.scalar_type() == at::kHalf) && columns.dim() == 3 &&
         columns.stride(2) == 1;
}

// Row `row` of head `head` of keys or values.
template <typename Number>
Number* columnOf(at::Tensor& columns, std::int64_t head, std::int64_t row) {
  return static_cast<Number*>(columns.mutable_data_ptr()) + head * columns.stride(0) + row * columns.stride(1);
}

void keep(const float* from, std::int64_t count, at::Tensor& columns, std::int64_t head, std::int64_t row) {
  if (columns.scalar_type() == at::kHalf) {
    vectors().toHalf(from, count, columnOf<Half>(columns, head, row));
  } else {
    std::copy_n(from, count, columnOf<float>(columns, head, row));
  }
}

void attendTo(const AttentionTask<float>& task, float* scratch) { vectors().attend(task, scratch); }
void attendTo(const AttentionTask<Half>& task, float* scratch) { vectors().attendHalves(task, scratch); }

std::int64_t rowsPerChunk(std::int64_t width) { return std::max<std::int64_t>(1, kElementsPerChunk / width); }

// attend() for keys and values of one type; `result` as q.
template <typename Key>
void attendOver(ThreadPool& pool, const at::Tensor& q, const at::Tensor& keys, const at::Tensor& values,
                at::Tensor& result) {
  const std::int64_t tokens = q.size(0), heads = q.size(1), headDim = q.size(2), kvHeads = keys.size(0);
  // One task: some tokens of as many heads as share keys, no more than kMaxQueryRows rows, so that keys and values are
  // fetched once for all of them. Where a single token gives too few tasks so, each head is one.
  const std::int64_t group = heads / kvHeads;
  const std::int64_t together = tokens == 1 && kvHeads < pool.threads() ? 1 : std::min(group, kMaxQueryRows);
  const std::int64_t parts = (group + together - 1) / together;  // of the heads of one key/value head
  const std::int64_t step = std::max<std::int64_t>(1, std::min<std::int64_t>(32, kMaxQueryRows / together));
  const std::int64_t pieces = (tokens + step - 1) / step, past = keys.size(1) - tokens;
  AttentionTask<Key> whole;
  whole.tokenStride = heads * headDim;
  whole.headDim = headDim;
  whole.keyStride = keys.stride(1);
  whole.valueStride = values.stride(1);
  whole.scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(headDim)));
  const float* const queries = q.const_data_ptr<float>();
  float* const to = result.mutable_data_ptr<float>();
  const auto* const keyData = static_cast<const Key*>(keys.const_data_ptr());
  const auto* const valueData = static_cast<const Key*>(values.const_data_ptr());
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
      task.keys = keyData + kv * keys.stride(0);
      task.values = valueData + kv * values.stride(0);
      attendTo(task, memory.data());
    }
  };
  const std::int64_t tasks = pieces * kvHeads * parts, cost = keys.size(1) * headDim * step * together;
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
                   const at::Tensor& sin, at::Tensor& keys, at::Tensor& values) {
  for (const at::Tensor* each : std::initializer_list<const at::Tensor*>{&q, &k, &v, &cos, &sin}) {
    check(*each, "rotateAndKeep: q, k, v, cos and sin");
  }
  TORCH_CHECK(q.dim() == 3 && k.dim() == 3 && k.sizes() == v.sizes() && q.size(0) == k.size(0) &&
                  q.size(2) == k.size(2) && q.size(2) % 2 == 0 && cos.dim() == 2 && cos.size(0) == q.size(0) &&
                  cos.size(1) == q.size(2) / 2 && sin.sizes() == cos.sizes(),
              "rotateAndKeep: q ", q.sizes(), ", k ", k.sizes(), ", v ", v.sizes(), ", cos ", cos.sizes());
  const std::int64_t rows = q.size(0), heads = q.size(1), kvHeads = k.size(1), headDim = q.size(2), half = headDim / 2;
  for (const at::Tensor* each : {&keys, &values}) {
    TORCH_CHECK(isKept(*each) && each->scalar_type() == keys.scalar_type() && each->size(0) == kvHeads &&
                    each->size(1) == rows && each->size(2) == headDim,
                "rotateAndKeep: columns of ", each->sizes(), " for k ", k.sizes());
  }
  float* const queries = q.mutable_data_ptr<float>();
  float* const own = k.mutable_data_ptr<float>();
  const float* const ownValues = v.const_data_ptr<float>();
  const float* const cosines = cos.const_data_ptr<float>();
  const float* const sines = sin.const_data_ptr<float>();
  const auto enter = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const float *const c = cosines + r * half, *const s = sines + r * half;
      vectors().rotateHalves(queries + r * heads * headDim, c, s, heads, headDim);
      vectors().rotateHalves(own + r * kvHeads * headDim, c, s, kvHeads, headDim);
      for (std::int64_t h = 0; h < kvHeads; ++h) {
        const std::int64_t from = (r * kvHeads + h) * headDim;
        keep(own + from, headDim, keys, h, r);
        keep(ownValues + from, headDim, values, h, r);
      }
    }
  };
  pool.parallelFor(rows, rowsPerChunk((heads + 2 * kvHeads) * headDim), enter);
}

at::Tensor attend(ThreadPool& pool, const at::Tensor& q, const at::Tensor& keys, const at::Tensor& values) {
  check(q, "attend: q");
  TORCH_CHECK(q.dim() == 3 && keys.dim() == 3 && values.sizes() == keys.sizes() && keys.size(2) == q.size(2) &&
                  keys.size(0) > 0 && q.size(1) % keys.size(0) == 0 && keys.size(1) >= q.size(0) && q.size(2) > 0,
              "attend: q ", q.sizes(), ", keys ", keys.sizes(), ", values ", values.sizes());
  TORCH_CHECK(isKept(keys) && isKept(values) && values.scalar_type() == keys.scalar_type(),
              "attend: keys and values must be float32 or float16 with their last dimension dense");
  at::Tensor result = at::empty(q.sizes(), at::kFloat);
  if (q.numel() == 0) return result;
  keys.scalar_type() == at::kHalf ? attendOver<Half>(pool, q, keys, values, result)
                                  : attendOver<float>(pool, q, keys, values, result);
  return result;
}

}  // namespace xllm::kernels
