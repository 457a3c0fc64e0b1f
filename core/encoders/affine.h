// A layer y = x · weightᵀ + bias of a frozen encoder, kept and multiplied in one precision. Norms, sums and everything
// else between two layers are the caller's, in float32. Internal to core/encoders.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/encoders/precision.h"

namespace xllm::encoders {

struct Affine {
  at::Tensor weight, bias;  // [out, in], convolutions [out, in, …]; [out] or undefined
};

void convert(Affine& layer, Precision precision);

// x [..., in] of any floating type -> [..., out] in the layer's type.
at::Tensor product(const at::Tensor& x, const Affine& layer);

}  // namespace xllm::encoders
