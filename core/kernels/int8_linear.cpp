#include "core/kernels/int8_linear.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>

#include "core/kernels/int8_kernels.h"

namespace xllm::kernels {
namespace {

constexpr std::int64_t kMaxInputs = 65'536;  // 255 · 127 · so many still fit 32 bits
constexpr std::int64_t kRowsAtOnce =
    96;  // a multiple of what kernels take; their inputs stay in the cache while the weights pass by

std::int64_t up(std::int64_t count, std::int64_t step) { return (count + step - 1) / step * step; }

struct Rounded {
  float scale = 0.0F;
  std::int32_t sum = 0;
};

// The weights of one output into its places among `side` side by side.
Rounded roundOutput(const float* weights, std::int64_t count, std::int8_t* to, std::int64_t side) {
  constexpr float kWhole = 12582912.0F;  // 1.5 · 2²³: added and taken away it leaves the nearest whole number
  float largest = 0.0F;
  for (std::int64_t i = 0; i < count; ++i) largest = std::max(largest, std::fabs(weights[i]));
  Rounded row{.scale = largest / 127.0F};
  if (row.scale == 0.0F) return row;
  for (std::int64_t i = 0; i < count; ++i) {
    const float rounded = weights[i] / row.scale + kWhole - kWhole;
    const auto whole = static_cast<std::int8_t>(std::clamp(rounded, -127.0F, 127.0F));
    to[i / kInt8Group * side * kInt8Group + i % kInt8Group] = whole;
    row.sum += whole;
  }
  return row;
}

}  // namespace

// Where products go.
struct Int8Linear::Goal {
  at::Tensor& y;  // [.., out] float32
  bool gelu = false, add = false;
};

struct Int8Linear::Packed {
  const Int8Kernels& kernels;
  std::int64_t in, out, groups;
  at::Tensor weights;             // [outs / kernels.side, groups, kernels.side, kInt8Group] int8
  at::Tensor scales, bias, sums;  // [outs] float32, float32, int32

  Int8Strip strip(std::int64_t first) const {
    return {static_cast<const std::int8_t*>(weights.const_data_ptr()) + first * groups * kInt8Group,
            scales.const_data_ptr<float>() + first, bias.const_data_ptr<float>() + first,
            sums.const_data_ptr<std::int32_t>() + first};
  }

  // Rows begin … end of x [rows, in] float32, a row dense.
  void multiply(const at::Tensor& x, std::int64_t begin, std::int64_t end, const Goal& goal) const {
    const std::int64_t rows = end - begin;
    const std::int64_t rowBytes = groups * kInt8Group * kernels.inputBytes;
    std::vector<std::uint8_t> q(static_cast<std::size_t>(rows * rowBytes));
    std::vector<RowScale> rowScales(static_cast<std::size_t>(rows));
    for (std::int64_t r = 0; r < rows; ++r) {
      rowScales[static_cast<std::size_t>(r)] =
          kernels.roundRow(x.const_data_ptr<float>() + (begin + r) * x.stride(0), in, q.data() + r * rowBytes);
    }
    Int8Task task;
    task.q = q.data();
    task.rowScales = rowScales.data();
    task.rows = rows;
    task.groups = groups;
    task.gelu = goal.gelu;
    task.add = goal.add;
    task.stride = out;
    for (std::int64_t first = 0; first < out; first += kInt8Strip) {
      task.strip = strip(first);
      task.outputs = std::min(kInt8Strip, out - first);
      task.y = goal.y.mutable_data_ptr<float>() + begin * out + first;
      kernels.multiply(task);
    }
  }
};

Int8Linear::Int8Linear(const at::Tensor& weight, const at::Tensor& bias, Isa isa) {
  TORCH_CHECK(weight.dim() == 2 && weight.numel() > 0 && weight.size(1) <= kMaxInputs &&
                  (!bias.defined() || bias.sizes() == at::IntArrayRef({weight.size(0)})),
              "Int8Linear: weight ", weight.sizes());
  const at::NoGradGuard noGradients;
  const Int8Kernels& kernels = int8Kernels(isa);
  const std::int64_t out = weight.size(0), in = weight.size(1), side = kernels.side;
  const std::int64_t outs = up(out, kInt8Strip), groups = up(in, kernels.depth * kInt8Group) / kInt8Group;
  const at::Tensor rows = weight.to(at::kFloat).contiguous();
  const at::Tensor weights = at::zeros({outs / side, groups, side, kInt8Group}, at::kChar);
  const at::Tensor scales = at::zeros({outs}), biases = at::zeros({outs}), sums = at::zeros({outs}, at::kInt);
  if (bias.defined()) biases.narrow(0, 0, out).copy_(bias);
  auto* const to = static_cast<std::int8_t*>(weights.mutable_data_ptr());
  at::parallel_for(0, out, kInt8Strip, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t o = begin; o < end; ++o) {
      std::int8_t* const place = to + (o / side * groups * side + o % side) * kInt8Group;
      const Rounded row = roundOutput(rows.const_data_ptr<float>() + o * in, in, place, side);
      scales.mutable_data_ptr<float>()[o] = row.scale;
      sums.mutable_data_ptr<std::int32_t>()[o] = row.sum;
    }
  });
  m_packed = std::make_shared<Packed>(Packed{kernels, in, out, groups, weights, scales, biases, sums});
}

void Int8Linear::multiply(const at::Tensor& x, const Goal& goal) const {
  const Packed& packed = *m_packed;
  TORCH_CHECK(x.dim() >= 1 && x.size(-1) == packed.in, "Int8Linear of ", packed.in, " inputs: x ", x.sizes());
  at::Tensor rows = x.reshape({-1, packed.in}).to(at::kFloat);
  if (rows.stride(1) != 1) rows = rows.contiguous();  // rows may overlap, as what a convolution sees
  const std::int64_t count = rows.size(0);
  const std::int64_t tile = packed.kernels.rows;
  at::parallel_for(0, up(count, tile) / tile, 1, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t last = std::min(end * tile, count);
    for (std::int64_t first = begin * tile; first < last; first += kRowsAtOnce) {
      packed.multiply(rows, first, std::min(first + kRowsAtOnce, last), goal);
    }
  });
}

at::Tensor Int8Linear::operator()(const at::Tensor& x, Then then) const {
  std::vector<std::int64_t> shape = x.sizes().vec();
  if (!shape.empty()) shape.back() = m_packed->out;
  at::Tensor y = at::empty(shape);
  multiply(x, {.y = y, .gelu = then == Then::Gelu});
  return y;
}

void Int8Linear::addTo(at::Tensor& sum, const at::Tensor& x) const {
  TORCH_CHECK(sum.scalar_type() == at::kFloat && sum.is_contiguous() && sum.dim() == x.dim() && sum.dim() > 0 &&
                  sum.size(-1) == m_packed->out && sum.numel() / m_packed->out == x.numel() / m_packed->in,
              "Int8Linear: ", x.sizes(), " added to ", sum.sizes());
  multiply(x, {.y = sum, .add = true});
}

std::int64_t Int8Linear::inFeatures() const { return m_packed->in; }
std::int64_t Int8Linear::outFeatures() const { return m_packed->out; }

bool int8IsFast() { return activeIsa() != Isa::Plain; }

}  // namespace xllm::kernels
