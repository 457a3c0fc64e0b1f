#include "core/kernels/frame_attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>

#include "core/kernels/frame_kernels.h"
#include "core/kernels/isa.h"

namespace xllm::kernels {
namespace {

// The rows of one head.
struct Rows {
  const BFloat16* first = nullptr;
  std::int64_t count = 0, stride = 0, dim = 0;

  const BFloat16* at(std::int64_t row) const { return first + row * stride; }
};

// Of head `head` of the batch, counted through.
std::int64_t placeOf(const at::Tensor& x, std::int64_t head) {
  return head / x.size(1) * x.stride(0) + head % x.size(1) * x.stride(1);
}

Rows rowsOf(const at::Tensor& x, std::int64_t head) {
  return {static_cast<const BFloat16*>(x.const_data_ptr()) + placeOf(x, head), x.size(2), x.stride(2), x.size(3)};
}

Pair pairOf(BFloat16 low, BFloat16 high) { return static_cast<Pair>(low) | static_cast<Pair>(high) << 16; }

void packKeys(const Rows& keys, Pair* to) {
  for (std::int64_t block = 0; block < keys.count; block += kFrameBlock) {
    const std::int64_t count = std::min(kFrameBlock, keys.count - block);
    for (std::int64_t i = 0; i < keys.dim / 2; ++i, to += kFrameBlock) {
      for (std::int64_t c = 0; c < count; ++c) {
        const BFloat16* const key = keys.at(block + c) + 2 * i;
        to[c] = pairOf(key[0], key[1]);
      }
      std::fill(to + count, to + kFrameBlock, Pair{0});
    }
  }
}

void packValues(const Rows& values, Pair* to) {
  const std::int64_t width = paddedWidth(values.dim);
  for (std::int64_t c = 0; c < values.count; c += 2, to += width) {
    const BFloat16* const even = values.at(c);
    const BFloat16* const odd = c + 1 < values.count ? values.at(c + 1) : nullptr;
    for (std::int64_t d = 0; d < values.dim; ++d) to[d] = pairOf(even[d], odd ? odd[d] : BFloat16{0});
    std::fill(to + values.dim, to + width, Pair{0});
  }
}

void check(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  TORCH_CHECK(q.dim() == 4 && k.sizes() == v.sizes() && q.size(0) == k.size(0) && q.size(1) == k.size(1) &&
                  q.size(3) == k.size(3) && q.size(3) % 2 == 0 && q.numel() > 0 && k.numel() > 0,
              "attention of ", q.sizes(), " over ", k.sizes(), " and ", v.sizes());
  for (const at::Tensor* each : {&q, &k, &v}) {
    TORCH_CHECK(each->scalar_type() == at::kBFloat16 && each->stride(3) == 1, "attendFrames: ", each->scalar_type(),
                " with strides ", each->strides());
  }
}

// Null where there is none.
AttendFrames fastest() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (activeIsa() == Isa::Avx512Vnni && __builtin_cpu_supports("avx512bf16")) return attendFramesAvx512;
#endif
  return nullptr;
}

}  // namespace

bool canAttendFrames() { return fastest() != nullptr; }

at::Tensor attendFrames(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  check(q, k, v);
  const AttendFrames attend = fastest();
  TORCH_CHECK(attend, "attendFrames: this processor has no AVX512-BF16");
  const std::int64_t heads = q.size(0) * q.size(1), frames = q.size(2), columns = k.size(2), dim = q.size(3);
  const std::int64_t keysOfHead = padded(columns) * (dim / 2), valuesOfHead = (columns + 1) / 2 * paddedWidth(dim);
  const at::Tensor packed = at::empty({heads * (keysOfHead + valuesOfHead)}, at::kInt);
  auto* const keys = static_cast<Pair*>(packed.mutable_data_ptr());
  Pair* const values = keys + heads * keysOfHead;
  at::parallel_for(0, heads, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t head = begin; head < end; ++head) {
      packKeys(rowsOf(k, head), keys + head * keysOfHead);
      packValues(rowsOf(v, head), values + head * valuesOfHead);
    }
  });
  at::Tensor out = at::empty({q.size(0), frames, q.size(1), dim}, q.options()).transpose(1, 2);
  const std::int64_t pieces = (frames + kFrameRows - 1) / kFrameRows;
  at::parallel_for(0, heads * pieces, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> scores(static_cast<std::size_t>(kFrameRows * std::max(padded(columns), paddedWidth(dim))));
    std::vector<BFloat16> weights(static_cast<std::size_t>(kFrameRows * padded(columns)));
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t head = i / pieces, row = i % pieces * kFrameRows;
      const Rows queries = rowsOf(q, head);
      FrameTask task;
      task.q = queries.at(row);
      task.out = static_cast<BFloat16*>(out.mutable_data_ptr()) + placeOf(out, head) + row * out.stride(2);
      task.rows = std::min(kFrameRows, frames - row);
      task.rowStride = queries.stride;
      task.outStride = out.stride(2);
      task.columns = columns;
      task.dim = dim;
      task.keys = keys + head * keysOfHead;
      task.values = values + head * valuesOfHead;
      task.scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(dim)));
      attend(task, scores.data(), weights.data());
    }
  });
  return out;
}

}  // namespace xllm::kernels
