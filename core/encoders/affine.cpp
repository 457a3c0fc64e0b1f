#include "core/encoders/affine.h"

#include <ATen/ATen.h>

namespace xllm::encoders {

void convert(Affine& layer, Precision precision) {
  layer.weight = layer.weight.to(scalarType(precision));
  if (layer.bias.defined()) layer.bias = layer.bias.to(scalarType(precision));
}

at::Tensor product(const at::Tensor& x, const Affine& layer) {
  return at::linear(x.to(layer.weight.scalar_type()), layer.weight, layer.bias);
}

}  // namespace xllm::encoders
