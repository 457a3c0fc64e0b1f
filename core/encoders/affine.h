// A layer y = x · weightᵀ + bias of a frozen encoder, kept and multiplied in one precision. Norms, sums and everything
// else between two layers are the caller's, in float32. Internal to core/encoders.
#pragma once

#include <memory>

#include <ATen/core/Tensor.h>

#include "core/encoders/precision.h"
#include "core/kernels/int8_linear.h"

namespace xllm::encoders {

struct Affine {
  at::Tensor weight, bias;  // [out, in], convolutions [out, in, …]; [out] or undefined
  std::shared_ptr<const kernels::Int8Linear> rounded = nullptr;  // instead of them
};

// In Int8, matrices alone: a convolution stays in scalarType().
void convert(Affine& layer, Precision precision);

// x [..., in] of any floating type -> [..., out] in scalarType() of the layer's precision; GELU's in any.
at::Tensor product(const at::Tensor& x, const Affine& layer);
at::Tensor geluOfProduct(const at::Tensor& x, const Affine& layer);
// sum [..., out] += product(x, layer); `sum` is float32 and contiguous.
void addProduct(at::Tensor& sum, const at::Tensor& x, const Affine& layer);

}  // namespace xllm::encoders
